"""The contract of `PrivacyStore` over every store there is: what is kept of people and places, and how it goes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import SQLModel

from core.channels import Absence, ChannelMoved, ChannelRef, Layout, Subscription, UserRef
from core.choose.profile.signs import Correction, KeptProfile, Seed, Wanted
from core.converse.lists.feedback import AnnotationChange, Feedback
from core.converse.ports import Store, WaitingUpdate
from core.converse.privacy.kept import PersonalRecords
from core.converse.settings.changes import Person
from core.errors import AbsenceReason, NotAllowed
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling, Reaction
from core.summarise.ports import Purpose, Usage
from tests.fakes.ledger import LEASE, finished, planned
from tests.fakes.papers import AT, DAY, a_listing, a_paper
from tests.fakes.posts import a_paper_card
from tests.fakes.stores import SqlStore

HOUR = timedelta(hours=1)
MONTH = timedelta(days=31)
ANN, BOB = UserRef("slack", "TTEAM", "UANNA"), UserRef("slack", "TTEAM", "UBOBB")
#: another person of another workspace, who has the same number there
TWIN = UserRef("slack", "TELSE", "UANNA")
TEAM, DIRECT = ChannelRef("slack", "TTEAM", "CTEAM"), ChannelRef("slack", "TTEAM", "DANNA")
ELSEWHERE = ChannelRef("slack", "TELSE", "CELSE")
WORKSPACE = ChannelRef("slack", "TTEAM", "")
PAPERS = [a_paper(number) for number in range(1, 5)]
PROFILE = KeptProfile(basis="b", value='{"version": 1}', at=AT)


@pytest.fixture(autouse=True)
async def _papers(store: Store) -> None:
    await store.add(a_listing(PAPERS), at=AT)


async def everything(store: Store) -> str:
    """All that the database says, in one text."""
    assert isinstance(store, SqlStore)
    lines: list[str] = []
    async with store.database.reading() as connection:
        for table in SQLModel.metadata.tables.values():
            lines += [f"{table.name} {tuple(row)}" for row in await connection.execute(select(table))]
    return "\n".join(lines)


async def save(store: Store, person: UserRef, channel: ChannelRef, *, number: int = 1, public: bool = True) -> None:
    await store.add_bookmark(str(person), a_paper(number).id, str(channel), at=AT, public=public)


async def live(store: Store, person: UserRef, channel: ChannelRef, direct: ChannelRef | None = None) -> None:
    """Do everything that leaves something behind."""
    paper = PAPERS[0].id
    await save(store, person, channel)
    await save(store, person, channel, number=2, public=False)
    for there in ("", str(channel)):
        await store.annotate(str(person), paper, there, AnnotationChange(note="mine", add_tags=("x",)), at=AT)
    for public in (True, False):
        feeling = Feeling.MORE if public else Feeling.LESS
        said = Feedback(user=person, paper=paper, feeling=feeling, where=channel, at=AT, public=public)
        await store.add_feedback(said)
    message = MessageRef(channel, "unknown")
    waiting = Reaction(user=person, message=message, feeling=Feeling.MORE, added=True)
    await store.take_reaction(waiting, at=AT, since=AT)
    await store.add_seeds(channel, [Seed(paper=PAPERS[3], person=str(person), at=AT)], most=9)
    await store.claim_notices([1], str(person), at=AT)
    await store.claim_hint(str(person), "first press", at=AT)
    await store.keep_profile(channel, PROFILE)
    for there in filter(None, (channel, direct)):
        mine = Subscription(channel=there, categories=("cs.CL",), set_up_by=person)
        await store.save_subscription(mine, at=AT)
        await store.save_subscription(replace(mine, name="old"), at=AT)
        await store.remove_subscription(there, "old", at=AT)
        await store.correct(there, Correction(term="fog", wanted=Wanted.LESS, at=AT))
        await finished(store, [1], subscription=mine)
    mine = Subscription(channel=channel, categories=("cs.CL",), set_up_by=person)
    changed = replace(mine, layout=Layout.BY_CATEGORY)
    assert await store.change_settings(mine, changed, person=Person(user=person, name="Someone"), at=AT)


async def test_all_that_is_kept_of_a_person(store: Store) -> None:
    """A person's records have each mark, note, rating, named paper and digest; a namesake elsewhere has others."""
    assert (await store.personal_records(ANN)).is_empty
    await live(store, ANN, TEAM, DIRECT)
    await live(store, TWIN, ELSEWHERE)
    kept = await store.personal_records(ANN)
    assert [(one.paper.id.value, one.public) for one in kept.marks] == [
        (PAPERS[0].id.value, True),
        (PAPERS[1].id.value, False),
    ]
    assert [(one.channel, one.note) for one in kept.annotations] == [("", "mine"), (str(TEAM), "mine")]
    assert {(one.where, one.public) for one in kept.feedback} == {(TEAM, True), (TEAM, False)}
    assert [(channel, seed.paper.id) for channel, seed in kept.seeds] == [(TEAM, PAPERS[3].id)]
    assert [one.channel for one in kept.subscriptions] == [TEAM, DIRECT]
    assert [one.subscription.channel for one in kept.ended_subscriptions] == [TEAM, DIRECT]
    assert [one.message.channel for one, _ in kept.reactions] == [TEAM]
    assert (kept.notices, kept.hints) == (1, ("first press",))
    (chat,) = kept.private_chats
    assert (chat.channel, len(chat.digests), len(chat.corrections)) == (DIRECT, 1, 1)
    assert (await store.personal_records(BOB)) == PersonalRecords(person=BOB)
    assert "TTEAM" not in repr(await store.personal_records(TWIN))


