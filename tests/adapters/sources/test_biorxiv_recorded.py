from __future__ import annotations

from datetime import UTC, date, datetime

from adapters.sources.biorxiv import Biorxiv, parse
from adapters.sources.http import PoliteClient
from tests.fakes.clock import FakeClock
from tests.replay import Replay
from tests.shared import SHARED, needs_shared


@needs_shared
def test_the_recorded_answer_is_read() -> None:
    """Every preprint of the recorded answer is whole; its third version is a replacement."""
    listing = parse((SHARED / "data/recorded/biorxiv/biorxiv_details.json").read_bytes())
    papers = [one.paper for one in listing.announcements]
    assert [one.type.value for one in listing.announcements] == ["new", "new", "replace"]
    assert [paper.authors[0] for paper in papers] == ["T. Ghafari", "C. Smith", "Q. Dubois"]
    assert all(
        paper.title and paper.abstract and paper.licence and paper.id.value.startswith("10.64898/") for paper in papers
    )
    assert (listing.day, listing.claimed_entries, listing.problems) == (date(2026, 7, 15), 3, ())
    assert listing.scope == "biorxiv:neuroscience+biorxiv:microbiology"


@needs_shared
async def test_the_replayed_service_is_read() -> None:
    """Over HTTP: today's rows, one subject area, a span of days, a quiet day, and single preprints."""
    clock = FakeClock(datetime(2026, 7, 15, 20, tzinfo=UTC))
    with Replay(today="2026-07-15") as replay:
        async with PoliteClient("tests@example.org", "0", pace_s=0.0) as http:
            source = Biorxiv(http, clock=clock, base_url=f"{replay.url}/biorxiv")
            listing = await source.fetch("biorxiv", None)
            area = await source.fetch("biorxiv:microbiology", None)
            quiet = await source.fetch("medrxiv", None)
            pages = [page async for page in source.pages("biorxiv", date(2026, 7, 1), date(2026, 7, 31))]
            found = await source.find([one.paper.id for one in listing.announcements])
    assert (len(listing.announcements), listing.day, listing.claimed_entries) == (3, date(2026, 7, 15), 3)
    assert [one.scope for one in area.announcements] == ["biorxiv:microbiology"]
    assert (quiet.announcements, quiet.problems) == ((), ())
    assert [(len(page.listing.announcements), page.cursor, page.total) for page in pages] == [(3, "", 3)]
    assert [one.paper for one in found.announcements] == [one.paper for one in listing.announcements]
