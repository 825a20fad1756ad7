"""Several processes on one PostgreSQL database: who connects, who plans, who sends, and what happens when one dies."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.journeys.paperboy import until
from tests.journeys.town import CHANNELS, PAPERS, a_town
from tests.storage.line import Line
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


async def test_a_network_that_fails_in_the_middle_of_a_send(postgres: Postgres, tmp_path: Path) -> None:
    """A service that loses the database just when a platform has stored a message goes on when it is back.

    It says so in a sentence, and posts nothing twice.
    """
    async with a_town(postgres, tmp_path) as town:
        with Line(town.url) as line:

            def fail(number: int, when: str) -> None:
                if (number, when) == (CHANNELS, "stored"):
                    line.cut()

            town.slack.on_message = fail
            service = town.start("run", "--no-terminal", PAPERBOY_DATABASE_URL=line.url)
            town.wait(CHANNELS)
            until(lambda: not town.connections(), service)
            line.mend()
            town.outlive(list(town.workers()))
            town.later_gateway()
            town.wait_for_all()
            said, _ = town.stop()
            town.check()
    assert "The database server of 127.0.0.1" in said
