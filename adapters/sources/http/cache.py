"""The layer that caches answers (RFC 9111): enrichment changes slowly. Listings are revalidated at every refresh.

It lies above the queue: a fresh answer costs neither a request nor a wait. hishel decides what may be stored and what
is fresh; this module stores it in one SQLite file that survives a restart, is bounded, holds no key and no address, and
may be deleted at any time. hishel's own storage keeps the headers of requests and needs a further SQLite driver. Where
the file cannot be read or written, the log says so and the source is asked.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sqlite3
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import aiosqlite
import hishel
import httpx2
import structlog
from hishel import AsyncBaseStorage, CacheOptions, Entry, Headers, Response
from hishel.httpx2 import AsyncCacheTransport

from adapters.sources.http.answers import Ask, Request, check_status

#: how long an answer is fresh where its source does not say, in seconds (RFC 9111, 4.2.2)
FRESH_S: Final = 86_400.0
#: nothing is kept for longer, in seconds
KEPT_S: Final = 30 * 86_400.0
#: the file grows no larger, in bytes
MAX_SIZE: Final = 256 * 2**20
#: a larger body is not kept, in bytes
MAX_BODY: Final = 4 * 2**20

#: deleted together where room is needed
_BATCH: Final = 50
_BATCHES: Final = 20
#: "there is no such paper" may be kept; other refusals may be temporary
_ABSENT: Final = frozenset({404, 410})
_STORABLE_STATUSES: Final = frozenset({200, 304}) | _ABSENT
#: what a cache and our sources read; others, such as cookies and links, may hold a key
_KEPT_HEADERS: Final = frozenset(
    b"age cache-control content-type date etag expires last-modified pragma vary warning".split()
)
#: headers by which a source says how long its answer is fresh
_FRESHNESS: Final = ("Cache-Control", "Expires", "Pragma", "Last-Modified")

#: the address of everything in the cache: what was asked is in the key of an entry, and only as a hash
_ADDRESS: Final = "https://cache.invalid/"
_CONDITIONS: Final = ("If-None-Match", "If-Modified-Since")

_log = structlog.get_logger(__name__)


class AnswerCache:
    """Answers of sources in one SQLite file."""

    def __init__(self, file: Path, *, max_size: int = MAX_SIZE) -> None:
        self._storage = _Shelf(file, max_size)

    async def aclose(self) -> None:
        """Close the file."""
        await self._storage.close()

    def over(self, ask: Ask) -> Ask:
        """Answer what is fresh, and else as `ask` does, which revalidates what is stale. Its errors are not stored."""

        async def answer_or_ask(request: Request) -> httpx2.Response:
            if request.is_conditional:
                return await ask(request)
            transport = AsyncCacheTransport(
                _Source(ask, request), storage=self._storage, rfc=CacheOptions(shared=False)
            )
            key = {"caching": {"key": _key(request)}}
            answer = await transport.handle_async_request(httpx2.Request("GET", _ADDRESS, extensions=key))
            await answer.aread()
            answer.request = httpx2.Request("GET", request.url)
            return check_status(answer, request.readable)

        return answer_or_ask


def _key(request: Request) -> str:
    """A hash of all that an answer may depend on, so that one for other headers is never found."""
    headers = sorted({**request.headers, **request.private_headers}.items())
    return hashlib.sha256(repr((str(request.url), headers)).encode()).hexdigest()


class _Source(httpx2.AsyncBaseTransport):
    """The source behind the cache, asked with the real address and headers."""

    def __init__(self, ask: Ask, request: Request) -> None:
        self._ask = ask
        # whether there is such a paper may be kept, whoever asks
        self._request = replace(request, readable={*request.readable, *_ABSENT})

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        conditions = {name: request.headers[name] for name in _CONDITIONS if name in request.headers}
        answer = await self._ask(replace(self._request, headers={**self._request.headers, **conditions}))
        headers = answer.headers.copy()
        if answer.status_code not in _STORABLE_STATUSES:
            headers["Cache-Control"] = "no-store"
        else:
            headers = httpx2.Headers([pair for pair in headers.raw if pair[0].lower() in _KEPT_HEADERS])
        if answer.status_code == 200 and not any(name in headers for name in _FRESHNESS):
            headers["Cache-Control"] = f"max-age={FRESH_S:.0f}"
        stream = httpx2.ByteStream(answer.content)
        return httpx2.Response(answer.status_code, headers=headers, stream=stream, request=request)


class _Shelf(AsyncBaseStorage):
    """hishel's storage in one table. Its own needs another SQLite driver and keeps request headers as they are."""

    def __init__(self, file: Path, max_size: int) -> None:
        super().__init__()
        self._file = file
        self._max_size = max_size
        self._database: aiosqlite.Connection | None = None
        self._opening = asyncio.Lock()
        #: True once the file could not be opened
        self._is_useless = False

    async def create_entry(
        self,
        request: hishel.Request,
        response: Response,
        key: str,
        *,
        ttl: float | None = None,
        tti: float | None = None,
    ) -> Entry:
        assert isinstance(response.stream, AsyncIterator)
        body = b"".join([chunk async for chunk in response.stream])
        entry = Entry(id=uuid.uuid4(), request=request, response=replace(response, stream=_stream(body)))
        if len(body) <= MAX_BODY and await self._has_room():
            meta = json.dumps({"status": response.status_code, "headers": _lists(response.headers)})
            row = (entry.id.hex, key, time.time(), meta, body)
            await self._run("INSERT INTO answers (id, key, stored, meta, body) VALUES (?, ?, ?, ?, ?)", row)
        return entry

    async def get_entries(self, key: str) -> list[Entry]:
        rows = await self._run(
            "SELECT id, meta, body FROM answers WHERE key = ? AND stored > ?", (key, time.time() - KEPT_S)
        )
        entries = [(row_id, _unpack(row_id, meta, body)) for row_id, meta, body in rows]
        for row_id, entry in entries:
            if entry is None:
                await self._run("DELETE FROM answers WHERE id = ?", (row_id,))
        return [entry for _, entry in entries if entry]

    async def update_headers(self, id: uuid.UUID, headers: Headers) -> None:
        rows = await self._run("SELECT meta FROM answers WHERE id = ?", (id.hex,))
        for (meta,) in rows:
            new_meta = json.dumps({**json.loads(meta), "headers": _lists(headers)})
            await self._run("UPDATE answers SET meta = ?, stored = ? WHERE id = ?", (new_meta, time.time(), id.hex))

    async def remove_entry(self, id: uuid.UUID) -> None:
        await self._run("DELETE FROM answers WHERE id = ?", (id.hex,))

    async def close(self) -> None:
        if self._database is not None:
            await self._database.close()
            self._database = None

    async def _has_room(self) -> bool:
        """Make room: delete what is too old, then the oldest."""
        await self._run("DELETE FROM answers WHERE stored < ?", (time.time() - KEPT_S,))
        for _ in range(_BATCHES):
            if sum(size for (size,) in await self._run(_SIZE)) <= self._max_size - MAX_BODY:
                return True
            oldest = "DELETE FROM answers WHERE id IN (SELECT id FROM answers ORDER BY stored LIMIT ?)"
            await self._run(oldest, (_BATCH,))
        return False

    async def _run(self, statement: str, values: tuple[Any, ...] = ()) -> list[Any]:
        """The rows of one statement; none where the file cannot be used."""
        if self._is_useless:
            return []
        try:
            async with self._opening:
                self._database = self._database or await _open(self._file)
            return list(await self._database.execute_fetchall(statement, values))
        except (sqlite3.Error, OSError) as error:
            self._is_useless = self._database is None
            _log.warning("the cache of answers is of no use", file=str(self._file), error=str(error))
            return []


