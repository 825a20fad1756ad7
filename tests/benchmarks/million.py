"""What it costs to add papers to a store of a million, beside what it costs in a store of ten thousand.

Both stores are grown by the product's own `store.add`, in listings of two thousand invented papers: their titles and
abstracts are as long as arXiv's, their words as common and as rare (Zipf's law, and one word of its own in each), and
they have as many authors and categories. Then both are given the same kinds of listings in turns: papers that nobody
knows, papers of which every second one is known, and known papers that a second source tells of, half of them by an
identifier and half by title and author. What is known is taken from anywhere in the store, so that no cache helps.

`python -m tests.benchmarks.million 1000000` grows the million that `make bench` then takes (`kept`); it goes on growing
by what is measured.
"""

from __future__ import annotations

import asyncio
import gc
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from bot.clock import SystemClock
from core.converse.ports import Store
from core.ingest.listing import Listing
from core.papers.identifiers import PaperId
from core.papers.paper import Announcement, Paper
from tests.benchmarks import kept
from tests.benchmarks.figures import Row, show
from tests.fakes.stores import SqlStore

FEW = 10_000
#: papers of a listing while a store grows, and of one that is measured
GROWN_BY = 2_000
LISTING = 200
#: of each kind, in each store
LISTINGS = 20
#: at most this many times the cost among few
LIMIT = 1.5

_NAME = "paperboy-bench"
_FIRST_DAY = date(2000, 1, 3)
_A_DAY = 1_000
_WORDS = 60_000
_STREAM = 1_000_000
_SYLLABLES = "ra ti on ne ur al mo del gra ph in fer en ce lan gua ge ker nel ba yes op tim di ffu sion tra pro ve"
_CATEGORIES = "cs.CL cs.LG cs.AI cs.CV cs.IR cs.RO stat.ML math.OC eess.SP cs.CR quant-ph cs.HC cs.SE q-bio.NC"


class Cost(NamedTuple):
    """What one listing took: CPU seconds of all threads of this process, and seconds."""

    cpu_s: float
    wall_s: float


def run(many: int | None = None) -> list[Row]:
    """Measure; ratios are of the large store to the small one, which has FEW papers."""
    large = grown(many)
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "few.db"
        asyncio.run(kept.grow(small, _listings(FEW)))
        return asyncio.run(_compared(small, large))


def grown(many: int | None = None) -> Path:
    """The file of a store of that many papers, made where it is not there; without a number, of what is at hand."""
    return kept.grown(_NAME, _listings, many=many)


def _listings(size: int) -> Iterator[tuple[Listing, datetime]]:
    for first in range(0, size, GROWN_BY):
        papers = [invented(number) for number in range(first, min(first + GROWN_BY, size))]
        yield _listing("cs.LG", papers), SystemClock().now()


async def _compared(few: Path, many: Path) -> list[Row]:
    async with SqlStore(f"sqlite:///{few}").open() as small, SqlStore(f"sqlite:///{many}").open() as large:
        sizes = [(await store.papers(limit=1)).total for store in (small, large)]
        bytes_each = [path.stat().st_size / size for path, size in zip((few, many), sizes, strict=True)]
        costs = await _measured((small, large), sizes)
    return [
        *(row for kind, taken in costs.items() for row in _rows(kind, taken, sizes)),
        Row(f"a paper on disk, among {sizes[0]:,}", bytes_each[0] / 1024, "KiB", None),
        Row(f"a paper on disk, among {sizes[1]:,}", bytes_each[1] / 1024, "KiB", bytes_each[1] / bytes_each[0]),
    ]


def _rows(kind: str, taken: Sequence[Sequence[Cost]], sizes: Sequence[int]) -> Iterator[Row]:
    (few, many), (small, large) = taken, (f"{size:,}" for size in sizes)
    yield Row(f"{kind}; among {small}", _median(few).cpu_s * 1000, "ms CPU", None)
    yield Row(f"{kind}; among {large}", _median(many).cpu_s * 1000, "ms CPU", _median(many).cpu_s / _median(few).cpu_s)
    yield Row(f"{kind}; among {large}, mean", _mean_s(many) * 1000, "ms CPU", _mean_s(many) / _mean_s(few))
    yield Row(
        f"{kind}; among {large}, time", _median(many).wall_s * 1000, "ms", _median(many).wall_s / _median(few).wall_s
    )


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(*(statistics.median(each) for each in zip(*costs, strict=True)))


def _mean_s(costs: Sequence[Cost]) -> float:
    """CPU with its share of what is put off: SQLite merges its index and empties its log now and then."""
    return statistics.mean(one.cpu_s for one in costs)


async def _measured(stores: Sequence[Store], sizes: Sequence[int]) -> dict[str, tuple[list[Cost], list[Cost]]]:
    """What each kind of listing took in each store, the first turn aside, which warms the caches."""
    taken: dict[str, tuple[list[Cost], list[Cost]]] = {}
    sizes = list(sizes)
    for turn in range(LISTINGS + 1):
        for place, store in enumerate(stores):
            for kind, listing, new in _kinds(sizes[place]):
                cost = await _cost(store, listing, new=new)
                sizes[place] += new
                if turn:
                    taken.setdefault(kind, ([], []))[place].append(cost)
    return taken


