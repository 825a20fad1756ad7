"""The contract of `Store` for operating: processes, claims, alerts; over every store there is."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from core.converse.ports import Store
from core.operate.alerts import Alert
from core.operate.services import Claim, Health, Hearing, Origin, PlatformState, Service
from tests.fakes.ledger import DAILY, subscribed
from tests.fakes.papers import AT, DAY

MINUTE = timedelta(minutes=1)


def an_origin(id: str = "one", *, pid: int = 7) -> Origin:
    return Origin(id=id, host="attic", pid=pid, machine="boot/4026531836")


def a_service(id: str = "one") -> Service:
    hearing = Hearing(open=2, total=3, silent_servers=800, problem="It is closed.", lost_since=AT)
    detail = "@paperboy \0 “here”"
    state = PlatformState(health=Health.CONNECTED, detail=detail, since=AT, failures=2, hearing=hearing)
    return Service(
        origin=an_origin(id), version="0.1.0", started_at=AT, seen_at=AT, platforms=(("slack", state),), revision="0039"
    )


def a_claim(id: str = "one", *, installation: str = "slack", minutes: int = 0) -> Claim:
    since = AT + minutes * MINUTE
    return Claim(installation=installation, origin=an_origin(id), since=since, until=since + 1.5 * MINUTE)


class TestServices:
    async def test_a_process_is_kept_whole(self, store: Store) -> None:
        """Every field of a process is read back as it was written last, in UTC."""
        await store.save_service(a_service())
        seen = replace(a_service(), seen_at=AT + MINUTE, platforms=())
        await store.save_service(seen)
        other = replace(a_service("two"), started_at=AT - MINUTE)
        await store.save_service(other)
        kept = replace(other, platforms=(("slack", replace(other.platforms[0][1], detail="@paperboy \0 “here”")),))
        assert await store.services() == (kept, seen)

    async def test_a_process_is_forgotten(self, store: Store) -> None:
        """One that stops takes its row with it, and one that died goes when it is old."""
        for id, minutes in (("one", 0), ("two", 5), ("three", 9)):
            await store.save_service(replace(a_service(id), seen_at=AT + minutes * MINUTE))
        await store.remove_service("two")
        assert await store.forget_services(before=AT + MINUTE) == 1
        assert [one.origin.id for one in await store.services()] == ["three"]

    async def test_connections_are_counted(self, store: Store) -> None:
        """A server tells how many connections it has and gives; a file has none."""
        connections = await store.connections()
        assert connections is None or 0 < connections.used <= connections.most


class TestClaims:
    async def test_one_process_serves_an_installation(self, store: Store) -> None:
        """Whoever claims first has it and may renew it; another one hears who has it and since when."""
        assert await store.claim_installation(a_claim(), at=AT) == a_claim()
        later = AT + MINUTE
        assert await store.claim_installation(a_claim("two", minutes=1), at=later) == a_claim()
        renewed = await store.claim_installation(a_claim(minutes=1), at=later)
        assert renewed == replace(a_claim(), until=later + 1.5 * MINUTE)
        other = a_claim("two", installation="discord")
        assert await store.claim_installation(other, at=AT) == other
        assert await store.claims() == (other, renewed)

    async def test_a_claim_runs_out(self, store: Store) -> None:
        """A claim that nobody renewed is free when its time is over, and its old holder hears who has it now."""
        await store.claim_installation(a_claim(), at=AT)
        taken = a_claim("two", minutes=2)
        assert await store.claim_installation(taken, at=AT + 2 * MINUTE) == taken
        assert await store.claim_installation(a_claim(minutes=3), at=AT + 3 * MINUTE - MINUTE) == taken

    async def test_a_claim_is_given_back(self, store: Store) -> None:
        """What is given back is free at once; giving back what another one has does nothing."""
        await store.claim_installation(a_claim(), at=AT)
        await store.release_installation("slack", "two")
        assert (await store.claim_installation(a_claim("two"), at=AT)).origin.id == "one"
        await store.release_installation("slack", "one")
        assert (await store.claim_installation(a_claim("two"), at=AT)).origin.id == "two"

    async def test_the_claim_of_the_dead_does_not_count(self, store: Store) -> None:
        """A process that is known to be dead is followed at once, and nobody else is."""
        await store.claim_installation(a_claim("dead"), at=AT)
        assert (await store.claim_installation(a_claim("two"), at=AT, instead_of="other")).origin.id == "dead"
        assert (await store.claim_installation(a_claim("two"), at=AT, instead_of="dead")).origin.id == "two"

    async def test_one_of_many_has_it(self, store: Store) -> None:
        """Of twenty that claim at once one succeeds, and all hear the same."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(store.claim_installation(a_claim(str(n)), at=AT)) for n in range(20)]
        assert len({task.result() for task in tasks}) == 1


class TestAlerts:
    async def test_the_id_of_a_database_is_that_of_its_digests(self, store: Store) -> None:
        """Keys of alerts and of digests begin alike in one database."""
        key = await store.delivery_key(await subscribed(store), DAY, DAILY)
        assert key.startswith(f"{await store.database_id()}/")

    async def test_an_alert_is_kept_whole(self, store: Store) -> None:
        """Every field of an alert is read back as it was written last, by key."""
        first = Alert(key="platform slack", sentence="slack is down: “no”.", since=AT)
        last = replace(first, told_at=AT, resolved_at=AT + MINUTE, resolution_told_at=AT + 2 * MINUTE)
        other = replace(first, key="disk")
        await store.save_alerts([first])
        await store.save_alerts([last, other])
        await store.save_alerts([])
        assert await store.alerts() == (other, last)

    async def test_old_alerts_are_dropped(self, store: Store) -> None:
        """What was over before a moment goes; what still is stays."""
        over = Alert(key="a", sentence="a", since=AT, resolved_at=AT)
        await store.save_alerts([over, replace(over, key="b", resolved_at=None)])
        assert await store.forget_alerts(before=AT + MINUTE) == 1
        assert [one.key for one in await store.alerts()] == ["b"]
