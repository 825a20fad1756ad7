import socket
import ssl

import aiohttp
import httpx
import pytest
from aiohttp.client_reqrep import ConnectionKey

from adapters.chat.network import network_trouble

_KEY = ConnectionKey("example.org", 443, True, True, None, None, None)


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (aiohttp.ClientConnectorDNSError(_KEY, OSError("x")), "its name cannot be looked up"),
        (aiohttp.ClientConnectorError(_KEY, ConnectionRefusedError()), "nothing accepts connections there"),
        (aiohttp.ClientConnectorError(_KEY, socket.gaierror()), "its name cannot be looked up"),
        (aiohttp.ClientConnectorCertificateError(_KEY, ssl.SSLCertVerificationError()), "its certificate"),
        (aiohttp.ClientProxyConnectionError(_KEY, OSError("x")), "the proxy"),
        (aiohttp.ServerDisconnectedError(), "the connection broke off"),
        (aiohttp.ConnectionTimeoutError(), "it did not answer in time"),
        (TimeoutError(), "it did not answer in time"),
        (caused(httpx.ConnectError("x"), socket.gaierror()), "its name cannot be looked up"),
        (httpx.ConnectError("x"), "nothing accepts connections there"),
        (httpx.ReadTimeout("x"), "it did not answer in time"),
        (httpx.RemoteProtocolError("x"), "the connection broke off"),
    ],
)
def test_what_broke_a_connection(error: Exception, words: str) -> None:
    """Whatever an SDK calls it, people read what happened, and the exception's own name beside it."""
    assert network_trouble(error).startswith(words)
    assert network_trouble(error).endswith(f"({type(error).__name__})")


def test_an_unknown_error_is_named() -> None:
    """What we know nothing of is named, and nothing is guessed."""
    assert network_trouble(KeyError("x")) == "KeyError"
