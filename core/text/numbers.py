"""The numbers that a text mentions, however they are written: `1,000`, `1 000`, `12,5 %`, `twenty-five`, `3 Millionen`.

`core.summarise.checks` compares the numbers of a summary with those of its paper. A way of writing that means different
things in different languages (`1.000`) has all its readings; nothing is computed, so that `12.5%` and `0.125` are two
numbers. Pure and linear.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

#: digits of the longest number that is read
_MOST_DIGITS: Final = 40

_SCRIPT_DIGITS: Final = re.compile(r"[⁰¹²³⁴-⁹₀-₉]+")
_NUMBER: Final = re.compile(r"(?<!\d)(?:\d{1,3}(?:[ ,.'’]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)?|(?<![\w.])\.\d+)")
#: digits within a name are no number of their own: `seq2seq`, `A2C`
_IN_NAME: Final = re.compile(r"[A-Za-z]\d+[A-Za-z]")
_SCALE: Final = re.compile(r"\s?([^\W\d_]{1,12})")
_IS_PERCENT: Final = re.compile(
    r"\s?(?:%|per ?cent|prozent|pro[cs]ent|pour ?cent|por cien|процент|百分)", re.IGNORECASE
)
#: between groups of digits
_SPACES: Final = re.compile(r"[ '’]")
#: no group of three digits: `12,5`, `0.125`
_PLAIN_DECIMAL: Final = re.compile(r"\d*[.,](?:\d{1,2}|\d{4,})|0[.,]\d+")
#: languages that write `1,000.5`
_WITH_POINT_TAGS: Final = "en zh ja ko he th hi bn ta te mr gu kn ml pa ur ms tl sw ga cy my km"
_WITH_POINT: Final = frozenset(_WITH_POINT_TAGS.split())
_WORD: Final = re.compile(r"[^\W\d_]+")
_PERCENT: Final = re.compile(
    r"%|\bper ?cent|\bpercent|\bprozent|\bpour cent|\bpor cient|\bpor cento|\bper cento|百分|\bpoints?\b|\bpp\b"
)


def _table(lines: str) -> Mapping[str, int]:
    """Word -> value, from lines that begin with the value."""
    split = (line.split() for line in lines.strip().splitlines())
    return MappingProxyType({word: int(value) for value, *words in split for word in words})


#: case counts where the letter stands at the digits: `70B`, `5k`
_LETTER_SCALES: Final[Mapping[str, int]] = MappingProxyType({"k": 3, "K": 3, "M": 6, "B": 9, "T": 12})
#: powers of ten
_SCALES: Final = _table("""
3 thousand tausend mille mila mil duizend tusen tusind tysiąc tysięcy тысяч тысячи тысяча 千
4 万 萬 만
6 million millions mio millionen millones milhões milhão milioni milione miljoen miljoner milionów miliony
6 миллион миллиона миллионов мільйонів 百万 백만
8 亿 億 억
9 billion billions milliarde milliarden milliard milliards miliardi miliardo miljard miliardów bilhões bilhão
9 миллиард миллиарда миллиардов мільярдів 十亿
12 trillion trillions billionen 兆
""")
_COUNT_WORDS: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
)
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
#: `zero` to `nineteen`, and the tens
NUMBER_WORDS: Final[Mapping[str, int]] = MappingProxyType(
    {word: value for value, word in enumerate(_COUNT_WORDS.split())}
    | {word: 10 * value for value, word in enumerate(_TENS.split(), 2)}
)
_TIMES: Final[Mapping[str, int]] = MappingProxyType(
    {"hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
)
_DIGIT_WORDS: Final = "one|two|three|four|five|six|seven|eight|nine"
_BELOW_HUNDRED: Final = (
    rf"(?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[ -](?:{_DIGIT_WORDS})\b)?"
    rf"|{_DIGIT_WORDS}|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|zero)"
)
_BELOW_THOUSAND: Final = rf"{_BELOW_HUNDRED}(?:[ -]hundred(?:(?: and)? {_BELOW_HUNDRED}\b)?)?"
_ENGLISH: Final = re.compile(
    rf"(?<![^\W\d_]){_BELOW_THOUSAND}(?:[ -](?:thousand|million|billion|trillion)(?: {_BELOW_THOUSAND}\b)?){{0,3}}"
    r"(?:fold)?(?![^\W\d_])",
    re.IGNORECASE,
)
#: from two on, because "one" is a pronoun as well
_OTHER_UNITS: Final[Mapping[str, Mapping[str, int]]] = MappingProxyType(
    {
        language: MappingProxyType({word: value for value, word in enumerate(words.split(), 2)})
        for language, words in {
            "de": "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
            "fr": "deux trois quatre cinq six sept huit neufs dix onze douze",
            "es": "dos tres cuatro cinco seis siete ocho nueve diez once doce",
            "it": "due tre quattro cinque sei sette otto nove dieci undici dodici",
            "pt": "dois três quatro cinco seis sete oito nove dez onze doze",
            "nl": "twee drie vier vijf zes zeven acht negen tien elf twaalf",
        }.items()
    }
)
#: what says a number without being one: a paper that speaks of a second step has two
_IMPLIED_NUMBERS: Final = _table("""
1 first single once
2 two both twice double doubles doubled doubling dual pair pairs pairwise second secondly bi ii
3 third thirdly thirds triple triples tripled triplet triplets tri iii
4 fourth quarter quarters quadruple quartet iv
5 fifth v
6 sixth vi
7 seventh
8 eighth
9 ninth
10 tenth
12 dozen
50 half
""")
#: Chinese and Japanese numerals, of sources alone: in claims they are parts of too many words
_HAN: Final[Mapping[str, int]] = MappingProxyType(
    {char: value for value, char in enumerate("零一二三四五六七八九十")}
    | {"两": 2, "兩": 2, "双": 2, "雙": 2, "百": 100}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One number in a text."""

    #: as the text has it
    text: str
    #: what it can mean; empty where it is too long to be a number
    values: frozenset[Decimal]
    is_percent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """All numbers of a text."""

    values: frozenset[Decimal]
    #: does it speak of percent, or of points?
    has_percent: bool

    def hold(self, mention: Mention) -> bool:
        """Is the number one of these?"""
        return bool(mention.values & self.values) and (self.has_percent or not mention.is_percent)


