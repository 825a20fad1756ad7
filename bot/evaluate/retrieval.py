"""`paperboy eval search`: does the search put relevant papers on top? Collections of BEIR's shape.

`corpus.jsonl` has the papers (`_id`, `title`, `text`), `queries.jsonl` the questions (`_id`, `text`), `qrels.tsv` how
relevant a paper is to a question, as a whole number; each may be packed with gzip, and the judgements may lie in
`qrels/test.tsv`, as N. Thakur et al. keep them (BEIR, 2021). The papers are put into a store of their own, and the
product's own search is asked. Figures are those of trec_eval, over the questions that have a relevant paper: nDCG
with linear gains, recall, and mean average precision of the first 100 hits.
"""

from __future__ import annotations

import gzip
import json
import math
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from statistics import fmean
from time import perf_counter, process_time
from typing import Any, Final

from bot.clock import SystemClock
from bot.evaluate.summaries import interval
from bot.origins import SOURCES
from core.deliver.meanings import Meanings
from core.errors import ModelUnavailable, UsageError
from core.ingest.listing import Listing
from core.ingest.lookup import Lookup
from core.papers.identifiers import PaperId
from core.papers.paper import Announcement, Paper
from core.papers.search import parse_query
from storage.store import SqlStore

FIGURES: Final = ("ndcg_at_10", "recall_at_100", "map")
#: hits that each question is asked for
DEPTH: Final = 100
_TOP: Final = 10
#: seconds that a question waits for its vector: here, nobody else waits
PATIENCE_S: Final = 60.0
#: papers that are stored at once
_LISTING: Final = 1_000
_DAY: Final = date(2000, 1, 1)
_SHAPE: Final = "the folder has corpus.jsonl, queries.jsonl and qrels.tsv, or the same with .gz"

Tell = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Papers, questions, and which papers answer which."""

    #: identifier -> title and text
    papers: Mapping[str, tuple[str, str]]
    queries: Mapping[str, str]
    #: question -> paper -> how relevant it is, above 0
    relevant: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What was measured; figures are from 0 to 1."""

    #: papers that were searched
    papers: int
    #: by the names of `FIGURES`, for each question with a relevant paper
    figures: Mapping[str, tuple[float, ...]]
    #: what each of these searches took, in milliseconds
    took_ms: tuple[float, ...]
    #: CPU seconds of all of them
    cpu_s: float
    #: the model whose vectors were compared as well; empty for words alone
    model: str = ""

    @property
    def queries(self) -> int:
        """Questions that were asked."""
        return len(self.took_ms)

    def means(self) -> dict[str, tuple[float, float, float]]:
        """Each figure's mean, and between what the mean of 95 % of resampled questions lies."""
        return {name: (fmean(values), *interval(values)) for name, values in self.figures.items()}


def read_collection(folder: Path) -> Collection:
    """Read papers, questions and judgements. Raises UsageError with the file and line that cannot be read."""
    papers = {
        name: (_text(record, "title", where), _text(record, "text", where))
        for name, record, where in _records(_file(folder, "corpus.jsonl"))
    }
    queries = {name: _text(record, "text", where) for name, record, where in _records(_file(folder, "queries.jsonl"))}
    relevant: dict[str, dict[str, int]] = {}
    for query, paper, grade in _judgements(_file(folder, "qrels.tsv", "qrels/test.tsv")):
        if grade > 0 and query in queries and paper in papers:
            relevant.setdefault(query, {})[paper] = grade
    if not relevant:
        raise UsageError(f"no question in {folder} has a relevant paper that is there", hint=_SHAPE)
    return Collection(papers=papers, queries=queries, relevant=relevant)


