"""The choice of a digest: what becomes of every candidate, with its reason."""

from __future__ import annotations

from dataclasses import replace

from core.choose.choice import choose_papers
from core.choose.verdicts import Candidate, Candidates
from core.papers.paper import AnnounceType
from tests.fakes.ledger import READER
from tests.fakes.papers import DAY, a_paper


def test_every_candidate_is_kept_or_dropped_with_a_reason() -> None:
    """Each candidate is among the kept, with its place and reasons, or among the dropped, with the rule's reason."""
    titles = ["Graphs of trees", "Trees", "Graphs of seas", "Seas", "Graphs"]
    papers = [a_paper(number, title=title, abstract="") for number, title in enumerate(titles)]
    items = tuple(Candidate(paper=paper, type=AnnounceType.NEW, scope="cs.CL", day=DAY) for paper in papers)
    choice = choose_papers(Candidates(items=items, until=5), replace(READER, rule="title:graphs", size=2))
    assert {one.paper.title for one in choice.kept} == {"Graphs of trees", "Graphs of seas", "Graphs"}
    assert [paper for paper, _ in choice.dropped] == [papers[1].id, papers[3].id]
    assert all(verdict.reason for _, verdict in choice.dropped) and all(one.reasons for one in choice.kept)
    assert choice.shown_papers == choice.kept[:2]
    assert [(one.paper, one.place, one.chosen) for one in choice.decisions()] == [
        (one.paper.id, place, place < 3) for place, one in enumerate(choice.kept, 1)
    ]


def test_pages_of_an_issue_are_no_candidates() -> None:
    """A cover is neither kept nor dropped: no digest counts it."""
    papers = [a_paper(1), a_paper(2, title="Cover Picture: Graphs"), a_paper(3, title="Contents", abstract="")]
    items = tuple(Candidate(paper=paper, type=AnnounceType.NEW, scope="cs.CL", day=DAY) for paper in papers)
    choice = choose_papers(Candidates(items=items, until=3), READER)
    assert ([one.paper for one in choice.kept], list(choice.dropped)) == ([papers[0]], [])
