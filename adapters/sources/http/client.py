"""The one polite HTTP client: every source asks through it, and only through it.

It names itself, asks conditionally, keeps one request per service and interval, does as Retry-After says, gives up
after a bounded number of attempts and seconds, and turns whatever goes wrong into `core.errors`. It keeps no cookies.
It answers from a cache only where it was built with one, for enrichment; every refresh of a listing reaches the source.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Collection, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from email.message import Message
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

import httpx2
import stamina
import structlog

from adapters.sources.http import body as bodies
from adapters.sources.http.answers import GATEWAY, REDIRECTS, Offline, RawAnswer, RetryForbidden, check_status, foreign
from adapters.sources.http.cache import AnswerCache
from adapters.sources.http.lanes import Lane, Lanes
from adapters.sources.http.redirects import follow, host_of
from core.errors import BadFeed, BadSetting, Refused, Throttled, Unreachable
from core.ingest.listing import Validators

PROJECT: Final = "https://github.com/paperboy-bot/paperboy"
UNCONDITIONAL: Final = Validators()

_HOPS: Final = 4
#: seconds between two tries to connect: names and networks come back at once or not at all
_BRIEFLY_S: Final = 0.5
_SENDABLE: Final = re.compile(r"[ -~]*")
_LOGIN: Final = re.compile(r"//[^/?#]*@")
#: parts of a query that are secret
_SECRET: Final = re.compile(r"(?i)([?&][^=&]*(?:key|token|secret|password|signature|auth)[^=&]*=)[^&#]*")
_PROXIES: Final = (
    "HTTP_PROXY, HTTPS_PROXY and ALL_PROXY may name one that begins with http:// or https://, not with socks."
)
_CERTIFICATES: Final = "Check SSL_CERT_FILE and SSL_CERT_DIR."
_NOTHING_MORE: Final[Mapping[str, str]] = MappingProxyType({})

#: the authorities that TLS trusts, read once: that takes longer than the rest of making a client
authorities: Final = cache(httpx2.create_ssl_context)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer of a source."""

    #: 200, 304, or one of the statuses that the caller said it can read
    status: int
    #: decompressed; empty where nothing changed
    body: bytes
    #: for the next request
    validators: Validators
    #: the source says that nothing changed since the validators of the request
    is_unchanged: bool
    #: where the answer came from, after redirects; without a login, because links of the answer are read against it
    url: str
    #: the media type in lower case, without parameters
    content_type: str
    #: the encoding that came with the media type; empty where none did
    charset: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Errand:
    """What one call of `get` asks for, wherever redirects lead it."""

    headers: Mapping[str, str]
    #: statuses whose body the caller can read
    readable: Collection[int]
    max_bytes: int
    #: answers may come from the cache
    is_cacheable: bool
    #: None for the client's own limits
    total_s: float | None