async def measure(
    collection: Collection,
    tell: Tell = lambda number, total, what: None,
    *,
    meanings_of: Callable[[SqlStore], Meanings | None] = lambda _: None,
) -> Measurement:
    """Store the papers, and ask each question that has an answer.

    `meanings_of` gives what knows meanings, where a model embeds. Raises ModelError, OverBudget where that fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        store = SqlStore(f"sqlite:///{Path(folder) / 'papers.db'}", traits=SOURCES, pragmas={"synchronous": "OFF"})
        async with store.open():
            names = await _fill(store, collection.papers, tell)
            meanings = meanings_of(store)
            if meanings:
                await _embed(meanings, len(names), tell)
            lookup = Lookup(store=store, clock=SystemClock(), nearest=meanings.nearest if meanings else None)
            figures: list[tuple[float, ...]] = []
            took_ms: list[float] = []
            began_cpu = process_time()
            for number, (query, relevant) in enumerate(collection.relevant.items()):
                tell(number, len(collection.relevant), "searching")
                began = perf_counter()
                ranking = await _ask(lookup, collection.queries[query], names)
                took_ms.append((perf_counter() - began) * 1000)
                figures.append(judge_ranking(ranking, relevant))
            cpu_s = process_time() - began_cpu
    return Measurement(
        papers=len(collection.papers),
        figures=dict(zip(FIGURES, map(tuple, zip(*figures, strict=True)), strict=True)),
        took_ms=tuple(took_ms),
        cpu_s=cpu_s,
        model=meanings.embedder.name if meanings else "",
    )


def judge_ranking(ranking: Sequence[str], relevant: Mapping[str, int]) -> tuple[float, float, float]:
    """nDCG@10, recall@100 and average precision of the papers that were found, the best first."""
    best = _gain(sorted(relevant.values(), reverse=True)[:_TOP])
    hits = [place for place, name in enumerate(ranking, 1) if name in relevant]
    precision = math.fsum(number / place for number, place in enumerate(hits, 1))
    return (
        _gain([relevant.get(name, 0) for name in ranking[:_TOP]]) / best,
        sum(place <= DEPTH for place in hits) / len(relevant),
        precision / len(relevant),
    )


def _gain(grades: Sequence[int]) -> float:
    return math.fsum(grade / math.log2(place + 1) for place, grade in enumerate(grades, 1))


async def _fill(store: SqlStore, papers: Mapping[str, tuple[str, str]], tell: Tell) -> dict[PaperId, str]:
    """Store the papers under numbers of their own, which no two papers share; number -> name in the collection."""
    numbers = iter(enumerate(papers.items()))
    names: dict[PaperId, str] = {}
    while some := list(islice(numbers, _LISTING)):
        tell(some[0][0], len(papers), "storing")
        lines = []
        for number, (name, (title, text)) in some:
            id = PaperId("arxiv", f"{1_000 + number // 90_000}.{number % 90_000:05d}")
            names[id] = name
            lines.append(Announcement(paper=Paper(id=id, title=title, abstract=text), source="", scope="", day=_DAY))
        await store.add(Listing(source="", scope="", day=_DAY, announcements=tuple(lines)), at=SystemClock().now())
    return names


async def _embed(meanings: Meanings, papers: int, tell: Tell) -> None:
    total = 0
    while count := await meanings.embed_new():
        total += count
        tell(total, papers, "embedding")


async def _ask(lookup: Lookup, question: str, names: Mapping[PaperId, str]) -> list[str]:
    """The papers that a search finds; none where it does not understand the question."""
    try:
        query = parse_query(question, today=lookup.clock.now().date())
    except UsageError:
        return []
    page = await lookup.search(query, limit=DEPTH)
    if page.words_alone:
        raise ModelUnavailable("The model that knows meanings could not be asked.", hint="Try again without it.")
    return [names[hit.id] for hit in page.hits]


def _file(folder: Path, *names: str) -> Path:
    for name in names:
        for path in (folder / name, folder / f"{name}.gz"):
            if path.is_file():
                return path
    raise UsageError(f"there is no {names[0]} in {folder}", hint=_SHAPE)


def _lines(file: Path) -> Iterator[tuple[str, str]]:
    """The lines of a file that are not empty, and where each stands."""
    open_file = gzip.open if file.name.endswith(".gz") else open
    try:
        with open_file(file, "rt", encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield line.rstrip("\r\n"), f"line {number} of {file.name}"
    except (OSError, EOFError, ValueError) as error:
        raise UsageError(
            f"{file.name} cannot be read: {error}", hint="it is UTF-8, or the same packed with gzip"
        ) from error


def _records(file: Path) -> Iterator[tuple[str, dict[str, Any], str]]:
    for line, where in _lines(file):
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        name = record.get("_id") if isinstance(record, dict) else None
        if not isinstance(name, str | int) or isinstance(name, bool):
            raise UsageError(f"{where} is no JSON object with an _id", hint='such as {"_id": "7", "text": "..."}')
        yield str(name), record, where


def _text(record: Mapping[str, Any], field: str, where: str) -> str:
    value = record.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UsageError(f"{field} in {where} is no text", hint='such as {"_id": "7", "text": "..."}')
    return value


def _judgements(file: Path) -> Iterator[tuple[str, str, int]]:
    """Question, paper and grade of each line, with or without a line of names; trec_eval's four columns as well."""
    for place, (line, where) in enumerate(_lines(file)):
        parts = line.split("\t") if "\t" in line else line.split()
        if len(parts) == 4:
            del parts[1]
        try:
            query, paper, grade = (part.strip() for part in parts)
            yield query, paper, int(float(grade))
        except (ValueError, OverflowError) as error:
            if place == 0 and len(parts) == 3:
                continue
            raise UsageError(
                f"{where} is no judgement", hint="it has a question, a paper and a whole number between tabs"
            ) from error
