from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources.biorxiv import parse
from core.errors import BadFeed, Refused, SourceError
from core.papers.identifiers import PaperId
from core.papers.paper import AnnounceType
from tests.fakes.preprints import TODAY, answer_of, row

some_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = (
    "doi",
    "title",
    "authors",
    "date",
    "version",
    "type",
    "license",
    "category",
    "abstract",
    "published",
    "server",
)
some_row = st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, some_json))


def only(**fields: Any) -> Any:
    (line,) = parse(json.dumps(answer_of(row(**fields))).encode()).announcements
    return line


def test_a_row_is_an_announcement() -> None:
    """A row tells a whole paper, announced in its subject area on its day."""
    line = only()
    paper = line.paper
    assert (line.source, line.scope, line.day) == ("biorxiv", "biorxiv:neuroscience", date(2026, 2, 3))
    assert (line.type, line.is_news) == (AnnounceType.NEW, True)
    assert (str(paper.id), paper.version, paper.doi) == (
        "doi:10.1101/2026.01.01.000001",
        1,
        "10.1101/2026.01.01.000001",
    )
    assert paper.authors == ("A. B. Example", "C. van der Sample", "The Lantern Consortium")
    assert (paper.title, paper.abstract) == ("Lanterns in the mouse brain, part 1", "We light lanterns. They shine.")
    assert (paper.categories, paper.sources, paper.journal) == (("neuroscience",), ("biorxiv",), None)
    assert (paper.published, paper.announced) == (datetime(2026, 2, 3, tzinfo=UTC), date(2026, 2, 3))
    assert paper.url == "https://www.biorxiv.org/content/10.1101/2026.01.01.000001v1"
    assert paper.pdf_url == f"{paper.url}.full.pdf"
    assert (paper.licence, paper.comment, paper.identifiers) == ("https://creativecommons.org/licenses/by/4.0/", "", ())


def test_versions_are_lines_of_their_own() -> None:
    """The first version is new, and each later one a replacement."""
    listing = parse(json.dumps([row(version="1"), row(version=2), row(version="3", date="2026-02-04")]).encode())
    assert [(one.type, one.paper.version) for one in listing.announcements] == [
        (AnnounceType.NEW, 1),
        (AnnounceType.REPLACE, 2),
        (AnnounceType.REPLACE, 3),
    ]
    assert (listing.day, listing.scope) == (TODAY, "biorxiv:neuroscience")


def test_no_version_is_beyond_belief() -> None:
    """A number that no preprint reaches is one that the store can hold."""
    assert only(version=10**8).paper.version == 999


def test_both_servers_and_both_prefixes() -> None:
    """medRxiv's papers are medRxiv's, and the new DOI prefix counts."""
    line = only(server="medRxiv", doi="10.64898/2026.01.01.26300001", category="HIV AIDS", license="cc_no")
    assert (line.scope, line.paper.categories) == ("medrxiv:hiv aids", ("hiv aids",))
    assert line.paper.url == "https://www.medrxiv.org/content/10.64898/2026.01.01.26300001v1"
    assert line.paper.licence is None
    by_text = only(server=None, jatsxml="https://www.medrxiv.org/content/early/x.source.xml", category="NA_me")
    assert by_text.scope == "medrxiv:na me"
    assert only(server=7, category=None).scope == "biorxiv"


@pytest.mark.parametrize(
    ("doi", "version", "appeared"),
    [
        ("10.1101/2023.05.02.000001", "3", (2023, 5, 2)),
        ("10.1101/2023.05.02.000001", "1", (2026, 2, 3)),
        ("10.1101/2027.05.02.000001", "2", (2026, 2, 3)),
        ("10.1101/2023.13.42.000001", "2", (2026, 2, 3)),
        ("10.1101/339747", "2", (2026, 2, 3)),
    ],
)
def test_a_revision_is_no_younger_paper(doi: str, version: str, appeared: tuple[int, int, int]) -> None:
    """A later version appeared when the first one did, as nearly as its DOI tells; it is announced on its own day."""
    line = only(doi=doi, version=version)
    assert line.paper.published == datetime(*appeared, tzinfo=UTC)
    assert (line.day, line.paper.announced) == (date(2026, 2, 3), date(2026, 2, 3))


