"""Keeps a bug in the reading of one source from ending everything: every call that reads a source runs in here.

An exception that no port of `core.ingest.ports` promises becomes a `SourceBug`, which the callers handle as any other
failure of a source. The traceback goes to the log. Failures of our own store are never taken for a source's.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from typing import Final

from core.errors import BadCategory, SourceBug, SourceError, StoreError
from core.ingest.listing import Page
from core.speech import _

_EXPECTED_ERRORS: Final = (SourceError, BadCategory, StoreError)
_log: Final = logging.getLogger(__name__)


@contextmanager
def guard_source(what: str, *, subject: str = "") -> Iterator[None]:
    """Run a call that reads a source. Raises SourceBug for what the call does not promise to raise.

    `what` names the source in the log, `subject` in the sentence that people read; without it that is `It`.
    """
    try:
        yield
    except _EXPECTED_ERRORS:
        raise
    except Exception as error:
        _log.exception("a bug stopped the reading of %s", what)
        name = type(error).__name__
        bug = _("a bug in Paperboy ({exception}); the log has the details.", exception=name)
        sentence = _("It could not be read: {reason}", reason=bug)
        if subject:
            sentence = _("{source} could not be read: {reason}", source=subject, reason=bug)
        raise SourceBug(sentence, exception=name) from error


async def guarded_pages(pages: AsyncGenerator[Page, None], what: str) -> AsyncGenerator[Page, None]:
    """The same pages of an archive; raises SourceBug as `guard_source` does, and leaves errors of the caller alone."""
    async with aclosing(pages):
        while True:
            with guard_source(what):
                page = await anext(pages, None)
            if page is None:
                return
            yield page
