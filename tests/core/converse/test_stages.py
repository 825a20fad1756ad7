"""`why` after the rule: each stage in words, from what the ledger has of a decision."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.choose.verdicts import Contribution, Decision, Fate, Fit, Standing
from core.converse.stages import place_in_words, score_in_words, standing_stages
from core.deliver.ledger import Counts, Delivery, DeliveryKind, DeliveryState
from tests.fakes.ledger import READER
from tests.fakes.papers import AT, DAY, a_paper

OTHER = a_paper(7, title="Firn density below icefields")
DELIVERY = Delivery(
    id=1,
    subscription=READER,
    day=DAY,
    kind=DeliveryKind.DAILY,
    state=DeliveryState.DONE,
    counts=Counts(candidates=412, kept=37, posted=10),
    sent={},
    begun_at=AT,
)
DECISION = Decision(
    paper=a_paper(1).id,
    score=0.41,
    reasons=(),
    place=12,
    chosen=False,
    contributions=(
        Contribution(feature="interest", value=0.82, amount=0.31, words="“firn” in the title"),
        Contribution(feature="prior", value=0.5, amount=0.04, words="12 authors"),
        Contribution(feature="learned", value=0.1, amount=-0.02),
    ),
)


def test_the_score_is_told_by_its_largest_parts() -> None:
    """Each part of a score has its name, how much it adds, and what the paper has of it."""
    assert score_in_words(DECISION) == (
        "score 0.41, of it interest 0.31 (“firn” in the title); authors and code 0.04 (12 authors);"
        " what people here liked -0.02."
    )
    assert score_in_words(replace(DECISION, contributions=())) == ""
    assert place_in_words(DELIVERY, DECISION) == "Place 12 of 37 in the digest of 2026-02-04, which shows 10"


@pytest.mark.parametrize(
    ("standing", "stages", "told"),
    [
        (Standing(fate=Fate.FLOOR, fit=Fit.FAR), [("fit", False)], "too far"),
        (Standing(fate=Fate.SIZE, fit=Fit.NEAR), [("fit", True), ("size", False)], "Place 12 of 37"),
        (Standing(fate=Fate.SIZE), [("size", False)], "no room"),
        (
            Standing(fate=Fate.DIVERSITY, fit=Fit.MATCH, like=OTHER.id),
            [("fit", True), ("diversity", False)],
            "“Firn density below icefields” (arxiv:2602.00007) is on the same thing",
        ),
        (
            Standing(fate=Fate.SIBLING, fit=Fit.MATCH, like=a_paper(8).id),
            [("fit", True), ("diversity", False)],
            "arxiv:2602.00008 is very like it",
        ),
        (Standing(fate=Fate.CHOSEN, fit=Fit.ALWAYS), [("fit", True), ("size", True)], "There was room"),
        (Standing(fate=Fate.EXPLORED, fit=Fit.FAR), [("explored", True)], "something else"),
    ],
)
def test_each_stage_passes_or_tells_why_not(standing: Standing, stages: list[tuple[str, bool]], told: str) -> None:
    """A paper is cut by its fit, by others like it or by the size, and the last stage says which."""
    found = standing_stages(DELIVERY, replace(DECISION, standing=standing), {OTHER.id: OTHER})
    assert [(one.name, one.is_passed) for one in found] == stages and told in found[-1].detail


def test_an_older_decision_has_no_more_stages() -> None:
    """What an older version decided is told as it was."""
    assert standing_stages(DELIVERY, DECISION, {}) == ()
