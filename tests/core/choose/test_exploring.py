"""One place of a digest for something else than a channel usually saves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from core.channels import ChannelRef, Subscription
from core.choose.choice import Choice, Knowledge, choose_papers
from core.choose.profile.opinions import Opinion
from core.choose.reasons import Reason, ReasonKind, convincing, exploration_reason
from core.choose.verdicts import Candidate, Candidates, Fate
from core.papers.identifiers import PaperId
from core.papers.paper import AnnounceType
from tests.fakes.papers import DAY, a_paper

CHANNEL = Subscription(channel=ChannelRef("terminal", "", "main"), categories=("cs.CL",), size=5)
PAPERS = [a_paper(number) for number in range(30)]
LIKED = Opinion(value=0.9, trust=0.7, reason=Reason(kind=ReasonKind.LEARNED, text="like that", subject="that"))
#: the first ten are like what was saved
OPINIONS = {paper.id: LIKED if place < 10 else Opinion(value=0.3, trust=0.7) for place, paper in enumerate(PAPERS)}


def chosen(
    opinions: Mapping[PaperId, Opinion] = OPINIONS, day: date | None = DAY, papers: int = 30, **fields: Any
) -> Choice:
    items = tuple(Candidate(paper=one, type=AnnounceType.NEW, scope="cs.CL", day=DAY) for one in PAPERS[:papers])
    known = Knowledge(opinions=opinions, day=day)
    return choose_papers(Candidates(items=items, until=1), replace(CHANNEL, **fields), known)


def explored(choice: Choice) -> list[PaperId]:
    return [one.paper.id for one, standing in choice.entries if standing.fate is Fate.EXPLORED]


def test_one_place_goes_to_something_else() -> None:
    """A channel that has saved papers gets one that is like none of them, in the last place and with that reason."""
    choice = chosen()
    (found,) = explored(choice)
    assert OPINIONS[found].value < 0.5 and choice.shown_papers[-1].paper.id == found and len(choice.shown_papers) == 5
    assert convincing(choice.shown_papers[-1].reasons)[0] == exploration_reason().text
    assert [decision.chosen for decision in choice.decisions()].count(True) == 5
    assert all(OPINIONS[one.paper.id] is LIKED for one in choice.shown_papers[:-1])


def test_the_draw_depends_on_channel_and_day() -> None:
    """The same day has the same paper; other days, and other channels, have others."""
    days = [chosen(day=DAY + timedelta(days=number)) for number in range(8)]
    others = [chosen(channel=ChannelRef("slack", "T1", f"C{number}")) for number in range(8)]
    assert explored(chosen()) == explored(chosen())
    assert min(len({tuple(explored(one)) for one in choices}) for choices in (days, others)) > 2


def test_nobody_explores_who_has_taught_nothing_or_wants_none() -> None:
    """Without opinions, in small digests, and where it is switched off, every place goes to what fits."""
    for choice in (chosen({}), chosen(size=4), chosen(explores=False), chosen(papers=5)):
        assert explored(choice) == []
        assert len(choice.shown_papers) == choice.size


def test_a_day_without_a_fit_stays_quiet() -> None:
    """Where nothing fits, nothing else is posted in its place."""
    indifferent = {paper.id: Opinion(value=0.3, trust=0.7) for paper in PAPERS}
    assert chosen(indifferent, interest="glaciers in Patagonia").shown_papers == ()


def test_a_rule_says_where_to_look() -> None:
    """What is explored is something that the rule keeps."""
    (found,) = explored(chosen(rule="NOT title:25"))
    assert found != PAPERS[25].id
