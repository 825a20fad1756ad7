"""What broke a connection, in words that an operator can act on, for every platform's SDK alike.

SDKs wrap what the network did in exceptions of their own; the first of a chain that says something is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_DNS: Final = "its name cannot be looked up: check this machine's network and its DNS"
_CERTIFICATE: Final = "its certificate is not accepted: check this machine's clock and what inspects its traffic"
_PROXY: Final = "the proxy does not let us through: check the proxy's address and its rights"
_REFUSAL: Final = "nothing accepts connections there: check its address and the firewall"
_BROKEN: Final = "the connection broke off"
_SLOW: Final = "it did not answer in time"

#: names of exceptions, of the standard library, aiohttp, httpx and httpcore; the more telling ones first
_MEANINGS: Final = (
    (_DNS, ("gaierror", "ClientConnectorDNSError")),
    (_CERTIFICATE, ("SSLError", "CertificateError", "ClientSSLError", "ClientConnectorCertificateError")),
    (_PROXY, ("ClientProxyConnectionError", "ClientHttpProxyError", "ProxyError")),
    (_SLOW, ("TimeoutError", "ServerTimeoutError", "TimeoutException")),
    (_REFUSAL, ("ClientConnectorError", "ConnectionRefusedError", "ConnectError")),
    (_BROKEN, ("ServerDisconnectedError", "ClientPayloadError", "RemoteProtocolError", "ReadError", "WriteError")),
    (_BROKEN, ("ClientOSError", "ConnectionResetError", "BrokenPipeError")),
)


def network_trouble(error: BaseException) -> str:
    """What happened and what to look at, with the exception's own name; the name alone where that is all we know."""
    kinds = frozenset(kind.__name__ for cause in _chain(error) for kind in type(cause).__mro__)
    meaning = next((words for words, names in _MEANINGS if not kinds.isdisjoint(names)), "")
    name = type(error).__name__
    return f"{meaning} ({name})" if meaning else name


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and what it was made of, a few steps deep."""
    cause: BaseException | None = error
    for _ in range(8):
        if cause is None:
            return
        yield cause
        os_error = getattr(cause, "os_error", None)  # aiohttp keeps it there
        cause = cause.__cause__ or (os_error if isinstance(os_error, BaseException) else cause.__context__)
