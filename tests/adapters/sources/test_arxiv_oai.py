from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources.arxiv_oai import parse, set_of
from core.errors import BadCategory, BadFeed, Refused, SourceError
from core.papers.identifiers import PaperId
from core.papers.paper import AnnounceType
from tests.fakes.oai import NOTHING, answer, error, page, record
from tests.shared import SHARED, needs_shared

RECORDED = SHARED / "data" / "recorded"


def test_reads_a_record() -> None:
    """A record becomes a paper with everything that it tells, announced on the day of its stamp."""
    more = {
        "abstract": "We light\n  lanterns: $x < 2$.",
        "comments": "12 pages",
        "journal-ref": "Invented Journal 1 (2026)",
        "doi": "10.5802/Invented.1",
        "license": "http://creativecommons.org/licenses/by/4.0/",
    }
    (one,) = parse(page(record(**more)), "cs.CL").announcements
    paper = one.paper
    assert (one.source, one.scope, one.day, one.type) == ("arxiv", "cs.CL", date(2026, 2, 4), AnnounceType.NEW)
    assert (paper.id, paper.version, paper.title) == (PaperId("arxiv", "2602.00001"), 1, "Invented lanterns")
    assert paper.abstract == "We light lanterns: $x < 2$."
    assert paper.authors == ("Ada Example Jr", "Sample Collaboration")
    assert paper.categories == ("cs.CL", "cs.AI")
    assert (paper.published, paper.announced) == (datetime(2026, 2, 2, tzinfo=UTC), date(2026, 2, 4))
    assert (paper.comment, paper.journal, paper.doi) == ("12 pages", "Invented Journal 1 (2026)", "10.5802/invented.1")
    assert paper.licence == "http://creativecommons.org/licenses/by/4.0/"
    assert paper.identifiers == (PaperId("doi", "10.48550/arxiv.2602.00001"), PaperId("doi", "10.5802/invented.1"))
    assert (paper.url, paper.sources) == ("https://arxiv.org/abs/2602.00001", ("arxiv",))


@pytest.mark.parametrize(
    ("scope", "updated", "kind"),
    [
        ("cs.CL", "", AnnounceType.NEW),
        ("cs", "", AnnounceType.NEW),
        ("cs.AI", "", AnnounceType.CROSS),
        ("cs.CL", "2026-02-03", AnnounceType.REPLACE),
        ("cs.AI", "2026-02-03", AnnounceType.REPLACE_CROSS),
        ("cs.CL", "2026-02-02", AnnounceType.NEW),
    ],
)
def test_tells_how_it_was_announced(scope: str, updated: str, kind: AnnounceType) -> None:
    """New or cross-listed by the primary category; a replacement, of at least version 2, where it was revised."""
    (one,) = parse(page(record(updated=updated)), scope).announcements
    assert (one.type, one.paper.announce_type) == (kind, kind)
    assert one.paper.version == (2 if kind.is_replacement else 1)


@pytest.mark.parametrize(
    ("stamp", "created", "updated", "is_news"),
    [
        ("2026-02-04", "2026-02-03", "", True),
        ("2026-02-04", "2025-06-01", "", True),
        ("2026-02-04", "2019-06-01", "2026-02-03", True),
        ("2026-02-04", "", "", True),
        ("2026-02-04", "2026-02-04", "", False),
        ("2026-02-04", "2019-06-01", "", False),
        ("2026-02-04", "2018-06-01", "2019-06-01", False),
    ],
)
def test_a_change_that_no_listing_told_is_no_news(stamp: str, created: str, updated: str, is_news: bool) -> None:
    """A stamp on the day of submission, or years later, is not a listing day."""
    (one,) = parse(page(record(stamp=stamp, created=created, updated=updated)), "cs.CL").announcements
    assert (one.is_news, one.day, one.paper.announced) == (is_news, date(2026, 2, 4), one.day if is_news else None)


