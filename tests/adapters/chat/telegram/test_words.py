"""What people type in Telegram, and what its buttons carry."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.chat.telegram.buttons import LONGEST, data_of, read_button
from adapters.chat.telegram.typed import understand
from core.errors import UnknownCommand, UsageError
from core.papers.identifiers import PaperId
from core.posts.tree import Action


@pytest.mark.parametrize(
    ("typed", "alone", "meant"),
    [
        ("/paper 2601.15529", False, ("paper", "2601.15529")),
        ("/Paper@PAPERBOY_bot\n2601.15529 ", False, ("paper", "2601.15529")),
        ("/paper@other_bot 2601.15529", False, None),
        ("/paper@other_bot 2601.15529", True, None),
        ("/start bm123", True, ("help", "")),
        ("/stop", False, ("unsubscribe", "")),
        ("/rolldice", False, None),
        ("@paperboy_bot search graph nets", False, ("search", "graph nets")),
        ("what about 2601.15529 @paperboy_bot", False, ("paper", "what about 2601.15529 ")),
        ("@paperboy_bots help", False, None),
        ("@paperboy_bot", False, ("help", "")),
        ("2601.15529", True, ("paper", "2601.15529")),
        ("2601.15529", False, None),
        ("", True, None),
        ("/", False, None),
        ("/usr/bin is a folder", False, None),
        ("/\u2060digest preview", False, ("digest", "preview")),
    ],
)
def test_what_is_meant(typed: str, alone: bool, meant: tuple[str, str] | None) -> None:
    """Commands with and without the bot's name, mentions, and plain words in a private chat."""
    found = understand(typed, bot="paperboy_bot", is_private=alone)
    assert (found and (found[0], found[1].strip())) == (meant and (meant[0], meant[1].strip()))


def test_a_reply_is_talk_about_what_it_replies_to() -> None:
    """Words that are no command are a question where they reply to a message, and still need a mention in a group."""
    assert understand("what is new?", bot="paperboy_bot", is_private=True, is_reply=True) == ("talk", "what is new?")
    assert understand("@paperboy_bot is it good?", bot="paperboy_bot", is_private=False, is_reply=True) == (
        "talk",
        "is it good?",
    )
    assert understand("is it good?", bot="paperboy_bot", is_private=False, is_reply=True) is None


@pytest.mark.parametrize(("typed", "alone"), [("/serach x", False), ("/rolldice", True), ("/dice@paperboy_bot", False)])
def test_what_is_unknown(typed: str, alone: bool) -> None:
    """A slip, anything in a private chat, and anything addressed to us is answered with a hint."""
    with pytest.raises(UnknownCommand):
        understand(typed, bot="paperboy_bot", is_private=alone)


@given(st.text(max_size=60), st.booleans())
def test_no_text_breaks_it(typed: str, alone: bool) -> None:
    """Whatever people type is understood, ignored, or an unknown command."""
    with suppress(UsageError):
        understand(typed, bot="paperboy_bot", is_private=alone)


@given(st.sampled_from(["arxiv", "doi", "url", "sample"]), st.text(min_size=1, max_size=200))
def test_a_button_brings_its_paper_back(scheme: str, value: str) -> None:
    """In 64 bytes at most; short identifiers by themselves, long ones with the message's words."""
    paper = PaperId(scheme, value)
    data = data_of(Action(name="bookmark", label="x", arguments=str(paper)))
    assert len(data.encode()) <= LONGEST
    if not value.startswith("#") and len(str(paper).encode()) <= LONGEST - 3:
        assert read_button(data, ()) == ("bookmark", str(paper))


def test_a_long_identifier_is_found_in_the_message() -> None:
    """By a link or a word, however it is spelled there; not where the message says nothing of it."""
    paper = PaperId("doi", "10.1234/" + "x" * 80)
    data = data_of(Action(name="bookmark", label="x", arguments=str(paper)))
    for word in (f"https://doi.org/{paper.value}", str(paper)):
        assert read_button(data, ["Title", "https://example.org/", word]) == ("bookmark", str(paper))
    assert read_button(data, ["Title", "10.1234/y"]) is None


@given(st.from_regex(r"[a-z]{3,20}", fullmatch=True), st.text(max_size=40))
def test_a_button_brings_its_arguments_back(name: str, arguments: str) -> None:
    """Any short arguments, or none."""
    data = data_of(Action(name=name, label="x", arguments=arguments))
    assert len(data.encode()) <= LONGEST
    if len(f"{name}:{arguments}".encode()) <= LONGEST:
        assert read_button(data, ()) == (name, arguments)


@pytest.mark.parametrize("data", ["", "bm", ":arxiv:1", f"bm:#{'a' * 24}"])
def test_foreign_buttons_are_none(data: str) -> None:
    """Whatever a stranger put into a button, and a paper that the message does not name."""
    assert read_button(data, ["word"]) is None


def test_a_button_that_nothing_can_carry_is_left_out() -> None:
    """Arguments that are too long and no paper, a name that is too long, and what looks like the digest of a paper."""
    assert data_of(Action(name="search", label="x", arguments="graph " * 20)) == ""
    assert data_of(Action(name="x" * 80, label="x", arguments="arxiv:2601.00001")) == ""
    assert data_of(Action(name="search", label="x", arguments=f"#{'a' * 24}")) == ""
