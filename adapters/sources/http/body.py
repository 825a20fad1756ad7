"""Reads the body of a response within bounds, before and after decompression.

Called by the polite client only. Decompression goes in small steps that are counted one by one, so that a bomb never
takes more memory than the cap and one step. It never looks at the content.
"""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from typing import Final, Protocol

import httpx2

from core.errors import BadFeed, Unreachable

_STEP: Final = 2**16
#: members of one gzip file; block-compressed files have one per 64 KiB
_MEMBERS: Final = 4096
#: bytes that are read of an unwanted body, so that its connection can serve again
_MOST_SKIPPED: Final = 2**16
_SKIP_S: Final = 2.0


async def read(response: httpx2.Response, max_bytes: int) -> bytes:
    """The whole body, decompressed.

    Raises BadFeed where it is larger than `max_bytes` before or after decompression, or is compressed in a way that
    was not asked for, and Unreachable where the compressed stream breaks off.
    """
    host = response.url.host
    length = response.headers.get("Content-Length", "")
    if re.fullmatch(r"[0-9]+", length) and int(length[:20]) > max_bytes:
        raise _too_large(host, max_bytes)
    coding = _coding(response.headers, host)
    decompressor = coding()
    body, size = BytesIO(), 0
    async for chunk in _raw(response):
        size += len(chunk)
        for step in decompressor.steps(chunk):
            body.write(step)
            if body.tell() > max_bytes:
                raise _too_large(host, max_bytes)
        if size > max_bytes:
            raise _too_large(host, max_bytes)
    if not decompressor.whole:
        raise Unreachable(f"The answer of {host} breaks off in the middle of its compression.")
    return body.getvalue()  # hands over its own memory, where a bytearray would be copied


async def skip(response: httpx2.Response) -> None:
    """Read a short body that nobody wants; a longer or slower one is left unread."""
    remaining = _MOST_SKIPPED
    with suppress(httpx2.HTTPError, TimeoutError):
        async with asyncio.timeout(_SKIP_S):
            async for chunk in _raw(response):
                remaining -= len(chunk)
                if remaining < 0:
                    break


def _raw(response: httpx2.Response) -> httpx2.AsyncByteStream:
    """The body as it arrives, even of a response that a transport made from bytes."""
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    return response.stream


def _too_large(host: str, max_bytes: int) -> BadFeed:
    return BadFeed(f"The answer of {host} is larger than {max_bytes:,} bytes.")


class _Coding(Protocol):
    @property
    def whole(self) -> bool:
        """True where nothing is missing so far."""
        ...

    def steps(self, chunk: bytes) -> Iterator[bytes]:
        """What `chunk` decompresses to, in pieces of at most _STEP bytes."""
        ...


def _coding(headers: httpx2.Headers, host: str) -> type[_Coding]:
    codings = [coding.strip().lower() for coding in headers.get("Content-Encoding", "").split(",")]
    compressions = [coding for coding in codings if coding not in ("", "identity")]
    if not compressions:
        return _Plain
    if len(compressions) == 1 and compressions[0] in _CODINGS:
        return _CODINGS[compressions[0]]
    names = re.sub(r"[^a-z0-9,-]", "", ",".join(compressions))[:40] or "unnamed"
    raise BadFeed(f"The answer of {host} is compressed in a way that was not asked for ({names}).")


class _Plain:
    whole = True

    def steps(self, chunk: bytes) -> Iterator[bytes]:
        yield chunk


class _Gzip:
    def __init__(self) -> None:
        self._member = _gzip_member()
        self._begun = False
        self._members = 1

    @property
    def whole(self) -> bool:
        return self._member.eof or not self._begun

    def steps(self, chunk: bytes) -> Iterator[bytes]:
        while chunk := chunk if not self._member.eof else self._next_member(chunk):
            self._begun = True
            yield from _inflate(self._member, chunk)
            if not self._member.eof:
                return
            chunk = self._member.unused_data

    def _next_member(self, chunk: bytes) -> bytes:
        """Begin another member, where `chunk` holds more than padding."""
        if remainder := chunk.lstrip(b"\0"):
            self._members += 1
            if self._members > _MEMBERS:
                raise httpx2.DecodingError("too many gzip members")
            self._member = _gzip_member()
        return remainder


class _Deflate:
    """HTTP's `deflate` is zlib's format; some servers send the bare stream inside it."""

    def __init__(self) -> None:
        self._head = b""
        self._stream: zlib._Decompress | None = None

    @property
    def whole(self) -> bool:
        return self._stream.eof if self._stream else not self._head

    def steps(self, chunk: bytes) -> Iterator[bytes]:
        if self._stream is None:
            chunk = self._head = self._head + chunk
            if len(chunk) < 2:
                return
            self._stream = zlib.decompressobj(zlib.MAX_WBITS if _has_zlib_header(chunk) else -zlib.MAX_WBITS)
        if not self._stream.eof:
            yield from _inflate(self._stream, chunk)


_CODINGS: Final[dict[str, type[_Coding]]] = {"gzip": _Gzip, "x-gzip": _Gzip, "deflate": _Deflate}


def _gzip_member() -> zlib._Decompress:
    return zlib.decompressobj(zlib.MAX_WBITS | 16)


def _has_zlib_header(begin: bytes) -> bool:
    """RFC 1950: method 8, and the two bytes are a multiple of 31."""
    return begin[0] & 0x0F == 8 and int.from_bytes(begin[:2], "big") % 31 == 0


def _inflate(stream: zlib._Decompress, chunk: bytes) -> Iterator[bytes]:
    try:
        while step := stream.decompress(chunk, _STEP):
            yield step
            chunk = stream.unconsumed_tail
    except zlib.error as error:
        raise httpx2.DecodingError(str(error)) from error
