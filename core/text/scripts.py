"""Is a text written in a language? Told by its script, its letters and its most frequent words.

`core.summarise.checks` asks this of what a model wrote, `core.summarise.extract` of abstracts. It answers about claims
of ten to forty words, among them names and terms in English, and would rather say nothing than something wrong.
Identifiers of languages that were measured for this want 10 to 100 MB, or take seconds to load, and guess at short
claims. Pure and linear.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

#: a word, and no part of `3D` or `i.i.d.`
_WORD: Final = re.compile(r"(?<![\w.])[^\W\d_]+(?!\w|\.\w)")
#: characters of a text that are looked at
_MOST_TEXT: Final = 4_000
#: characters that tell which language a text is in, and those among which an English one has a "the" or an "and"
_ENOUGH_TEXT: Final = 1_000
_CHARACTERS_PER_THE: Final = 300
#: of a text's characters (Chinese, Japanese) or words, those that must be in the language's own script
_LEAST_SHARE: Final = 0.3

_HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_KANA: Final = "\u3041-\u3096\u30a1-\u30fa\u30fc"
_SCRIPTS: Final[Mapping[str, re.Pattern[str]]] = MappingProxyType(
    {
        "Han": re.compile(f"[{_HAN}]"),
        "Japanese": re.compile(f"[{_HAN}{_KANA}]"),
        # Korean puts few spaces, Thai and its neighbours none: their characters are counted, in hands of two and four
        "Hangul": re.compile("[\uac00-\ud7a3]{1,2}"),
        "Thai": re.compile("[\u0e00-\u0e7f]{1,4}"),
        "Khmer": re.compile("[\u1780-\u17ff]{1,4}"),
        "Burmese": re.compile("[\u1000-\u109f]{1,4}"),
        "Lao": re.compile("[\u0e80-\u0eff]{1,4}"),
        "Cyrillic": re.compile("[\u0400-\u052f]+"),
        "Greek": re.compile("[\u0370-\u03ff\u1f00-\u1fff]{2,}"),
        "Arabic": re.compile("[\u0600-\u06ff\u0750-\u077f]+"),
        "Hebrew": re.compile("[\u0590-\u05ff]+"),
        "Devanagari": re.compile("[\u0900-\u097f]+"),
        "Bengali": re.compile("[\u0980-\u09ff]+"),
        "Gurmukhi": re.compile("[\u0a00-\u0a7f]+"),
        "Gujarati": re.compile("[\u0a80-\u0aff]+"),
        "Tamil": re.compile("[\u0b80-\u0bff]+"),
        "Telugu": re.compile("[\u0c00-\u0c7f]+"),
        "Kannada": re.compile("[\u0c80-\u0cff]+"),
        "Malayalam": re.compile("[\u0d00-\u0d7f]+"),
        "Sinhala": re.compile("[\u0d80-\u0dff]+"),
        "Georgian": re.compile("[\u10a0-\u10ff]+"),
        "Armenian": re.compile("[\u0530-\u058f]+"),
        "Ethiopic": re.compile("[\u1200-\u137f]+"),
        "Latin": re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]+"),
    }
)
_SCRIPT_OF: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(("zh", "zh-Hant"), "Han"),
        "ja": "Japanese",
        "ko": "Hangul",
        "th": "Thai",
        "km": "Khmer",
        "my": "Burmese",
        "lo": "Lao",
        "am": "Ethiopic",
        **dict.fromkeys(("ru", "uk", "be", "bg", "mk", "kk", "mn"), "Cyrillic"),
        "el": "Greek",
        **dict.fromkeys(("ar", "fa", "ur"), "Arabic"),
        "he": "Hebrew",
        **dict.fromkeys(("hi", "mr", "ne"), "Devanagari"),
        "bn": "Bengali",
        "pa": "Gurmukhi",
        "gu": "Gujarati",
        "ta": "Tamil",
        "te": "Telugu",
        "kn": "Kannada",
        "ml": "Malayalam",
        "si": "Sinhala",
        "ka": "Georgian",
        "hy": "Armenian",
    }
)

#: frequent words that carry no subject; what several languages share counts for each of them
_FREQUENT: Final = """
en have has been these their our its such into through between using only also both each they upon
en the of and to in a is that for with by on as are from this which we it an be at can than without while more not or
de in kein keine zum zur sie es am an um oder als der die das und ein eine einen einer eines dem den des mit
de für auf von zu im ist nicht durch aus bei sich als wird werden sind auch ohne nur wie dass
nl de het een en van in op met voor is dat die te zijn door niet uit bij wordt worden als aan naar ook zonder of maar
fr le la les de des du un une et est en pour dans par sur avec que qui sans au aux ce cette plus sont ne pas à
es el la los las de del un una y en que para por con se es sin al más como su son no mediante sobre entre esta este lo
pt o a os as de do da dos das um uma e em que para por com se não sem ao mais como no na nos são é entre esta este
pt pelo pela
it il lo la i gli le di del della dei delle un una e in che per con da dal si non è senza al più come su sui sono nel
it nella anche solo tra
ca el la els les de del dels un una i en que per amb es sense al més com no són aquest aquesta mitjançant entre només
gl o a os as de do da dos das un unha e en que para por con se non sen ao máis como no na son entre esta este
ro și de la în cu un o pe care este din pentru nu se mai prin fără sunt sau ale al unei unui că doar
sv och en ett att i på som är för med av till inte den det de från utan kan med vid eller genom bara sig
da og en et at i på som er for med af til ikke den det de fra uden kan ved eller gennem kun sig der
nb og en et å i på som er for med av til ikke den det de fra uten kan ved eller gjennom bare seg
is og að í á sem er fyrir með af til ekki það frá án við eða um en úr var eru
fi ja on ei joka että se ovat kuin sekä ilman myös mutta tai jotka vain voi vaadi kun
et ja on ei mis et see ilma või ning kui ka mida abil ainult oma vaid kohta jaoks
lv un ir ar no par uz kas bez nav vai pie kā to tikai lai gan
lt ir yra su be kad iš į kaip ne arba per nuo kuris kuri tik taip pat vien
pl i w na z do o się nie jest że dla przez od jak który która które oraz bez za po są to ze tylko
cs a v na s z do se je že pro který která které bez od o ve jako ne nebo po jsou to pouze při
sk a v na s z do sa je že pre ktorý ktorá ktoré bez od o vo ako nie alebo po sú to iba pri
sl in v na z za se je ki ne od do ter brez kot pri so ali iz samo po da
hr i u na s za se je koji koja koje ne od do te bez kao pri su ili iz samo po da kako
bs i u na s za se je koji koja koje ne od do te bez kao pri su ili iz samo po da kako
sr i u na s za se je koji koja koje ne od do te bez kao pri su ili iz samo po da kako
hu a az és egy hogy nem van is amely meg csak vagy mint ez de nélkül ki el több azt
tr ve bir bu için ile olarak da de daha olan gibi çok en yalnızca sadece ne kadar üzerinde göre
az və bir bu üçün ilə olaraq da də daha olan kimi çox ən yalnız üzərində
id yang dan di untuk dengan pada dari ini dalam tidak adalah oleh sebagai tanpa ke itu atau hanya lebih secara
ms yang dan di untuk dengan pada dari ini dalam tidak adalah oleh sebagai tanpa ke itu atau hanya lebih secara
vi và của các trên cho một không là với trong được những từ này để mà có khi chỉ
tl ang ng sa na mga at ay para ito isang nang hindi may gamit mula walang
sw na ya wa kwa katika ni za la kwenye bila hii kutoka tu
eu eta da bat ez du duen gabe ere dira bidez edo
ga an na agus ar i le do is gan ó go nach
cy y yr a ac i o yn ar am gan heb ei nad mae
sq dhe të e në një për me nga që si pa është nuk
af die van en in is wat nie vir met op en word sonder deur te uit
eo la de kaj en estas por kun ne sen el kiu per al
"""
_PROFILES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        name: frozenset(
            word for line in _FREQUENT.splitlines() if line.startswith(f"{name} ") for word in line.split()[1:]
        )
        for name in {line.split()[0] for line in _FREQUENT.strip().splitlines()}
    }
)
_LANGUAGES_OF: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        word: tuple(name for name, profile in _PROFILES.items() if word in profile)
        for word in frozenset().union(*_PROFILES.values())
    }
)
#: languages that these words do not tell apart
_KIN: Final = (frozenset({"hr", "bs", "sr"}), frozenset({"id", "ms"}), frozenset({"da", "nb"}))

#: letters that one language of a script has and others of it have not
_LETTERS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "ru": frozenset("ыэё"),
        "uk": frozenset("іїєґ"),
        "be": frozenset("ўіыэё"),
        "bg": frozenset(),
        "mk": frozenset("јљњќѓѕџ"),
        "kk": frozenset("әғқңөұүһіыэ"),
        "mn": frozenset("өүыэё"),
        "ar": frozenset("ةىأإؤئ"),
        "fa": frozenset("پچژگکیأئؤ"),
        "ur": frozenset("ٹڈڑںےھہپچژگکیئؤ"),
    }
)
#: what one way of writing Chinese has in the place of the other's
_SIMPLIFIED_CHARACTERS: Final = frozenset(
    "这个们与为对来时会现种发数据结过进还学习实验证优应务图训练网络语计设误问题统预测显评环复杂获机构动态场"
)
_TRADITIONAL: Final = frozenset(
    "這個們與為對來時會現種發數據結過進還學習實驗證優應務圖訓練網絡語計設誤問題統預測顯評環複雜獲機構動態場"
)
_KANA_PATTERN: Final = re.compile(f"[{_KANA}]")


def is_written_in(text: str, language: str) -> bool | None:
    """Is the text in the language of this IETF tag? None where that cannot be told: too short, or no way to know it."""
    words = text[:_MOST_TEXT].casefold()
    tag = language if language in _SCRIPT_OF else language.partition("-")[0]
    script = _SCRIPT_OF.get(tag, "Latin")
    units = own = len(_SCRIPTS[script].findall(words))
    if script != "Latin" or not words.isascii():
        # what is Chinese is counted as Japanese
        patterns = (pattern for name, pattern in _SCRIPTS.items() if name != "Han")
        units = sum(len(pattern.findall(words)) for pattern in patterns)
    if not units or (tag == "sr" and _SCRIPTS["Cyrillic"].search(words)):  # Serbian has two scripts
        return None
    if own < _LEAST_SHARE * units:
        return False
    if script == "Latin":
        return _is_in_latin(_WORD.findall(words), tag)
    return _is_in_script(words, tag)


def language_of(text: str) -> str:
    """The tag of the language that the text is clearly written in; `en` where it may be English.

    Of languages that are not told apart here, such as Croatian and Serbian, it is one.
    """
    start = text[:_ENOUGH_TEXT]
    if (start.count(" the ") + start.count(" and ")) * _CHARACTERS_PER_THE > len(start) or is_written_in(
        start, "en"
    ) is not False:
        return "en"
    return next((tag for tag in (*_SCRIPT_OF, *_PROFILES) if is_written_in(start, tag)), "en")


def _is_in_latin(words: list[str], tag: str) -> bool | None:
    hits = Counter(name for word in words for name in _LANGUAGES_OF.get(word, ()))
    kin = next((group for group in _KIN if tag in group), frozenset({tag}))
    own = max(hits[name] for name in kin)
    foreign = max((count for name, count in hits.items() if name not in kin), default=0)
    if foreign >= own + 2 and foreign >= 2 * own:
        return False
    return True if own >= 2 and own >= foreign else None


def _is_in_script(words: str, tag: str) -> bool | None:
    if tag in ("zh", "zh-Hant", "ja"):
        return _is_in_han(words, tag)
    if tag not in _LETTERS:
        return True
    letters = frozenset(words)
    foreign = frozenset().union(*(_LETTERS[name] for name in _peers(tag))) - _LETTERS[tag]
    if letters & foreign:
        return False
    return True if letters & _LETTERS[tag] else None


def _peers(tag: str) -> tuple[str, ...]:
    return tuple(name for name in _LETTERS if name != tag and _SCRIPT_OF[name] == _SCRIPT_OF[tag])


def _is_in_han(words: str, tag: str) -> bool:
    kana = len(_KANA_PATTERN.findall(words))
    han = len(_SCRIPTS["Han"].findall(words))
    if tag == "ja":
        return kana * 8 >= han
    if kana * 8 >= han and kana > 1:
        return False
    simple = sum(char in _SIMPLIFIED_CHARACTERS and char not in _TRADITIONAL for char in words)
    traditional = sum(char in _TRADITIONAL and char not in _SIMPLIFIED_CHARACTERS for char in words)
    own, foreign = (simple, traditional) if tag == "zh" else (traditional, simple)
    return foreign < own + 2
