"""The use case that finds a paper somebody asks for: in the store, else at the sources that can be asked for it.

Used by `/paper`, `/search` and the command line. What a source tells is stored (it is no news for any digest), so that
nobody is asked twice. Asking takes a bounded time, and a source that fails is named in the answer, never mistaken for
one that does not know the paper.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeVar

from core.errors import BadIdentifier, NotFound, SeveralFound, SourceError, Throttled, Unreachable
from core.ingest.freshness import cool_down_s
from core.ingest.guard import guard_source
from core.ingest.ports import Bibliography, ListingStore, PaperFinder
from core.papers.addresses import addresses_in
from core.papers.fusion import MOST_FUSED
from core.papers.identifiers import PaperId, Reference
from core.papers.identity.recognition import LEAST_LIKELY, Recognition, certain_paper, recognise
from core.papers.paper import Paper
from core.papers.search import Found, Near, SearchQuery, words_query
from core.speech import N_, _, plural
from core.text.readable import clip_text
from core.time import Clock

#: hits that a source is asked for
_HITS_OF_A_SOURCE: Final = 20
#: papers that a source is asked for at once
_AT_ONCE: Final = 50
#: works that an index is asked for
_MOST_WORKS: Final = 500
#: papers that a title is compared with, and to choose from
_MOST_CHOICES: Final = 8
#: words among which an address or an identifier is looked for: no title and no sentence has more
_MOST_WORDS: Final = 200
#: words that make a title; for fewer no source is asked where stored papers have them
_FEWEST_WORDS: Final = 3
_BY_WORDS: Final = N_("Try `/search` with a few of its words.")
_ONLY_LISTINGS: Final = N_("It knows the papers of the listings it has read; `/search` looks through them.")
_NOBODY: Final = N_("Nor does any source know it that can be asked; `/search` looks through what was read.")

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """Where to look for papers."""

    store: ListingStore
    clock: Clock
    #: who is asked, in this order, for what the store does not have; loaded when somebody has to be asked
    finders: Callable[[], Sequence[PaperFinder]] = tuple
    #: who is asked what a person wrote, in this order
    bibliographies: Callable[[], Sequence[Bibliography]] = tuple
    #: one source may take this long to answer a person, in seconds
    patience_s: float = 15.0
    #: at most so many papers that are nearest to what a query means, within its filters; None where words alone are
    #: compared
    nearest: Callable[[SearchQuery, int], Awaitable[Near]] | None = None
    #: the same of what a paper means
    near_paper: Callable[[Paper, int], Awaitable[Near]] | None = None
    #: sources that asked us to wait, until when (UTC), in this process; however many people ask meanwhile
    resting: dict[str, datetime] = field(default_factory=dict)
    #: what people call a source
    name_of: Callable[[str], str] = str

    async def paper(self, text: str) -> Paper:
        """The paper with this identifier, at this address or, in other words, of this title.

        A title may have slips of the pen, and authors and a year beside it; `recognise` says what is near enough.
        Raises NotFound with what to do; SeveralFound where an address shows several papers, or where papers may be
        meant and none for certain.
        """
        try:
            reference = Reference.parse(text)
        except BadIdentifier:
            return await self._by_title(text)
        return await self._by_id(reference.id, *addresses_in(text))

    async def identifier(self, text: str) -> PaperId:
        """The identifier that was written, or that of the stored paper at an address or with a title; asks no source.

        What is read as an identifier is given as it is, whether a paper is stored or not. Raises SeveralFound, and
        NotFound where no stored paper has the words.
        """
        try:
            id = Reference.parse(text).id
        except BadIdentifier:
            return await self._id_by_title(text)
        if id.scheme == "url" and not await self.store.paper(id):
            for address in (id.value, *addresses_in(text)):
                if paper := await self._at(address):
                    return paper.id
        return id

    async def _id_by_title(self, title: str) -> PaperId:
        if paper := await self._by_exact_title(title):
            return paper.id
        candidates = await self._candidates(title)
        if paper := certain_paper(candidates) or _only_paper(candidates):
            return paper.id
        sentence = _("No stored paper has the title “{title}”.", title=title[:80])
        raise _not_certain(sentence, _(_BY_WORDS), title, candidates)

    async def has_title(self, words: str) -> bool:
        """True where a stored paper has that title, or nearly; no source is asked."""
        if await self.store.papers_titled(words):
            return True
        return certain_paper(await self._candidates(words)) is not None

    async def search(self, query: SearchQuery, *, limit: int, offset: int = 0) -> Found:
        """Papers that match; those of a source that the query names (`from:arxiv`) are asked of that source first.

        Where there is a second ranking, the first hits of both are fused. Later pages ask no source again.
        """
        words = " ".join(word for term in query.terms for word in term.words)
        troubles: list[str] = []
        for finder in self.finders() if words and query.sources and not offset else ():
            if finder.name in query.sources:
                troubles += await self._ask(finder, words=words)
        near = Near()
        if words and self.nearest and offset + limit <= MOST_FUSED:
            near = await self.nearest(query, MOST_FUSED)
        page = await self._rank(query, near, limit=limit, offset=offset)
        return replace(page, troubles=tuple(troubles))

    async def similar(self, paper: Paper, *, limit: int) -> Found:
        """Papers that say what a stored paper says, its title twice, and where meanings are compared mean it."""
        query = words_query(f"{paper.title}\n{paper.title}\n{paper.abstract}")
        near = await self.near_paper(paper, MOST_FUSED) if self.near_paper else Near()
        page = await self._rank(query, near, limit=limit + 1)
        return replace(page, hits=tuple(hit for hit in page.hits if hit.id != paper.id)[:limit])

    async def _rank(self, query: SearchQuery, near: Near, *, limit: int, offset: int = 0) -> Found:
        """A page of what words find, and of what is near in meaning."""
        page = await self.store.search(query, limit=limit, offset=offset, near=near.papers)
        return replace(page, words_alone=near.is_unknown)

    async def papers(
        self, ids: Sequence[PaperId], *, tell: Callable[[int], None] = lambda count: None
    ) -> tuple[Mapping[PaperId, Paper], tuple[str, ...]]:
        """The papers by the identifier asked, without unknown ones, and sentences that say why some may be missing.

        What the store has not is asked of each source, many at a time; `tell` is called with how many are done.
        """
        papers = await self._stored_papers(ids)
        troubles: dict[str, None] = {}
        finders = self.finders() if len(papers) < len(ids) else ()
        for start in range(0, len(ids), _AT_ONCE):
            tell(start)
            for finder in finders:
                batch = [id for id in ids[start : start + _AT_ONCE] if id not in papers and id.scheme != "url"]
                if batch:
                    troubles |= dict.fromkeys(await self._ask(finder, ids=batch))
                    papers |= await self._stored_papers(batch)
        return papers, tuple(troubles)

    async def _stored_papers(self, ids: Sequence[PaperId]) -> dict[PaperId, Paper]:
        """The stored papers by the identifier asked; of an address, the paper that it shows."""
        stored_papers = await self.store.papers_by_id(ids)
        by_any_id = {id: paper for paper in stored_papers for id in (paper.id, *paper.identifiers)}
        papers = {id: by_any_id[id] for id in ids if id in by_any_id}
        for id in ids:
            if id.scheme == "url" and id not in papers and len(at := await self.store.papers_at(id.value)) == 1:
                papers[id] = at[0]
        return papers

    async def works_of(self, orcid: str) -> tuple[Paper, ...]:
        """What the person with this ORCID wrote, as the first index that knows any of it tells; nothing is stored.

        Raises NotFound with what to do.
        """
        troubles: list[str] = []
        indexes = self.bibliographies()
        for index in indexes:
            works = partial(index.works_of, orcid, limit=_MOST_WORKS)
            try:
                if papers := await self._answer(index.name, works, within_s=2 * self.patience_s):
                    return papers
            except SourceError as error:
                troubles.append(str(error))
        if not indexes:
            hint = _("Switch sources.openalex on, or name the papers, or a BibTeX file of them.")
            raise NotFound(_("No index is set up that knows what a person wrote."), hint=hint)
        hint = " ".join(troubles) or _("Name the papers by arXiv number or DOI.")
        raise NotFound(_("No works of the ORCID {orcid} were found.", orcid=orcid), hint=hint)

    async def _by_id(self, id: PaperId, *addresses: str) -> Paper:
        if paper := await self.store.paper(id):
            return paper
        for address in (id.value, *addresses) if id.scheme == "url" else addresses:
            if paper := await self._at(address):
                return paper
        if id.scheme == "url":
            raise NotFound(_("Paperboy has seen no paper at {address}.", address=id.value), hint=_(_BY_WORDS))
        troubles: list[str] = []
        finders = self.finders()
        for finder in finders:
            troubles += await self._ask(finder, ids=(id,))
            if paper := await self.store.paper(id):
                return paper
        hint = " ".join(troubles) or _(_NOBODY if finders else _ONLY_LISTINGS)
        raise NotFound(_("Paperboy has not seen {paper}.", paper=id), hint=hint)

    async def _at(self, address: str) -> Paper | None:
        """The paper that an address shows. Raises SeveralFound where it shows several."""
        papers = await self.store.papers_at(address)
        if len(papers) > 1:
            sentence = plural(
                "{count} paper is at {address}.", "{count} papers are at {address}.", len(papers), address=address
            )
            raise _several(sentence, papers)
        return papers[0] if papers else None

    async def _by_exact_title(self, text: str) -> Paper | None:
        """The paper of exactly this title, or that the text names by an identifier or an address."""
        if same := await self.store.papers_titled(text):
            return same[0]
        if id := _id_within(text):
            return await self._by_id(id, *addresses_in(text))
        address = text.strip()
        return await self._at(address) if "/" in address and " " not in address else None

    async def _by_title(self, title: str) -> Paper:
        if paper := await self._by_exact_title(title):
            return paper
        earlier = later = await self._candidates(title)
        if paper := certain_paper(earlier):
            return paper
        troubles: list[str] = []
        for finder in self.finders() if not earlier or len(title.split()) >= _FEWEST_WORDS else ():
            troubles += await self._ask(finder, words=title)
            later = await self._candidates(title)
            if paper := certain_paper(later):
                return paper
        if paper := _only_paper(earlier):
            return paper
        hint = " ".join(troubles) or _(_BY_WORDS)
        raise _not_certain(_("No paper has the title “{title}”.", title=title[:80]), hint, title, later)

    async def _candidates(self, title: str) -> tuple[Recognition, ...]:
        """Stored papers that may be meant, the likeliest first, then those that have all the words somewhere."""
        results = await self.store.search(words_query(title), limit=_MOST_CHOICES)
        papers = await self.store.papers_by_id([hit.id for hit in results.hits])
        having = {hit.id for hit in results.hits[: results.complete]}
        return tuple(
            recognition
            for recognition in await asyncio.to_thread(recognise, title, papers)
            if recognition.likelihood >= LEAST_LIKELY or recognition.has_words or recognition.paper.id in having
        )

    async def _ask(self, finder: PaperFinder, *, ids: Sequence[PaperId] = (), words: str = "") -> list[str]:
        """Store what a source knows; return a sentence where it could not be asked."""
        question = partial(finder.find, ids) if ids else partial(finder.search, words, limit=_HITS_OF_A_SOURCE)
        try:
            listing = await self._answer(finder.name, question, within_s=self.patience_s)
        except SourceError as error:
            return [str(error)]
        if listing.announcements:
            await self.store.add(listing, at=self.clock.now())
        return []

    async def _answer(self, source: str, question: Callable[[], Awaitable[Answer]], *, within_s: float) -> Answer:
        """What a source answers, unless it asked us to wait. Raises SourceError with a sentence for people."""
        now = self.clock.now()
        if now < self.resting.get(source, now):
            raise Throttled(_("{source} asked us to come back later.", source=self.name_of(source)))
        try:
            async with asyncio.timeout(within_s):
                with guard_source(source, subject=source):
                    return await question()
        except TimeoutError as error:
            sentence = _("{source} did not answer in time; try again.", source=self.name_of(source))
            raise Unreachable(sentence) from error
        except Throttled as error:
            wait_s = cool_down_s(1, error.retry_after_s)
            self.resting[source] = self.clock.now() + timedelta(seconds=wait_s)
            raise


def _only_paper(candidates: Sequence[Recognition]) -> Paper | None:
    """The paper that has all the words in its title, where no other one has."""
    papers = [candidate.paper for candidate in candidates if candidate.has_words]
    return papers[0] if len(papers) == 1 else None


def _not_certain(sentence: str, hint: str, title: str, candidates: Sequence[Recognition]) -> NotFound:
    """The error for a title that none of the candidates has for certain; it offers them."""
    if not candidates:
        return NotFound(sentence, hint=hint)
    if len(candidates) > 1 and all(
        candidate.has_words or candidate.likelihood < LEAST_LIKELY for candidate in candidates
    ):
        sentence = _("Several papers have the words “{words}”.", words=title[:80])
    return _several(sentence, [candidate.paper for candidate in candidates])


def _several(message: str, papers: Sequence[Paper]) -> SeveralFound:
    first = "; ".join(f"{paper.id} {clip_text(paper.title, 60)}" for paper in papers[:3])
    hint = _("Name one: {papers}.", papers=first)
    return SeveralFound(message, papers=[str(paper.id) for paper in papers], hint=hint)


def _id_within(text: str) -> PaperId | None:
    """The only identifier or address of a paper in a text: `see https://arxiv.org/abs/2601.15529 please`."""
    ids = set[PaperId]()
    for word in text.split(maxsplit=_MOST_WORDS)[:_MOST_WORDS]:
        with suppress(BadIdentifier):
            ids.add(PaperId.parse(word))
    return ids.pop() if len(ids) == 1 else None
