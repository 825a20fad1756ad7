"""The replayed year of computer science, 48,000 papers, from arXiv's archive: from stored bytes to searchable rows.

The replay server answers the harvest of the whole span once, and its records are kept on disk in pages of 2,000, as
large as arXiv's own. Then processes of their own read a quarter, a half and all of the year by `backfill.read` into new
database files, through the real archive and the real client, whose transport is those files: no pace, and none of the
server's work. CPU is that of all threads of such a process, SQLite's among them, and the peak that of its memory.

The baselines read the same bytes in this process: ElementTree that only parses them, and the least that makes a paper
searchable, ElementTree and one row of FTS5 with its title and abstract. `python -m tests.benchmarks.year`
"""

from __future__ import annotations

import asyncio
import json
import re
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from urllib.parse import quote, urlencode
from xml.etree.ElementTree import Element, fromstring

import httpx2

from adapters.sources.arxiv_oai import ArxivArchive
from adapters.sources.http import PoliteClient
from bot.clock import SystemClock
from bot.operation import logs
from core.converse.ports import Store
from core.ingest import backfill
from core.papers.search import parse_query
from tests.benchmarks.figures import Row, cpu_s, show
from tests.fakes.oai import page
from tests.fakes.stores import SqlStore
from tests.replay import RECORDED, Replay

SCOPE = "cs"
FIRST, LAST = date(2025, 3, 18), date(2026, 2, 27)
#: ends of months, by when that much of the year's papers had come
PARTS = {"a quarter": date(2025, 5, 31), "a half": date(2025, 8, 31), "all": LAST}
PAGE = 2_000
#: at least, papers per CPU-second; at most, MB
FASTEST, PEAK_MB = 1_500, 300

_RECORD = re.compile(rb"<record>.*?</record>", re.DOTALL)
_TOKEN = re.compile(rb"<resumptionToken[^>]*>([^<]+)<")
_NAMES = {"oai": "http://www.openarchives.org/OAI/2.0/", "arxiv": "http://arxiv.org/OAI/arXiv/"}


class Reading(NamedTuple):
    """What reading a part of the year took."""

    papers: int
    cpu_s: float
    wall_s: float
    peak_mb: float


def run() -> list[Row]:
    """Measure; needs ../shared. Ratios are of CPU to the least that makes papers searchable, and of memory."""
    with TemporaryDirectory() as folder:
        pages = Path(folder)
        _fetch(pages)
        papers = sum(body.count(b"<record>") for body in _bodies(pages, LAST))
        parsed_s, _ = cpu_s(lambda: sum(len(_records(body)) for body in _bodies(pages, LAST)))
        least_s, _ = cpu_s(lambda: _index(pages))
        readings = {name: _read_apart(pages, until) for name, until in PARTS.items()}
    least = papers / least_s
    return [
        Row(f"ElementTree, parsing {papers:,} records only", papers / parsed_s, "per CPU s", None),
        Row("ElementTree, and one row of FTS5 each", least, "per CPU s", None),
        *(row for name, reading in readings.items() for row in _rows(name, reading, readings["a quarter"], least)),
    ]


def _rows(name: str, read: Reading, quarter: Reading, least: float) -> Iterator[Row]:
    what, speed = f"{name}, {read.papers:,} papers", read.papers / read.cpu_s
    yield Row(f"{what}: searchable (to FTS5's)", speed, "per CPU s", least / speed)
    yield Row(f"{what}: time", read.wall_s, "s", None)
    yield Row(f"{what}: peak memory (to a quarter's)", read.peak_mb, "MB", read.peak_mb / quarter.peak_mb)


def _fetch(folder: Path) -> None:
    """Keep the harvest of the year, month by month, in pages of arXiv's size."""
    with Replay(LAST.isoformat(), data=RECORDED) as replay:
        for first, last in _months():
            records = [one.decode() for body in _answers(replay, first, last) for one in _RECORD.findall(body)]
            for start in range(0, len(records), PAGE):
                next_one = f"{first}.{start // PAGE + 1}" if start + PAGE < len(records) else ""
                token = f'<resumptionToken cursor="{start}" completeListSize="{len(records)}">{next_one}'
                body = page(*records[start : start + PAGE], token=f"{token}</resumptionToken>")
                (folder / f"{first}.{start // PAGE}").write_bytes(body)


