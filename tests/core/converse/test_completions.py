"""What a person who is still typing is offered, and the buttons where an argument is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.converse import completions
from core.converse.command import Command, Origin
from core.converse.completions import MOST
from core.converse.grammar import NAMES, render, split
from core.converse.options import Option
from core.converse.table import BY_NAME, TYPED_COMMANDS
from core.posts.tree import Post
from tests.fakes.desk_driver import ANN, CHANNEL, READS_CL, DeskDriver
from tests.fakes.papers import AT


async def offered(driver: DeskDriver, name: str, typed: str) -> list[str]:
    """The lines that are offered."""
    asked = Command(
        name=name, arguments=typed, actor=ANN, place=CHANNEL, origin=Origin.COMPLETION, at=driver.clock.now()
    )
    found = await driver.desk.complete(asked)
    assert len(found) <= MOST
    assert all(split(render(name, one.arguments)) == (name, one.arguments) for one in found if name in NAMES)
    return [one.arguments for one in found]


@pytest.mark.parametrize(
    ("name", "typed", "expected"),
    [
        ("search", "touch in:robo", "touch in:cs.RO"),
        ("search", "graph whisp", "graph whispers"),
        ("search", '"invented pap', '"invented paper'),
        ("search", "since:7d -inven", "since:7d -invented"),
        ("search", "hol", "Holt"),
        ("search", "touch in:machine learning", "touch in:stat.ML"),
        ("search", "in:cs.c", "in:cs.CL"),
        ("search", "in:feed:nat", "in:feed:nature"),
        ("search", "x since:ye", "x since:yesterday"),
        ("search", "x since:last", 'x since:"last week"'),
        ("search", "x from:arx", "x from:arxiv"),
        ("search", "whispers author:mira", 'whispers author:"Mira Holt"'),
        ("subscribe", "", "cs.CL"),
        ("subscribe", "cs.LG robot", "cs.LG cs.RO"),
        ("subscribe", "cs.LG neurosc", "cs.LG biorxiv:neuroscience"),
        ("subscribe", "author:mira", 'author:"Mira Holt"'),
        ("unsubscribe", "", "cs.CL"),
        ("unsubscribe", "end", "yes"),
        ("authors", "follow holt", "follow Mira Holt"),
        ("authors", "follow Ann Lee, holt", "follow Ann Lee, Mira Holt"),
        ("authors", "unfollow ki", "unfollow Kim Deal"),
        ("settings", "zo", "zone"),
        ("settings", "zone berl", "zone Europe/Berlin"),
        ("settings", "zone new yo", "zone America/New_York"),
        ("settings", "language germ", "language de"),
        ("settings", "depth ", "depth line"),
        ("digest", "yest", "yesterday"),
        ("brief", "since", "since monday"),
        ("help", "trend", "trending"),
        ("paper", "whispers", "arxiv:2602.00004"),
        ("paper", "2602.00001 in germ", "2602.00001 in German"),
        ("why", "grap whisp", "arxiv:2602.00004"),
        ("bookmarks", "te", "team"),
        ("bookmarks", "team export bib", "team export bibtex"),
    ],
)
async def test_what_is_offered(driver: DeskDriver, name: str, typed: str, expected: str) -> None:
    """Categories by code and name, people, papers, zones, settings with their values, feeds, days, commands."""
    await driver.store.save_subscription(replace(READS_CL, authors=("Kim Deal",)), at=AT)
    driver.desk = replace(driver.desk, feeds=("nature",))
    assert expected in await offered(driver, name, typed)


async def test_papers_of_the_channel_are_offered_first(driver: DeskDriver) -> None:
    """Before a word is typed, the papers that the channel was brought lately are offered, with their titles."""
    assert await offered(driver, "paper", "") == []
    await driver.asks("digest")
    assert len(await offered(driver, "paper", "")) == 3


async def test_a_rule_and_words_are_the_persons_own(driver: DeskDriver) -> None:
    """Nothing is offered for words to search for, nor within a rule."""
    assert await offered(driver, "search", "graph nets") == []
    assert await offered(driver, "subscribe", "rule: robo") == []
    assert await offered(driver, "nonsense", "x") == []


@pytest.mark.parametrize("typed", ["", '"', 'x author:"%_\\', "🔖 \u202e' OR 1=1", "in:" * 50, "a " * 200, "\x00"])
async def test_hostile_words_are_no_trouble(driver: DeskDriver, typed: str) -> None:
    """Whatever is being typed, something is offered or nothing, and each offer is a line of text."""
    for name in NAMES:
        assert all(await offered(driver, name, typed))


@given(st.lists(st.text(max_size=30), max_size=4))
def test_a_value_is_read_back_from_its_line(values: list[str]) -> None:
    """What an option writes into the line it reads back, white space around it and quotes in filters aside."""
    for lead in ("", "in ", "author:"):
        option = Option(name="x", does="x", lead=lead)
        for value in values:
            plain = value.replace('"', "").strip() if lead.endswith(":") else value.strip()
            if plain and (lead == "author:" or not plain.startswith(lead or "\x00")):
                assert option.value_of(option.as_text(value)).strip() == plain


def test_every_option_is_described() -> None:
    """Options have names and descriptions that every platform takes, and choices or completions, not both."""
    for spec in TYPED_COMMANDS:
        assert len({one.name for one in spec.options}) == len(spec.options)
        for option in spec.options:
            assert option.name.isalpha() and option.name.islower()
            assert 0 < len(option.does) <= 100
            assert not (option.choices and option.is_completed)


# --- buttons where an argument is missing -----------------------------------------------------------------------------


def labels(post: Post) -> list[str]:
    return [one.label for one in post.actions]


async def test_buttons_stand_for_what_was_left_away(driver: DeskDriver) -> None:
    """`/subscribe` alone offers likely categories, `/paper` and `/why` alone the papers of the last digest."""
    answer = await driver.asks("subscribe")
    assert labels(answer)[:2] == ["cs.LG (Machine Learning)", "cs.CL (Computation and Language)"]
    assert (answer.actions[0].name, answer.actions[0].arguments) == ("subscribe", "cs.LG")
    await driver.asks("digest")
    for name in ("paper", "why"):
        answer = await driver.asks(name)
        assert len(answer.actions) == 3
        assert all(one.arguments.startswith("arxiv:") for one in answer.actions)


async def test_a_setting_offers_its_values(driver: DeskDriver) -> None:
    """`/settings depth` shows what it is, with a button for each value; a zone likely ones."""
    assert labels(await driver.asks("settings", "depth")) == ["line", "parts", "full"]
    assert labels(await driver.asks("settings", "zone"))[0] == "Berlin"
    assert labels(await driver.asks("settings", "rule")) == []


async def test_other_mistakes_get_no_buttons(driver: DeskDriver) -> None:
    """What was typed and is wrong is told alone; a button's mistake leads to no more buttons."""
    assert labels(await driver.asks("settings", "sise 20")) == []
    assert labels(await driver.asks("brief", "soon please")) == []
    await driver.asks("digest")
    assert labels(await driver.asks("ask")) == [], "a paper alone is no question"


def test_labels_of_buttons_are_short() -> None:
    """A title of any length fits a button, and what no button carries is left out."""
    long = completions.Completion(label="x" * 300, arguments="arxiv:2602.00001")
    heavy = completions.Completion(label="y", arguments="z" * 31)
    (button,) = completions.buttons("paper", [heavy, long])
    assert len(button.label) <= 40
    assert BY_NAME["paper"].options[0].is_required
