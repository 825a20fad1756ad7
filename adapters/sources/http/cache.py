"""An RFC 9111 cache for what changes slowly: enrichment. Never for listings, which are revalidated at every refresh.

Called by the polite client only, before it takes a turn in any lane: a fresh answer costs neither a request nor a
wait. hishel decides what may be stored and what is fresh; this module stores it in one SQLite file that survives a
restart, is bounded, holds no key and no address, and may be deleted at any time. Where the file cannot be read or
written, the log says so and the source is asked.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sqlite3
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import aiosqlite
import httpx2
import structlog
from hishel import AsyncBaseStorage, CacheOptions, Entry, Headers, Request, Response
from hishel.httpx2 import AsyncCacheTransport

from adapters.sources.http.answers import REDIRECTS, RawAnswer

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
_STORABLE_STATUSES: Final = frozenset({200, 304, 404, 410}) | REDIRECTS
#: headers of the compressed body, which is kept decompressed, and cookies, which are never kept
_DROPPED_HEADERS: Final = frozenset(
    {"content-encoding", "content-length", "transfer-encoding", "set-cookie", "set-cookie2"}
)
#: headers by which a source says how long its answer is fresh
_FRESHNESS: Final = ("Cache-Control", "Expires", "Pragma", "Last-Modified")

#: a call to the source itself, with these headers
Ask = Callable[[Mapping[str, str]], Awaitable[RawAnswer]]

_log = structlog.get_logger(__name__)


class AnswerCache:
    """Answers of sources in one SQLite file."""

    def __init__(self, file: Path, *, max_size: int = MAX_SIZE) -> None:
        self._storage = _Shelf(file, max_size)

    async def aclose(self) -> None:
        """Close the file."""
        await self._storage.close()

    async def get(self, url: httpx2.URL, headers: Mapping[str, str], ask: Ask) -> RawAnswer:
        """The stored answer where it is fresh, else the answer of `ask`, which revalidates a stale one.

        `ask` is called at most twice, with conditional headers added to `headers`. Its errors are passed on and not
        stored.
        """
        transport = AsyncCacheTransport(_Source(ask, headers), storage=self._storage, rfc=CacheOptions(shared=False))
        response = await transport.handle_async_request(httpx2.Request("GET", _alias(url), headers=_alike(headers)))
        body = await response.aread()
        return RawAnswer(url=url, status=response.status_code, headers=response.headers, body=body)


def _alias(url: httpx2.URL) -> str:
    """The name of an address in the cache, which does not show it: it may hold a key."""
    return f"https://cache.invalid/{_digest(str(url))}"


def _alike(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers that differ where `headers` differ, for answers that vary by them, without their values."""
    return {name: _digest(value) for name, value in headers.items()}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


class _Source(httpx2.AsyncBaseTransport):
    """The source behind the cache, asked with the real address and headers."""

    def __init__(self, ask: Ask, headers: Mapping[str, str]) -> None:
        self._ask = ask
        self._headers = headers

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        names = ("If-None-Match", "If-Modified-Since")
        conditions = {name: request.headers[name] for name in names if name in request.headers}
        answer = await self._ask({**self._headers, **conditions})
        return httpx2.Response(
            answer.status,
            headers=_storable(answer.status, answer.headers),
            stream=_Whole(answer.body),
            request=request,
        )


class _Whole(httpx2.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body


def _storable(status: int, headers: httpx2.Headers) -> list[tuple[str, str]]:
    pairs = [(name, value) for name, value in headers.multi_items() if name.lower() not in _DROPPED_HEADERS]
    if status not in _STORABLE_STATUSES:
        return [*(pair for pair in pairs if pair[0].lower() != "cache-control"), ("Cache-Control", "no-store")]
    if status == 200 and not any(name in headers for name in _FRESHNESS):
        return [*pairs, ("Cache-Control", f"max-age={FRESH_S:.0f}")]
    return pairs


class _Shelf(AsyncBaseStorage):
    """hishel's storage in one table. Its own needs another SQLite driver and keeps request headers as they are."""

    def __init__(self, file: Path, max_size: int) -> None:
        super().__init__()
        self._file = file
        self._max_size = max_size
        self._database: aiosqlite.Connection | None = None
        self._opening = asyncio.Lock()
        #: True once the file could not be opened
        self._useless = False

    async def create_entry(
        self, request: Request, response: Response, key: str, *, ttl: float | None = None, tti: float | None = None
    ) -> Entry:
        body = await _body_of(response)
        entry = Entry(id=uuid.uuid4(), request=request, response=replace(response, stream=_stream(body)))
        if len(body) <= MAX_BODY and await self._has_room():
            row = (entry.id.hex, key, time.time(), _pack(request, response), body)
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
            if await self._size() <= self._max_size - MAX_BODY:
                return True
            oldest = "DELETE FROM answers WHERE id IN (SELECT id FROM answers ORDER BY stored LIMIT ?)"
            await self._run(oldest, (_BATCH,))
        return False

    async def _size(self) -> int:
        rows = await self._run(
            "SELECT (page_count - freelist_count) * page_size"
            " FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()"
        )
        return sum(size for (size,) in rows)

    async def _run(self, statement: str, values: tuple[Any, ...] = ()) -> list[Any]:
        """The rows of one statement; none where the file cannot be used."""
        if self._useless:
            return []
        try:
            database = await self._open()
            return list(await database.execute_fetchall(statement, values))
        except (sqlite3.Error, OSError) as error:
            self._useless = self._database is None
            _log.warning("the cache of answers is of no use", file=str(self._file), error=str(error))
            return []

    async def _open(self) -> aiosqlite.Connection:
        async with self._opening:
            if self._database is None:
                self._database = await _open(self._file)
            return self._database


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


_SCHEMA: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "CREATE TABLE IF NOT EXISTS answers"
    " (id TEXT PRIMARY KEY, key TEXT NOT NULL, stored REAL NOT NULL, meta TEXT NOT NULL, body BLOB NOT NULL)",
    "CREATE INDEX IF NOT EXISTS answers_by_key ON answers (key)",
    "CREATE INDEX IF NOT EXISTS answers_by_age ON answers (stored)",
)


def _pack(request: Request, response: Response) -> str:
    meta = {"url": request.url, "asked": _lists(request.headers)}
    return json.dumps({**meta, "status": response.status_code, "headers": _lists(response.headers)})


def _unpack(name: str, meta: str, body: bytes) -> Entry | None:
    """The entry; None where the row is damaged."""
    try:
        fields = json.loads(meta)
        request = Request(method="GET", url=fields["url"], headers=Headers(fields["asked"]))
        response = Response(status_code=fields["status"], headers=Headers(fields["headers"]), stream=_stream(body))
        return Entry(id=uuid.UUID(hex=name), request=request, response=response)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _lists(headers: Headers) -> dict[str, list[str]]:
    return {name: headers.get_list(name) or [] for name in headers}


async def _body_of(response: Response) -> bytes:
    stream = response.stream
    return b"".join([chunk async for chunk in stream]) if isinstance(stream, AsyncIterator) else b""


async def _stream(body: bytes) -> AsyncIterator[bytes]:
    yield body
