"""`/privacy`: what people are told, get and have deleted."""

from __future__ import annotations

import json

import pytest

from core.channels import ChannelLost, ChannelRef, ChannelReturned, Subscription, UserRef
from core.converse.lists.feedback import AnnotationChange
from core.converse.privacy.forgetting import forget_now, forget_old, place_of
from core.deliver.absences import GRACE
from core.deliver.places import take_event
from core.errors import AbsenceReason, UsageError
from core.posts.tree import Audience
from tests.fakes.desk_driver import ANN, BOB, CHANNEL, READS_CL, DeskDriver, words
from tests.fakes.papers import AT, a_paper

PAPER = a_paper(1).id
WORKSPACE = ChannelRef("slack", "T1", "")
TEAM = ChannelRef("slack", "T1", "C1")
MEMBER = UserRef("slack", "T1", "U1")


async def fill(driver: DeskDriver, user: UserRef = ANN) -> None:
    store = driver.store
    await store.add_bookmark(str(user), PAPER, str(CHANNEL), at=AT, public=True)
    await store.add_bookmark(str(user), a_paper(2).id, str(CHANNEL), at=AT, public=False)
    await store.annotate(str(user), PAPER, "", AnnotationChange(note="compare", add_tags=("x",), is_done=True), at=AT)


@pytest.mark.parametrize("arguments", ["", "export", "delete", "delete yes"])
async def test_who_is_not_on_record(driver: DeskDriver, arguments: str) -> None:
    """Who kept nothing is told so, alone, and offered neither file nor deletion."""
    post = await driver.asks("privacy", arguments)
    assert "Nothing is kept of you here" in words(post)
    assert post.audience is Audience.PERSONAL
    assert (post.actions, post.attachment) == ((), None)


async def test_what_is_told(driver: DeskDriver) -> None:
    """Counts by kind, why, who sees it, how long, what leaves Paperboy; with both buttons."""
    await fill(driver)
    post = await driver.asks("privacy")
    told = words(post)
    for expected in (
        "1 open in a channel, 1 private",
        "on 1 paper",
        "read marks",
        "Why:",
        "Who sees it:",
        "How long:",
        "looked up at arXiv",
        "No language model is configured",
    ):
        assert expected in told
    assert [one.arguments for one in post.actions] == ["export", "delete"]


async def test_the_file(driver: DeskDriver) -> None:
    """The export is one JSON document with a format and a version, and has notes, tags and digests."""
    await fill(driver)
    await fill(driver, BOB)
    await driver.store.save_subscription(
        Subscription(channel=CHANNEL, name="mine", interest="robots", set_up_by=ANN), at=AT
    )
    post = await driver.asks("privacy", "export")
    assert post.attachment
    assert (post.attachment.name, post.audience) == ("paperboy-my-data.json", Audience.PERSONAL)
    data = json.loads(post.attachment.content)
    assert (data["format"], data["version"], data["person"]) == ("paperboy-personal-data", 1, "terminal:ann")
    assert [(one["paper"], one["is_public"]) for one in data["saved_papers"]] == [
        (str(PAPER), True),
        (str(a_paper(2).id), False),
    ]
    (note,) = data["notes"]
    assert (note["list"], note["note"], note["tags"], note["read_at"]) == ("own", "compare", ["x"], AT.isoformat())
    assert [(one["name"], one["interest"]) for one in data["digests"]] == [("mine", "robots")]
    assert [(one["channel"], one["set_up_by"]) for one in data["digests"]] == [("terminal:main", "terminal:ann")]
    assert "bob" not in post.attachment.content


