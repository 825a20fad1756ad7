"""Fixtures that journeys share, and how examples of laws are chosen."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.journeys.paperboy import Paperboy
from tests.replay import Replay

#: no example is wrong because the machine was busy; in CI the same ones are tried each time, elsewhere always new ones
settings.register_profile(
    "paperboy",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,  # noqa: TID251 - a switch of the tests, no setting of ours
)
settings.load_profile("paperboy")


@pytest.fixture
def paperboy(tmp_path: Path) -> Paperboy:
    """The program in an empty place, with arXiv out of reach."""
    return Paperboy(tmp_path, {"PAPERBOY_SOURCES__ARXIV__BASE_URL": "http://127.0.0.1:9"})


@pytest.fixture
def replay() -> Iterator[Replay]:
    """arXiv as it was on a real day."""
    with Replay("2026-02-04") as server:
        yield server
