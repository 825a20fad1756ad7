"""Fixtures that journeys share, and how examples of laws are chosen."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Connection, Engine, event

from tests import processes
from tests import replay as replay_servers
from tests.journeys import warm
from tests.journeys.paperboy import Paperboy
from tests.replay import Replay
from tests.soak import IS_SOAK
from tests.storage.postgres import Postgres, running

#: no example is wrong because the machine was busy; in CI the same ones are tried each time, elsewhere always new ones;
#: laws that need others than the usual number of examples say so
settings.register_profile(
    "paperboy",
    max_examples=500 if IS_SOAK else 40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,  # noqa: TID251 - a switch of the tests, no setting of ours
)
settings.load_profile("paperboy")


# What a worker loads is never garbage; to search that half a gigabyte again and again takes a tenth of its CPU.
gc.disable()


def pytest_collection_finish() -> None:
    """Leave what was loaded out of the search for garbage."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Deal what waits for processes to a third of the workers, long proofs first, and the rest to the others.

    So there is always something that computes beside what waits. Workers that run dry take over from the others.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))  # noqa: TID251 - how the tests run, no setting of ours
    lanes = max(1, workers // 3)
    waiting = sorted(filter(_is_journey, items), key=lambda item: item.get_closest_marker("slow") is None)
    rest = [item for item in items if not _is_journey(item)]
    share = -(-len(items) // workers)
    dealt: list[pytest.Item] = []
    for worker in range(workers):
        first = waiting[worker::lanes] if worker < lanes else []
        room = share - len(first)
        dealt += [*first, *rest[:room]]
        rest = rest[room:]
    items[:] = dealt


def _is_journey(item: pytest.Item) -> bool:
    return "journeys" in item.path.parts or item.get_closest_marker("slow") is not None


class Compilations(dict[tuple[Any, ...], Any]):
    """Statements that were compiled for any database of a kind: tests ask their own databases the same ones."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        """By the kind in place of the dialect of one engine."""
        return super().get((type(key[0]), *key[1:]), default)

    def __setitem__(self, key: tuple[Any, ...], compilation: Any) -> None:
        super().__setitem__((type(key[0]), *key[1:]), compilation)


_COMPILATIONS = Compilations()


@event.listens_for(Engine, "engine_connect")
def share_compilations(connection: Connection) -> None:
    """Compile each statement once, and not once in each test: that takes a tenth of their time."""
    connection.execution_options(compiled_cache=_COMPILATIONS)


@pytest.fixture(scope="session", autouse=True)
def processes_end() -> Iterator[None]:
    """Stop the servers that the tests of this process have shared; then nothing that they started may run."""
    processes.mark()
    yield
    replay_servers.stop_idle()
    warm.stop_idle()
    commands = processes.left_behind()
    assert not commands, "tests left processes behind:\n" + "\n".join(commands)


@pytest.fixture
def paperboy(tmp_path: Path) -> Paperboy:
    """The program in an empty place, with arXiv out of reach."""
    return Paperboy(tmp_path, {"PAPERBOY_SOURCES__ARXIV__BASE_URL": "http://127.0.0.1:9"})


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server; it starts when the first test asks for it."""
    with running() as server:
        yield server


@pytest.fixture
def replay() -> Iterator[Replay]:
    """arXiv as it was on a real day."""
    with Replay("2026-02-04") as server:
        yield server
