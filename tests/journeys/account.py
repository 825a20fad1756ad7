"""What the days of a service came to: all digests, messages, papers and reactions, and what the operator knows."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from adapters.chat.discord.render import mark_in
from core.converse.explain import why
from core.deliver.ledger import Delivery, DeliveryKind, DeliveryState
from core.deliver.schedule import IN_TIME, DayReason, DayState, DueDay
from core.posts.json import to_json
from tests.journeys.operation import OPERATOR, READERS, Reader
from tests.journeys.visits import Life
from tests.standins.discord_words import BOT as DISCORD_BOT

#: a digest may wait so long for a source, and take so long, before it has to say that it is late
_HOUR: Final = timedelta(hours=1) + IN_TIME
#: who looks into more papers than these asks for one of them at the command line as well
_MANY: Final = 100
_NOTHING_NEW: Final = frozenset({DayReason.QUIET, DayReason.TROUBLE, DayReason.WAITING})


@dataclass(kw_only=True)
class Account:
    """Figures of a life, for whoever reads the output."""

    digests: int = 0
    late: int = 0
    #: begun in their hour, and finished later than that, as the operator was told
    finished_late: int = 0
    without: Counter[str] = field(default_factory=Counter)
    papers: int = 0
    kills: int = 0
    #: messages on Telegram that killed processes left in doubt
    doubts: int = 0
    reactions: int = 0
    incidents: int = 0
    visits: int = 0


async def settle(life: Life, since: datetime, until: datetime, *, asked: int) -> Account:
    """Account for all that was due between two moments; of each reader's papers `asked` are looked into."""
    account = Account(kills=life.kills, doubts=len(life.doubts), reactions=len(life.people.wanted))
    account.incidents, account.visits = len(life.incidents), len(life.visits)
    days = await life.days()
    for reader in READERS:
        for day in (since.date() + timedelta(days=n - 1) for n in range((until - since).days + 3)):
            due = reader.due(day)
            if due and since <= due < until:
                await _settle_day(life, reader, day, due, days.get((reader.channel, day)), account)
        await _settle_messages(life, reader)
        account.papers += await _settle_papers(life, reader, since, until, asked)
    await _settle_reactions(life)
    await _settle_incidents(life)
    return account


async def _settle_day(
    life: Life, reader: Reader, day: date, due: datetime, known: DueDay | None, account: Account
) -> None:
    """The day's digest is there, in its hour or marked late; or it is on record why not, and that is true."""
    where = f"{reader.channel} {day}"
    delivery = await life.delivery(reader, day)
    if delivery and delivery.state is DeliveryState.DONE:
        account.digests += 1
        assert delivery.finished_at, where
        assert reader.subscription.at.local_day(delivery.finished_at) == day, f"{where} came on another day"
        _settle_missing(life, reader, delivery)
        if "Late: due at" in _text(delivery):
            account.late += 1
        elif delivery.finished_at > due + _HOUR:
            account.finished_late += 1
            assert delivery.begun_at <= due + _HOUR, f"{where} is late and does not say so"
            assert _was_down(life, reader, due), f"{where} was finished late for no reason"
        return
    assert delivery is None, f"{where} is {delivery}"
    assert known is not None, f"{where} is not on record"
    account.without[f"{known.state.value} {known.reason.value}"] += 1
    if known.reason is DayReason.OFF:
        seen = [one for one in life.visits if due <= one and not reader.is_over(day, one)]
        assert not seen, f"{where}: nobody was off"
        return
    if known.reason is DayReason.FAILED:  # its papers came with the next one: `_settle_papers` counts them
        seen = {one for one in life.visits if due <= one and not reader.is_over(day, one)}
        down = {one.at for one in life.incidents if one.kind == "platform" and reader.channel in one.delayed}
        assert seen <= down, f"{where}: it failed while its platform was up"
        return
    is_over = known.state in (DayState.QUIET, DayState.MISSED)
    assert is_over or (known.state is DayState.OPEN and known.reason is DayReason.QUIET), f"{where}: {known}"
    assert known.reason in _NOTHING_NEW, f"{where}: {known}"
    before = [one for one in await life.deliveries(reader) if one.kind is DeliveryKind.DAILY and one.day < day]
    last = max((one.finished_at for one in before if one.finished_at), default=None)
    assert last is None or life.town.batch(reader, due) == life.town.batch(reader, last), f"{where}: there was news"


def _settle_missing(life: Life, reader: Reader, delivery: Delivery) -> None:
    """A digest that was made while a source was broken says so."""
    for one in life.incidents:
        if one.kind == "source" and reader.channel in one.delayed and one.at <= delivery.begun_at < one.until:
            troubled = {state.scope for state in delivery.sources if state.state.is_trouble}
            assert one.what in troubled, f"{reader.channel} {delivery.day} does not know that {one.what} is missing"
            told = [block for block in json.loads(_text(delivery))["blocks"] if block.get("warning")]
            assert one.what in json.dumps(told), (
                f"{reader.channel} {delivery.day} does not say that {one.what} is missing"
            )


def _text(delivery: Delivery) -> str:
    assert delivery.post
    return json.dumps(to_json(delivery.post), ensure_ascii=False)


