"""Databases that cannot be used, or not now: each is one clear sentence, and nothing is half-written."""

from __future__ import annotations

import inspect
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.channels import Absence, ChannelMoved, ChannelRef, Subscription, UserRef
from core.converse.feedback import Feedback
from core.converse.ports import Store, WaitingUpdate
from core.deliver.batches import Batches
from core.deliver.ledger import Delivery, DeliveryKind, Failure
from core.deliver.schedule import DueDay, decide
from core.errors import (
    AbsenceReason,
    BadSetting,
    StoreBroken,
    StoreError,
    StoreFull,
    StoreLocked,
    StoreReadOnly,
    StoreTooNew,
)
from core.ingest.state import Backfill, Report, SourceState, State
from core.operate.alerts import Alert
from core.operate.services import Claim, Origin, Service
from core.papers.identifiers import PaperId
from core.papers.paper import Summary
from core.papers.search import parse_query
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling, Reaction
from core.summarise.ports import Purpose, Usage
from storage.store import SqlStore
from tests.fakes.files import contents, locked, run, shorten, spoil, unwritable
from tests.fakes.ledger import CHANNEL, LEASE, READER, a_delivery_plan, finished, listed, planned, subscribed
from tests.fakes.papers import AT, DAY, a_listing, a_paper

