"""Changing a subscription, one named setting at a time: what `/subscribe`, `/settings` and `paperboy channels` share.

Pure: a subscription and words in, a subscription out, or a BadSetting, BadRule, BadCategory with a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, TypeVar

from rapidfuzz import fuzz, process

from core.channels import (
    Changers,
    Depth,
    LateDay,
    Layout,
    QuietDay,
    Subscription,
)
from core.choose.rules import judging
from core.converse.settings.schedule_words import Schedule, whole_schedule
from core.converse.values import split_names
from core.errors import BadCategory, BadSetting
from core.papers.categories import canonical, describe_category, find_categories, join_area_words, read_categories
from core.speech import N_, _
from core.summarise.languages import parse_language
from core.text.nearest import nearest
from core.text.readable import any_of
from core.text.times import parse_time, parse_weekdays, parse_zone, show_weekdays

_Choice = TypeVar("_Choice", bound=StrEnum)

_AUTHOR: Final = re.compile(r'author:(?:"([^"]+)"|(\S+))', re.IGNORECASE)
_RULE: Final = re.compile(r"\brule:\s*(.*)$", re.IGNORECASE | re.DOTALL)
_OFF: Final = frozenset({"-", "none", "off"})
#: what a rule is made of beside plain words
_PLAIN_WORDS: Final = re.compile(r"[\w\s,;&/.'-]*")
_OPERATORS: Final = re.compile(r"\b(?:AND|OR|NOT)\b|(?<!\S)-")
#: what only a rule has, and a sentence has not
_OF_RULES: Final = re.compile(r"\b(?:AND|OR|NOT|NEAR)\b|(?<!\S)-\w|[\"*^~]|[<>!]=|\w:(?!\s|\d|$)|\b[Rr]ule:")


def change(subscription: Subscription, name: str, value: str) -> Subscription:
    """Set one setting from what a person typed; `none` empties what may be empty."""
    key = setting_name(name)
    if value.strip():
        return _SETTERS[key](subscription, value.strip())
    hint = _("Write none to empty it.") if key in CAN_BE_EMPTY else _("Write its name and its value.")
    raise BadSetting(_("{key} is given no value.", key=key), hint=hint)


def setting_name(word: str) -> str:
    """The name of a setting. Raises BadSetting, naming the nearest."""
    key = word.strip().lower()
    if key in _SETTERS:
        return key
    near = nearest(key, NAMES)
    hint = _("Did you mean {name}?", name=near) if near else _("There are {names}.", names=", ".join(NAMES))
    raise BadSetting(_("There is no setting '{typed}'.", typed=word[:40]), hint=hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What `/subscribe` names."""

    categories: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    #: words that follow the categories and have no sign of a rule: a rule, or the name of a category in words
    words: str = ""
    #: what can only be meant as a rule
    rule: str = ""

    def naming(self, categories: Sequence[str]) -> str:
        """What to type for the same wish with these categories in the place of the words."""
        authors = (f'author:"{author}"' for author in self.authors)
        return " ".join((*self.categories, *categories, *authors))

    def filtering(self) -> str:
        """What to type for the same wish with the words as a rule."""
        return f"{self.naming(())} rule: {self.words}".strip()


def read_wish(line: str) -> Wish:
    """Take apart what follows `/subscribe`: categories, `author:NAME`, and the rest of the line."""
    rule = ""
    if match := _RULE.search(line):
        rule, line = match[1].strip(), line[: match.start()]
    authors = tuple(quoted_name or bare for quoted_name, bare in _AUTHOR.findall(line))
    categories, remainder = _leading_categories(_AUTHOR.sub(" ", line))
    is_plain = not rule and _PLAIN_WORDS.fullmatch(remainder) and not _OPERATORS.search(remainder)
    return Wish(
        categories=categories,
        authors=authors,
        words=remainder if is_plain else "",
        rule="" if is_plain else " ".join(part for part in (remainder, rule) if part),
    )


def can_be_sentence(line: str) -> bool:
    """Is there nothing in it that only a rule has?"""
    return not _OF_RULES.search(line)


def subscribe(subscription: Subscription, wish: Wish) -> Subscription:
    """Add what `/subscribe` names; its words are a rule, which takes the place of the one there was."""
    rule = wish.rule or wish.words
    return replace(
        subscription,
        categories=_add(subscription.categories, wish.categories),
        authors=_add(subscription.authors, wish.authors),
        rule=_check_rule(rule) if rule else subscription.rule,
    )


