"""Memory that is free goes back to the system."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from bot.operation import heap

#: small enough for the heap, in bytes
_PIECE = 100_000
_PIECES = 400


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4_096


@pytest.mark.skipif(not (heap._trim() and Path("/proc/self/statm").exists()), reason="needs glibc and Linux")
async def test_free_memory_is_given_back() -> None:
    """What lies below something that lives on is given back as well, once it is free."""
    pieces = [b"x" * _PIECE for _ in range(_PIECES)]
    full, pin = _resident(), pieces[-1]
    pieces.clear()
    gc.collect()
    await heap.give_back()
    assert full - _resident() > _PIECE * _PIECES // 2
    assert len(pin) == _PIECE