Act = Callable[[Store], Awaitable[object]]


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A database with something of everything in it, closed."""
    path = tmp_path / "paperboy.db"
    async with SqlStore(f"sqlite:///{path}").opened() as store:
        await subscribed(store)
        await listed(store, [1, 2, 3])
        await store.add(a_listing([_MERGED]), at=AT)
        await finished(store, [1], kept=[2])
        await planned(store, [3], days=1)
        await store.add_bookmark("slack:T1/A", a_paper(1).id, str(CHANNEL), at=AT, public=True)
        await store.add_feedback(_feedback(Feeling.MORE))
        await store.park_reaction(_early("parked"), at=AT, since=AT)
        await store.save_source_state(replace(_STATE, scope="cs.LG"), report=_REPORT)
        await store.save_backfill(_BACKFILL, at=AT)
        await _record(store, days=2)
        await store.take_updates("telegram:1", [WaitingUpdate(number=1, content="{}")], at=AT)
        await store.save_service(_SERVICE)
        await store.claim_installation(_CLAIM, at=AT)
        await store.save_alerts([_ALERT])
    return path


def _early(message: str) -> Reaction:
    user, unknown = UserRef("slack", "T1", "A"), MessageRef(CHANNEL, message)
    return Reaction(user=user, message=unknown, feeling=Feeling.BOOKMARK, added=True)


def _feedback(feeling: Feeling) -> Feedback:
    user = UserRef("slack", "T1", "A")
    return Feedback(user=user, paper=a_paper(1).id, feeling=feeling, where=CHANNEL, at=AT, public=True)


async def _take_back(store: Store) -> None:
    one = _feedback(Feeling.MORE)
    await store.remove_feedback(one.user, one.paper, one.feeling, one.where)


async def _of(store: Store, days: int) -> Delivery:
    """The delivery that is sending (1)."""
    found = await store.delivery(READER, DAY + timedelta(days=days), DeliveryKind.DAILY)
    assert found is not None
    return found


async def _intend(store: Store) -> None:
    delivery = await _of(store, 1)
    await store.intend(delivery, delivery.plan[0].key, at=AT, lease=LEASE)


async def _sent(store: Store) -> None:
    delivery = await _of(store, 1)
    await store.sent(delivery, delivery.plan[1].key, MessageRef(CHANNEL, "x"), at=AT)


async def _save_plan(store: Store) -> None:
    plan = await a_delivery_plan(store, [2], kind=DeliveryKind.LISTING)
    await store.save_plan(plan, at=AT, lease=LEASE)


async def _claim(store: Store) -> None:
    await store.claim_delivery(await _of(store, 1), at=AT + timedelta(days=9), lease=LEASE)


async def _renew(store: Store) -> None:
    await store.renew_lease(await _of(store, 1), at=AT, lease=LEASE)


async def _release(store: Store) -> None:
    await store.release_delivery(await _of(store, 1), at=AT)


async def _record(store: Store, days: int = 5) -> None:
    (look,) = await store.looks(CHANNEL)
    looked = decide(look, Batches(arrived=frozenset(), missing=()), AT)
    due = DueDay(day=DAY + timedelta(days=days), due_at=AT, opened_at=AT)
    await store.record_looks([replace(looked, days=(due,))])


async def _close(store: Store) -> None:
    await store.close_delivery(await _of(store, 1), at=AT, failure=Failure(kind="ChatError", sentence="No."))


async def _finish(store: Store) -> None:
    delivery = await _of(store, 1)
    await store.finish_delivery(delivery, at=AT)


_MERGED = a_paper(1, id=PaperId("doi", "10.1000/invented"), identifiers=(a_paper(1).id,))


_SUMMARY = Summary(paper=a_paper(1).id, version=1, language="en", gist="It counts.", made_by="extract")
_STATE = SourceState(source="arxiv", scope="cs.CL", state=State.QUIET, checked_at=AT)
_REPORT = Report(source="arxiv", scope="cs.LG", state=State.QUIET)
_BACKFILL = Backfill(source="arxiv", scope="cs.CL", since=DAY, until=DAY)
_ORIGIN = Origin(id="one", host="attic", pid=7, machine="boot")
_SERVICE = Service(origin=_ORIGIN, version="0.1.0", started_at=AT, seen_at=AT, platforms=())
_CLAIM = Claim(installation="slack", origin=_ORIGIN, since=AT, until=AT + timedelta(minutes=1))
_ALERT = Alert(
    key="platform slack", sentence="It is down.", since=AT, resolved_at=AT, resolution_told_at=AT, told_at=AT
)

#: every way to write
WRITES: dict[str, Act] = {
    "add": lambda store: store.add(a_listing([a_paper(n, abstract="many words " * 50) for n in range(300)]), at=AT),
    "split": lambda store: store.split(_MERGED.id, at=AT),
    "save_summaries": lambda store: store.save_summaries([_SUMMARY]),
    "record_usage": lambda store: store.record_usage(Usage(model="m"), purpose=Purpose.SUMMARY, channel=None, at=AT),
    "save_source_state": lambda store: store.save_source_state(_STATE),
    "forget_refreshes": lambda store: store.forget_refreshes(before=AT + timedelta(1)),
    "save_backfill": lambda store: store.save_backfill(replace(_BACKFILL, cursor="2"), at=AT),
    "forget_backfill": lambda store: store.forget_backfill(_BACKFILL),
    "mark_enriched": lambda store: store.mark_enriched("crossref", [a_paper(1).id], at=AT),
    "save_subscription": lambda store: store.save_subscription(Subscription(channel=CHANNEL, name="new"), at=AT),
    "remove_subscription": lambda store: store.remove_subscription(CHANNEL, READER.name),
    "save_plan": _save_plan,
    "change_subscriptions": lambda store: store.change_subscriptions(CHANNEL, lambda one: replace(one, size=3), at=AT),
    "lose_channel": lambda store: store.lose_channel(CHANNEL, Absence(reason=AbsenceReason.KICKED, since=AT)),
    "move_channel": lambda store: store.move_channel(
        ChannelMoved(channel=CHANNEL, to=ChannelRef("slack", "T1", "C9"), keeps_messages=True)
    ),
    "claim_looks": lambda store: store.claim_looks(at=AT + timedelta(days=9), until=AT + timedelta(days=10), limit=9),
    "record_looks": _record,
    "look_again": lambda store: store.look_again(at=AT - timedelta(days=9)),
    "forget_days": lambda store: store.forget_days(before=AT + timedelta(days=9)),
    "close_delivery": _close,
    "take_updates": lambda store: store.take_updates("telegram:1", [WaitingUpdate(number=2, content="{}")], at=AT),
    "waiting_updates": lambda store: store.waiting_updates("telegram:1", since=AT + timedelta(days=9)),
    "try_update": lambda store: store.try_update("telegram:1", 1),
    "update_done": lambda store: store.update_done("telegram:1", 1),
    "save_service": lambda store: store.save_service(replace(_SERVICE, version="0.2.0")),
    "remove_service": lambda store: store.remove_service(_ORIGIN.id),
    "forget_services": lambda store: store.forget_services(before=AT + timedelta(days=9)),
    "claim_installation": lambda store: store.claim_installation(replace(_CLAIM, installation="discord"), at=AT),
    "release_installation": lambda store: store.release_installation(_CLAIM.installation, _ORIGIN.id),
    "save_alerts": lambda store: store.save_alerts([replace(_ALERT, key="disk")]),
    "forget_alerts": lambda store: store.forget_alerts(before=AT + timedelta(days=9)),
    "claim_delivery": _claim,
    "renew_lease": _renew,
    "release_delivery": _release,
    "intend": _intend,
    "sent": _sent,
    "finish_delivery": _finish,
    "claim_digest_order": lambda store: store.claim_digest_order(CHANNEL, at=AT, since=AT),
    "remember_message": lambda store: store.remember_message(MessageRef(CHANNEL, "y"), [a_paper(1).id], at=AT),
    "add_bookmark": lambda store: store.add_bookmark("slack:T1/B", a_paper(1).id, "x", at=AT, public=False),
    "remove_bookmark": lambda store: store.remove_bookmark("slack:T1/A", a_paper(1).id),
    "add_feedback": lambda store: store.add_feedback(_feedback(Feeling.LESS)),
    "remove_feedback": lambda store: _take_back(store),
    "park_reaction": lambda store: store.park_reaction(_early("other"), at=AT, since=AT),
    "forget_parked": lambda store: store.forget_parked(MessageRef(CHANNEL, "parked")),
}
#: every other method of the store
READS = {
    "opened", "dossier", "events", "paper", "papers", "papers_by_id", "search", "summaries", "source_state",
    "source_states",
    "subscriptions", "count_subscriptions", "wanted_categories", "lost_subscriptions",
    "candidates", "delivery", "delivery_key", "last_delivery", "trace", "message_papers", "bookmarks",
    "parked_reactions",
    "feedback", "refreshes", "backfill", "backfills", "unenriched",
    "looks", "upcoming", "scheduled_days", "last_posted", "interrupted_deliveries", "open_deliveries", "previous_day",
    "services", "claims", "alerts", "spending", "monthly_spending",
}  # fmt: skip


def test_every_method_is_a_read_or_a_write() -> None:
    """The sweeps below leave no method of the port out."""
    methods = {name for name, _ in inspect.getmembers(Store, inspect.isfunction) if not name.startswith("_")}
    assert methods == READS | WRITES.keys()


@pytest.fixture
async def impatient(path: Path) -> AsyncIterator[Store]:
    """A store that does not wait long for a lock."""
    async with SqlStore(f"sqlite:///{path}", busy_timeout_s=0.02).opened() as store:
        yield store


@pytest.mark.parametrize("write", WRITES)
async def test_locked(path: Path, impatient: Store, write: str) -> None:
    """Every write on a database that another program is writing to raises StoreLocked and changes nothing."""
    before = contents(path)
    with locked(path), pytest.raises(StoreLocked, match=r"paperboy\.db is locked"):
        await WRITES[write](impatient)
    assert contents(path) == before
    await WRITES[write](impatient)
    assert contents(path) != before


async def test_locked_database_can_be_read(path: Path, impatient: Store) -> None:
    """While another program writes, everything can still be read."""
    with locked(path):
        assert (await impatient.papers()).total == 3


async def test_locked_at_start(tmp_path: Path) -> None:
    """A new database that another program holds is locked, not broken."""
    path = tmp_path / "paperboy.db"
    run(path, "PRAGMA user_version = 0")
    with locked(path), pytest.raises(StoreLocked):
        await _open(path, busy_timeout_s=0.02)
    await _open(path)


@pytest.mark.parametrize("write", WRITES)
async def test_read_only(path: Path, write: str) -> None:
    """Every write on a database that cannot be written raises StoreReadOnly and changes nothing."""
    before = contents(path)
    async with SqlStore(f"sqlite:///{path}", pragmas={"query_only": 1}).opened() as store:
        with pytest.raises(StoreReadOnly, match=r"paperboy\.db cannot be written"):
            await WRITES[write](store)
        assert (await store.papers()).total == 3
    assert contents(path) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_read_only_file(path: Path) -> None:
    """A file without write permission says what is wrong, and stays as it was."""
    before = contents(path)
    with unwritable(path), pytest.raises(StoreReadOnly):
        async with SqlStore(f"sqlite:///{path}").opened() as store:
            await listed(store, [9])
    assert contents(path) == before


async def test_full_disk(path: Path) -> None:
    """A listing for which there is no room is not stored, no part of it, and smaller things go on."""
    before = contents(path)
    async with SqlStore(f"sqlite:///{path}", pragmas={"max_page_count": 1}).opened() as store:
        with pytest.raises(StoreFull, match="no room left"):
            await WRITES["add"](store)
        assert contents(path) == before
        assert (await store.papers()).total == 3


async def test_no_room_for_the_schema(tmp_path: Path) -> None:
    """A disk that is full at the first start leaves no half of a schema, and a later start makes all of it."""
    path = tmp_path / "paperboy.db"
    with pytest.raises(StoreFull):
        await _open(path, pragmas={"max_page_count": 12})
    assert contents(path) == {}
    await _open(path)


@pytest.mark.parametrize("place", ["a-file/paperboy.db", "a-file/deep/paperboy.db"])
async def test_folder_cannot_be_made(tmp_path: Path, place: str) -> None:
    """Where the folder cannot be made, the sentence names the place and says what to do."""
    (tmp_path / "a-file").write_text("in the way")
    with pytest.raises(StoreReadOnly, match="cannot be opened") as raised:
        await _open(tmp_path / place)
    assert str(tmp_path / place) in str(raised.value) and "folder" in raised.value.hint


async def test_unwritable_folder() -> None:
    """A folder in which nobody may make anything is told."""
    with pytest.raises(StoreReadOnly, match="/proc/paperboy"):
        await _open(Path("/proc/paperboy/paperboy.db"))


async def test_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    """A folder is not a database."""
    with pytest.raises(StoreReadOnly, match="cannot be opened"):
        await _open(tmp_path)


async def test_missing_folders_are_made(tmp_path: Path) -> None:
    """The folders that lead to the database are made."""
    await _open(tmp_path / "deep" / "er" / "paperboy.db")


async def test_not_a_database(tmp_path: Path) -> None:
    """Any other file is left as it is."""
    path = tmp_path / "paperboy.db"
    path.write_text("Dear diary, " * 500)
    with pytest.raises(StoreBroken, match="not a Paperboy database"):
        await _open(path)
    assert path.read_text() == "Dear diary, " * 500


async def test_empty_file(tmp_path: Path) -> None:
    """An empty file is an empty database."""
    path = tmp_path / "paperboy.db"
    path.touch()
    await _open(path)


async def test_another_programs_database(tmp_path: Path) -> None:
    """A database of somebody else gets no table of ours."""
    path = tmp_path / "notes.db"
    run(path, "CREATE TABLE notes (text)", "INSERT INTO notes VALUES ('mine')")
    before = path.read_bytes()
    with pytest.raises(StoreBroken, match="another program's"):
        await _open(path)
    assert path.read_bytes() == before


async def test_newer_version(path: Path) -> None:
    """The database of a newer Paperboy is not touched."""
    run(path, "UPDATE alembic_version SET version_num = '9999'")
    before = contents(path)
    with pytest.raises(StoreTooNew, match=r"made by a newer Paperboy \(revision 9999; this one knows \d+\)"):
        await _open(path)
    assert contents(path) == before


@pytest.mark.parametrize("left", [0.1, 0.5, 0.9])
async def test_truncated(path: Path, left: float) -> None:
    """A database that lost its end is damaged, and says so at the latest when that part is read."""
    shorten(path, left)
    with pytest.raises(StoreBroken, match="is damaged"):
        await _read_all(path)


async def test_overwritten_pages(path: Path) -> None:
    """A database with rubbish in its middle is damaged."""
    spoil(path)
    with pytest.raises(StoreBroken):
        await _read_all(path)


@pytest.mark.parametrize("url", ["oracle://host/papers", "mysql+pymysql://host/x", "sqlite+pysqlcipher:///x"])
def test_other_databases(url: str) -> None:
    """Only SQLite and PostgreSQL are spoken."""
    with pytest.raises(BadSetting, match="SQLite"):
        SqlStore(url)


@pytest.mark.parametrize("url", ["", "paperboy.db", "/var/lib/paperboy.db", "sqlite"])
def test_not_a_url(url: str) -> None:
    """A path is not a URL, and the hint shows how one looks."""
    with pytest.raises(BadSetting, match="not the URL of a database") as raised:
        SqlStore(url)
    assert "sqlite:///" in raised.value.hint


async def test_sentences_name_the_file_and_no_sql(path: Path, impatient: Store) -> None:
    """What a person reads names the file and what to do, and nothing of the machinery."""
    with locked(path), pytest.raises(StoreError) as raised:
        await listed(impatient, [7])
    sentence = raised.value.sentence()
    assert str(path) in sentence and raised.value.hint
    assert "\n" not in sentence and "INSERT" not in sentence and "sqlite3" not in sentence


async def _open(path: Path, **settings: object) -> None:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(SqlStore(f"sqlite:///{path}", **settings).opened())  # type: ignore[arg-type]  # from a table


async def _read_all(path: Path) -> None:
    """Read every table and go through the full-text index."""
    async with SqlStore(f"sqlite:///{path}").opened() as store:
        for number in (1, 2, 3):
            await store.trace(CHANNEL, a_paper(number).id, READER.name)
        await store.papers()
        await store.candidates(READER, listing_day=DAY)
        await store.search(parse_query("invented paper", today=DAY))
        await store.bookmarks()
        await store.source_states()
