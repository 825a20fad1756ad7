"""The floor of a digest: which papers fit what a channel says it wants."""

from __future__ import annotations

import math

import pytest

from core.channels import ChannelRef, Subscription
from core.choose import floor, ranking
from core.choose.profile.opinions import Opinion
from core.choose.verdicts import Candidate, Contribution, Fit, Kept, Ranked
from core.papers.paper import AnnounceType
from tests.fakes.papers import DAY, a_paper

CHANNEL = ChannelRef("terminal", "", "main")
PAPER = a_paper(1)
#: with words rare enough that the bounds are those of judged days
INTEREST = "segmentation of tumours in MRI scans with few annotations"


def fit(*, learned: float | None = None, trust: float = 0.8, **values: float) -> Fit | None:
    """How a paper with these values of features fits a channel that has an interest, unless `rule` alone is told."""
    return fit_in(Subscription(channel=CHANNEL, interest=INTEREST), learned=learned, trust=trust, **values)


def fit_in(
    subscription: Subscription, *, learned: float | None = None, trust: float = 0.8, **values: float
) -> Fit | None:
    parts = tuple(Contribution(feature=name, value=value, amount=value) for name, value in values.items())
    ranked = Ranked(paper=PAPER, score=0.5, reasons=(), place=1, contributions=parts)
    opinions = {} if learned is None else {PAPER.id: Opinion(value=learned, trust=trust)}
    (found,) = floor.fits_of([ranked], subscription, opinions)
    return found


def test_the_interest_says_what_fits() -> None:
    """A paper matches, is near or far by the value of its interest, whatever else adds to its score."""
    assert [fit(interest=value, prior=1.0) for value in (0.9, floor.MATCHES, 0.4, floor.IS_NEAR, 0.2, -0.5)] == [
        *(Fit.MATCH, Fit.MATCH, Fit.NEAR, Fit.NEAR, Fit.FAR, Fit.FAR)
    ]
    assert fit(prior=1.0) is Fit.FAR


def test_an_interest_in_common_words_has_lower_bounds() -> None:
    """Of `language models` no paper has much; one that has it in its title matches all the same."""
    common = Subscription(channel=CHANNEL, interest="language models")
    papers = [a_paper(1, title="Language models that count"), a_paper(2, title="Moraines")]
    kept = [(Candidate(paper=one, type=AnnounceType.NEW, scope="cs.CL", day=DAY), Kept()) for one in papers]
    ranked = ranking.choose(kept, common)
    assert floor.fits_of(ranked, common) == (Fit.MATCH, Fit.FAR)
    assert 0 < ranked[0].value("interest") < floor.MATCHES


def test_a_followed_author_comes_in_whatever_the_score() -> None:
    """A certain author always comes in; one who is only probably meant makes a paper near."""
    assert (fit(followed=1.0), fit(followed=0.5)) == (Fit.ALWAYS, Fit.NEAR)


def test_a_rule_alone_matches_all_that_it_keeps() -> None:
    """Where a rule is all that is told, what it keeps is what the channel wants."""
    ruled = Subscription(channel=CHANNEL, rule="NOT survey")
    assert (fit_in(ruled), fit_in(ruled, prior=1.0)) == (Fit.MATCH, Fit.MATCH)


def test_words_of_a_rule_make_a_paper_near() -> None:
    """Beside an interest, a paper with words of the rule is near, unless it has what is not wanted."""
    assert (fit(rule=1.0), fit(rule=1.0, interest=-0.4), fit(rule=1.0, interest=0.7)) == (Fit.NEAR, Fit.FAR, Fit.MATCH)


def test_categories_alone_have_no_floor() -> None:
    """A channel that says only where it reads, or whom it follows beside, has nothing that papers could miss."""
    for says_nothing in (Subscription(channel=CHANNEL), Subscription(channel=CHANNEL, authors=("Ann Lee",))):
        assert fit_in(says_nothing, prior=0.1) is None


@pytest.mark.parametrize(
    ("learned", "trust", "expected"),
    [(0.95, 0.8, Fit.MATCH), (0.8, 0.8, Fit.NEAR), (0.4, 0.8, Fit.FAR), (0.4, 0.3, None), (math.nan, 0.8, None)],
)
def test_what_was_learned_says_what_fits(learned: float, trust: float, expected: Fit | None) -> None:
    """With enough opinions, what was learned is a floor of its own; what is no number says nothing."""
    assert fit_in(Subscription(channel=CHANNEL), learned=learned, trust=trust) is expected
    if expected is Fit.MATCH:
        assert fit(learned=learned, trust=trust) is Fit.NEAR  # beside an interest it makes a paper near
