import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.converse.grammar import NAMES, split
from core.converse.spec import CommandSpec
from core.converse.table import TYPED
from core.errors import UnknownCommand

arguments = st.text(max_size=80).map(str.strip)


@given(st.sampled_from(NAMES), arguments, st.sampled_from(["/{}", "{}", "/{}@paperboy_bot", " /{}"]))
def test_every_command_in_every_manner(name: str, rest: str, manner: str) -> None:
    """A command is understood with and without a slash, in any letter case, and as Telegram writes it in groups."""
    assert split(f"{manner.format(name)} {rest}") == (name, rest)
    assert split(f"{manner.format(name.upper())}\n{rest}") == (name, rest)


@pytest.mark.parametrize("spec", TYPED, ids=lambda spec: spec.name)
def test_the_examples_of_the_help_are_commands(spec: CommandSpec) -> None:
    """What the help shows can be typed."""
    assert spec.does
    assert not spec.does.endswith(".")
    for example in spec.examples:
        assert split(f"/{spec.name} {example}") == (spec.name, example)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("/serch graphs", "There is no command 'serch'. Did you mean /search?"),
        ("/bookmark 3", "There is no command 'bookmark'. Did you mean /bookmarks?"),
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


@given(st.text(max_size=100))
def test_any_text_is_a_command_or_is_not(typed: str) -> None:
    """Nothing but UnknownCommand comes out, with a short sentence."""
    try:
        name, rest = split(typed)
    except UnknownCommand as error:
        assert len(error.sentence()) < 150
    else:
        assert name in NAMES
        assert rest == rest.strip()