async def test_deleting_asks_first(driver: DeskDriver) -> None:
    """Nothing goes before the button; then all of the asker goes, what others did stays, and the answer says so."""
    await fill(driver)
    await fill(driver, BOB)
    await driver.store.save_subscription(
        Subscription(channel=CHANNEL, name="main", categories=("cs.CL",), set_up_by=ANN), at=AT
    )
    question = await driver.asks("privacy", "delete")
    assert "no longer says who did: this channel's digest." in words(question)
    assert not (await driver.store.personal_records(ANN)).is_empty
    (really, _) = question.actions
    assert (really.label, really.arguments) == ("Delete everything of mine", "delete yes")
    done = await driver.asks(really.name, really.arguments)
    assert "The channel's digest stays, without your name: terminal:main" in words(done)
    assert "messages and reactions on the platform" in words(done)
    assert (await driver.store.personal_records(ANN)).is_empty
    assert len((await driver.store.personal_records(BOB)).marks) == 2
    assert [one.channel for one in await driver.store.subscriptions()] == [READS_CL.channel]
    assert "There was nothing to delete" in words(await driver.asks("privacy", "delete yes"))


async def test_what_is_not_understood(driver: DeskDriver) -> None:
    """Other words delete nothing, and are answered with what there is."""
    await fill(driver)
    assert "/privacy export" in words(await driver.asks("privacy", "delete everything")).replace("`", "")
    assert not (await driver.store.personal_records(ANN)).is_empty


async def test_a_workspace_is_forgotten_after_a_month(driver: DeskDriver) -> None:
    """What is kept of a workspace goes a month after the bot was removed, and stays where it came back before."""
    store, clock = driver.store, driver.clock
    await store.save_subscription(Subscription(channel=TEAM, set_up_by=MEMBER), at=AT)
    await store.add_bookmark(str(MEMBER), PAPER, str(TEAM), at=AT, public=True)
    lost = ChannelLost(channel=WORKSPACE, reason=AbsenceReason.UNINSTALLED)
    await take_event(lost, store=store, clock=clock)
    await take_event(ChannelReturned(channel=WORKSPACE), store=store, clock=clock)
    clock.set(clock.now() + 2 * GRACE)
    assert await forget_old(store, clock=clock) == 0
    await take_event(lost, store=store, clock=clock)
    clock.set(clock.now() + GRACE)
    assert await forget_old(store, clock=clock) == 0
    clock.set(clock.now() + GRACE)
    assert await forget_old(store, clock=clock) > 0
    assert (await store.personal_records(MEMBER)).is_empty
    assert await store.subscriptions(TEAM) == ()
    assert await forget_old(store, clock=clock) == 0
    assert await store.subscriptions(CHANNEL) == (READS_CL,)


async def test_at_once(driver: DeskDriver) -> None:
    """The operator's command deletes all of a place, whether the bot left it or not."""
    await driver.store.add_bookmark(str(MEMBER), PAPER, str(TEAM), at=AT, public=True)
    await driver.store.add_bookmark(str(MEMBER), PAPER, str(TEAM), at=AT, public=False)
    assert await forget_now(driver.store, WORKSPACE) == 2
    assert await forget_now(driver.store, WORKSPACE) == 0


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("slack:T1", WORKSPACE),
        ("slack:T1/", WORKSPACE),
        ("slack:T1/C1", TEAM),
        ("discord:9", ChannelRef("discord", "9", "")),
        ("telegram:-1", ChannelRef("telegram", "", "-1")),
    ],
)
def test_places_as_they_are_typed(typed: str, place: ChannelRef) -> None:
    """A workspace is written without a channel."""
    assert place_of(typed) == place


@pytest.mark.parametrize("typed", ["discord:@me", "slack:", "nowhere", "", "telegram:"])
def test_what_is_no_place(typed: str) -> None:
    """What names nothing, or everybody's private messages, is refused."""
    with pytest.raises(UsageError):
        place_of(typed)


async def test_the_last_message_says_when(driver: DeskDriver) -> None:
    """Whoever set a digest up is told when what is kept of the place is deleted."""
    written = []

    async def write(person: UserRef, post: object) -> None:
        written.append((person, repr(post)))

    await driver.store.save_subscription(Subscription(channel=TEAM, set_up_by=MEMBER), at=AT)
    lost = ChannelLost(channel=TEAM, reason=AbsenceReason.KICKED)
    await take_event(lost, store=driver.store, clock=driver.clock, write=write)
    ((person, told),) = written
    assert person == MEMBER
    assert f"is deleted on {(AT + GRACE).date()}" in told
