"""A line from a process to the database server, which a test can cut and mend: TCP here, the server's socket there."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs, urlsplit, urlunsplit

_PATIENCE_S = 30.0


class Line:
    """Passes on what both sides say, in a thread of its own. Use as a context manager."""

    def __init__(self, url: str) -> None:
        """`url`: of a database on a server that listens on a Unix socket."""
        self._url = url
        folder = parse_qs(urlsplit(url).query)["host"][0]
        self._socket = Path(folder) / ".s.PGSQL.5432"
        self._loop = asyncio.new_event_loop()
        self._writers: set[asyncio.StreamWriter] = set()
        self._is_cut = False
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="line", daemon=True)
        self._port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(_PATIENCE_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(_PATIENCE_S)

    @property
    def url(self) -> str:
        """The same database at this end of the line."""
        parts = urlsplit(self._url)
        return urlunsplit(parts._replace(netloc=f"postgres@127.0.0.1:{self._port}", query=""))

    def cut(self) -> None:
        """End every connection, and let none through until it is mended; from any thread."""
        self._is_cut = True
        self._loop.call_soon_threadsafe(self._hang_up)

    def mend(self) -> None:
        """Let connections through again."""
        self._is_cut = False

    def _hang_up(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    def _serve(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._run())

    async def _run(self) -> None:
        self._end = asyncio.Event()
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._end.wait()
        server.close()
        self._hang_up()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        from_server, to_server = await asyncio.open_unix_connection(self._socket)
        ends = {writer, to_server}
        self._writers |= ends
        with suppress(asyncio.CancelledError):  # the end of the test
            async with asyncio.TaskGroup() as group:
                group.create_task(_pass_on(reader, to_server))
                group.create_task(_pass_on(from_server, writer))
        self._writers -= ends


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