def _kinds(size: int) -> Iterator[tuple[str, Listing, int]]:
    """A listing of each kind for a store that has the first `size` invented papers, and how many will be new."""
    chosen = random.Random(size).sample(range(size), LISTING + LISTING // 2)
    known, told = [invented(one) for one in chosen[:LISTING]], [invented(one) for one in chosen[LISTING:]]
    new = [invented(size + one) for one in range(LISTING + LISTING // 2)]
    yield f"{LISTING} new", _listing("cs.LG", new[:LISTING]), LISTING
    half = [*told, *new[LISTING:]]
    yield f"{LISTING}, half known", _listing("cs.AI", half), LISTING // 2
    yield f"{LISTING} known, told by a second source", _second(known), 0


async def _cost(store: Store, listing: Listing, *, new: int) -> Cost:
    gc.collect()
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    stored = await store.add(listing, at=SystemClock().now())
    cost = Cost(cpu_s=time.process_time() - cpu_s, wall_s=time.perf_counter() - wall_s)
    if (stored.new, stored.known) != (new, len(listing.announcements) - new):
        raise AssertionError(f"{stored} of {len(listing.announcements)} papers, of which {new} are new")
    return cost


def _listing(scope: str, papers: Sequence[Paper]) -> Listing:
    lines = [Announcement(paper=one, source="arxiv", scope=scope, day=one.announced or _FIRST_DAY) for one in papers]
    return Listing(source="arxiv", scope=scope, announcements=tuple(lines))


def _second(papers: Sequence[Paper]) -> Listing:
    """The same papers as a journal tells them: every second one with its arXiv number, the others by their title."""
    lines = []
    for place, one in enumerate(papers):
        doi = PaperId("doi", f"10.5555/invented.{one.id.value}")
        told = Paper(
            id=doi,
            title=one.title,
            authors=one.authors,
            published=one.published,
            announced=one.announced,
            journal="Journal of Invented Results",
            doi=doi.value,
            identifiers=(one.id,) if place % 2 else (),
            sources=("feeds",),
        )
        lines.append(Announcement(paper=told, source="feeds", scope="feed:invented", day=one.announced or _FIRST_DAY))
    return Listing(source="feeds", scope="feed:invented", announcements=tuple(lines))


def invented(number: int) -> Paper:
    """The paper of that number, always the same."""
    chance = random.Random(number)
    day = _FIRST_DAY + timedelta(days=number // _A_DAY)
    value = f"{2000 + number // 90_000}.{number % 90_000:05d}"
    categories = tuple(dict.fromkeys(chance.choices(_CATEGORIES.split(), k=chance.choice((1, 1, 2, 3)))))
    return Paper(
        id=PaperId("arxiv", value),
        title=f"{_words(chance, 7, 13)}".capitalize(),
        abstract=f"{_words(chance, 60, 120)} {_rare(number)} {_words(chance, 60, 110)}.",
        authors=tuple(f"{_word(chance)} {_word(chance)}".title() for _ in range(chance.randint(2, 9))),
        categories=categories,
        announced=day,
        published=datetime(day.year, day.month, day.day, 4, tzinfo=UTC) - timedelta(days=2),
        url=f"https://arxiv.org/abs/{value}",
        pdf_url=f"https://arxiv.org/pdf/{value}",
        identifiers=(PaperId("doi", f"10.48550/arxiv.{value}"),),
        sources=("arxiv",),
    )


def _words(chance: random.Random, least: int, most: int) -> str:
    at = chance.randrange(_STREAM - most)
    return " ".join(_stream()[at : at + chance.randint(least, most)])


def _word(chance: random.Random) -> str:
    return _vocabulary()[chance.randrange(2_000, _WORDS)]


def _rare(number: int) -> str:
    """A word that no other paper has."""
    syllables = _SYLLABLES.split()
    return "".join(syllables[int(digit) * 2] for digit in f"{number:07d}")


@cache
def _stream() -> list[str]:
    """Words in a row, the second half as common as the first, the third a third as common, and so on."""
    weights = list(accumulate(1 / (rank + 3) for rank in range(_WORDS)))
    return random.Random(1).choices(_vocabulary(), cum_weights=weights, k=_STREAM)


@cache
def _vocabulary() -> list[str]:
    chance, syllables = random.Random(2), _SYLLABLES.split()
    words = dict[str, None]()
    while len(words) < _WORDS:
        words["".join(chance.choices(syllables, k=chance.choice((1, 1, 2, 2, 3, 4))))] = None
    return list(words)


def main() -> None:
    """Show the figures."""
    many = int(sys.argv[1]) if len(sys.argv) > 1 else None
    show(f"Adding to a large store and to one of {FEW:,} (limit: ratio {LIMIT})", run(many))


if __name__ == "__main__":
    main()
