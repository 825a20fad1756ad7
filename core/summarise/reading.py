"""Use case: a paper -> its full text where its licence is open and it can be had, else its abstract and the reason why.

`answering` works on what comes back. A text that was read is stored; one that could not be had is not asked for again
for a while, however many people ask.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from weakref import WeakValueDictionary

from core.errors import NotFound, SourceError, StoreError
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from core.speech import _
from core.summarise.fulltext import FullText, TextForm, TextSection, licence_of
from core.summarise.ports import FullTextSource, FullTextStore
from core.time import Clock

#: how long somebody waits for a text, in seconds; arXiv wants some between two requests
PATIENCE_S: Final = 90.0
#: how long a text is left alone that could not be had, and how many of those are remembered
AFTER_FAILURE: Final = timedelta(minutes=10)
_MOST_FAILURES: Final = 500

_log: Final = logging.getLogger(__name__)


class TextLack(StrEnum):
    """Why there is an abstract in the place of a full text."""

    #: the licence is not an open one, or nobody told us which it is
    LICENCE = "licence"
    #: Paperboy reads no full texts where the paper is, or there is none
    NOT_THERE = "not-there"
    #: it could not be reached or read
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperText:
    """What can be read of a paper."""

    paper: Paper
    #: the full text, or the abstract as a text of one section; without sections where there is not even that
    text: FullText
    #: why it is only the abstract; None for a full text
    lack: TextLack | None = None
    #: the failure's own sentence; empty where there was none
    detail: str = ""

    @property
    def sections(self) -> tuple[TextSection, ...]:
        """The full text for a summary; none where there is only the abstract."""
        return () if self.lack else self.text.sections


_Key = tuple[PaperId, int]


class TextReader:
    """Reads papers, each once."""

    def __init__(
        self,
        store: FullTextStore,
        clock: Clock,
        source: Callable[[], FullTextSource | None],
        *,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """`source` is called when a text has to be fetched; None where none can be."""
        self._store = store
        self._clock = clock
        self._source = source
        self._patience_s = patience_s
        self._turns: WeakValueDictionary[_Key, asyncio.Lock] = WeakValueDictionary()
        #: what could not be read, and until when nobody asks again
        self._failures: dict[_Key, tuple[datetime, PaperText]] = {}

    async def read(self, paper: Paper) -> PaperText:
        """The full text of the paper's own version, or its abstract and why. Raises StoreError."""
        if paper.licence and not licence_of(paper).is_open:
            return _abstract(paper, TextLack.LICENCE)
        key = (paper.id, paper.version)
        turn = self._turns.setdefault(key, asyncio.Lock())
        async with turn:
            if text := await self._store.full_text(*key):
                return PaperText(paper=replace(paper, licence=paper.licence or text.licence), text=text)
            failure = self._failures.get(key)
            if failure and self._clock.now() < failure[0]:
                return failure[1]
            reading = await self._fetch(paper)
        if reading.lack:
            self._remember(key, reading)
        return reading

    async def _fetch(self, paper: Paper) -> PaperText:
        source = self._source()
        if source is None or not source.has(paper):
            return _abstract(paper, TextLack.NOT_THERE if paper.licence else TextLack.LICENCE)
        try:
            async with asyncio.timeout(self._patience_s):
                if paper.licence is None:
                    paper = replace(paper, licence=await source.licence(paper))
                if not licence_of(paper).is_open:
                    return _abstract(paper, TextLack.LICENCE)
                text = replace(await source.full_text(paper), licence=paper.licence)
        except NotFound as error:
            return _abstract(paper, TextLack.NOT_THERE, str(error))
        except TimeoutError:
            return _abstract(paper, TextLack.FAILED, _("Its source did not answer in time."))
        except SourceError as error:
            return _abstract(paper, TextLack.FAILED, str(error))
        try:
            await self._store.save_full_text(text, at=self._clock.now())
        except StoreError as error:  # whoever waits for it gets it
            _log.warning("The text of %s could not be stored. %s", paper.id, error.sentence())
        return PaperText(paper=paper, text=text)

    def _remember(self, key: _Key, reading: PaperText) -> None:
        self._failures.pop(key, None)
        self._failures[key] = (self._clock.now() + AFTER_FAILURE, reading)
        if len(self._failures) > _MOST_FAILURES:
            del self._failures[next(iter(self._failures))]


def _abstract(paper: Paper, lack: TextLack, detail: str = "") -> PaperText:
    title = "Abstract"  # as papers have it
    sections = (TextSection(title=title, paragraphs=(paper.abstract,)),) if paper.abstract else ()
    text = FullText(paper=paper.id, version=paper.version, form=TextForm.ABSTRACT, sections=sections)
    return PaperText(paper=paper, text=text, lack=lack, detail=detail)
