"""The one polite HTTP client: every source asks through it, and only through it.

It names itself, asks conditionally, and keeps no cookies. Layers around one network client do the rest, each in a
module of its own; `PoliteClient.__init__` puts them together: redirects, cache, queue, retry, pace. Whatever goes wrong
is one of `core.errors`. The cache serves enrichment only; every refresh of a listing reaches the source.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

import httpx2

from adapters.sources.http.answers import Request
from adapters.sources.http.cache import AnswerCache
from adapters.sources.http.exchange import exchange, without_secrets
from adapters.sources.http.lanes import Lanes, pace, queue
from adapters.sources.http.redirects import follow_redirects
from adapters.sources.http.retry import retry
from core.errors import BadFeed, BadSetting, Unreachable
from core.ingest.listing import Validators

PROJECT: Final = "https://github.com/paperboy-bot/paperboy"
UNCONDITIONAL: Final = Validators()

_SENDABLE: Final = re.compile(r"[ -~]*")
_PROXIES: Final = (
    "HTTP_PROXY, HTTPS_PROXY and ALL_PROXY may name one that begins with http:// or https://, not with socks."
)
_CERTIFICATES: Final = "Check SSL_CERT_FILE and SSL_CERT_DIR."
_NOTHING_MORE: Final[Mapping[str, str]] = MappingProxyType({})

#: the authorities that TLS trusts, read once: that takes longer than the rest of making a client
authorities: Final = cache(httpx2.create_ssl_context)


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
        self._read_s = read_s
        self._total_s = total_s
        self._max_bytes = max_bytes
        self._cache = AnswerCache(cache) if cache else None
        try:
            self._http = httpx2.AsyncClient(
                verify=authorities(),
                transport=transport,
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
        lanes = Lanes(pace_s, paces, pace_dir)
        # the layers from the network outwards: a retry keeps the pace, and a fresh answer waits for nobody
        ask = exchange(self._http, connect_s)
        ask = pace(ask, lanes)
        ask = retry(ask, lanes, attempts=attempts, patience_s=patience_s)
        ask = queue(ask, lanes)
        ask = self._cache.over(ask) if self._cache else ask
        self._ask = follow_redirects(ask)

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
        conditions = _conditions(validators)
        request = Request(
            url=_address(url),
            headers={"Accept": accept, **conditions},
            private_headers=_sendable(headers),
            is_conditional=bool(conditions),
            readable=readable,
            other_hosts=other_hosts,
            max_bytes=self._max_bytes if max_bytes is None else max_bytes,
            read_s=total_s or self._read_s,
            total_s=total_s or self._total_s,
        )
        return _answer(await self._ask(request), validators if conditions else UNCONDITIONAL)


def user_agent(contact: str, version: str) -> str:
    """How Paperboy introduces itself: one line of ASCII, with somebody to write to."""
    reachable = re.sub(r"[^ -~]|[()]", "", contact).strip() or PROJECT
    return f"Paperboy/{version} (research paper chat bot; contact: {reachable})"


def _sendable(headers: Mapping[str, str]) -> Mapping[str, str]:
    for name, value in headers.items():
        if _SENDABLE.fullmatch(value) is None:
            raise Unreachable(f"The header {name} cannot be sent.", hint="Check the key in the settings.")
    return headers


def _conditions(validators: Validators) -> dict[str, str]:
    """The headers, without those that no request can repeat, such as one with letters that are not ASCII."""
    conditions = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in conditions.items() if value and _SENDABLE.fullmatch(value)}


def _address(url: str) -> httpx2.URL:
    safe_url = without_secrets(url)[:120]
    try:
        address = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError) as error:
        raise Unreachable(f"'{safe_url}' is not an address.", hint="Check the base URL in the settings.") from error
    if address.scheme in ("http", "https") and address.host:
        return address
    raise Unreachable(f"'{safe_url}' is neither http nor https.", hint="Check the base URL in the settings.")


def _answer(answer: httpx2.Response, validators: Validators) -> Answer:
    is_unchanged = answer.status_code == 304
    if is_unchanged and validators == UNCONDITIONAL:
        raise BadFeed(f"{answer.url.host} says that nothing changed, but we had nothing.")
    earlier = validators if is_unchanged else UNCONDITIONAL
    headers = answer.headers
    return Answer(
        status=answer.status_code,
        body=b"" if is_unchanged else answer.content,
        validators=Validators(
            etag=headers.get("ETag") or earlier.etag,
            last_modified=headers.get("Last-Modified") or earlier.last_modified,
        ),
        is_unchanged=is_unchanged,
        url=str(answer.url.copy_with(userinfo=b"")),
        content_type=headers.get("Content-Type", "").partition(";")[0].strip().lower(),
        charset=answer.charset_encoding or "",
    )
