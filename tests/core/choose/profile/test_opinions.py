from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.channels import ChannelRef, Subscription
from core.choose import ranking
from core.choose.profile.opinions import Lesson, Lessons, form_opinions, has_opinions, taste_of
from core.choose.profile.signs import KeptProfile, Sign, SignKind
from core.choose.reasons import ReasonKind, convincing
from core.choose.verdicts import Candidate, Kept
from core.papers.paper import AnnounceType, Paper
from tests.fakes.papers import DAY, a_paper

NOW = datetime(2026, 2, 20, 9, tzinfo=UTC)
ROBOTS = [
    a_paper(n, title=f"Robot arms that grasp {it}", abstract=f"A robot arm learns to grasp {it} by touch.")
    for n, it in enumerate(("cups", "pens", "keys", "lids"))
]
POEMS = [
    a_paper(n + 10, title=f"Poems about {it}", abstract=f"We read old poems about {it} aloud.")
    for n, it in enumerate(("rain", "snow", "fog", "wind"))
]
CANDIDATES = [*ROBOTS[2:], *POEMS[2:]]


def sign(paper: Paper, kind: SignKind = SignKind.SAVED, person: str = "slack:T1/U1", *, days_ago: int = 5) -> Sign:
    return Sign(paper=paper.id, kind=kind, person=person, at=NOW - timedelta(days=days_ago))


def lesson(
    *signs: Sign, kept: KeptProfile | None = None, candidates: Sequence[Paper] = CANDIDATES, **more: Any
) -> Lesson:
    examples = [*ROBOTS[:2], *POEMS[:2]]
    return form_opinions(Lessons(**{"signs": signs, "examples": examples} | more), candidates, kept, at=NOW)


def values(found: Lesson, papers: Sequence[Paper]) -> list[float]:
    return [found.opinions[paper.id].value for paper in papers]


def test_one_bookmark_is_enough() -> None:
    """From the first bookmark on its like are valued more than the rest, and say what they are like."""
    found = lesson(sign(ROBOTS[0]))
    assert min(values(found, ROBOTS[2:])) > 0.5 > max(values(found, POEMS[2:]))
    reason = found.opinions[ROBOTS[2].id].reason
    assert reason
    assert reason.text == "like “Robot arms that grasp cups”, which somebody here saved"
    assert convincing([reason]) == (reason.text,)
    assert found.opinions[POEMS[2].id].reason is None


def test_how_many_people() -> None:
    """The reason counts the people who liked the paper, each once."""
    signs = [sign(ROBOTS[0], person=f"slack:T1/U{n}") for n in (1, 2, 3)]
    reason = lesson(*signs, sign(ROBOTS[0], SignKind.MORE)).opinions[ROBOTS[2].id].reason
    assert reason
    assert reason.text.endswith("which three people here saved or liked")


def test_unwanted_papers() -> None:
    """Where people only said what they do not want, its like are valued less, and nothing is given as a reason."""
    found = lesson(sign(POEMS[0], SignKind.LESS))
    assert max(values(found, POEMS[2:])) < 0.5 < min(values(found, ROBOTS[2:]))
    assert {opinion.reason for opinion in found.opinions.values()} == {None}


def test_contradictions() -> None:
    """Who wants both more and less of a paper says nothing; every value is a number."""
    found = lesson(sign(ROBOTS[0], SignKind.MORE), sign(ROBOTS[0], SignKind.LESS))
    assert values(found, CANDIDATES) == [0.5] * 4


def test_ignored_papers_count_a_little() -> None:
    """What was posted and never mentioned makes its like less wanted, once there is something that was liked."""
    signs = [sign(ROBOTS[0]), sign(POEMS[0], SignKind.POSTED, ""), sign(POEMS[1], SignKind.POSTED, "")]
    found = lesson(*signs)
    assert min(values(found, ROBOTS[2:])) > max(values(found, POEMS[2:]))
    assert not has_opinions(signs[1:])
    assert has_opinions(signs)


def test_trust_grows() -> None:
    """The more was said, the more it counts, and never all."""
    trusts = [
        lesson(*(sign(ROBOTS[0], person=f"slack:T1/U{n}") for n in range(count))).opinions[POEMS[2].id].trust
        for count in (1, 5, 50)
    ]
    assert trusts == sorted(trusts)
    assert 0 < trusts[0] < 0.2
    assert trusts[-1] < 1


def test_kept_profiles_are_used() -> None:
    """A profile of the same signs is used as it is; of other signs, or of another version, it is learned anew."""
    first = lesson(sign(ROBOTS[0]))
    assert lesson(sign(ROBOTS[0]), kept=first.profile).profile is first.profile
    other = lesson(sign(POEMS[0]), kept=first.profile)
    assert other.profile.basis != first.profile.basis
    old = KeptProfile(basis=first.profile.basis, value='{"version": 0}', at=NOW)
    assert lesson(sign(ROBOTS[0]), kept=old).profile.value == first.profile.value


@pytest.mark.parametrize("candidates", [[], CANDIDATES[:1], [a_paper(99, title="", abstract="", authors=())]])
def test_few_candidates(candidates: list[Paper]) -> None:
    """None, one, or one without a word: each candidate has an opinion."""
    found = lesson(sign(ROBOTS[0]), candidates=candidates)
    assert set(found.opinions) == {paper.id for paper in candidates}


def test_what_was_learned_orders() -> None:
    """What was learned changes the order of papers that are equal otherwise, and stands among their reasons."""
    found = lesson(sign(ROBOTS[0]), sign(ROBOTS[1]))
    kept = [
        (Candidate(paper=paper, type=AnnounceType.NEW, scope="cs.CL", day=DAY), Kept(score=1.0)) for paper in CANDIDATES
    ]
    subscription = Subscription(channel=ChannelRef("terminal", "", "main"), categories=("cs.CL",))
    before, after = (ranking.choose(kept, subscription, opinions=opinions) for opinions in ({}, found.opinions))
    assert {one.paper.id for one in before[:2]} != {one.paper.id for one in after[:2]}
    assert {one.paper.id for one in after[:2]} == {paper.id for paper in ROBOTS[2:]}
    assert any(reason.kind is ReasonKind.LEARNED for reason in after[0].reasons)
    assert all(0 <= one.score <= 1 for one in after)


def test_authors_count() -> None:
    """A paper by an author whose paper was liked is valued more than its equal by somebody else."""
    same, other = (a_paper(50 + n, title="On tea", abstract="Tea is hot.", authors=(it,)) for n, it in enumerate("AB"))
    liked = a_paper(60, title="Counting cups", abstract="Cups are counted.", authors=("A",))
    found = form_opinions(Lessons(signs=[sign(liked)], examples=[liked]), [same, other], None, at=NOW)
    assert found.opinions[same.id].value > found.opinions[other.id].value


@pytest.mark.parametrize("value", ["", "{", "[]", "{}", '{"picked": "x", "passed": 1, "liked": [], "disliked": []}'])
def test_a_taste_that_cannot_be_read(value: str) -> None:
    """A damaged profile tells nothing."""
    assert taste_of(KeptProfile(basis="", value=value, at=NOW)) is None
    assert taste_of(None) is None
