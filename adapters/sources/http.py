"""The one polite HTTP client: every source asks through it, and only through it.

It names itself, asks conditionally, keeps one request per host and interval on one connection, does as Retry-After
says, gives up after a bounded number of attempts and seconds, and turns whatever goes wrong into `core.errors`. It
never answers from a cache: every refresh reaches the source.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final, Self

import httpx2
import stamina
import structlog

from core.errors import BadFeed, Refused, SourceError, Throttled, Unreachable
from core.listings import Validators

PROJECT: Final = "https://github.com/paperboy-bot/paperboy"
#: a longer wait than this is not believed, in seconds: asking once an hour hammers nobody
LONGEST_WAIT_S: Final = 3600.0
UNCONDITIONAL: Final = Validators()

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_HOPS: Final = 4
#: between two tries to connect: names and networks come back at once or not at all
_BRIEFLY_S: Final = 0.5
#: answers that a source gives while it is busy
_BUSY: Final = frozenset({429, 503})
#: arXiv throttles with these as well; asking again at once would make it worse
_SHUT: Final = frozenset({403, 406})
#: answers of a gateway whose source may be back in a moment
_GATEWAY: Final = frozenset({502, 504})

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a source answered."""

    #: 200, 304, or one of the statuses that the caller said it can read
    status: int
    #: decompressed; empty where unchanged
    body: bytes
    #: for the next request
    validators: Validators
    #: the source says that nothing changed since the validators of the request
    unchanged: bool
    #: where the answer came from, after redirects
    url: str
    #: the media type in lower case, without parameters
    content_type: str