async def test_a_person_is_forgotten(store: Store) -> None:
    """Nothing names the person any more; the channel's digest stays; others' data stays; again, nothing happens."""
    await live(store, ANN, TEAM, DIRECT)
    await live(store, TWIN, ELSEWHERE)
    await save(store, BOB, TEAM)
    await store.annotate(str(BOB), PAPERS[0].id, str(TEAM), AnnotationChange(note="Bob's"), at=AT)
    elsewhere = await store.personal_records(TWIN)
    erasure = await store.forget_person(ANN)
    assert erasure.records > 10
    assert [(one.channel, one.set_up_by) for one in erasure.nameless] == [(TEAM, None)]
    assert [one.channel for one in erasure.ended_subscriptions] == [DIRECT]
    left = await everything(store)
    assert str(ANN) not in left
    assert '"TTEAM","id":"UANNA"' not in left
    assert str(DIRECT) not in left
    assert (await store.personal_records(ANN)).is_empty
    assert [one.set_up_by for one in await store.subscriptions(TEAM)] == [None]
    assert len(await store.ended_subscriptions(TEAM, since=AT)) == 1
    assert [one.user for one in await store.bookmarks(channel=str(TEAM))] == [str(BOB)]
    assert [one.note for one in await store.annotations(channel=str(TEAM))] == ["Bob's"]
    assert await store.kept_profile(TEAM) is None
    assert await store.kept_profile(ELSEWHERE) == PROFILE
    assert await store.personal_records(TWIN) == elsewhere
    assert (await store.forget_person(ANN)).records == 0


async def test_messages_that_counted_the_person(store: Store) -> None:
    """A message that says how many saved its paper is edited at once, and counts the person no more."""
    message, other = MessageRef(TEAM, "m1"), MessageRef(TEAM, "m2")
    for number, shown in ((1, message), (2, other)):
        await store.keep_answer(shown, a_paper(number).id, a_paper_card(), shown_saves=2, at=AT)
    for person in (ANN, BOB):
        await save(store, person, TEAM)
    await store.forget_person(ANN)
    (tally,) = await store.claim_tallies(at=AT, until=AT + HOUR, limit=9)
    assert (tally.message, tally.shown_saves, tally.saves) == (message, 2, 1)


