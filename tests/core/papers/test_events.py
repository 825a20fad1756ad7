"""What happened to a paper: told from two states of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.papers.events import events_between, is_withdrawn
from core.papers.identifiers import PaperId
from core.papers.paper import EventKind, Signals
from tests.fakes.papers import a_paper

WITHDRAWN = [
    {"comment": "This paper has been withdrawn"},
    {"comment": "Withdrawn by the authors due to an error in Lemma 3"},
    {"comment": "withdrawn"},
    {"comment": "WITHDRAWN: superseded by another preprint"},
    {"comment": "Retracted: the data were wrong"},
    {"comment": "12 pages. This submission has been withdrawn by arXiv administrators due to disputed authorship."},
    {"comment": "arXiv admin note: this article was removed because of text overlap"},
    {"comment": "The authors have withdrawn this manuscript owing to a duplicate posting"},
    {"comment": "We withdraw this paper because of a mistake in the proof"},
    {"abstract": "This paper has been withdrawn by the author(s) due to a crucial sign error in equation 1."},
    {"abstract": "The authors have withdrawn this manuscript because not all of them consented."},
    {"abstract": "Withdrawal statement. The authors have withdrawn their manuscript for now."},
    {"title": "RETRACTED: Counting sheep at night"},
    {"title": "[Withdrawn] Counting sheep at night"},
    {"title": "Retracted Article: Counting sheep at night"},
]
NOT_WITHDRAWN = [
    {},
    {"comment": "7 pages, 3 figures"},
    {"comment": "Replaces a withdrawn version of the appendix; 9 pages"},
    {"comment": "Accepted at the Workshop on Retracted Papers"},
    {"comment": "We study papers that were retracted"},
    {"abstract": "We study drugs that were withdrawn from the market because of their side effects."},
    {"abstract": "Retracted papers are cited for years after they were retracted. We count the citations."},
    {"abstract": "Water was withdrawn from the aquifer. The landing gear is retracted by the pilot."},
    {"abstract": "Patients who had withdrawn from treatment were left out. We ask why they left."},
    {
        "abstract": "We ask why a paper is retracted, and by whom. "
        + "Word after word. " * 40
        + "This paper was withdrawn."
    },
    {"title": "Withdrawn: how patients leave trials", "abstract": "We ask patients."},
    {"title": "Retracted science and the retraction index"},
    {"title": "Why withdrawn drugs come back"},
]


@pytest.mark.parametrize("fields", WITHDRAWN)
def test_withdrawn(fields: dict[str, str]) -> None:
    """Comments, abstracts and titles that say that the paper itself was taken back are understood."""
    assert is_withdrawn(replace(a_paper(1), **fields))  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize("fields", NOT_WITHDRAWN)
def test_not_withdrawn(fields: dict[str, str]) -> None:
    """Papers about drugs, water and other people's papers that were withdrawn are not withdrawn."""
    assert not is_withdrawn(replace(a_paper(1), **fields))  # type: ignore[arg-type]  # fields by name


def test_a_long_comment() -> None:
    """A comment of any length is read in no time."""
    assert not is_withdrawn(a_paper(1, comment="arXiv admin note: " * 20_000))


@pytest.mark.parametrize(
    ("doi", "is_publication"),
    [("10.1101/2024.01.01.573000", False), ("10.31223/x5abc", False), ("10.1101/gr.123456.111", True)],
)
def test_preprints_of_all_repositories_are_no_publication(doi: str, is_publication: bool) -> None:
    """The same DOIs that do not keep a preprint and its article apart do not make an article of it."""
    assert bool(list(events_between(a_paper(1), a_paper(1, doi=doi)))) is is_publication


def test_nothing_happened() -> None:
    """The same paper again, or a lower version, or facts that nobody waits for, are no event."""
    before = a_paper(1, version=2, journal="J", doi="10.1000/x", comment="withdrawn")
    for after in (
        before,
        replace(before, version=1, abstract="Other.", signals=Signals(upvotes=3)),
        replace(before, journal="K"),
    ):
        assert list(events_between(before, after)) == []


def test_published_once() -> None:
    """A venue, or a DOI that is no preprint's own, is a publication; the venue after the DOI is none again."""
    plain = a_paper(1)
    by_doi = replace(plain, doi="10.1000/x")
    assert list(events_between(plain, replace(by_doi, journal="Counting 7"))) == [(EventKind.PUBLISHED, "Counting 7")]
    assert list(events_between(plain, by_doi)) == [(EventKind.PUBLISHED, "10.1000/x")]
    assert list(events_between(by_doi, replace(by_doi, journal="Counting 7"))) == []
    own = PaperId("doi", "10.1101/2024.01.01.573000")
    preprint = a_paper(1, id=own, doi=own.value)
    assert list(events_between(replace(preprint, doi=None), preprint)) == []
    article = replace(preprint, identifiers=(PaperId("doi", "10.1000/x"),))
    assert list(events_between(preprint, article)) == [(EventKind.PUBLISHED, "10.1000/x")]


def test_all_at_once() -> None:
    """A version that withdraws, is published and has code is four events, in this order."""
    signals = Signals(code_url="https://example.org/code")
    after = a_paper(1, version=2, comment="Retracted: wrong", journal="J", signals=signals)
    assert list(events_between(a_paper(1), after)) == [
        (EventKind.VERSION, "2"),
        (EventKind.WITHDRAWN, "Retracted: wrong"),
        (EventKind.PUBLISHED, "J"),
        (EventKind.CODE, "https://example.org/code"),
    ]


def test_code_is_released_once() -> None:
    """That the repository moved later is no release."""
    before = replace(a_paper(1), signals=Signals(code_url="https://github.com/invented/lanterns"))
    after = replace(a_paper(1), signals=Signals(code_url="https://github.com/invented/lamps"))
    assert list(events_between(before, after)) == []


def test_details_are_of_bounded_length() -> None:
    """However long a notice, a journal or an address is, what is kept of it has an end."""
    code = Signals(code_url="https://github.com/" + "x" * 5_000)
    after = a_paper(1, comment="Withdrawn: " + "because " * 500, journal="Annals " * 500, signals=code)
    assert [len(detail) for _, detail in events_between(a_paper(1), after)] == [1_000] * 3


def test_no_other_identifier_is_a_publication() -> None:
    """An address, or another preprint server's number, says nothing of a journal."""
    after = replace(a_paper(1), identifiers=(PaperId("url", "https://journal.example/lanterns"),))
    assert list(events_between(a_paper(1), after)) == []
