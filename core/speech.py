"""What Paperboy itself says, in the language of whoever reads it.

A sentence is written in English where it is said, whole, with a name for each place where something is put in:

    _("None of {papers} fits.", papers=plural("{count} new paper", "{count} new papers", announced))

`speaking` says whose language it is, for all that is said within it, in threads as well. A catalogue as gettext has
them (`catalogues/de.po`) brings a language; English needs none. A message without a translation is said in English.
What papers, people and models wrote, commands, names of settings and log lines are never looked up.

Sentences that are no function's own, as in a table, are marked by `N_` where they stand and said by `_` where they are
shown. `make catalogue` collects all of them in `catalogues/paperboy.pot`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Final

#: one `.po` file a language, and the template of all of them
CATALOGUES: Final = Path(__file__).with_name("catalogues")


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A language that Paperboy can speak."""

    #: as CLDR writes it: `en`, `zh_Hans`
    code: str
    translations: NullTranslations = field(default_factory=NullTranslations, repr=False, compare=False)


ENGLISH: Final = Language(code="en")
_SPOKEN: Final = ContextVar("spoken", default=ENGLISH)
#: months and weekdays in words in a pattern of CLDR's, and what stands in quotes there
_NAMES_IN_PATTERN: Final = re.compile(r"'[^']*'|([ML]{3,}|[Ec]+)")


class DayForm(Enum):
    """How much of a day is said: as English writes it, and as CLDR asks other languages for it (a skeleton)."""

    #: `Friday, 6 February 2026`
    FULL = ("EEEE, d MMMM y", "yMMMMEEEEd")
    #: `6 February 2026`
    LONG = ("d MMMM y", "yMMMMd")
    #: `6 Feb 2026`
    MEDIUM = ("d MMM y", "yMMMd")
    #: `Friday, 06 February`
    WEEKDAY_AND_DAY = ("EEEE, d MMMM", "MMMMEEEEd")
    #: `6 February`
    DAY_AND_MONTH = ("d MMMM", "MMMMd")
    #: `6 Feb`
    SHORT = ("d MMM", "MMMd")
    #: `February`
    MONTH = ("MMMM", "MMMM")
    #: `Friday`
    WEEKDAY = ("EEEE", "EEEE")


def _(message: str, /, **values: object) -> str:
    """The sentence in the language that is spoken, with its values put in; without values, braces are braces."""
    if not message:  # to gettext that is the catalogue's own head
        return ""
    return _fill(_SPOKEN.get().translations.gettext(message), message, values)


def plural(singular: str, many: str, count: int, /, **values: object) -> str:
    """The form that goes with a number, which stands in it as `{count}`, written as the language writes numbers."""
    sentence = _SPOKEN.get().translations.ngettext(singular, many, count)
    return _fill(sentence, singular if count == 1 else many, {"count": number(count), **values})


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for it, which extractors and translators know
    """A sentence that is said elsewhere, marked for the catalogues."""
    return message


def language_tag() -> str:
    """The language that is spoken, as the web writes it: `en`, `zh-Hans`."""
    return _SPOKEN.get().code.replace("_", "-")


def language_text(tag: str, english: str) -> str:
    """What a language is called: `english`, or what the language that is spoken calls it, where that is known."""
    code = _SPOKEN.get().code
    if code == ENGLISH.code:
        return english
    from babel import Locale, UnknownLocaleError  # English does without it

    try:
        return Locale.parse(tag, sep="-").get_display_name(code) or english
    except (ValueError, UnknownLocaleError):
        return english


def number(value: int) -> str:
    """`1,200`, as the language writes it."""
    code = _SPOKEN.get().code
    if code == ENGLISH.code:
        return f"{value:,}"
    from babel.numbers import format_decimal  # English does without it

    return format_decimal(value, locale=code)


def day_text(day: date, form: DayForm) -> str:
    """A day, or a part of it, in words."""
    from babel.dates import format_date  # loads the names of months

    english, skeleton = form.value
    code = _SPOKEN.get().code
    return format_date(day, english if code == ENGLISH.code else _day_pattern(skeleton, code), locale=code)


@cache
def _day_pattern(skeleton: str, code: str) -> str:
    """The language's pattern that comes nearest to a skeleton, with the names of months and weekdays as long."""
    from babel import Locale
    from babel.dates import match_skeleton

    patterns = Locale.parse(code).datetime_skeletons
    nearest = match_skeleton(skeleton, patterns) or "yMMMd"
    widths = {letter: skeleton.count("M" if letter in "ML" else "E") for letter in "MLEc"}
    return _NAMES_IN_PATTERN.sub(
        lambda match: match[1][0] * widths[match[1][0]] if match[1] else match[0],
        patterns[nearest].pattern,
    )


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """What is said within speaks this language."""
    token = _SPOKEN.set(language)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


@dataclass(frozen=True, slots=True, kw_only=True)
class Languages:
    """The languages that can be spoken, by code. English is one of them."""

    by_code: Mapping[str, Language]

    def speaking(self, tag: str) -> AbstractContextManager[None]:
        """What is said within speaks the language that comes nearest to a tag."""
        return speaking(self.best(tag))

    def best(self, tag: str) -> Language:
        """The language that comes nearest to a tag such as `de-AT` or `zh_CN`; English where none does."""
        if len(self.by_code) == 1 or tag == ENGLISH.code:
            return ENGLISH
        from babel import Locale, UnknownLocaleError  # only where there is a choice
        from babel.core import get_global

        tag = tag.replace("-", "_")
        try:
            locale = Locale.parse(get_global("likely_subtags").get(tag, tag), resolve_likely_subtags=True)
        except (ValueError, UnknownLocaleError):
            return ENGLISH
        codes = (tag, f"{locale.language}_{locale.script}", locale.language)
        return next((self.by_code[code] for code in codes if code in self.by_code), ENGLISH)


@cache
def shipped_languages() -> Languages:
    """English, and every language that has a catalogue here."""
    languages = [ENGLISH, *(_read(path) for path in sorted(CATALOGUES.glob("*.po")))]
    return Languages(by_code=MappingProxyType({language.code: language for language in languages}))


def _read(path: Path) -> Language:
    from babel.messages.mofile import write_mo  # loads only where there is a catalogue
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.stem)
    mo_file = BytesIO()
    write_mo(mo_file, catalogue)
    mo_file.seek(0)
    return Language(code=path.stem, translations=GNUTranslations(mo_file))


def _fill(sentence: str, english: str, values: Mapping[str, object]) -> str:
    if not values:
        return sentence
    try:
        return sentence.format_map(values)
    except (LookupError, ValueError, AttributeError):  # a translator's slip hides no sentence
        return english.format_map(values)