@pytest.mark.parametrize(
    ("published", "identifiers"),
    [
        ("10.1038/S41586-026-00001-1", (PaperId("doi", "10.1038/s41586-026-00001-1"),)),
        ("https://doi.org/10.7554/eLife.1", (PaperId("doi", "10.7554/elife.1"),)),
        ("NA", ()),
        ("", ()),
        (None, ()),
        ("10.1101/2026.01.01.000001", ()),
        ("javascript:alert(1)", ()),
    ],
)
def test_the_published_version_is_named(published: object, identifiers: tuple[PaperId, ...]) -> None:
    """The DOI of the journal's version is another identifier, where there is one."""
    assert only(published=published).paper.identifiers == identifiers


@pytest.mark.parametrize(
    ("fields", "comment"),
    [
        ({"type": "withdrawn"}, "Withdrawn"),
        ({"type": "Withdrawal notice"}, "Withdrawn"),
        ({"title": "WITHDRAWN: Lanterns"}, "Withdrawn"),
        ({"title": "[Withdrawn] Lanterns"}, "Withdrawn"),
        (
            {"abstract": "The authors have withdrawn this manuscript."},
            "Withdrawn: The authors have withdrawn this manuscript.",
        ),
        ({"title": "Patients withdrawn from opioids"}, ""),
        ({"title": "Withdrawn-like behaviour", "abstract": "Mice were withdrawn from nicotine."}, ""),
    ],
)
def test_withdrawals_are_told(fields: dict[str, str], comment: str) -> None:
    """A preprint that its authors took back says so, and one about withdrawal does not."""
    assert only(**fields).paper.comment == comment


def test_what_cannot_be_read_is_told() -> None:
    """Rows without a DOI of the servers', a title or a day are problems; the others go on."""
    odd = (row(doi="10.1038/x"), row(doi=None), row(title=" "), row(date="yesterday"), "row", row(2))
    listing = parse(json.dumps(answer_of(*odd)).encode())
    assert [str(one.paper.id) for one in listing.announcements] == ["doi:10.1101/2026.01.01.000002"]
    assert [(one.where, one.reason) for one in listing.problems] == [
        ("10.1038/x", "'10.1038/x' is no DOI of bioRxiv's or medRxiv's"),
        ("entry 2", "it has no DOI"),
        ("10.1101/2026.01.01.000001", "it has no title"),
        ("10.1101/2026.01.01.000001", "it does not say on which day it was posted"),
        ("entry 5", "it does not say on which day it was posted"),
    ]


@pytest.mark.parametrize("status", ["no posts found", "No papers found for this interval", "no posts were found"])
def test_nothing_posted_is_an_empty_listing(status: str) -> None:
    """The service says that there is nothing, and that is no failure."""
    listing = parse(json.dumps({"messages": [{"status": status}], "collection": []}).encode())
    assert (listing.announcements, listing.problems, listing.day) == ((), (), None)


@pytest.mark.parametrize(
    ("answer", "kind", "told"),
    [
        (b"", BadFeed, "not JSON"),
        (b"<html>busy</html>", BadFeed, "a web page"),
        (b"[" * 200_000, BadFeed, "not JSON"),
        (b"{}", BadFeed, "not a list"),
        (b'{"messages": [{"status": "ok"}]}', BadFeed, "not a list"),
        (b'{"messages": [{"status": "ok"}], "collection": {"doi": 1}}', BadFeed, "not a list"),
        (b'{"messages": [{"status": "error: invalid server"}], "collection": []}', Refused, "invalid server"),
        (b'{"messages": [{"status": "no posts found"}], "collection": [{}]}', Refused, "no posts found"),
    ],
)
def test_other_answers_are_errors(answer: bytes, kind: type[SourceError], told: str) -> None:
    """Anything that is neither rows nor the word that there are none is an error."""
    with pytest.raises(kind, match=told):
        parse(answer)


@given(st.lists(some_row | some_json, max_size=5))
def test_no_row_is_lost_silently(rows: list[object]) -> None:
    """Whatever a row is, it becomes a line or a problem."""
    listing = parse(json.dumps({"messages": [], "collection": rows}).encode())
    assert len(listing.announcements) + len(listing.problems) == len(rows)


@given(some_json.map(json.dumps).map(str.encode) | st.binary(max_size=60))
def test_junk_is_a_listing_or_an_error(junk: bytes) -> None:
    """No answer leads to anything but a listing or one clear sentence."""
    try:
        listing = parse(junk)
    except SourceError as error:
        assert "\n" not in str(error)
    else:
        assert listing.source == "biorxiv"
