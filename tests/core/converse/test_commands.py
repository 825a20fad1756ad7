"""One grammar on all platforms: what is typed, in which manner, and what is said of what is no command."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.converse.grammar import MOST_TYPED, NAMES, render, split, spoken
from core.converse.spec import CommandSpec
from core.converse.table import TYPED_COMMANDS
from core.errors import PaperboyError, UnknownCommand, UsageError
from core.text.keyboard import straighten

#: whatever can come through a wire, and what people's keyboards make of quotes, dashes and spaces
ODD = st.sampled_from("“”„‘’«»「」–—‑−　\u00a0\u200b\u202e\ufeff\x00\x08\ud800：／＂＠ｃｓ．ＣＬ？\"'-:/@`\n\t")
PARTS = st.one_of(ODD, st.characters(), st.sampled_from(["https://", "http：//", "cs.CL", "since:7d"]))
HOSTILE = st.lists(PARTS, max_size=60).map("".join)
arguments = HOSTILE.map(straighten)


@given(st.sampled_from(NAMES), arguments, st.sampled_from(["/{}", "{}", "/{}@paperboy_bot", " /{}", "/ {}"]))
def test_every_command_in_every_manner(name: str, rest: str, manner: str) -> None:
    """A command is understood with and without a slash, in any letter case, and as Telegram writes it in groups."""
    name = "search" if name == "paper" and rest.isalpha() else name
    assert split(f"{manner.format(name)} {rest}") == (name, rest)
    assert split(f"{manner.format(name.upper())}\n{rest}") == (name, rest)
    assert split(render(name, rest)) == (name, rest)


@pytest.mark.parametrize("spec", TYPED_COMMANDS, ids=lambda spec: spec.name)
def test_the_examples_of_the_help_are_commands(spec: CommandSpec) -> None:
    """What the help shows can be typed."""
    assert spec.does
    assert not spec.does.endswith(".")
    for typed in spec.examples:
        assert split(f"/{spec.name} {typed}") == (spec.name, typed)
    for typed in spec.other_words.values():
        assert split(f"/{typed}")[0] == spec.name


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("/serch graphs", "There is no command 'serch'. Did you mean /search?"),
        ("/bookmark 3", "There is no command 'bookmark'. Did you mean /bookmarks?"),
        ("/follow Ann Lee", "There is no command 'follow'. Did you mean /authors follow?"),
        ("/find graphs", "There is no command 'find'. Did you mean /search?"),
        ("/xyzzy", "There is no command 'xyzzy'. Type /help for the commands there are."),
        ("2601.15529", "There is no command '2601.15529'. Type /help for the commands there are."),
        ("", "There is no command ''. Type /help for the commands there are."),
        ("/", "There is no command '/'. Type /help for the commands there are."),
    ],
)
def test_unknown_commands(typed: str, sentence: str) -> None:
    """An unknown command is answered with the nearest, or with where to look."""
    with pytest.raises(UnknownCommand) as error:
        split(typed)
    assert error.value.sentence() == sentence


@pytest.mark.parametrize(("word", "meant"), [("bookmark", "bookmarks"), ("Settings", "settings"), ("find", "search")])
def test_a_commands_name_is_no_title(word: str, meant: str) -> None:
    """`/paper bookmark` names no paper, with a slash and after a mention; a title of that word stands in quotes."""
    with pytest.raises(UnknownCommand) as error:
        split(f"/paper {word}")
    assert f"Did you mean /{meant}?" in error.value.sentence()
    assert split(f"/paper “{word}”") == ("paper", f'"{word}"')
    if word.lower() not in NAMES:
        with pytest.raises(UnknownCommand):
            spoken(word)
    assert spoken("attention") == ("paper", "attention")
    assert spoken("search engines of the mind")[0] == "search"


@pytest.mark.parametrize(
    ("typed", "meaning"),
    [
        ("/search “in–context learning”", ("search", '"in-context learning"')),
        ("/search «graph nets»", ("search", '"graph nets"')),
        ("/search diffusion –survey", ("search", "diffusion -survey")),
        ("/search\u00a0graph\u3000nets", ("search", "graph nets")),
        ("／ｓｅａｒｃｈ　ｉｎ：ｃｓ．ＣＬ", ("search", "in:cs.CL")),
        ("/search: graphs", ("search", "graphs")),
        ("/SEARCH：graphs", ("search", "graphs")),
        ("search: graphs", ("search", "graphs")),
        ("\\help", ("help", "")),
        ("/paper@paperboy_bot 2601.15529", ("paper", "2601.15529")),
        ("/settings weekdays mon–fri", ("settings", "weekdays mon-fri")),
        ("/ask what’s new?", ("ask", "what's new?")),
        ("/paper “https://x.org/a–b’s：c”", ("paper", '"https://x.org/a–b’s：c"')),
        ("/settings interest robots — and touch", ("settings", "interest robots — and touch")),
    ],
)
def test_keyboards_signs_are_plain_ones(typed: str, meaning: tuple[str, str]) -> None:
    """Smart quotes, dashes, full-width signs, odd spaces and a stray colon mean what plain ones mean."""
    assert split(typed) == meaning


@given(HOSTILE, st.booleans())
@example("a" * (MOST_TYPED + 1), False)
@example("/search \x00", False)
@example("/paper \ud83d", True)
def test_any_text_is_a_command_or_is_not(typed: str, in_thread: bool) -> None:
    """Nothing but a UsageError comes out, with a short sentence; what comes out reads as the same command again."""
    for read in (split, lambda words: spoken(words, in_thread=in_thread)):
        try:
            name, rest = read(typed)
        except UsageError as error:
            assert len(error.sentence()) < 240
            assert error.hint
        else:
            assert rest == straighten(rest)
            rest.encode()
            assert name not in NAMES or split(render(name, rest)) == (name, rest)


@given(HOSTILE)
def test_straightened_text_stays(typed: str) -> None:
    """To straighten twice is to straighten once, and every database takes what comes out."""
    plain = straighten(typed)
    assert straighten(plain) == plain
    assert "\x00" not in plain
    plain.encode()


def test_a_command_without_an_end_is_refused() -> None:
    """Who pastes a book hears how long a command may be."""
    with pytest.raises(PaperboyError, match="too long: 20,007 characters"):
        split("/search" + " x" * 10_000)