class PoliteClient:
    """Asks sources for documents; an async context manager that holds the connections.

    `pace_s` lies between the end of one answer and the next request to the same host, because only then is it certain
    that the source sees them that far apart. `pace_dir` lets several processes of one machine share that pace.
    """

    def __init__(
        self,
        contact: str,
        version: str,
        *,
        pace_s: float = 3.0,
        connect_s: float = 10.0,
        read_s: float = 20.0,
        total_s: float = 60.0,
        attempts: int = 4,
        patience_s: float = 45.0,
        max_bytes: int = 32 * 2**20,
        pace_dir: Path | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._pace_s = pace_s
        self._total_s = total_s
        self._attempts = attempts
        self._patience_s = patience_s
        self._max_bytes = max_bytes
        self._pace_dir = pace_dir
        self._lanes: dict[str, _Lane] = {}
        #: hosts that could not be reached when they were last asked; those are tried only once
        self._offline: set[str] = set()
        self._http = httpx2.AsyncClient(
            transport=transport,
            timeout=httpx2.Timeout(read_s, connect=connect_s),
            limits=httpx2.Limits(max_keepalive_connections=4, max_connections=16),
            headers={"User-Agent": user_agent(contact, version), "Accept-Encoding": "gzip, deflate"},
        )

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def get(
        self, url: str, *, accept: str, validators: Validators = UNCONDITIONAL, readable: Collection[int] = ()
    ) -> Answer:
        """Fetch one document, conditionally on `validators`.

        Statuses other than 200 and 304 are errors, unless the caller can read the body of one and says so in
        `readable`. Redirects are followed on the same host only. Raises Throttled, Unreachable, Refused, and BadFeed
        for an answer that is too large or cannot be decompressed.
        """
        headers = {"Accept": accept, **_conditions(validators)}
        current = _address(url)
        for _ in range(_HOPS):
            try:
                received = await self._with_retries(current, headers, readable)
            except _Offline:
                self._offline.add(current.host)
                raise
            if received.status not in _REDIRECTS:
                return _answer(received, validators)
            current = _target(current, received)
        raise Refused(f"{current.host} sends us in circles.", status=received.status)

    async def _with_retries(self, url: httpx2.URL, headers: dict[str, str], readable: Collection[int]) -> _Received:
        retries = stamina.retry_context(
            on=self._another_try,
            attempts=1 if url.host in self._offline else self._attempts,
            timeout=self._patience_s,
            wait_initial=1.0,
            wait_max=10.0,
        )
        async for attempt in retries:
            with attempt:
                received = await self._once(url, headers, readable)
                self._offline.discard(url.host)
        return received

    def _another_try(self, error: Exception) -> bool | float:
        match error:
            case _Shut():
                return False
            case _Offline():
                return False if isinstance(error.__cause__, httpx2.ConnectTimeout) else _BRIEFLY_S
            case Throttled(retry_after_s=float(wait_s)):
                return wait_s if wait_s <= self._patience_s else False
            case Refused(status=status):
                return status in _GATEWAY
        return isinstance(error, Throttled | Unreachable)

    async def _once(self, url: httpx2.URL, headers: dict[str, str], readable: Collection[int]) -> _Received:
        async with self._lane(url).turn():
            began = time.monotonic()
            try:
                async with asyncio.timeout(self._total_s):
                    received = await self._receive(url, headers)
            except (TimeoutError, httpx2.HTTPError) as error:
                _log.info("asked a source", method="GET", url=str(url), error=type(error).__name__, ms=_ms(began))
                raise _foreign(error, url.host) from error
        size = len(received.body)
        _log.info("asked a source", method="GET", url=str(url), status=received.status, bytes=size, ms=_ms(began))
        return _judged(received, readable)

    async def _receive(self, url: httpx2.URL, headers: dict[str, str]) -> _Received:
        body = bytearray()
        async with self._http.stream("GET", url, headers=headers) as response:
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > self._max_bytes:
                    raise BadFeed(f"The answer of {url.host} is larger than {self._max_bytes:,} bytes.")
        return _Received(url=response.url, status=response.status_code, headers=response.headers, body=bytes(body))

    def _lane(self, url: httpx2.URL) -> _Lane:
        host = url.netloc.decode("ascii")
        if host not in self._lanes:
            stamp = self._pace_dir / f"{re.sub(r'[^a-z0-9.-]', '_', host)}.asked" if self._pace_dir else None
            self._lanes[host] = _Lane(self._pace_s, stamp)
        return self._lanes[host]


def _ms(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def user_agent(contact: str, version: str) -> str:
    """How Paperboy introduces itself: one line of ASCII, with somebody to write to."""
    reachable = re.sub(r"[^ -~]|[()]", "", contact).strip() or PROJECT
    return f"Paperboy/{version} (research paper chat bot; contact: {reachable})"


class _Shut(Throttled):
    """Throttled in a manner that forbids asking again now."""


class _Offline(Unreachable):
    """There was not even a connection: the source saw nothing of us, so neither pace nor patience is called for."""


class _Lane:
    """The queue in front of one host: one request at a time, each `pace_s` after the end of the one before."""

    def __init__(self, pace_s: float, stamp: Path | None) -> None:
        self._pace_s = pace_s
        self._stamp = stamp
        self._turn = asyncio.Lock()
        self._free_at = 0.0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        async with self._turn:
            await asyncio.sleep(max(self._free_at - time.monotonic(), self._others_s(), 0.0))
            try:
                yield
            except _Offline:
                raise
            except BaseException:
                self._leave()
                raise
            self._leave()

    def _others_s(self) -> float:
        """How long to wait for what other processes asked this host, in seconds."""
        if self._stamp is None:
            return 0.0
        try:
            wait_s = self._stamp.stat().st_mtime + self._pace_s - time.time()
        except OSError:
            return 0.0
        return wait_s if wait_s <= self._pace_s else 0.0

    def _leave(self) -> None:
        self._free_at = time.monotonic() + self._pace_s
        if self._stamp is not None:
            with suppress(OSError):
                self._stamp.touch()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Received:
    url: httpx2.URL
    status: int
    headers: httpx2.Headers
    body: bytes


def _conditions(validators: Validators) -> dict[str, str]:
    named = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in named.items() if value}


def _address(url: str) -> httpx2.URL:
    try:
        address = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError) as error:
        raise Unreachable(f"'{url[:120]}' is not an address.", hint="Check the base URL in the settings.") from error
    if address.scheme in ("http", "https") and address.host:
        return address
    raise Unreachable(f"'{url[:120]}' is neither http nor https.", hint="Check the base URL in the settings.")