class PoliteClient:
    """Asks sources for documents; an async context manager that holds the connections.

    `pace_s` lies between the end of one answer and the next request to the same service, because only then is it
    certain that the source sees them that far apart; `paces` says otherwise by service (`arxiv.org` is all of arXiv)
    or by host. `pace_dir` lets several processes of one machine share that pace. `cache` is the file of an RFC 9111
    cache that may answer unconditional requests: for enrichment, never for listings. Making one raises BadSetting where
    the environment names a proxy or certificates that cannot be used.
    """

    def __init__(
        self,
        contact: str,
        version: str,
        *,
        pace_s: float = 3.0,
        paces: Mapping[str, float] = MappingProxyType({}),
        connect_s: float = 10.0,
        read_s: float = 20.0,
        total_s: float = 60.0,
        attempts: int = 4,
        patience_s: float = 45.0,
        max_bytes: int = 32 * 2**20,
        pace_dir: Path | None = None,
        cache: Path | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._connect_s = connect_s
        self._total_s = total_s
        self._attempts = attempts
        self._patience_s = patience_s
        self._max_bytes = max_bytes
        self._lanes = Lanes(pace_s, paces, pace_dir)
        self._cache = AnswerCache(cache) if cache else None
        try:
            self._http = httpx2.AsyncClient(
                verify=authorities(),
                transport=transport,
                timeout=httpx2.Timeout(read_s, connect=connect_s),
                limits=httpx2.Limits(max_keepalive_connections=4, max_connections=16),
                headers={"User-Agent": user_agent(contact, version), "Accept-Encoding": "gzip, deflate"},
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            )
        except (ImportError, ValueError, httpx2.InvalidURL) as error:
            # without httpx2's own words: they may repeat the proxy's password
            raise BadSetting("The proxy that the environment names cannot be used.", hint=_PROXIES) from error
        except OSError as error:
            raise BadSetting(
                "The certificates that the environment names cannot be read.", hint=_CERTIFICATES
            ) from error

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            await self._http.aclose()
        finally:
            if self._cache:
                await self._cache.aclose()

    async def get(
        self,
        url: str,
        *,
        accept: str,
        validators: Validators = UNCONDITIONAL,
        readable: Collection[int] = (),
        other_hosts: Collection[str] = (),
        headers: Mapping[str, str] = _NOTHING_MORE,
        max_bytes: int | None = None,
        total_s: float | None = None,
    ) -> Answer:
        """Fetch one document, conditionally on `validators`.

        Statuses other than 200 and 304 are errors, unless the caller can read the body of one and says so in
        `readable`. Redirects are followed on the same host, and to the hosts that `other_hosts` names: exactly, or
        `.example.org` for example.org and all its subdomains. `headers` are sent to the host of `url` only and never
        logged: a key may be among them. `max_bytes` is the most that is read, before and after decompression; `total_s`
        is how long one answer may take, for a source that is slow to begin.
        Raises Throttled, Unreachable, Refused, and BadFeed for an answer that is too large or cannot be decompressed.
        """
        current = first = _address(url)
        validators = _usable(validators)
        common = {"Accept": accept, **_conditions(validators)}
        for _ in range(_HOPS):
            at_home = host_of(current) == host_of(first)
            errand = _Errand(
                headers={**common, **(_sendable(headers) if at_home else _NOTHING_MORE)},
                readable=readable,
                max_bytes=self._max_bytes if max_bytes is None else max_bytes,
                is_cacheable=validators == UNCONDITIONAL,
                total_s=total_s,
            )
            answer = await self._with_retries(current, errand)
            if answer.status not in REDIRECTS or answer.status in readable:
                return _answer(answer, validators)
            location = answer.headers.get("Location", "")
            current = follow(current, location, status=answer.status, other_hosts=other_hosts)
        raise Refused(f"{current.host} sends us in circles.", status=answer.status)

    async def _with_retries(self, url: httpx2.URL, errand: _Errand) -> RawAnswer:
        lane = self._lanes.to(url)
        # a cached answer costs no request, and must not queue behind requests
        queue = nullcontext() if self._cache and errand.is_cacheable else lane.errand
        async with queue:
            return await self._ask_with_patience(url, errand, lane)

    async def _ask_with_patience(self, url: httpx2.URL, errand: _Errand, lane: Lane) -> RawAnswer:
        retries = stamina.retry_context(
            on=lambda error: self._may_retry(error, lane),
            attempts=self._attempts,
            timeout=self._patience_s,
            wait_initial=1.0,
            wait_max=10.0,
        )
        try:
            async for attempt in retries:
                with attempt:
                    answer = await self._ask_once(url, errand, lane)
        except (Throttled, Offline):
            lane.is_ailing = True
            raise
        return answer

    def _may_retry(self, error: Exception, lane: Lane) -> bool | float:
        if lane.is_ailing or lane.setbacks >= self._attempts:
            return False
        match error:
            case RetryForbidden():
                return False
            case Offline():
                return False if isinstance(error.__cause__, httpx2.ConnectTimeout) else _BRIEFLY_S
            case Throttled(retry_after_s=float(wait_s)):
                return wait_s if wait_s <= self._patience_s else False
            case Refused(status=status):
                return status in GATEWAY
        return isinstance(error, Throttled | Unreachable)

    async def _ask_once(self, url: httpx2.URL, errand: _Errand, lane: Lane) -> RawAnswer:
        async def ask(headers: Mapping[str, str]) -> RawAnswer:
            return await self._ask(url, headers, errand, lane)

        cache = self._cache if errand.is_cacheable else None
        answer = await (cache.get(url, errand.headers, ask) if cache else ask(errand.headers))
        try:
            return check_status(answer, errand.readable)
        except Throttled:
            lane.setbacks += 1
            raise

    async def _ask(self, url: httpx2.URL, headers: Mapping[str, str], errand: _Errand, lane: Lane) -> RawAnswer:
        async with lane.turn():
            began = time.monotonic()
            safe_url = _without_secrets(str(url))
            try:
                async with asyncio.timeout(errand.total_s or self._total_s):
                    answer = await self._receive(url, headers, errand)
            except (TimeoutError, httpx2.HTTPError) as error:
                _log.info("asked a source", method="GET", url=safe_url, error=type(error).__name__, ms=_ms(began))
                raise foreign(error, url) from error
        if answer.status in {200, 304, *errand.readable}:
            lane.recover()
        size = len(answer.body)
        _log.info("asked a source", method="GET", url=safe_url, status=answer.status, bytes=size, ms=_ms(began))
        return answer

    async def _receive(self, url: httpx2.URL, headers: Mapping[str, str], errand: _Errand) -> RawAnswer:
        patience = httpx2.Timeout(errand.total_s, connect=self._connect_s) if errand.total_s else self._http.timeout
        async with self._http.stream("GET", url, headers=dict(headers), timeout=patience) as response:
            body = b""
            if response.status_code == 200 or response.status_code in errand.readable:
                body = await bodies.read(response, errand.max_bytes)
            else:
                await bodies.skip(response)
        return RawAnswer(url=response.url, status=response.status_code, headers=response.headers, body=body)


def _ms(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def _without_secrets(address: str) -> str:
    """The address without a login and without keys."""
    return _SECRET.sub(r"\1...", _LOGIN.sub("//", address))


def user_agent(contact: str, version: str) -> str:
    """How Paperboy introduces itself: one line of ASCII, with somebody to write to."""
    reachable = re.sub(r"[^ -~]|[()]", "", contact).strip() or PROJECT
    return f"Paperboy/{version} (research paper chat bot; contact: {reachable})"


def _sendable(headers: Mapping[str, str]) -> Mapping[str, str]:
    for name, value in headers.items():
        if _SENDABLE.fullmatch(value) is None:
            raise Unreachable(f"The header {name} cannot be sent.", hint="Check the key in the settings.")
    return headers


def _usable(validators: Validators) -> Validators:
    """The validators without those that no request can repeat, such as one with letters that are not ASCII."""
    pair = (validators.etag, validators.last_modified)
    etag, moment = (value if value and _SENDABLE.fullmatch(value) else None for value in pair)
    return Validators(etag=etag, last_modified=moment)


def _conditions(validators: Validators) -> dict[str, str]:
    conditions = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in conditions.items() if value}


def _address(url: str) -> httpx2.URL:
    safe_url = _without_secrets(url)[:120]
    try:
        address = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError) as error:
        raise Unreachable(f"'{safe_url}' is not an address.", hint="Check the base URL in the settings.") from error
    if address.scheme in ("http", "https") and address.host:
        return address
    raise Unreachable(f"'{safe_url}' is neither http nor https.", hint="Check the base URL in the settings.")


def _answer(answer: RawAnswer, validators: Validators) -> Answer:
    is_unchanged = answer.status == 304
    if is_unchanged and validators == UNCONDITIONAL:
        raise BadFeed(f"{answer.url.host} says that nothing changed, but we had nothing.")
    earlier = validators if is_unchanged else UNCONDITIONAL
    headers = answer.headers
    return Answer(
        status=answer.status,
        body=b"" if is_unchanged else answer.body,
        validators=Validators(
            etag=headers.get("ETag") or earlier.etag,
            last_modified=headers.get("Last-Modified") or earlier.last_modified,
        ),
        is_unchanged=is_unchanged,
        url=str(answer.url.copy_with(userinfo=b"")),
        content_type=headers.get("Content-Type", "").partition(";")[0].strip().lower(),
        charset=_charset(headers.get("Content-Type", "")),
    )


def _charset(content_type: str) -> str:
    message = Message()
    message["Content-Type"] = content_type
    return str(message.get_content_charset(""))
