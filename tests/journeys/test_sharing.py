"""Several processes on one PostgreSQL database: who connects, who plans, who sends, and what happens when one dies."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.journeys.town import CHANNELS, PAPERS, a_town
from tests.storage.postgres import Postgres


async def test_a_gateway_and_a_worker_deliver_once(postgres: Postgres, tmp_path: Path) -> None:
    """A worker plans and a gateway sends: every channel has its digest once, and each process is on record."""
    async with a_town(postgres, tmp_path) as town:
        town.gateway()
        town.worker()
        town.wait(CHANNELS * (PAPERS + 1))
        status = town.paperboy("status", "--json").json
        town.stop()
        town.check()
    assert Counter(service["role"] for service in status["services"]) == {"gateway": 1, "worker": 1}
    assert not any(queue["given_up"] for queue in status["jobs"])