def _was_down(life: Life, reader: Reader, due: datetime) -> bool:
    return any(one.kind == "platform" and one.at >= due and reader.channel in one.delayed for one in life.incidents)


async def _settle_messages(life: Life, reader: Reader) -> None:
    """What was planned is what stands there, each message once; on Telegram, what kills left in doubt once more."""
    planned = await life.deliveries(reader)
    for one in planned:
        assert one.state is DeliveryState.DONE, f"{reader.channel} {one.day} {one.kind}: {one.state} {one.failure}"
        assert {outgoing.key for outgoing in one.plan} == set(one.sent), f"{reader.channel} {one.day}"
    papers = Counter(
        paper
        for one in planned
        if one.kind is DeliveryKind.DAILY
        for outgoing in one.plan
        if outgoing.parent_key
        for paper in outgoing.papers
    )
    assert all(times == 1 for times in papers.values()), f"{reader.channel}: {papers.most_common(3)}"
    ids = [message.id for one in planned for message in one.sent.values()]
    assert len(ids) == len(set(ids)), reader.channel
    town, place = life.town, reader.channel.place
    match reader.platform:
        case "slack":
            there = [one for one in town.slack.messages if one.channel == place]
            _same({one.ts for one in there}, ids, reader)
            _once(one.key for one in there)
        case "discord":
            rooms = {place} | {one["id"] for one in town.discord.rooms.values() if one.get("parent_id") == place}
            all_there = town.discord.messages.values()
            mine = [one for one in all_there if one["channel_id"] in rooms and one["author"]["id"] == str(DISCORD_BOT)]
            _same({one["id"] for one in mine}, [id.rpartition(":")[2] for id in ids], reader)
            _once(mark_in(one) or "" for one in mine)
        case "telegram":
            numbers = {one.id for one in town.telegram.messages if one.chat == int(place)}
            doubts = numbers & life.doubts
            assert not {str(one) for one in doubts} & set(ids)
            _same({str(one) for one in numbers - doubts}, ids, reader)
        case _:
            screen = (town.paperboy.home / "screen").read_bytes().decode(errors="replace")
            for one in planned:
                if one.kind is DeliveryKind.DAILY:
                    shown = len(re.findall(rf"Papers for (?:\w+, |[\w ]+ to ){one.day.day} {one.day:%B %Y}", screen))
                    assert 1 <= shown <= 1 + life.kills, f"{one.day} was shown {shown} times"


def _same(there: set[str], recorded: Iterable[str], reader: Reader) -> None:
    assert there == set(recorded), f"{reader.channel}: {there ^ set(recorded)}"


def _once(marks: Iterable[str]) -> None:
    times = Counter(marks)
    assert all(number == 1 for number in times.values()), times.most_common(3)


async def _settle_papers(life: Life, reader: Reader, since: datetime, until: datetime, asked: int) -> int:
    """Each of some papers that were announced is posted, or it is told which stage kept it; how many."""
    town = life.town
    first = min((one.begun_at for one in await life.deliveries(reader)), default=until)
    days = [town.batch(reader, first) + timedelta(days=n) for n in range((until - first).days + 1)]
    last = town.batch(reader, until)
    announced = sorted(
        {id for day in days if day <= last for one in reader.subscription.categories for id in town.news(one, day)}
    )
    chosen = town.chance.sample(announced, min(asked, len(announced)))
    for id in chosen:
        told = await why(reader.subscription, f"arxiv:{id}", store=town.store)
        failing = [stage for stage in told.stages if not stage.is_passed]
        assert told.is_posted or (failing and failing[-1].detail), f"{reader.channel} {id}"
        assert all(stage.name not in ("stored", "announced") for stage in failing), f"{id}: {failing}"
    if asked > _MANY:
        await _settle_command(life, reader, chosen[0])
    return len(chosen)


async def _settle_command(life: Life, reader: Reader, id: str) -> None:
    """`paperboy why` tells the same as a person would ask for."""
    ran = await asyncio.to_thread(life.town.paperboy, "why", str(reader.channel), id, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["posted"] or any(not stage["passed"] for stage in ran.json["stages"]), ran.out


async def _settle_reactions(life: Life) -> None:
    """Every reaction is on a list, once, and there are no others."""
    marks = Counter((one.user, str(one.paper.id)) for one in await life.town.store.bookmarks())
    assert set(marks) == life.people.wanted
    assert all(times == 1 for times in marks.values())


async def _settle_incidents(life: Life) -> None:
    """The operator knows of every moment that delayed a digest."""
    log = life.town.log()
    posted = " ".join(one.visible_text for one in life.town.slack.messages if one.channel == OPERATOR)
    for incident in life.incidents:
        told = [one for one in log[incident.heard :] if one["level"] in ("warning", "error")]
        if incident.kind == "platform":
            failed = {one["channel"] for one in told if one["event"] == "digest failed"}
            assert {str(one) for one in incident.delayed} <= failed, f"{incident}: {told}"
        else:
            assert any(incident.what in str(one.get("sentence")) for one in told) or incident.what in posted, incident
