"""A digest in somebody's own words: `robots that learn from touch, no surveys, weekdays at nine`. Pure.

What is wanted becomes the interest, what is not wanted the rule, and the rest settings: hours, days, size, language and
categories. Nothing is guessed at: words that are no setting stay part of the interest, and everything is shown before
it is saved. `/subscribe` reads with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from core.channels import Depth, Subscription
from core.converse.settings.schedule_words import LONGEST, NOTHING_SAID, Schedule, read_schedule, without
from core.errors import BadCategory, BadSetting
from core.papers.categories import canonical, find_categories
from core.summarise.languages import parse_language
from core.text.numbers import NUMBER_WORDS
from core.text.words import STOP_WORDS

#: what somebody does not want, of one wish, and words of each
_MOST_DENIED: Final = 10
_LONGEST_DENIED: Final = 5
#: words that make a sentence of what could be a phrase to filter by
_LONG: Final = 4
_CONNECTING: Final = re.compile(
    r"that|which|who|with|for|about|from|of|on|in|to|and|or|via|using|how|without|no|not|except|but", re.IGNORECASE
)

_CLAUSE: Final = re.compile(r"[,;\n]+|\.(?:\s|$)")
_LEAD: Final = re.compile(
    r"^(?:(?:please|hi|hello|and|also|but|just|subscribe|us|me|to|send|give|show|post|i|we|want|would|like|need|are|am"
    r"|interested|in|papers?|articles?|anything|everything|something|news|new|about|on|concerning)\s+)+"
    r"(?=\S)",
    re.IGNORECASE,
)
_DENIES: Final = re.compile(
    r"(?<![\w-])(?:but\s+)?(?:no|not|nothing|never|without|except(?:\s+for)?|excluding|exclude|skip|leave\s+out)"
    r"\s+(?:(?:about|on|any|more|the|papers?)\s+)*",
    re.IGNORECASE,
)
#: the same in the middle of a clause, where `not` and `never` are mostly part of what is wanted
_DENIES_WITHIN: Final = re.compile(
    r"\s+(?:but\s+)?(?:but\s+not|and\s+no|no|without|except(?:\s+for)?|excluding)\s+(?:(?:about|on|any|the|papers?)\s+)*",
    re.IGNORECASE,
)
_PLURAL: Final = re.compile(r"(?<=\w\w\w)(?<!s)s$")
_OR: Final = re.compile(r"\s+(?:and|or|nor)\s+|\s*[/&]\s*", re.IGNORECASE)
_COUNTS: Final = {word: number for word, number in NUMBER_WORDS.items() if 3 <= number <= 50}
_COUNT: Final = rf"(?P<count>\d{{1,2}}|{'|'.join(_COUNTS)})"
_SIZE: Final = re.compile(
    rf"(?<![\w-])(?:(?:the\s+)?(?:top|best|at\s+most|up\s+to|max(?:imum)?(?:\s+of)?|no\s+more\s+than)\s+{_COUNT}"
    rf"(?:\s+(?:papers?|articles?))?(?:\s+(?:a|per|each|every)\s+(?:day|digest|week))?"
    rf"|{_COUNT.replace('count', 'papers')}\s+(?:papers?|articles?)(?:\s+(?:a|per|each|every)\s+(?:day|digest|week))?)"
    r"(?![\w-])",
    re.IGNORECASE,
)
_LANGUAGE: Final = re.compile(
    r"(?<![\w-])(?:in|auf|en)\s+(?P<name>[^\W\d_]{4,}(?:\s+[^\W\d_]{4,})?)\s*$", re.IGNORECASE
)
_DEPTH: Final = re.compile(
    r"(?<![\w-])(?:(?P<line>in\s+one\s+line|one\s+line\s+each|in\s+a\s+sentence|briefly)|(?P<full>in\s+(?:full|detail)))\s*$",
    re.IGNORECASE,
)
_CODE: Final = re.compile(
    r"(?<![\w.])(?:(?:from|in|of|on)\s+)?(?P<code>[a-z-]{2,8}\.[A-Za-z-]{2,}|(?:biorxiv|medrxiv):\S+)(?![\w.])",
    re.IGNORECASE,
)
_FROM: Final = re.compile(
    r"^(?:only\s+)?(?:papers?\s+)?from\s+(?P<name>[^\W\d_]+(?:[\s-]+[^\W\d_]+){0,3})$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsWish:
    """What somebody wished for, taken apart."""

    interest: str = ""
    #: each a word or a phrase
    denials: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    schedule: Schedule = NOTHING_SAID
    #: papers of a digest; None where none was said
    size: int | None = None
    #: a tag; empty where none was said
    language: str = ""
    depth: Depth | None = None

    def on(self, before: Subscription) -> Subscription:
        """A digest with what was wished for. Raises UsageError for a size that none can have."""
        after = replace(
            before,
            categories=tuple(dict.fromkeys((*before.categories, *self.categories))),
            interest=self.interest or before.interest,
            rule=_join_denial(before.rule, self.rule),
            at=self.schedule.on(before.at),
            language=self.language or before.language,
            depth=self.depth or before.depth,
        )
        return after if self.size is None else replace(after, size=self.size)

    @property
    def rule(self) -> str:
        """A rule that drops what is not wanted; empty where everything is."""
        terms = [_term(words) for words in self.denials]
        if not terms:
            return ""
        return f"NOT {terms[0]}" if len(terms) == 1 else f"NOT ({' OR '.join(terms)})"


def is_in_words(line: str, today: date) -> bool:
    """Is it more than a phrase: a sentence, or something with settings in it?"""
    words = re.findall(r"[^\W_]+", line.lower())
    if len(words) >= _LONG and any(_CONNECTING.fullmatch(word) or word in STOP_WORDS for word in words):
        return True
    wish = read_words(line, today)
    return bool(wish.denials or wish.schedule or wish.size or wish.language or wish.depth)


def read_words(line: str, today: date) -> WordsWish:
    """Take a wish apart. Never raises."""
    schedule, remainder = read_schedule(" ".join(line[:LONGEST].split()), today)
    wish, phrases = WordsWish(schedule=schedule), []
    for clause in _CLAUSE.split(remainder):
        wish, phrase = _read_clause(clause.strip(), wish)
        if phrase:
            phrases.append(phrase)
    return replace(wish, interest=", ".join(phrases))


def _read_clause(clause: str, wish: WordsWish) -> tuple[WordsWish, str]:
    """What a clause adds to a wish, and the words of it that say what is wanted."""
    clause, wish = _take_size(clause, wish)
    clause, wish = _take_manner(clause, wish)
    clause, wish = _take_categories(clause, wish)
    if match := _DENIES.match(clause):
        return _denying(clause[match.end() :], wish), ""
    if match := _DENIES_WITHIN.search(clause):
        wish, clause = _denying(clause[match.end() :], wish), clause[: match.start()]
    clause = _LEAD.sub("", f"{clause} ").strip(" .:!?-–")
    is_empty = all(word in STOP_WORDS or word in ("papers", "paper", "please") for word in clause.lower().split())
    return wish, "" if is_empty else clause


def _take_size(clause: str, wish: WordsWish) -> tuple[str, WordsWish]:
    match = _SIZE.search(clause)
    if match is None:
        return clause, wish
    count = (match["count"] or match["papers"]).lower()
    size = int(count) if count.isdecimal() else _COUNTS[count]
    if not 1 <= size <= 50:
        return clause, wish
    return without(clause, match), replace(wish, size=size)


def _take_manner(clause: str, wish: WordsWish) -> tuple[str, WordsWish]:
    """Language and depth, which end a clause."""
    if match := _DEPTH.search(clause):
        depth = Depth.LINE if match["line"] else Depth.FULL
        clause, wish = without(clause, match), replace(wish, depth=depth)
    if match := _LANGUAGE.search(clause):
        try:
            tag = parse_language(match["name"]).tag
        except BadSetting:
            return clause, wish
        clause, wish = without(clause, match), replace(wish, language=tag)
    return clause, wish


def _take_categories(clause: str, wish: WordsWish) -> tuple[str, WordsWish]:
    """Codes, wherever they stand, and `from robotics`."""
    categories: list[str] = []
    for match in list(_CODE.finditer(clause))[::-1]:
        try:
            categories.insert(0, canonical(match["code"]))
        except BadCategory:
            continue
        clause = without(clause, match)
    if (source := _FROM.match(clause)) and (named_categories := find_categories(source["name"], most=1)):
        categories, clause = [*categories, *named_categories], ""
    return clause, replace(wish, categories=tuple(dict.fromkeys((*wish.categories, *categories))))


def _denying(words: str, wish: WordsWish) -> WordsWish:
    parts = [" ".join(re.findall(r"[\w'-]+", part)[:_LONGEST_DENIED]) for part in _OR.split(words)]
    denials = [part for part in parts if re.search(r"[^\W_]", part)]
    return replace(wish, denials=tuple(dict.fromkeys((*wish.denials, *denials)))[:_MOST_DENIED])


def _term(words: str) -> str:
    """A term of a rule; anything that could be read as more than words stands in quotation marks.

    A single word is found in all its forms anyway; of a phrase the plural stands for the singular too.
    """
    if re.fullmatch(r"[a-z]+", words) and words not in ("and", "or", "not", "near"):
        return words
    return f'"{_PLURAL.sub("*", words)}"'


def _join_denial(before: str, denial: str) -> str:
    if not before or not denial:
        return before or denial
    return before if denial in before else f"({before}) AND {denial}"
