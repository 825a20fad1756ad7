from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.chat.terminal.layout import NO_BREAK
from adapters.chat.terminal.typed import (
    CommandLine,
    LeavingLine,
    ReactionLine,
    UnclearLine,
    number_of,
    paper_number,
    understand,
    what_to_type,
)
from core.errors import UnknownCommand, UsageError
from core.papers.identifiers import PaperId
from core.posts.reactions import Feeling
from core.posts.tree import Action, Post


@pytest.mark.parametrize(
    ("line", "name", "arguments"),
    [
        ("/search graph nets", "search", "graph nets"),
        ("  /HELP  ", "help", ""),
        ("search graph nets", "search", "graph nets"),
        ("/paper@paperboy 2602.00001", "paper", "2602.00001"),
    ],
)
def test_commands_with_and_without_a_slash(line: str, name: str, arguments: str) -> None:
    """A line that begins with a command's name is that command."""
    assert understand(line) == CommandLine(name=name, arguments=arguments)


BUTTONS = (
    Action(name="hits", label="More", arguments="2 graph nets"),
    Action(name="save_search", label="Follow this search", arguments="graph nets"),
    Action(name="more", label="More like this", arguments="2602.00001"),
    Action(name="open", label="PDF", url="https://arxiv.org/pdf/2602.00001"),
)


@pytest.mark.parametrize("line", ["more", " MORE ", "/more"])
def test_a_button_by_its_label(line: str) -> None:
    """A button of what was shown last is pressed by its label, where there is no other way to type it."""
    assert understand(line, BUTTONS) == CommandLine(name="hits", arguments="2 graph nets", is_pressed=True)
    assert understand("follow  this search", BUTTONS) == CommandLine(
        name="save_search", arguments="graph nets", is_pressed=True
    )
    assert all(isinstance(understand(other, BUTTONS), UnclearLine) for other in ("pdf", "more like this"))
    assert understand("+more 2", BUTTONS) == ReactionLine(feeling=Feeling.MORE, is_added=True, numbers=(2,))
    assert what_to_type(Post(blocks=(), actions=BUTTONS), None) == "Type: more, follow this search"


def test_papers_of_a_list_are_opened_by_number() -> None:
    """Buttons that open the papers of a list are one hint with the first number, and no line is broken in a hint."""
    papers = tuple(PaperId("arxiv", f"2602.0000{number}") for number in (1, 2))
    buttons = tuple(Action(name="summary", label=f"Summary {n}", arguments=str(id)) for n, id in enumerate(papers, 9))
    follow = Action(name="subscribe", label="Follow", arguments="cs.CL cs.LG")
    hits = Post(blocks=(), papers=papers, numbers=(9, 10), actions=(*buttons, follow))
    assert what_to_type(hits, None).replace(NO_BREAK, "_") == "Follow:_/subscribe_cs.CL_cs.LG   Open one:_9"


@pytest.mark.parametrize(
    ("line", "sign", "added", "numbers"),
    [
        ("+🔖 3", "🔖", True, (3,)),
        ("-🔖 3", "🔖", False, (3,)),
        ("👍 3, 4", "👍", True, (3, 4)),
        ("+bookmark 3", Feeling.BOOKMARK, True, (3,)),
        ("+🔖3", "🔖", True, (3,)),
        ("+ 🔖 [3], [5]", "🔖", True, (3, 5)),
        ("+🔖 1 3 5 3", "🔖", True, (1, 3, 5)),
        ("+👍🏾 2", "👍🏾", True, (2,)),
        ("+:+1: 2", "👍", True, (2,)),
        ("+thumbsup 2", "👍", True, (2,)),
        ("+:pushpin: 2", "📌", True, (2,)),
        ("+more 2", Feeling.MORE, True, (2,)),
        ("+🎉 2", "🎉", True, (2,)),
        ("-less 2", Feeling.LESS, False, (2,)),
    ],
)
def test_reactions(line: str, sign: Feeling | str, added: bool, numbers: tuple[int, ...]) -> None:
    """Plus puts a reaction on, minus takes it away; several numbers are several papers, each once.

    A word is a feeling; what an emoji says is for the channel to tell.
    """
    meant = {"feeling": sign} if isinstance(sign, Feeling) else {"emoji": sign}
    assert understand(line) == ReactionLine(**meant, is_added=added, numbers=numbers)


@pytest.mark.parametrize("line", ["+🔖", "+ 3", "+cup 3", "+:cup: 3", "-", "++ 3", "+🔖 three", "+🔖 " + "9" * 5000])
def test_what_looks_like_a_reaction_is_explained(line: str) -> None:
    """A reaction that is none says how one looks."""
    with pytest.raises(UsageError, match="not a reaction") as raised:
        understand(line)
    assert "+bookmark 3" in raised.value.hint


@pytest.mark.parametrize(
    ("line", "number", "rest"),
    [
        ("/why 3", 3, ""),
        ("/paper 2601.15529", None, ""),
        ("/ask [3] which data?", 3, "which data?"),
        ("/ask which data?", None, "data?"),
        ("/search 3", None, ""),
    ],
)
def test_a_papers_number(line: str, number: int | None, rest: str) -> None:
    """A number stands for a paper where a command takes one; what follows it is the question."""
    asked = understand(line)
    assert isinstance(asked, CommandLine)
    assert paper_number(asked) == (number, rest)


@pytest.mark.parametrize("line", ["exit", "quit", "/exit", " QUIT "])
def test_leaving(line: str) -> None:
    """Four words leave."""
    assert understand(line) == LeavingLine()


def test_an_empty_line_is_nothing() -> None:
    """Enter alone asks for nothing."""
    assert understand("  ") is None


def test_plain_words_get_a_hint_in_one_line() -> None:
    """Somebody who just writes learns how to search for it."""
    meant = understand("graph nets\n and a lot of other things that go on and on")
    assert isinstance(meant, UnclearLine)
    assert "/search graph nets and a lot" in meant.sentence
    assert "\n" not in meant.sentence
    assert len(meant.sentence) < 100


def test_unknown_commands_name_the_nearest() -> None:
    """A mistyped command is not taken for words."""
    with pytest.raises(UnknownCommand) as raised:
        understand("/bookmark")
    assert "/bookmarks" in raised.value.hint


@given(st.text())
def test_no_line_is_an_accident(line: str) -> None:
    """Whatever is typed is understood, or refused with a sentence."""
    try:
        understand(line)
    except UsageError as error:
        assert error.sentence()


@pytest.mark.parametrize(
    ("arguments", "number"), [("3", 3), ("[12]", 12), ("2602.00001", None), ("", None), ("-1", None)]
)
def test_numbers_in_place_of_papers(arguments: str, number: int | None) -> None:
    """A message's number may stand alone or in brackets."""
    assert number_of(arguments) == number
