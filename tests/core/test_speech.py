"""What is said is said in the language of whoever reads it."""

from __future__ import annotations

import ast
import asyncio
from datetime import date
from gettext import NullTranslations
from types import MappingProxyType

import pytest

from core.speech import (
    ENGLISH,
    N_,
    DayForm,
    Language,
    Languages,
    _,
    day_text,
    language_tag,
    language_text,
    number,
    plural,
    speaking,
)
from tests.catalogue import TEMPLATE, messages_by_module, messages_in, template
from tests.core.sentences import modules, unasked_in

_DAY = date(2026, 2, 6)


class _German(NullTranslations):
    """A few sentences, and one with a slip."""

    messages = MappingProxyType(
        {
            "": "Language: de",
            "Nothing new.": "Nichts Neues.",
            "None of {papers} fits.": "Von {papers} passt nichts.",
            "{day} was read.": "{tag} wurde gelesen.",
        }
    )

    def gettext(self, message: str) -> str:
        return self.messages.get(message, message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return {"{count} paper": "{count} Aufsatz"}.get(msgid1, msgid1) if n == 1 else "{count} Aufsätze"


GERMAN = Language(code="de", translations=_German())


def test_english_needs_no_catalogue() -> None:
    """Without a language, sentences are said as they are written, with their values."""
    assert _("None of {papers} fits.", papers=plural("{count} paper", "{count} papers", 1_200)) == (
        "None of 1,200 papers fits."
    )
    assert plural("{count} paper", "{count} papers", 1) == "1 paper"
    assert _("Write {braces}.") == "Write {braces}."


def test_a_catalogue_translates_sentences_numbers_and_days() -> None:
    """Within `speaking`, words, plurals, numbers and days are the language's, and English again behind it."""
    with speaking(GERMAN):
        papers = plural("{count} paper", "{count} papers", 1_200)
        assert _("None of {papers} fits.", papers=papers) == "Von 1.200 Aufsätze passt nichts."
        assert number(1_200) == "1.200"
        assert language_tag() == "de"
        assert [day_text(_DAY, form) for form in DayForm] == [
            *("Freitag, 6. Februar 2026", "6. Februar 2026", "6. Feb. 2026", "Freitag, 6. Februar", "6. Februar"),
            *("6. Feb.", "Februar", "Freitag"),
        ]
    assert _("Nothing new.") == "Nothing new."
    assert [day_text(_DAY, form) for form in DayForm] == [
        *("Friday, 6 February 2026", "6 February 2026", "6 Feb 2026", "Friday, 6 February", "6 February", "6 Feb"),
        *("February", "Friday"),
    ]


def test_languages_are_called_as_the_language_calls_them() -> None:
    """A language has its English name, and another one where another language is spoken; a made-up tag keeps its."""
    named = (("pt-BR", "Brazilian Portuguese"), ("zh-Hant", "Traditional Chinese"), ("??", "??"))
    assert [language_text(*one) for one in named] == ["Brazilian Portuguese", "Traditional Chinese", "??"]
    with speaking(GERMAN):
        assert [language_text(*one) for one in named] == [
            *("Portugiesisch (Brasilien)", "Chinesisch (Traditionell)", "??")
        ]


def test_a_translators_slip_hides_nothing() -> None:
    """A translation that names a place which is not there is not used."""
    with speaking(GERMAN):
        assert _("{day} was read.", day="Today") == "Today was read."


def test_nothing_is_said_of_nothing() -> None:
    """An empty sentence stays empty: the catalogue's head, which gettext keeps under it, is shown to nobody."""
    with speaking(GERMAN):
        assert _("") == ""


def test_marked_sentences_are_said_where_they_are_shown() -> None:
    """What is marked stays English until it is said."""
    marked = N_("Nothing new.")
    with speaking(GERMAN):
        assert (marked, _(marked)) == ("Nothing new.", "Nichts Neues.")


async def test_a_thread_speaks_the_language_of_its_task() -> None:
    """A worker thread says what it says in the language of the task that waits for it; other tasks keep theirs."""
    with speaking(GERMAN):
        assert await asyncio.to_thread(_, "Nothing new.") == "Nichts Neues."


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("zh-CN", "zh_Hans"),
        ("zh", "zh_Hans"),
        ("zh-Hant", "en"),
        ("??", "en"),
        ("", "en"),
    ],
)
def test_the_nearest_language_is_spoken(wanted: str, code: str) -> None:
    """A region falls back on its language, a language on its script, and all that is unknown on English."""
    codes = ("en", "de", "zh_Hans")
    languages = Languages(by_code=MappingProxyType({name: Language(code=name) for name in codes}))
    assert languages.best(wanted).code == code
    assert Languages(by_code=MappingProxyType({"en": ENGLISH})).best(wanted) is ENGLISH


def test_every_sentence_asks_the_catalogues() -> None:
    """No module that speaks to people in chats says a sentence that cannot be translated."""
    unasked = [found for module in modules() for found in unasked_in(module)]
    assert not unasked, "\n".join(f"{one.path}:{one.line}: {one.sentence}" for one in unasked)


def test_the_template_has_every_sentence() -> None:
    """What translators work from is what the source says today; `make catalogue` writes it."""
    assert TEMPLATE.read_bytes() == template()


def test_sentences_within_others_are_found() -> None:
    """What is said within an f-string, or deep in the values of another sentence, is in the template as well."""
    source = (
        """x = f"{_('One')}{plural('{count} paper', '{count} papers', n)}{_(NAME)}", _("Two {x}", x=f(_("Three")))"""
    )
    assert [message.forms for message in messages_in(ast.parse(source))] == [
        ("One",),
        ("{count} paper", "{count} papers"),
        ("Two {x}",),
        ("Three",),
    ]


def test_every_place_has_its_value() -> None:
    """A sentence names the values that are put into it, and no others; one that does not is found."""
    found = {
        f"{path}:{message.call.lineno}": message.misplaced
        for path, messages in messages_by_module()
        for message in messages
    }
    assert not {place: misplaced for place, misplaced in found.items() if misplaced}
    source = """_("{a}", b=1), _("{a}"), plural("{a} and {count}", "{count}", n), plural("{a}", "{a}", n, a=1)"""
    assert [message.misplaced for message in messages_in(ast.parse(source))] == [{"a", "b"}, set(), {"a"}, set()]