async def test_a_private_chat_that_nothing_else_tells_of(store: Store) -> None:
    """What is kept of the chat that a person asks in goes as well, where the person is alone there."""
    await store.save_subscription(Subscription(channel=DIRECT), at=AT)
    await finished(store, [1], subscription=Subscription(channel=DIRECT))
    await store.remove_subscription(DIRECT, "main", at=None)
    assert (await store.personal_records(ANN)).is_empty
    (chat,) = (await store.personal_records(ANN, here=DIRECT)).private_chats
    assert chat.channel == DIRECT
    await store.forget_person(ANN, here=DIRECT)
    assert str(DIRECT) not in await everything(store)


async def test_waiting_updates_of_a_person(store: Store) -> None:
    """What Telegram handed out and nobody has carried out is emptied where it is by the person, and not taken again."""
    said = json.dumps({"update_id": 1, "message": {"from": {"id": 77}, "text": "secret"}})
    other = json.dumps({"update_id": 77, "message": {"from": {"id": 8}, "text": "other"}})
    both = [WaitingUpdate(number=1, content=said), WaitingUpdate(number=2, content=other)]
    await store.take_updates("bot", both, at=AT)
    await store.forget_person(UserRef("telegram", "", "77"))
    assert [one.content for one in await store.waiting_updates("bot", since=AT)] == [other]
    assert await store.take_updates("bot", both, at=AT) == ()


async def test_waiting_events_of_a_person(store: Store) -> None:
    """What Slack told and nobody has carried out is emptied where a person's id stands in it, and nowhere else."""
    typed = json.dumps({"command": "/paper", "user_id": "U77", "text": "secret"})
    reacted = json.dumps({"event": {"type": "reaction_added", "user": "U77", "item": {"channel": "C1"}}})
    other = json.dumps({"command": "/paper", "user_id": "U770", "text": "what does <@U77> read"})
    bodies = [WaitingUpdate(number=number, content=body) for number, body in enumerate((typed, reacted, other))]
    await store.take_updates("slack:T1:B", bodies, at=AT)
    await store.forget_person(UserRef("slack", "T1", "U77"))
    assert [one.content for one in await store.waiting_updates("slack:T1:B", since=AT)] == [other]
    assert "secret" not in await everything(store)


async def spend(store: Store, channel: ChannelRef) -> None:
    usage = Usage(model="m/1", input_tokens=7, cost_usd=0.5)
    await store.record_usage(usage, purpose=Purpose.SUMMARY, channel=channel, at=AT)


async def test_a_workspace_is_forgotten(store: Store) -> None:
    """All of a workspace and of its people goes, in bounded steps; what models cost stays, as do others."""
    await live(store, ANN, TEAM, DIRECT)
    await live(store, TWIN, ELSEWHERE)
    await store.save_rule_list("slack:TTEAM", "ours", "fog", at=AT)
    for channel in (TEAM, DIRECT, ELSEWHERE):
        await spend(store, channel)
    await store.lose_channel(WORKSPACE, Absence(reason=AbsenceReason.UNINSTALLED, since=AT))
    elsewhere = await store.personal_records(TWIN)
    steps = 0
    while await store.forget_place(WORKSPACE, limit=1):
        steps += 1
    assert steps > 1
    assert "TTEAM" not in await everything(store)
    assert await store.personal_records(TWIN) == elsewhere
    assert await store.forget_place(WORKSPACE, limit=9) == 0
    spending = await store.spending(since=DAY)
    assert (spending.calls, spending.cost_usd) == (3, 1.5)
    assert (await store.spending(since=DAY, channel=ELSEWHERE)).calls == 1


