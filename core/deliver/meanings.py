"""What papers and interests mean, where a model embeds: `choosing` asks how close the candidates are to an interest.

Papers are embedded once and kept: by the running service as they come, and by a digest within a few seconds where some
of its candidates were not. Whatever goes wrong with the model is on record and in the log once, the model is left alone
for a while, and papers are chosen without. Paid models are within the budgets of language models.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from core.choose.interest.meaning import FEWEST_PAPERS, NOTHING_CLOSE, closeness, subjects_of
from core.errors import ModelError, ModelRefused, ModelThrottled, OverBudget, StoreError
from core.papers.embedding import (
    Embedder,
    EmbedderState,
    Embeddings,
    PaperVector,
    VectorStore,
    clean_text,
    paper_text,
    text_sign,
)
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from core.papers.search import Near, SearchQuery
from core.speech import _
from core.summarise.budget import Caps, budget_reached, first_of_month
from core.summarise.ports import Purpose, SpendingStore, Usage
from core.time import Clock

if TYPE_CHECKING:
    from core.papers.embedding import Vectors

#: seconds that a digest waits for vectors
PATIENCE_S: Final = 10.0
#: seconds that a search waits for the vector of its words, and for which searches do without after a longer one
QUERY_PATIENCE_S: Final = 2.0
_QUERY_PAUSE: Final = timedelta(minutes=1)
#: papers that are embedded at a time: others get their turn in between
BATCH: Final = 16
#: papers that tell what is usual, and how long they do
_USUAL: Final = 500
_USUAL_FOR: Final = timedelta(hours=1)
#: texts of interests whose vectors are remembered
_MOST_INTERESTS: Final = 1_000
#: how long a model is left alone that fails, and one that refuses
_PAUSE: Final = timedelta(minutes=3)
_LONG_PAUSE: Final = timedelta(minutes=30)

_log: Final = logging.getLogger(__name__)

_T = TypeVar("_T")


class Meanings:
    """A model that embeds, what it made so far, and how it is doing."""

    def __init__(
        self,
        embedder: Embedder,
        *,
        store: VectorStore,
        spending: SpendingStore,
        clock: Clock,
        caps: Caps = Caps(),
        patience_s: float = PATIENCE_S,
        query_patience_s: float = QUERY_PATIENCE_S,
    ) -> None:
        #: the model
        self.embedder = embedder
        self._store = store
        self._spending = spending
        self._clock = clock
        self._caps = caps
        self._patience_s = patience_s
        self._query_patience_s = query_patience_s
        #: until when searches do without, since the model was too slow for one; None where it was not
        self._slow_until: datetime | None = None
        #: one batch at a time: who waits finds what another one has kept
        self._turn = asyncio.Lock()
        self._interests: dict[str, Vectors] = {}
        self._usual: tuple[datetime, Vectors] | None = None
        #: what is wrong; None where nobody knows yet
        self._problem: str | None = None
        self._resumes_at: datetime | None = None

    async def close_to(self, interest: str, papers: Sequence[Paper]) -> Mapping[PaperId, float]:
        """How close in meaning the papers are to an interest, from 0 to 1, as far as that is known in a few seconds.

        Papers without a vector are left out; empty where the model fails, or too few papers have one. Raises StoreError
        where the store cannot be read.
        """
        subjects = subjects_of(interest)
        if not papers or not subjects.aims:
            return NOTHING_CLOSE
        ids = [paper.id for paper in papers]
        vectors: Mapping[PaperId, Vectors] = {}
        interest_vectors: Sequence[Vectors] = ()
        lacking = papers
        try:
            async with asyncio.timeout(self._patience_s):
                interest_vectors = await self._learn([*subjects.aims, *subjects.exclusions])
                vectors = await self._store.vectors(ids, self.embedder.name)
                lacking = [paper for paper in papers if paper.id not in vectors]
                await self._embed(lacking)
        except TimeoutError:
            _log.info("There was no time to embed all papers; the others are chosen by their words.")
        except (ModelError, OverBudget):  # it is on record
            pass
        if not interest_vectors:
            return NOTHING_CLOSE
        if lacking:  # some have one by now; where the model changed, the others have none any more
            vectors = await self._store.vectors(ids, self.embedder.name)
        count = len(subjects.aims)
        return await self._closeness(vectors, interest_vectors[:count], interest_vectors[count:])

    async def nearest(self, query: SearchQuery, limit: int) -> Near:
        """The papers that are nearest to what the words of a query mean, within its filters, in a second or two.

        A beginning of a word has no meaning: a query with one has no near papers. Raises StoreError.
        """
        words = " ".join(word for term in query.terms for word in term.words)
        if not words or any(term.prefix for term in query.terms):
            return Near()
        meaning = await self._in_time(lambda: self._learn([clean_text(words)]))
        return await self._near(query, meaning[0], limit) if meaning else Near(is_unknown=True)

    async def near_paper(self, paper: Paper, limit: int) -> Near:
        """The papers that are nearest to what a paper means, itself among them, by the vector that is kept of it.

        One that has none yet is embedded, and its vector kept, in a second or two. Raises StoreError.
        """
        vectors = partial(self._store.vectors, [paper.id], self.embedder.name)

        async def embed() -> Mapping[PaperId, Vectors]:
            await self._embed([paper])
            return await vectors()

        own = await vectors() or await self._in_time(embed)
        if not own:
            return Near(is_unknown=True)
        return await self._near(SearchQuery(typed=paper.title), own[paper.id], limit)

    async def _near(self, query: SearchQuery, vector: Vectors, limit: int) -> Near:
        neighbours = await self._store.nearest(query, vector, self.embedder.name, limit=limit)
        return Near(papers=tuple(id for id, _ in neighbours))

    async def _in_time(self, ask: Callable[[], Awaitable[_T]]) -> _T | None:
        """What the model says to somebody who waits; None where it fails, or was too slow a moment ago."""
        if self._slow_until and self._clock.now() < self._slow_until:
            return None
        try:
            async with asyncio.timeout(self._query_patience_s):
                answer = await ask()
        except TimeoutError:
            if self._slow_until is None:
                _log.warning("%s is too slow for searches; they compare words alone for now.", self.embedder.name)
            self._slow_until = self._clock.now() + _QUERY_PAUSE
            return None
        except (ModelError, OverBudget):  # it is on record
            return None
        self._slow_until = None
        return answer

    async def embed_new(self, *, most: int = 10 * BATCH) -> int:
        """Embed some of the latest papers that have no vector; how many. Raises ModelError, OverBudget, StoreError."""
        waiting = await self._store.papers_to_embed(self.embedder.name, limit=most)
        await self._embed(waiting)
        return len(waiting)

    async def check(self) -> Embeddings:
        """Ask the model once, now. Raises ModelError, OverBudget, StoreError."""
        self._resumes_at = None
        return await self._ask(["Lanterns see further in fog."])  # not said: for the model

    async def _closeness(
        self, vectors: Mapping[PaperId, Vectors], wanted_vectors: Sequence[Vectors], unwanted_vectors: Sequence[Vectors]
    ) -> Mapping[PaperId, float]:
        """From the vectors of papers and of the interest."""
        usual = await self._usual_vectors()
        size = len(wanted_vectors[0])
        if not vectors or len(usual) < FEWEST_PAPERS or usual.shape[1] != size:
            return NOTHING_CLOSE
        import numpy as np

        papers = np.stack(list(vectors.values()))
        if papers.shape[1] != size:
            return NOTHING_CLOSE
        subjects = np.stack([*wanted_vectors, *unwanted_vectors])
        near = closeness(
            papers,
            wanted_vectors=subjects[: len(wanted_vectors)],
            unwanted_vectors=subjects[len(wanted_vectors) :],
            usual=usual,
        )
        return dict(zip(vectors, near, strict=True))

    async def _usual_vectors(self) -> Vectors:
        now = self._clock.now()
        if self._usual is None or not timedelta() <= now - self._usual[0] < _USUAL_FOR:
            recent = await self._store.recent_vectors(self.embedder.name, limit=_USUAL)
            if len(recent.papers) < _USUAL:  # a store that fills tells more each time
                return recent.vectors
            self._usual = (now, recent.vectors)
        return self._usual[1]

    async def _learn(self, texts: Sequence[str]) -> Sequence[Vectors]:
        """The vector of each text of an interest; what was asked before is remembered."""
        vectors = {text: self._interests[text] for text in texts if text in self._interests}
        if missing := [text for text in dict.fromkeys(texts) if text not in vectors]:
            new = dict(zip(missing, (await self._ask(missing)).vectors, strict=True))
            while len(self._interests) + len(new) > _MOST_INTERESTS:
                self._interests.pop(next(iter(self._interests)))
            self._interests |= new
            vectors |= new
        return [vectors[text] for text in texts]

    async def _embed(self, papers: Sequence[Paper]) -> None:
        """Embed papers and keep their vectors, a batch at a time."""
        for begin in range(0, len(papers), BATCH):
            async with self._turn:
                some = papers[begin : begin + BATCH]
                vectors = await self._store.vectors([paper.id for paper in some], self.embedder.name)
                some = [paper for paper in some if paper.id not in vectors]
                if some:
                    await self._keep(some, (await self._ask([paper_text(paper) for paper in some])).vectors)

    async def _keep(self, papers: Sequence[Paper], vectors: Vectors) -> None:
        paper_vectors = [
            PaperVector(paper=paper.id, sign=text_sign(paper.title, paper.abstract), vector=vector)
            for paper, vector in zip(papers, vectors, strict=True)
        ]
        await self._store.keep_vectors(self.embedder.name, paper_vectors, at=self._clock.now())
        if self._interests and len(next(iter(self._interests.values()))) != vectors.shape[1]:
            self._interests.clear()  # the model changed: what it said before cannot be compared
            self._usual = None

    async def _ask(self, texts: Sequence[str]) -> Embeddings:
        """Ask the model, where it is not left alone and the budget allows it; what that costs is put on record."""
        now = self._clock.now()
        if self._resumes_at and now < self._resumes_at:
            name = self.embedder.name
            raise ModelThrottled(_("{model} failed, and is left alone for some minutes.", model=name))
        try:
            await self._require_budget(now)
            embedding = await self.embedder.embed(texts)
        except (ModelError, OverBudget) as error:
            self._resumes_at = self._clock.now() + _pause_after(error)
            await self._note(error.sentence())
            raise
        await self._note("")
        if embedding.cost_usd != 0.0:
            usage = Usage(
                model=self.embedder.name,
                input_tokens=embedding.tokens,
                cached_tokens=0,
                output_tokens=0,
                cost_usd=embedding.cost_usd,
            )
            await self._spending.record_usage(usage, purpose=Purpose.EMBEDDING, channel=None, at=self._clock.now())
        return embedding

    async def _require_budget(self, now: datetime) -> None:
        """Raises OverBudget where paid models may not be called now."""
        if not (self._caps.is_limited and self.embedder.is_paid):
            return
        in_month = await self._spending.spending(since=first_of_month(now))
        on_day = await self._spending.spending(since=now.astimezone(UTC).date())
        if cap := budget_reached(self._caps, month=in_month, day=on_day, in_flight=0, now=now):
            raise OverBudget(cap.sentence, until=cap.until, hint=cap.hint)

    async def _note(self, problem: str) -> None:
        """Put on record, and into the log, how the model is doing, where that is news."""
        if problem == self._problem:
            return
        if problem:
            _log.warning("Papers are chosen and searched by their words alone for now. %s", problem)
        elif self._problem:
            _log.info("%s embeds again.", self.embedder.name)
        self._problem = problem
        state = EmbedderState(model=self.embedder.name, problem=problem, since=self._clock.now())
        try:
            await self._store.record_embedder(state)
        except StoreError as error:
            _log.warning("How %s is doing was not recorded. %s", self.embedder.name, error.sentence())


def _pause_after(error: ModelError | OverBudget) -> timedelta:
    """How long the model is left alone."""
    if isinstance(error, ModelThrottled) and error.retry_after_s:
        return min(max(_PAUSE, timedelta(seconds=error.retry_after_s)), _LONG_PAUSE)
    return _LONG_PAUSE if isinstance(error, (ModelRefused, OverBudget)) else _PAUSE
