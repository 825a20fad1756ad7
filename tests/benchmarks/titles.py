"""`/paper TITLE`: is the paper found whose title somebody typed, and what does a call cost?

A month of real papers of ../shared is stored; from another month come titles of papers that are not there. Titles
are typed as people do: in other case, with slips of the pen, without the subtitle, with authors and year, as a line of
a reference list. What comes out is the right paper; a list of papers to choose from that has it; a list without it; no
paper; or, worst, another paper as if it were certain. Sources are not asked.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import islice
from time import process_time

from core.errors import NotFound, SeveralFound
from core.ingest.listing import Listing
from core.ingest.lookup import Lookup
from core.papers.identifiers import PaperId
from core.papers.paper import Announcement, Paper
from tests.benchmarks.figures import Row, show
from tests.fakes.clock import FakeClock
from tests.fakes.stores import SqlStore
from tests.shared import SHARED

STORED, ABSENT = "2025-06", "2025-11"
SEED = 14
#: papers that are stored, and titles of each form
PAPERS, EACH = 2_500, 20
TITLE = "Typed titles, no source asked"
LISTING = 1_000
#: what a call may come to, from the best to the worst
RIGHT, CHOICE, OTHER_CHOICE, NONE, WRONG = OUTCOMES = (
    "right",
    "right among several",
    "several others",
    "none",
    "wrong",
)

_SUBTITLE = re.compile(r"(?<=\w)(?:: | - | -- |\? )(?=\w)")


def papers_of(month: str) -> list[Paper]:
    """The papers of a month, as they were announced."""
    with gzip.open(SHARED / f"data/replay/arxiv/arxiv-{month}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return list({paper.id: paper for paper in map(_paper, lines)}.values())


def _paper(line: str) -> Paper:
    record = json.loads(line)
    year, month, day = map(int, record["day"].split("-"))
    return Paper(
        id=PaperId("arxiv", record["id"]),
        title=" ".join(record["title"].split()),
        authors=tuple(record["authors"]),
        abstract=record["summary"],
        published=datetime(year, month, day, tzinfo=UTC),
    )


def _slip(text: str, rng: random.Random) -> str:
    """Two letters change places, one is left out, doubled or another one."""
    words = text.split(" ")
    long = [place for place, word in enumerate(words) if len(word) >= 5 and word.isalpha()] or [0]
    place = rng.choice(long)
    word = words[place]
    at = rng.randrange(1, max(len(word) - 1, 2))
    words[place] = rng.choice(
        (
            word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at : at + 1] * 2 + word[at + 1 :],
            word[:at] + rng.choice("abcdefghijklmnopqrstuvwxyz") + word[at + 1 :],
        )
    )
    return " ".join(words)


def _surname(name: str) -> str:
    return name.split()[-1]


def _initials(name: str) -> str:
    return " ".join(f"{word[0]}." for word in name.split()[:-1])


def _year(paper: Paper) -> int:
    assert paper.published
    return paper.published.year


def _plain(paper: Paper) -> str:
    """Names first, the title between quotation marks, as engineers write it."""
    names = ", ".join(f"{_initials(name)} {_surname(name)}" for name in paper.authors[:3])
    others = " et al." if len(paper.authors) > 3 else ""
    return f"[12] {names}{others}, “{paper.title},” in Proc. Int. Conf. Learning Systems, {_year(paper)}, pp. 117–128."


def _apa(paper: Paper) -> str:
    names = ", ".join(f"{_surname(name)}, {_initials(name)}" for name in paper.authors[:6])
    return f"{names} ({_year(paper)}). {paper.title}. arXiv preprint."


def _acm(paper: Paper) -> str:
    names = " and ".join(paper.authors[:2]) if len(paper.authors) < 3 else f"{paper.authors[0]} et al"
    return f"{names}. {_year(paper)}. {paper.title}. CoRR abs ({_year(paper)})"


def _without_subtitle(paper: Paper, rng: random.Random) -> str | None:
    first, *after = _SUBTITLE.split(paper.title, maxsplit=1)
    return first if after and len(first.split()) >= 3 else None


def _subtitle(paper: Paper, rng: random.Random) -> str | None:
    _, *after = _SUBTITLE.split(paper.title, maxsplit=1)
    return after[0] if after and len(after[0].split()) >= 4 else None


def _some_words(paper: Paper, rng: random.Random) -> str | None:
    """A few words of the title, of those that tell something."""
    words = [word for word in re.findall(r"\w+", paper.title) if len(word) > 4]
    return " ".join(sorted(rng.sample(words, 4), key=words.index)) if len(words) >= 6 else None


def _word_left_out(paper: Paper, rng: random.Random) -> str | None:
    words = paper.title.split()
    if len(words) < 5:
        return None
    del words[rng.randrange(len(words))]
    return " ".join(words)


FORMS: Mapping[str, Callable[[Paper, random.Random], str | None]] = {
    "small letters": lambda paper, rng: re.sub(r"[^\w\s]", " ", paper.title).lower(),
    "a slip": lambda paper, rng: _slip(paper.title, rng),
    "three slips": lambda paper, rng: _slip(_slip(_slip(paper.title.lower(), rng), rng), rng),
    "a word left out": _word_left_out,
    "without the subtitle": _without_subtitle,
    "without the subtitle, a slip": lambda paper, rng: (
        _slip(cut, rng) if (cut := _without_subtitle(paper, rng)) else None
    ),
    "the subtitle alone": _subtitle,
    "four words": _some_words,
    "author and year": lambda paper, rng: f"{_surname(paper.authors[0])} {paper.title.lower()} {_year(paper)}",
    "title, author, year": lambda paper, rng: f"{paper.title}, {_surname(paper.authors[0])} et al. {_year(paper)}",
    "author, no subtitle, a slip": lambda paper, rng: (
        f"{_surname(paper.authors[0])} {_slip(cut, rng)}" if (cut := _without_subtitle(paper, rng)) else None
    ),
    "reference (IEEE)": lambda paper, rng: _plain(paper),
    "reference (APA)": lambda paper, rng: _apa(paper),
    "reference (ACM)": lambda paper, rng: _acm(paper),
}


def typed_titles(papers: Sequence[Paper], each: int = EACH) -> Iterator[tuple[str, Paper, str]]:
    """Form, paper, and what is typed; the same every time."""
    for form, write in FORMS.items():
        rng = random.Random(f"{SEED} {form}")
        order = rng.sample(papers, len(papers))
        typed = ((paper, text) for paper in order if paper.authors and (text := write(paper, rng)) and text.strip())
        yield from ((form, paper, text) for paper, text in islice(typed, each))


async def fill(store: SqlStore, papers: Sequence[Paper]) -> None:
    """Store papers as one listing after another."""
    lines = [Announcement(paper=paper, source="arxiv", scope="", day=date(2026, 1, 5)) for paper in papers]
    for first in range(0, len(lines), LISTING):
        listing = Listing(
            source="arxiv", scope="", announcements=tuple(lines[first : first + LISTING]), day=date(2026, 1, 5)
        )
        await store.add(listing, at=FakeClock().now())


async def outcome_of(lookup: Lookup, typed: str, paper: Paper | None) -> str:
    """What a call comes to; `paper` is None where the right answer is that there is none."""
    try:
        answer = await lookup.paper(typed)
    except SeveralFound as error:
        return CHOICE if paper and str(paper.id) in error.papers else OTHER_CHOICE
    except NotFound:
        return NONE
    return RIGHT if paper and answer.title.casefold() == paper.title.casefold() else WRONG


async def measure(each: int, stored: int) -> tuple[dict[str, Counter[str]], dict[str, Counter[str]], float]:
    """How often each form comes to what, of stored papers and of absent ones; CPU milliseconds of a call."""
    papers = papers_of(STORED)[:stored]
    titles = {paper.title.casefold() for paper in papers}
    absent = [paper for paper in papers_of(ABSENT) if paper.title.casefold() not in titles]
    of_stored, of_absent = dict[str, Counter[str]](), dict[str, Counter[str]]()
    calls, spent_s = 0, 0.0
    async with SqlStore("sqlite://").open() as store:
        await fill(store, papers)
        lookup = Lookup(store=store, clock=FakeClock())
        for some, outcomes in ((papers, of_stored), (absent, of_absent)):
            for form, paper, text in typed_titles(some, each):
                began = process_time()
                outcome = await outcome_of(lookup, text, paper if some is papers else None)
                spent_s, calls = spent_s + process_time() - began, calls + 1
                outcomes.setdefault(form, Counter())[outcome] += 1
    return of_stored, of_absent, 1_000 * spent_s / calls


def run(each: int = EACH, stored: int = PAPERS) -> list[Row]:
    """Measure; needs ../shared."""
    of_stored, of_absent, call_ms = asyncio.run(measure(each, stored))
    rows = [
        Row(f"{form}: right", 100 * counts[RIGHT] / counts.total(), "%", None) for form, counts in of_stored.items()
    ]
    for name, outcomes in (("stored papers", of_stored), ("papers that are not there", of_absent)):
        counts = sum(outcomes.values(), Counter[str]())
        rows += [Row(f"all titles of {name}: {each}", counts[each], f"of {counts.total()}", None) for each in OUTCOMES]
    return [*rows, Row("a call", call_ms, "CPU ms", None)]


if __name__ == "__main__":
    show(TITLE, run(*map(int, sys.argv[1:])))
