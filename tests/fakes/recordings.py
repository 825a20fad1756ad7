"""Every paper of the recorded answers and feeds in ../shared, as our own sources read them."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache, partial

from adapters.sources import arxiv_api, biorxiv, crossref, feeds, huggingface, openalex, semanticscholar
from core.errors import PaperboyError
from core.ingest.listing import Listing
from core.papers.paper import Paper
from tests.fakes.cassettes import exchanges
from tests.shared import SHARED

_DAY = date(2026, 7, 19)
_FOLDER = SHARED / "data/recorded"


@cache
def recorded_papers(*, is_short: bool = False) -> tuple[Paper, ...]:
    """Each paper once, in the order of files; a file that is no answer of a source has none.

    `is_short`: those of files that are read in a moment.
    """
    papers: dict[str, Paper] = {}
    for parse, body in _files() if is_short else (*_files(), *_cassettes(), *_suites()):
        try:
            listing = parse(body)
        except PaperboyError:
            continue
        papers |= {str(line.paper.id): line.paper for line in listing.announcements}
    return tuple(papers.values())


_feed = partial(feeds.parse, scope="journal", now_day=_DAY)
_Bodies = Iterator[tuple[Callable[[bytes], Listing], bytes]]


def _files() -> _Bodies:
    for path in sorted((_FOLDER / "arxiv_api").glob("*.json")):
        yield arxiv_api.parse, json.loads(path.read_bytes())["body"].encode()
    for path in sorted((_FOLDER / "huggingface").glob("*.json")):
        yield partial(huggingface.parse, day=_DAY), path.read_bytes()
    yield biorxiv.parse, (_FOLDER / "biorxiv/biorxiv_details.json").read_bytes()
    for path in (*sorted((_FOLDER / "biorxiv").glob("*.xml")), *sorted((_FOLDER / "arxiv_feed").glob("*.xml"))):
        yield _feed, path.read_bytes()
    for path in sorted((_FOLDER / "crossref").glob("*.json")):
        yield crossref.parse, path.read_bytes()


def _cassettes() -> _Bodies:
    for name, parse in (
        ("crossref", crossref.parse),
        ("openalex", openalex.parse),
        ("semanticscholar", semanticscholar.parse),
    ):
        for path in sorted((_FOLDER / name).glob("*.y*ml")):
            yield from ((parse, exchange.body) for exchange in exchanges(path))


def _suites() -> _Bodies:
    for suite in ("feedparser_tests/feedparser-tests.tar.gz", "gofeed_tests/gofeed-testdata.tar.gz"):
        with tarfile.open(_FOLDER / suite) as archive:
            for member in archive:
                if member.name.endswith(".xml") and (file := archive.extractfile(member)):
                    yield _feed, file.read()