async def _open(file: Path) -> aiosqlite.Connection:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = await aiosqlite.connect(file, isolation_level=None)
    try:
        for statement in _SCHEMA:
            await database.execute(statement)
    except BaseException:
        await database.close()
        raise
    return database


_SIZE: Final = (
    "SELECT (page_count - freelist_count) * page_size"
    " FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()"
)
_SCHEMA: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "CREATE TABLE IF NOT EXISTS answers"
    " (id TEXT PRIMARY KEY, key TEXT NOT NULL, stored REAL NOT NULL, meta TEXT NOT NULL, body BLOB NOT NULL)",
    "CREATE INDEX IF NOT EXISTS answers_by_key ON answers (key)",
    "CREATE INDEX IF NOT EXISTS answers_by_age ON answers (stored)",
)


def _unpack(name: str, meta: str, body: bytes) -> Entry | None:
    """The entry; None where the row is damaged."""
    try:
        fields = json.loads(meta)
        response = Response(status_code=fields["status"], headers=Headers(fields["headers"]), stream=_stream(body))
        return Entry(id=uuid.UUID(hex=name), request=hishel.Request(method="GET", url=_ADDRESS), response=response)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _lists(headers: Headers) -> dict[str, list[str]]:
    return {name: headers.get_list(name) or [] for name in headers}


async def _stream(body: bytes) -> AsyncIterator[bytes]:
    yield body