def test_deleted_records_are_left_out_and_unreadable_ones_are_problems() -> None:
    """One bad record costs itself alone, and says what is wrong; a deleted one costs nothing."""
    dc = (
        "<record><header><identifier>oai:x:1</identifier><datestamp>2026-02-04</datestamp></header><metadata/></record>"
    )
    deleted = '<record><header status="deleted"><identifier>oai:arXiv.org:2602.00009</identifier></header></record>'
    bad = (record("nonsense"), record("2602.00003", title=""), record("2602.00004", stamp="soon"))
    listing = parse(page(record(), deleted, "<record/>", dc, *bad, record("2602.00005")), "cs.CL")
    assert [one.paper.id.value for one in listing.announcements] == ["2602.00001", "2602.00005"]
    assert [(one.where, one.reason) for one in listing.problems] == [
        ("oai:x:1", "it is not in arXiv's own format"),
        ("oai:arXiv.org:nonsense", "it has no identifier"),
        ("oai:arXiv.org:2602.00003", "it has no title"),
        ("oai:arXiv.org:2602.00004", "it does not say on which day it was changed"),
    ]


def test_errors_of_the_protocol() -> None:
    """No records is an empty listing; an unknown set is BadCategory; all else is Refused in arXiv's words."""
    assert parse(NOTHING, "cs.CL").announcements == ()
    with pytest.raises(BadCategory):
        parse(error("badArgument", "Set does not exist"), "cs.CL")
    for code in ("badArgument", "badResumptionToken", "cannotDisseminateFormat", "invented", ""):
        with pytest.raises(Refused, match=code or "an error"):
            parse(error(code, "no such day"), "cs.CL")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Sign in</body></html>",
        page(record())[:-40],
        answer("<Identify/>"),
        answer("", head='<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'),
        page().replace(b"UTF-8", b"no-such-encoding"),
        page(record(title="é")).decode().encode("latin-1"),
        page(token=f"<resumptionToken>{'x' * 3000}</resumptionToken>"),
    ],
)
def test_what_is_no_whole_page_is_no_listing(body: bytes) -> None:
    """Cut, malicious, mis-encoded and foreign documents are BadFeed, and nothing of them is taken."""
    with pytest.raises(BadFeed):
        parse(body, "cs.CL")


@given(st.binary(max_size=300), st.integers(0, 1200))
def test_no_body_breaks_it(junk: bytes, place: int) -> None:
    """Whatever stands in the body: a listing, or an error that is ours."""
    whole = page(record())
    for body in (junk, whole[:place] + junk + whole[place:]):
        try:
            parse(body, "cs.CL")
        except (SourceError, BadCategory):
            continue


@pytest.mark.parametrize(
    ("scope", "name"),
    [
        ("cs.CL", "cs:cs:CL"),
        ("cs", "cs"),
        ("math", "math"),
        ("math.CO", "math:math:CO"),
        ("stat.ML", "stat:stat:ML"),
        ("eess.SP", "eess:eess:SP"),
        ("hep-th", "physics:hep-th"),
        ("quant-ph", "physics:quant-ph"),
        ("astro-ph.GA", "physics:astro-ph:GA"),
        ("cond-mat", "physics:cond-mat"),
        ("cond-mat.str-el", "physics:cond-mat:str-el"),
        ("physics", "physics:physics"),
        ("physics.optics", "physics:physics:optics"),
    ],
)
def test_sets(scope: str, name: str) -> None:
    """Every category and archive has its set."""
    assert set_of(scope) == name


@needs_shared
def test_recorded_answers() -> None:
    """Real answers of other archives are listings or errors of ours, and those with records name what is odd."""
    paths = sorted((RECORDED / "oai_generic").glob("*.xml")) + sorted((RECORDED / "arxiv_oai").glob("*.xml"))
    assert len(paths) > 20
    outcomes = {}
    for path in paths:
        try:
            listing = parse(path.read_bytes(), "cs.CL")
            outcomes[path.stem] = f"{len(listing.announcements)}/{len(listing.problems)}"
        except (SourceError, BadCategory) as caught:
            outcomes[path.stem] = type(caught).__name__.removeprefix("_")
    assert {name for name in outcomes if outcomes[name] == "0/1"} == {f"ListRecords{n}" for n in ("", "2", "3", "4")}
    assert outcomes["noRecordsMatch"] == "0/0"
    assert (outcomes["badResumptionToken"], outcomes["badArgument"]) == ("BadToken", "Wrong")
    assert {outcomes[name] for name in ("ListRecordsBroken", "Identify", "list_records")} == {"BadFeed"}