def mentions(text: str, language: str = "en") -> tuple[Mention, ...]:
    """The numbers of a text in its order: those in digits, and those in words from two on."""
    plain = _plain(text)
    base = language.partition("-")[0]
    return (*_in_digits(plain, base), *_in_words(plain, base))


def numbers_of(text: str) -> Numbers:
    """All numbers that a text holds, in whatever language, and those that it implies ("both", "second")."""
    plain = _plain(text)
    words = [word.casefold() for word in _WORD.findall(plain)]
    values = {value for mention in _in_digits(plain) for value in mention.values}
    values |= {value for mention in _in_words(plain, "en", least=0) for value in mention.values}
    for table in (_IMPLIED_NUMBERS, *_OTHER_UNITS.values()):
        values |= {Decimal(table[word]) for word in words if word in table}
    values |= {Decimal(value) for char, value in _HAN.items() if char in plain}
    if "half" in words:
        values.add(Decimal("0.5"))
    return Numbers(values=frozenset(values), has_percent=_PERCENT.search(plain.casefold()) is not None)


def _plain(text: str) -> str:
    """Digits as ASCII, raised and lowered ones apart from those before them."""
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFKC", _SCRIPT_DIGITS.sub(lambda match: f" {match[0]} ", text))
    return "".join(
        str(unicodedata.decimal(char)) if char.isdecimal() and not char.isascii() else char
        for char in apart.replace("٫", ".").replace("٬", ",")
    )


def _in_digits(plain: str, language: str = "") -> Iterator[Mention]:
    """The numbers in digits; without a language, with all that they can mean anywhere."""
    for match in _NUMBER.finditer(plain):
        if language and match.start() and _IN_NAME.match(plain, match.start() - 1):
            continue
        after = _SCALE.match(plain, match.end())
        power = _power(after[0]) if after else 0
        bare = _readings(match[0], language)
        with_scale = frozenset((value * 10**power).normalize() for value in bare)
        yield Mention(
            text=(match[0] + after[0] if after and power else match[0])[:40],
            values=with_scale if language else bare | with_scale,
            is_percent=_IS_PERCENT.match(plain, match.end()) is not None or plain.endswith("百分之", 0, match.start()),
        )


def _power(scale: str) -> int:
    word = scale.strip()
    return (
        _LETTER_SCALES.get(scale) or _SCALES.get(word.casefold()) or _SCALES.get(word[:2]) or _SCALES.get(word[:1], 0)
    )


def _readings(number: str, language: str) -> frozenset[Decimal]:
    if len(number) > _MOST_DIGITS:
        return frozenset()
    digits = _SPACES.sub("", number)
    with_point, with_comma = digits.replace(",", ""), digits.replace(".", "").replace(",", ".")
    if _PLAIN_DECIMAL.fullmatch(digits):
        readings = {digits.replace(",", ".")}
    elif digits.endswith((",000", ".000")):
        readings = {with_point.replace(".", "")}
    else:
        readings = {with_point} if language in _WITH_POINT else {with_point, with_comma}
    if not language:
        readings.update(_SPACES.split(number))
    return frozenset(
        Decimal(reading).normalize() for reading in readings if reading.count(".") < 2 and "," not in reading
    )


def _in_words(plain: str, language: str, least: int = 2) -> Iterator[Mention]:
    if language != "en":
        table = _OTHER_UNITS.get(language, {})
        words = (match[0].casefold() for match in _WORD.finditer(plain))
        yield from (Mention(text=word, values=frozenset({Decimal(table[word])})) for word in words if word in table)
        return
    for match in _ENGLISH.finditer(plain):
        value = _english_value(_WORD.findall(match[0].lower()))
        if value >= least:
            yield Mention(text=match[0], values=frozenset({Decimal(value).normalize()}))


def _english_value(words: list[str]) -> int:
    """What number words say together: `one hundred and twenty thousand` -> 120,000."""
    total = group = 0
    for word in words:
        if word in _TIMES:
            group = (group or 1) * _TIMES[word]
            if _TIMES[word] > 100:
                total, group = total + group, 0
        elif word != "and":
            group += NUMBER_WORDS[word.removesuffix("fold")]
    return total + group
