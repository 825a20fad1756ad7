"""Reads the body of a response within bounds, before and after decompression.

Called by `exchange` only. Decompression goes in small steps that are counted one by one, so that a bomb never takes
more memory than the cap and one step. httpx2's own decoders read one gzip member only, do not see that a stream breaks
off, and fail on a bare deflate stream whose first packet is one byte. This module never looks at the content.
"""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from typing import Final

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
    too_large = BadFeed(f"The answer of {host} is larger than {max_bytes:,} bytes.")
    length = response.headers.get("Content-Length", "")
    if re.fullmatch(r"[0-9]+", length) and int(length[:20]) > max_bytes:
        raise too_large
    inflater = _inflater(response.headers, host)
    body, size = BytesIO(), 0
    async for chunk in _raw(response):
        size += len(chunk)
        for step in inflater.steps(chunk) if inflater else (chunk,):
            body.write(step)
            if body.tell() > max_bytes:
                raise too_large
        if size > max_bytes:
            raise too_large
    if inflater and not inflater.is_whole:
        raise Unreachable(f"The answer of {host} breaks off in the middle of its compression.")
    return body.getvalue()  # hands over its own memory, where a bytearray would be copied


async def skip(response: httpx2.Response) -> bytes:
    """Read a short body that nobody wants; a longer or slower one is left unread. Returns nothing of it."""
    remaining = _MOST_SKIPPED
    with suppress(httpx2.HTTPError, TimeoutError):
        async with asyncio.timeout(_SKIP_S):
            async for chunk in _raw(response):
                remaining -= len(chunk)
                if remaining < 0:
                    break
    return b""


def _raw(response: httpx2.Response) -> httpx2.AsyncByteStream:
    """The body as it arrives, even of a response that a transport made from bytes."""
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    return response.stream


def _inflater(headers: httpx2.Headers, host: str) -> _Inflater | None:
    """What decompresses the body; None where it is not compressed. Raises BadFeed."""
    codings = [coding.strip().lower() for coding in headers.get("Content-Encoding", "").split(",")]
    match [coding for coding in codings if coding not in ("", "identity")]:
        case []:
            return None
        case ["gzip" | "x-gzip" | "deflate" as coding]:
            return _Inflater(is_gzip=coding != "deflate")
        case compressions:
            names = re.sub(r"[^a-z0-9,-]", "", ",".join(compressions))[:40] or "unnamed"
            raise BadFeed(f"The answer of {host} is compressed in a way that was not asked for ({names}).")


class _Inflater:
    """Decompresses the members of a gzip file, or one deflate stream, packet by packet."""

    def __init__(self, *, is_gzip: bool) -> None:
        self._is_gzip = is_gzip
        self._member: zlib._Decompress | None = None
        self._members = 0
        #: too few bytes to begin a member with
        self._head = b""

    @property
    def is_whole(self) -> bool:
        """True where nothing is missing so far."""
        return not self._head and (self._member is None or self._member.eof)

    def steps(self, packet: bytes) -> Iterator[bytes]:
        """What `packet` decompresses to, in pieces of at most _STEP bytes. Raises httpx2.DecodingError."""
        chunk, self._head = self._head + packet, b""
        try:
            while chunk:
                if self._member is None or self._member.eof:
                    if self._member:  # padding of a gzip file; whatever comes after a deflate stream
                        chunk = chunk.lstrip(b"\0") if self._is_gzip else b""
                    if len(chunk) < 2:
                        self._head = chunk
                        return
                    self._member = self._begin(chunk)
                while step := self._member.decompress(chunk, _STEP):
                    yield step
                    chunk = self._member.unconsumed_tail
                chunk = self._member.unused_data
        except zlib.error as error:
            raise httpx2.DecodingError(str(error)) from error

    def _begin(self, chunk: bytes) -> zlib._Decompress:
        self._members += 1
        if self._members > _MEMBERS:
            raise httpx2.DecodingError("too many gzip members")
        if self._is_gzip:
            return zlib.decompressobj(zlib.MAX_WBITS | 16)
        # HTTP's deflate is zlib's format (RFC 1950: method 8, a multiple of 31); some servers send the bare stream
        has_header = chunk[0] & 0x0F == 8 and int.from_bytes(chunk[:2], "big") % 31 == 0
        return zlib.decompressobj(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)