def _months() -> Iterator[tuple[date, date]]:
    first = FIRST
    while first <= LAST:
        next_month = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        yield first, min(next_month - timedelta(days=1), LAST)
        first = next_month


def _answers(replay: Replay, first: date, last: date) -> Iterator[bytes]:
    asked = urlencode({"metadataPrefix": "arXiv", "set": SCOPE, "from": first.isoformat(), "until": last.isoformat()})
    while asked:
        body = replay.fetch(f"oai?verb=ListRecords&{asked}")
        yield body
        more = _TOKEN.search(body)
        asked = f"resumptionToken={quote(more[1].decode(), safe='')}" if more else ""


def _bodies(folder: Path, until: date) -> Iterator[bytes]:
    for file in sorted(folder.iterdir()):
        if file.name[:10] <= until.isoformat():
            yield file.read_bytes()


def _records(body: bytes) -> list[Element]:
    return fromstring(body).findall(".//oai:metadata/arxiv:arXiv", _NAMES)


def _index(pages: Path) -> None:
    with TemporaryDirectory() as folder:
        index = sqlite3.connect(Path(folder) / "least.db")
        index.execute("PRAGMA journal_mode = WAL")
        index.execute("PRAGMA synchronous = NORMAL")
        index.execute("CREATE VIRTUAL TABLE papers USING fts5(title, abstract)")
        for body in _bodies(pages, LAST):
            with index:
                told = [
                    [one.findtext(f"arxiv:{name}", "", _NAMES) for name in ("title", "abstract")]
                    for one in _records(body)
                ]
                index.executemany("INSERT INTO papers VALUES (?, ?)", told)
        index.close()


def _read_apart(pages: Path, until: date) -> Reading:
    """Read in a process of its own, so that the memory is of that alone."""
    command = [sys.executable, "-m", "tests.benchmarks.year", str(pages), until.isoformat()]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return Reading(*json.loads(done.stdout))


async def _read(pages: Path, until: date) -> Reading:
    clock = SystemClock(datetime(LAST.year, LAST.month, LAST.day, 12, tzinfo=UTC))
    with TemporaryDirectory() as folder:
        client = PoliteClient("bench@example.org", "0", pace_s=0.0, transport=_Stored(pages))
        async with SqlStore(f"sqlite:///{Path(folder) / 'year.db'}").open() as store, client:
            archive = ArxivArchive(client)
            wall_s, used_s = time.perf_counter(), time.process_time()
            report = await backfill.read(archive, SCOPE, FIRST, until, store, clock, tell=lambda _: None)
            used_s, wall_s = time.process_time() - used_s, time.perf_counter() - wall_s
            await _check(store, report.fetched)
    return Reading(papers=report.fetched, cpu_s=used_s, wall_s=wall_s, peak_mb=_peak_mb())


class _Stored(httpx2.AsyncBaseTransport):
    """Answers as the archive would, from the pages on disk."""

    def __init__(self, pages: Path) -> None:
        self._pages = pages

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        asked = request.url.params
        body = (self._pages / (asked.get("resumptionToken") or f"{asked['from']}.0")).read_bytes()
        return httpx2.Response(200, headers={"Content-Type": "application/xml"}, content=body)


async def _check(store: Store, fetched: int) -> None:
    """What was measured must have happened."""
    stored = await store.papers(limit=1)
    found = await store.search(parse_query("language model", today=LAST))
    if stored.total != fetched or not found.hits:
        raise AssertionError(f"{fetched} papers were read, {stored.total} stored, {len(found.hits)} found")


def _peak_mb() -> float:
    """The most memory that this process has had; on Linux getrusage would count that of its parent before it."""
    status = Path("/proc/self/status")
    if status.exists():
        told = re.search(r"VmHWM:\s*(\d+) kB", status.read_text())
        assert told, "VmHWM"
        return int(told[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def main() -> None:
    """Show the figures; with a folder of pages and a day, read up to that day and tell what it took as JSON."""
    if len(sys.argv) == 3:
        logs.configure()
        reading = asyncio.run(_read(Path(sys.argv[1]), date.fromisoformat(sys.argv[2])))
        sys.stdout.write(json.dumps(reading))
    else:
        show(f"The replayed year (limits: {FASTEST:,} papers per CPU second, {PEAK_MB} MB)", run())


if __name__ == "__main__":
    main()