def unsubscribe(subscription: Subscription, line: str) -> Subscription:
    """Take away what `/unsubscribe` names: categories, `author:NAME`, `rule`, `interest`.

    Raises BadSetting, BadCategory where the channel has none of that name: then nothing is taken away.
    """
    authors = {_find_author(quoted_name or bare, subscription.authors) for quoted_name, bare in _AUTHOR.findall(line)}
    words = join_area_words(_AUTHOR.sub(" ", line)).replace(",", " ").split()
    emptied_names = {word.lower() for word in words} & {"rule", "interest"}
    for name in emptied_names:
        if not getattr(subscription, name):
            raise BadSetting(_("This channel has no {name}.", name=name), hint=_("`/settings` shows what it has."))
    categories = _read_here(" ".join(word for word in words if word.lower() not in emptied_names), subscription)
    return replace(
        subscription,
        categories=tuple(category for category in subscription.categories if category not in categories),
        authors=tuple(author for author in subscription.authors if author not in authors),
        rule="" if "rule" in emptied_names else subscription.rule,
        interest="" if "interest" in emptied_names else subscription.interest,
    )


def _find_author(name: str, authors: tuple[str, ...]) -> str:
    """The followed author of that name. Raises BadSetting, naming the nearest, or those there are."""
    for author in authors:
        if author.casefold() == name.casefold():
            return author
    if not authors:
        raise BadSetting(
            _("Nobody is followed here, so not '{typed}' either.", typed=name[:60]),
            hint=_("`/settings` shows what is."),
        )
    near = process.extractOne(name[:60], authors, scorer=fuzz.WRatio, processor=str.casefold, score_cutoff=70)
    if near:
        command = f'`/unsubscribe author:"{near[0]}"`'  # not said: a command
        hint = _("Did you mean {command}?", command=command)
    else:
        hint = _("Followed are {names}.", names=", ".join(authors[:5]) + (", …" if len(authors) > 5 else ""))
    raise BadSetting(_("Nobody called '{typed}' is followed here.", typed=name[:60]), hint=hint)


def _read_here(line: str, subscription: Subscription) -> set[str]:
    """The categories of the channel that are named, in words too. Raises BadCategory."""
    if not line:
        return set()
    in_words = find_categories(line, most=9)
    try:
        categories = {canonical(word) for word in line.split()}
    except BadCategory:
        if not in_words:
            raise
        categories = set(in_words) & set(subscription.categories) or {in_words[0]}
    if unread := categories - set(subscription.categories):
        read = ", ".join(subscription.categories)
        hint = _("Its categories are {names}.", names=read) if read else _("It has none in particular.")
        names = ", ".join(map(describe_category, sorted(unread)))
        raise BadCategory(_("This channel does not read {names}.", names=names), hint=hint)
    return categories


def setting_rows(subscription: Subscription) -> Mapping[str, str]:
    """Every setting as `change` would read it, in the order people think of them."""
    return {
        "categories": ", ".join(subscription.categories) or "any",
        "rule": subscription.rule or "none",
        "interest": subscription.interest or "none",
        "authors": ", ".join(map(_quote, subscription.authors)) or "none",
        "at": f"{subscription.at.at:%H:%M}",
        "zone": subscription.at.zone,
        "weekdays": show_weekdays(subscription.at.weekdays),
        "size": str(subscription.size),
        "language": subscription.language,
        "depth": subscription.depth.value,
        "layout": subscription.layout.value,
        "patience": f"{subscription.patience_min} minutes",
        "quiet-day": subscription.quiet_day.value,
        "late-day": subscription.late_day.value,
        "brief": "on" if subscription.has_briefing else "off",
        "rerank": "on" if subscription.has_reranking else "off",
        "link-cards": "on" if subscription.link_cards else "off",
        "explore": "on" if subscription.explores else "off",
        "managers": subscription.changers.value,
        "pause": _pause(subscription),
    }


def _pause(subscription: Subscription) -> str:
    if subscription.paused:
        return "on"
    return f"{subscription.at.not_before}" if subscription.at.not_before else "off"


def _quote(name: str) -> str:
    return f'"{name}"' if re.search("[,;]", name) else name


def _leading_categories(line: str) -> tuple[tuple[str, ...], str]:
    categories: list[str] = []
    words = join_area_words(line).replace(",", " ").split()
    for position, word in enumerate(words):
        try:
            categories.append(canonical(word))
        except BadCategory:
            # `cs.XY` and `feed:…` can only be meant as categories; `transformers` starts the rule
            if re.fullmatch(r"[a-z-]+\.[A-Za-z-]+|(?:biorxiv|medrxiv|feed):\S*", word, re.IGNORECASE):
                raise
            return tuple(categories), " ".join(words[position:])
    return tuple(categories), ""


def _add(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*old, *new)))


def _check_rule(rule: str) -> str:
    judging.parse(rule)
    return rule


def _list(value: str) -> tuple[str, ...]:
    return () if value.lower() in _OFF | {"any"} else split_names(value)


def _categories(value: str) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(category for part in _list(join_area_words(value)) for category in _named_categories(part))
    )


def _named_categories(part: str) -> tuple[str, ...]:
    """Codes between spaces, or the name of one category. Raises BadCategory, naming the nearest."""
    try:
        return tuple(map(canonical, part.split()))
    except BadCategory:
        with suppress(BadCategory):
            return read_categories(part)
        raise