def _target(asked: httpx2.URL, received: _Received) -> httpx2.URL:
    """Where a redirect leads: the same host, or its https; anything else could lead anywhere."""
    try:
        target = asked.join(received.headers.get("Location", ""))
    except (httpx2.InvalidURL, ValueError) as error:
        raise Refused(f"{asked.host} sends us to no address.", status=received.status) from error
    upgraded = (asked.scheme, target.scheme) == ("http", "https") and target.port is None
    if target.host == asked.host and (upgraded or (target.scheme, target.port) == (asked.scheme, asked.port)):
        return target
    raise Refused(
        f"{asked.host} sends us to {target.host or 'nowhere'}, and Paperboy does not follow to other hosts.",
        status=received.status,
        hint="If the source has moved, change its base URL in the settings.",
    )


def _judged(received: _Received, readable: Collection[int]) -> _Received:
    status, host = received.status, received.url.host
    if status in (200, 304) or status in _REDIRECTS or status in readable:
        return received
    wait_s = retry_after_s(received.headers.get("Retry-After", ""), date=received.headers.get("Date", ""))
    if status in _BUSY | _SHUT:
        when = "later" if wait_s is None else f"in {wait_s:.0f} s"
        kind = _Shut if status in _SHUT else Throttled
        raise kind(f"{host} asks us to come back {when} (HTTP {status}).", retry_after_s=wait_s)
    raise Refused(f"{host} refused the request (HTTP {status}).", status=status)


def retry_after_s(value: str, *, date: str = "") -> float | None:
    """Read a Retry-After header, seconds or an HTTP date, in seconds from now; None where it says nothing.

    A date is measured against the source's own `Date`, because our clocks may differ. At most LONGEST_WAIT_S.
    """
    if re.fullmatch(r"\d+", value := value.strip(), re.ASCII):
        return min(float(value), LONGEST_WAIT_S)
    until, now = _moment(value), _moment(date)
    if until is None:
        return None
    return min(max(until - (time.time() if now is None else now), 0.0), LONGEST_WAIT_S)


def _moment(value: str) -> float | None:
    try:
        moment = parsedate_to_datetime(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def _foreign(error: Exception, host: str) -> SourceError:
    """The one table from httpx2's errors to ours."""
    match error:
        case httpx2.ConnectTimeout() | httpx2.ConnectError():
            return _Offline(f"{host} cannot be reached.", hint="Check the network connection.")
        case TimeoutError() | httpx2.TimeoutException():
            return Unreachable(f"{host} did not answer in time.")
        case httpx2.DecodingError():
            return BadFeed(f"The answer of {host} cannot be decompressed.")
        case httpx2.UnsupportedProtocol() | httpx2.LocalProtocolError():
            return Unreachable(f"{host} cannot be asked: {error}.", hint="Check the base URL in the settings.")
    return Unreachable(f"The connection to {host} broke off.")


def _answer(received: _Received, asked: Validators) -> Answer:
    unchanged = received.status == 304
    if unchanged and asked == UNCONDITIONAL:
        raise BadFeed(f"{received.url.host} says that nothing changed, but we had nothing.")
    kept = asked if unchanged else UNCONDITIONAL
    headers = received.headers
    return Answer(
        status=received.status,
        body=b"" if unchanged else received.body,
        validators=Validators(
            etag=headers.get("ETag") or kept.etag, last_modified=headers.get("Last-Modified") or kept.last_modified
        ),
        unchanged=unchanged,
        url=str(received.url),
        content_type=headers.get("Content-Type", "").partition(";")[0].strip().lower(),
    )
