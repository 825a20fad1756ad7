"""What the layers of the polite client exchange, and the statuses and errors that become one of `core.errors`.

Pure; used within this package only. It never reads a body and never decides whether to ask again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

import httpx2

from adapters.headers import retry_after_s
from core.errors import BadFeed, Refused, SourceError, Throttled, Unreachable

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
#: answers of a gateway whose source may be back in a moment
GATEWAY: Final = frozenset({502, 504})

#: answers that a source gives while it is busy
_BUSY: Final = frozenset({429, 503})
#: arXiv throttles with these as well; asking again at once would make it worse
_NO_RETRY: Final = frozenset({403, 406})


class RetryForbidden(Throttled):
    """Throttled with a status after which asking again now would make it worse."""


class Offline(Unreachable):
    """There was no connection: the source saw no request, so that neither pace nor patience is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One GET request to a source."""

    url: httpx2.URL
    headers: Mapping[str, str]
    #: sent to the host of `url` only and never logged: a key may be among them
    private_headers: Mapping[str, str]
    #: the request is conditional on something that the caller has
    is_conditional: bool
    #: statuses whose body the caller can read
    readable: Collection[int]
    #: hosts that a redirect may lead to, beside that of `url`
    other_hosts: Collection[str]
    #: of the body, before and after decompression
    max_bytes: int
    #: between two packets, in seconds
    read_s: float
    #: for the whole answer, in seconds
    total_s: float


#: asks a source, and reads its answer to the end. Each layer of the client takes one, and is another one.
Ask = Callable[[Request], Awaitable[httpx2.Response]]


def is_redirect(answer: httpx2.Response, readable: Collection[int]) -> bool:
    """True where an answer leads elsewhere, and the caller does not read it."""
    return answer.status_code in REDIRECTS and answer.status_code not in readable


def check_status(answer: httpx2.Response, readable: Collection[int]) -> httpx2.Response:
    """Return an answer, a redirect or a `readable` status as it is. Raises Throttled or Refused for others."""
    status, host = answer.status_code, answer.url.host
    if status in (200, 304) or status in REDIRECTS or status in readable:
        return answer
    wait_s = retry_after_s(answer.headers.get("Retry-After", ""), date=answer.headers.get("Date", ""))
    if status in _BUSY | _NO_RETRY:
        when = "later" if wait_s is None else f"in {wait_s:.0f} s"
        kind = RetryForbidden if status in _NO_RETRY else Throttled
        raise kind(f"{host} asks us to come back {when} (HTTP {status}).", retry_after_s=wait_s)
    raise Refused(f"{host} refused the request (HTTP {status}).", status=status)


def foreign(error: Exception, url: httpx2.URL) -> SourceError:
    """The one table from httpx2's errors to ours, for a request to `url`."""
    # a port that is not the scheme's own is most likely a mirror's, or a typing error in the settings
    host = url.host if url.port is None else url.netloc.decode("ascii")
    match error:
        case httpx2.ConnectTimeout() | httpx2.ConnectError():
            return Offline(f"{host} cannot be reached.", hint="Check the network connection.")
        case httpx2.ProxyError():
            return Unreachable(f"The proxy on the way to {host} does not let us through.", hint="Check HTTPS_PROXY.")
        case TimeoutError() | httpx2.TimeoutException():
            return Unreachable(f"{host} did not answer in time.")
        case httpx2.DecodingError():
            return BadFeed(f"The answer of {host} cannot be decompressed.")
        case httpx2.UnsupportedProtocol() | httpx2.LocalProtocolError():
            # without httpx2's own words: they would repeat a header, and a header may be a key
            return Unreachable(f"{host} cannot be asked that.", hint="Check the base URL in the settings.")
    return Unreachable(f"The connection to {host} broke off.")