def _text(value: str) -> str:
    return "" if value.lower() in _OFF else value


def _size(value: str) -> int:
    if match := re.fullmatch(r"(?:(?:top|up to|at most) )?(\d{1,9})(?: papers?)?", value.lower(), re.ASCII):
        return int(match[1])
    raise BadSetting(
        _("'{value}' is not a number of papers.", value=value[:40]), hint=_("Write a number from 1 to 50.")
    )


def _is_on(value: str) -> bool:
    if value.lower() in ("on", "yes"):
        return True
    if value.lower() in _OFF | {"no"}:
        return False
    raise BadSetting(_("'{value}' is neither on nor off.", value=value[:40]), hint=_("Write on or off."))


def _minutes(value: str) -> int:
    if value.lower() in _OFF | {"never"}:
        return 0
    if match := re.fullmatch(r"(\d{1,4})( ?min(utes?)?)?", value.lower(), re.ASCII):
        return int(match[1])
    raise BadSetting(
        _("'{value}' is not a number of minutes.", value=value[:40]), hint=_("Write one like 60, or never.")
    )


def _one_of(kind: type[_Choice], refusal: str) -> Callable[[str], _Choice]:
    """Reads one of the values of an enumeration; `refusal` says, as a message for the catalogues, that it is none."""

    def read(value: str) -> _Choice:
        try:
            return kind(value.lower())
        except ValueError:
            hint = _("Write {values}.", values=any_of(tuple(kind)))
            raise BadSetting(_(refusal, value=value[:40]), hint=hint) from None

    return read


def _set_schedule(subscription: Subscription, value: str) -> Subscription:
    """`8:30`, `half past eight`, `weekdays 9:00 Europe/Berlin`."""
    schedule = whole_schedule(value) or Schedule(at=parse_time(value))
    return replace(subscription, at=schedule.on(subscription.at))


def _on_weekdays(subscription: Subscription, value: str) -> Subscription:
    """`mon-fri`, `monday and thursday`; an hour and a zone may follow, which alone are those of weekdays."""
    schedule = whole_schedule(value)
    if schedule and not schedule.weekdays:
        schedule = whole_schedule(f"weekdays {value}")
    schedule = schedule or Schedule(weekdays=parse_weekdays(value))
    return replace(subscription, at=schedule.on(subscription.at))


def _set_zone(subscription: Subscription, value: str) -> Subscription:
    return replace(subscription, at=replace(subscription.at, zone=parse_zone(value), has_chosen_zone=True))


def _set_pause(subscription: Subscription, value: str) -> Subscription:
    """Pause it, until a day where one is named, or have it go on."""
    try:
        until = date.fromisoformat(value.lower().removeprefix("until").strip())
    except ValueError:
        is_on = _is_on(value)
        return replace(subscription, paused=is_on, absence=None, at=replace(subscription.at, not_before=None))
    return replace(subscription, paused=False, absence=None, at=replace(subscription.at, not_before=until))


def _of(field: str, read: Callable[[str], Any]) -> Callable[[Subscription, str], Subscription]:
    return lambda subscription, value: replace(subscription, **{field: read(value)})


_SETTERS: Final[Mapping[str, Callable[[Subscription, str], Subscription]]] = MappingProxyType(
    {
        "categories": _of("categories", _categories),
        "rule": _of("rule", lambda value: _check_rule(_text(value))),
        "interest": _of("interest", _text),
        "authors": _of("authors", _list),
        "at": _set_schedule,
        "zone": _set_zone,
        "weekdays": _on_weekdays,
        "size": _of("size", _size),
        "language": _of("language", lambda value: parse_language(re.sub("^in ", "", value, flags=re.IGNORECASE)).tag),
        "depth": _of("depth", _one_of(Depth, N_("'{value}' is not how much of a paper a summary tells."))),
        "layout": _of("layout", _one_of(Layout, N_("'{value}' is not a layout."))),
        "patience": _of("patience_min", _minutes),
        "quiet-day": _of("quiet_day", _one_of(QuietDay, N_("'{value}' is not what to say on a quiet day."))),
        "late-day": _of("late_day", _one_of(LateDay, N_("'{value}' is not what to do with a late digest."))),
        "brief": _of("has_briefing", _is_on),
        "rerank": _of("has_reranking", _is_on),
        "link-cards": _of("link_cards", _is_on),
        "explore": _of("explores", _is_on),
        "managers": _of("changers", _one_of(Changers, N_("'{value}' is not who may change a digest."))),
        "pause": _set_pause,
    }
)
NAMES: Final = tuple(_SETTERS)
#: the settings that tell what a channel wishes for, beside its categories
WISHES: Final = frozenset({"rule", "interest", "authors"})
#: those that may be empty
CAN_BE_EMPTY: Final = frozenset({"categories", "rule", "interest", "authors"})