async def test_a_channel_is_forgotten(store: Store) -> None:
    """A channel goes with its list and profile; what its people saved in private stays theirs, and says no place."""
    await live(store, ANN, TEAM)
    other = replace(TEAM, place="CTEAM2")
    await live(store, ANN, other)
    while await store.forget_place(TEAM, limit=100):
        pass
    while await store.forget_place(other, limit=100):
        pass
    assert "CTEAM" not in await everything(store)
    kept = await store.personal_records(ANN)
    assert [(one.paper.id, one.channel, one.public) for one in kept.marks] == [(PAPERS[1].id, "", False)]
    assert [(one.feeling, one.where.place, one.public) for one in kept.feedback] == [(Feeling.LESS, "", False)]
    assert [one.channel for one in kept.annotations] == [""]


async def test_a_chat_on_telegram_is_forgotten(store: Store) -> None:
    """A private chat on Telegram goes with its person's own list; a group's name is not taken for a longer one's."""
    person, chat = UserRef("telegram", "", "77"), ChannelRef("telegram", "", "77")
    group, longer = ChannelRef("telegram", "", "-77"), ChannelRef("telegram", "", "-777")
    await live(store, person, group)
    await save(store, person, longer)
    await save(store, person, chat, number=3, public=False)
    while await store.forget_place(chat, limit=100):
        pass
    kept = await store.personal_records(person)
    assert [ChannelRef.parse(one.channel) for one in kept.marks] == [group, longer]
    while await store.forget_place(group, limit=100):
        pass
    assert [one.channel for one in (await store.personal_records(person)).marks] == [str(longer)]


async def test_a_digest_that_is_being_sent(store: Store) -> None:
    """Whoever sends a digest of a place that is forgotten finds out before its next message."""
    mine = Subscription(channel=TEAM)
    await store.save_subscription(mine, at=AT)
    sending = await planned(store, [1], subscription=mine)
    await store.forget_place(TEAM, limit=9)
    with pytest.raises(NotAllowed, match="not subscribed any more"):
        await store.intend(sending, sending.plan[0].key, at=AT, lease=LEASE)


async def departed(store: Store) -> list[str]:
    return [str(one.place) for one in await store.departures(before=AT + MONTH, limit=9)]


async def lose(store: Store, place: ChannelRef, reason: AbsenceReason) -> None:
    await store.lose_channel(place, Absence(reason=reason, since=AT))


async def test_where_the_bot_left(store: Store) -> None:
    """A departure is on record where the bot was removed, not where it may only not write; the first moment counts."""
    for number, reason in enumerate(AbsenceReason):
        await lose(store, replace(TEAM, place=f"C{number}{reason.value.upper()}"), reason)
    await store.lose_channel(replace(TEAM, place="C0KICKED"), Absence(reason=AbsenceReason.KICKED, since=AT + MONTH))
    found = sorted(one.partition("/C")[2][1:] for one in await departed(store))
    assert found == ["BLOCKED", "DELETED", "KICKED", "UNINSTALLED"]
    assert await store.departures(before=AT, limit=9) == ()


@pytest.mark.parametrize(
    ("left", "reason", "back", "is_over"),
    [
        (WORKSPACE, AbsenceReason.UNINSTALLED, WORKSPACE, True),
        (WORKSPACE, AbsenceReason.UNINSTALLED, TEAM, True),
        (TEAM, AbsenceReason.UNINSTALLED, WORKSPACE, True),
        (TEAM, AbsenceReason.KICKED, WORKSPACE, False),
        (TEAM, AbsenceReason.KICKED, TEAM, True),
        (TEAM, AbsenceReason.KICKED, DIRECT, False),
        (WORKSPACE, AbsenceReason.UNINSTALLED, ELSEWHERE, False),
    ],
)
async def test_the_bot_is_back(
    store: Store, left: ChannelRef, reason: AbsenceReason, back: ChannelRef, *, is_over: bool
) -> None:
    """A return ends the departures that it concerns: a workspace's return none from single channels."""
    await lose(store, left, reason)
    assert await store.note_return(back) == is_over
    assert bool(await departed(store)) != is_over


