"""Trying a rule on papers: how much it keeps, what makes it wide, and what of it does nothing."""

from __future__ import annotations

import time

import pytest

from core.channels import ChannelRef, Subscription
from core.choose.rules.linting import Lint, Sense, lint
from core.choose.rules.lists import read_list
from core.choose.verdicts import LeftOutReason
from core.converse.settings.wish_notes import notes_on
from core.errors import BadRule
from tests.benchmarks.choose import real_candidates
from tests.fakes.papers import a_paper
from tests.shared import needs_shared

READER = Subscription(channel=ChannelRef("slack", "T1", "C1"), categories=("cs.CL",))
#: every paper has a model, some a diffusion model, and some transformers
PAPERS = [
    a_paper(
        number,
        title=f"{'Diffusion' if number % 20 == 0 else 'Small'} models {number}",
        abstract="" if number % 4 else "Transformers help. Graph learning.",
    )
    for number in range(1, 101)
]


def tried(rule: str, **lists: str) -> Lint:
    return lint(rule, PAPERS, lists=lists)


def remarks_on(rule: str, **lists: str) -> str:
    return "\n".join(notes_on(tried(rule, **lists), READER))


def test_a_wide_rule_is_told_with_narrower_phrases() -> None:
    """A rule that keeps most papers is called wide, with its widest word and phrases that fewer papers have."""
    found = tried("model OR swarm")
    assert (found.papers, found.matches, found.is_wide) == (100, 100, True)
    (wide,) = found.wide
    assert (wide.word, wide.papers, dict(wide.phrases)["diffusion model"]) == ("model", 100, 5)
    notes = remarks_on("model OR swarm")
    assert "The rule matches 100 % of the last month's 100 papers in cs.CL: probably too wide." in notes
    assert '"diffusion model" (5 %)' in notes


def test_a_rule_that_only_takes_away_is_not_too_wide() -> None:
    """A rule without anything to look for keeps nearly all on purpose; one that also asks for something does not."""
    found = tried("NOT lantern -fog")
    assert found.only_excludes and not found.is_wide and not found.wide
    assert "The rule leaves out 0.0 % of" in remarks_on("NOT lantern -fog")
    assert tried("model NOT lantern").is_wide


def test_a_narrow_rule_is_told_with_the_word_that_was_meant() -> None:
    """A rule that keeps nothing is called narrow, with a word of the papers that is spelled nearly so."""
    notes = remarks_on("transfomers")
    assert "matches none of the last month's 100 papers in cs.CL: probably too narrow" in notes
    assert "None of them matches transfomers. Did you mean “transformers”?" in notes
    assert "is_wide" not in notes and not tried("transformer").is_wide
    assert remarks_on("transformer") == "The rule matches 25 % of the last month's 100 papers in cs.CL."


@pytest.mark.parametrize(
    ("rule", "sense"),
    [
        ("graph AND NOT graph", Sense.NONE),
        ("graph (small OR big) -small -big", Sense.NONE),
        ("type:new NOT type:new", Sense.NONE),
        ("graph OR NOT GRAPH", Sense.ALL),
        ("", Sense.ALL),
        ("graph OR NOT graphs", Sense.SOME),
        (" OR ".join(f"word{number}" for number in range(1_000)), Sense.SOME),
    ],
)
def test_contradictions_are_told(rule: str, sense: Sense) -> None:
    """A rule that keeps nothing or everything by its own logic is told as that, whatever the papers are."""
    assert tried(rule).sense is sense
    if sense is Sense.NONE:
        assert "contradicts itself" in remarks_on(rule)


def test_what_cannot_be_decided_is_told() -> None:
    """A list that is not there is told, and one that is there is tried."""
    assert [one.because for one in tried("list:gone diffusion").left_out] == [LeftOutReason.NO_LIST]
    assert "There is no list:gone yet: papers are judged without it." in remarks_on("list:gone diffusion")
    assert tried("list:ours", ours="diffusion").matches == 5


def test_few_papers_tell_nothing() -> None:
    """From a handful of papers no share is told."""
    assert notes_on(lint("model", PAPERS[:5]), READER) == (
        "Too few papers of the last month are stored to say how wide the rule is.",
    )


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ("planning", "planning"),
        ("planning, swarm robots, robot*", 'planning OR "swarm robots" OR robot*'),
        ('"a, b", c', '"a, b" OR c'),
        ("a AND b, c", "(a AND b) OR c"),
        ("graph -survey", "graph -survey"),
    ],
)
def test_a_list_is_a_rule_or_words_between_commas(typed: str, rule: str) -> None:
    """Words between commas are any of them, several words a phrase; else the list is read as a rule."""
    assert read_list(typed) == rule


@pytest.mark.parametrize("typed", ["", "list:other", "(a", "a, (b"])
def test_a_list_that_cannot_be_read_is_not_kept(typed: str) -> None:
    """A list that says nothing, names another or cannot be read is refused with a sentence."""
    with pytest.raises(BadRule) as error:
        read_list(typed)
    assert error.value.sentence()


@needs_shared
def test_a_month_is_tried_quickly() -> None:
    """A wide rule is tried on 1,500 real papers, with suggestions, in a fraction of a second of CPU."""
    papers = [candidate.paper for candidate in real_candidates(1_500)]
    began = time.process_time()
    found = lint("language model OR demonstrate OR lerning", papers)
    assert time.process_time() - began < 2.0
    assert found.is_wide and found.wide and found.idle[0].suggestion == "learning"
