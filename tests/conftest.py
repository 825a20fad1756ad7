"""Fixtures that journeys share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.paperboy import Paperboy
from tests.replay import Replay


@pytest.fixture
def paperboy(tmp_path: Path) -> Paperboy:
    """The program in an empty place, with arXiv out of reach."""
    return Paperboy(tmp_path, {"PAPERBOY_SOURCES__ARXIV__BASE_URL": "http://127.0.0.1:9"})


@pytest.fixture
def replay() -> Iterator[Replay]:
    """arXiv as it was on a real day."""
    with Replay("2026-02-04") as server:
        yield server