@pytest.mark.parametrize("sign", ["subscription", "bookmark", "message"])
async def test_a_return_that_nobody_told_of(store: Store, sign: str) -> None:
    """Where something happened after the bot had left, it is back: nothing is deleted, and the departure is over."""
    await save(store, ANN, TEAM)
    await lose(store, TEAM, AbsenceReason.KICKED)
    assert await departed(store) == [str(TEAM)]
    if sign == "subscription":
        await store.save_subscription(Subscription(channel=TEAM), at=AT + HOUR)
    elif sign == "bookmark":
        await store.add_bookmark(str(BOB), PAPERS[2].id, str(TEAM), at=AT + HOUR, public=True)
    else:
        await store.remember_message(MessageRef(TEAM, "m"), (PAPERS[0].id,), at=AT + HOUR)
    assert await departed(store) == []
    assert not await store.note_return(TEAM)


async def test_who_blocked_the_bot_and_uses_it_in_a_group(store: Store) -> None:
    """The own list of a person who blocked the bot stays where the person saved something elsewhere since."""
    chat, person = ChannelRef("telegram", "", "77"), UserRef("telegram", "", "77")
    await lose(store, chat, AbsenceReason.BLOCKED)
    await store.add_bookmark(str(person), PAPERS[0].id, "telegram:-1", at=AT + HOUR, public=False)
    assert await departed(store) == []


async def test_a_departed_chat_that_moved(store: Store) -> None:
    """A chat that got another id has not left, and what its people were told moves along."""
    old, new = ChannelRef("telegram", "", "-1"), ChannelRef("telegram", "", "-2")
    await lose(store, old, AbsenceReason.KICKED)
    await store.claim_notices([5], str(old), at=AT)
    await store.move_channel(ChannelMoved(channel=old, to=new, keeps_messages=False))
    assert await departed(store) == []
    assert not await store.claim_notices([5], str(new), at=AT)


async def test_what_was_forgotten_stays_forgotten(store: Store) -> None:
    """A month after a digest's end its profile is empty, and what was said before it was forgotten teaches nothing."""
    await save(store, ANN, TEAM)
    await store.forget_profile(TEAM, at=AT)
    await store.keep_profile(TEAM, PROFILE)
    assert await store.forget_ended(before=AT + HOUR, limit=9) == 1
    assert await store.forget_ended(before=AT + HOUR, limit=9) == 0
    assert await store.kept_profile(TEAM) is None
    assert await store.signs(TEAM, limit=9) == ()


async def test_digests_that_ended(store: Store) -> None:
    """A month after a digest's end its settings, and what was learned and listed there, go; what is used stays."""
    used, young = replace(TEAM, workspace="TUSED"), replace(TEAM, workspace="TYOUNG")
    for channel, ends_at in ((TEAM, AT), (used, None), (young, AT + 2 * HOUR)):
        mine = Subscription(channel=channel)
        await store.save_subscription(mine, at=AT)
        await store.add_seeds(channel, [Seed(paper=PAPERS[3], person="", at=AT)], most=9)
        await store.correct(channel, Correction(term="fog", wanted=Wanted.LESS, at=AT))
        await store.keep_profile(channel, PROFILE)
        await store.save_rule_list(f"slack:{channel.workspace}", "ours", "fog", at=AT)
        if ends_at:
            await store.remove_subscription(channel, "main", at=ends_at)
    assert await store.forget_ended(before=AT, limit=9) == 0
    assert await store.forget_ended(before=AT + HOUR, limit=9) == 5
    assert "TTEAM" not in await everything(store)
    for channel in (used, young):
        assert await store.kept_profile(channel) == PROFILE
        assert (len(await store.seeds(channel)), len(await store.corrections(channel))) == (1, 1)
        assert await store.rule_lists(f"slack:{channel.workspace}") == {"ours": "fog"}
