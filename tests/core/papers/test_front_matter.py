from __future__ import annotations

import pytest

from core.papers.front_matter import is_front_matter
from core.papers.identifiers import PaperId
from core.papers.paper import Paper


def paper(title: str, abstract: str = "") -> Paper:
    return Paper(id=PaperId("doi", "10.1000/1"), title=title, abstract=abstract, authors=())


@pytest.mark.parametrize(
    "title",
    [
        "Editorial Board",
        "EDITORIAL BOARD",
        "Editorial Advisory Board Members",
        "Issue Information",
        "Issue Information ‐ Table of Contents",
        "Issue Editorial Masthead",
        "Masthead: (Invent. Mater. 5/2026)",
        "Table of Contents",
        "Contents",
        "Contents list",
        "Front cover",
        "Inside back cover",
        "Outside Back Cover - Graphical abstract",
        "Cover Image, Volume 12, Issue 3",
        "Cover Picture: Lanterns That Fold",
        "Inside Front Cover: Lanterns That Fold",
        "Frontispiece",
        "Titelbild: Laternen",
        "Author Index",
        "Front Matter",
        "Guide for Authors",
        "Acknowledgement of Reviewers",
        "Call for Papers",
        "Invented Transactions on Lamps Publication Information",
        "Invented Transactions on Lamps Information for Authors",
        "IEEE Invented Lamps Society",
    ],
)
def test_pages_of_an_issue_are_no_papers(title: str) -> None:
    """Covers, boards, tables of contents and notices to authors are known by their titles."""
    assert is_front_matter(paper(title))


@pytest.mark.parametrize(
    "title",
    [
        "Cover crops in gardens",
        "The IEEE and the lamps of society",
        "Cover letters and what editors make of them",
        "Front covers of lamps: a study",
        "Diversity of the editorial boards of lamp journals",
        "Diversity on the Editorial Board",
        "The Contents of Lanterns",
        "Index theory of moths",
        "Editorial",
        "Correction: Lanterns",
        "Back cover glass of solar lamps",
        "Call for papers that count moths: an analysis",
        "In Defence of Mastheads",
    ],
)
def test_papers_about_such_pages_are_papers(title: str) -> None:
    """A title that goes on is one of a paper."""
    assert not is_front_matter(paper(title))


def test_what_has_an_abstract_is_a_paper() -> None:
    """A bare title is no page of an issue where an abstract says what the paper is about."""
    assert not is_front_matter(paper("Contents", "We count moths."))
    assert not is_front_matter(paper("Table of Contents", "We count moths. " * 30))
