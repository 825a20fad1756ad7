"""The three stand-ins in a process of their own (`tests.standins.busy`): their work is not measured with ours."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any


class Apart:
    """The process, and where its stand-ins are."""

    def __init__(self, child: asyncio.subprocess.Process, where: dict[str, Any]) -> None:
        self._child = child
        #: addresses by platform: for Discord of the API and of the gateway
        self.where = where

    def ask(self) -> None:
        """Let people ask from now on."""
        assert self._child.stdin
        self._child.stdin.write(b"ask\n")

    async def seen(self) -> dict[str, Any]:
        """What each stand-in saw, by platform; ends the questions."""
        assert self._child.stdin
        assert self._child.stdout
        self._child.stdin.write(b"tell\n")
        told: dict[str, Any] = json.loads(await self._child.stdout.readline())
        return told


@asynccontextmanager
async def standins_apart(stretch: float, *channels: int) -> AsyncIterator[Apart]:
    """Serve them until the end of the block; arguments as those of `tests.standins.busy`."""
    arguments = ["-m", "tests.standins.busy", str(stretch), *map(str, channels)]
    pipe = subprocess.PIPE
    child = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdin=pipe, stdout=pipe, limit=100_000_000)
    assert child.stdin
    assert child.stdout
    try:
        yield Apart(child, json.loads(await child.stdout.readline()))
    finally:
        child.stdin.close()
        await child.wait()
