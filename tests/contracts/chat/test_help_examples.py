"""The examples of the help: each reaches the desk on every platform as it stands, and works there without a mistake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from adapters.chat.discord import events as discord
from adapters.chat.discord.render import WORDS as DISCORD_WORDS
from adapters.chat.slack import events as slack
from adapters.chat.slack.plan import WORDS as SLACK_WORDS
from adapters.chat.telegram import events as telegram
from adapters.chat.telegram.plan import WORDS as TELEGRAM_WORDS
from adapters.chat.terminal import typed as terminal
from adapters.chat.terminal.render import WORDS as TERMINAL_WORDS
from adapters.chat.vocabulary import Vocabulary
from core.channels import ChannelRef, Subscription, UserRef
from core.converse.command import Command
from core.converse.desk import FrontDesk
from core.converse.ports import Store
from core.converse.settings.changes import Person
from core.converse.spec import CommandSpec
from core.converse.table import TYPED_COMMANDS
from core.deliver.digest import Result, deliver
from core.ingest.lookup import Lookup
from core.ingest.state import SourceState, State
from core.papers.identifiers import PaperId
from core.posts.messages import MessageRef
from core.posts.tree import Note, Post
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.papers import AT, DAY, a_listing, a_paper
from tests.soak import IS_SOAK

#: a channel on each platform
CHANNELS = (
    ChannelRef("terminal", "", ""),
    ChannelRef("slack", "T1", ""),
    ChannelRef("discord", "1", ""),
    ChannelRef("telegram", "", ""),
)
#: what the place of a group or a channel may begin with on all of them
PLACE = "-100"
NAMED = PaperId("arxiv", "2601.15529")
PAPERS = (
    a_paper(1, id=NAMED, title="Robots that walk", authors=("Ann Lee", "Bob Ray"), categories=("cs.CL", "cs.CV")),
    a_paper(2, title="Attention is all you need", abstract="In-context learning by diffusion.", authors=("Ann Lee",)),
    *(a_paper(number) for number in (3, 4, 5)),
)
#: where a command is given, which says which paper is meant
THREAD = "7"


def on_slack(typed: str) -> object:
    command, _, rest = typed.partition(" ")
    body = {"command": command, "text": rest, "channel_id": "C1", "user_id": "U1"}
    event = slack.understand(body, team="T1", at=AT)
    return event.command if isinstance(event, slack.Question) else None


def on_discord(typed: str) -> object:
    name, _, rest = typed.removeprefix("/").partition(" ")
    options = next(one.options for one in TYPED_COMMANDS if one.name == name)[:1]
    data = {"name": name, "options": [{"name": one.name, "value": rest} for one in options if rest]}
    asker = discord.Asker(actor=discord.person(7), may_manage=True)
    return discord.read_interaction(2, data, discord.place_of(1, 2, 2), asker, at=AT)


def on_telegram(typed: str) -> object:
    reader = telegram.Reader(bot="paperboy_bot", topic_of=lambda _chat, _message: None)
    message = {"message_id": 1, "chat": {"id": -1001, "type": "group"}, "from": {"id": 7}, "text": typed}
    (event,) = reader.events({"message": message}, AT)
    return event.content


def in_terminal(typed: str) -> object:
    return terminal.understand(typed)


@pytest.mark.parametrize(
    ("vocabulary", "read"),
    [
        (SLACK_WORDS, on_slack),
        (DISCORD_WORDS, on_discord),
        (TELEGRAM_WORDS, on_telegram),
        (TERMINAL_WORDS, in_terminal),
    ],
    ids=["slack", "discord", "telegram", "terminal"],
)
def test_each_arrives_as_it_stands(vocabulary: Vocabulary, read: Callable[[str], Any]) -> None:
    """What the help shows can be typed there as it stands, and means the command that it is an example of."""
    for spec in TYPED_COMMANDS:
        for example in spec.examples:
            command = read(vocabulary.command(spec.name, example))
            assert (command.name, command.arguments) == (spec.name, example)


async def furnish(store: Store, channel: ChannelRef, person: UserRef, *, has_two: bool) -> None:
    """What a channel and a person have after some weeks: a digest or two, a reading list, authors, changes."""
    reads = Subscription(
        channel=channel, categories=("cs.CL", "cs.RO"), authors=("Bob Ray", "Lee"), interest="diffusion and robots"
    )
    ann = Person(user=person)
    await store.change_settings(None, replace(reads, size=9), person=ann, at=AT)
    await store.change_settings(replace(reads, size=9), reads, person=ann, at=AT)
    if has_two:
        await store.save_subscription(replace(reads, name="vision", categories=("cs.CV",)), at=AT)
    for number, paper in enumerate(PAPERS[:3]):
        at = AT + timedelta(minutes=number)
        await store.add_bookmark(str(person), paper.id, str(channel), at=at, public=True)
    await store.remember_message(MessageRef(channel, THREAD), [NAMED], at=AT)


def is_mistake(post: Post) -> bool:
    """Does it begin with what went wrong?"""
    return bool(post.blocks) and isinstance(post.blocks[0], Note) and post.blocks[0].warning


@pytest.mark.parametrize("spec", TYPED_COMMANDS, ids=lambda spec: spec.name)
async def test_each_works(store: Store, spec: CommandSpec) -> None:
    """Given in a channel with a digest and a reading list, each example is answered and not corrected.

    On one platform after the other; on each in the long run.
    """
    await store.add(a_listing(PAPERS), at=AT)
    for scope in ("cs.CL", "cs.CV", "cs.RO"):
        state = SourceState(source="arxiv", scope=scope, state=State.FRESH, checked_at=AT, listing_day=DAY, listed=5)
        await store.save_source_state(state)
    clock = FakeClock(AT)

    async def post(subscription: Subscription, day: object) -> Result:
        return await deliver(subscription, DAY, store=store, chat=FakeChat(), clock=clock)

    desk = FrontDesk(store=store, clock=clock, deliver=post, lookup=Lookup(store=store, clock=clock))
    wrong: list[tuple[str, str, str]] = []
    for number, example in enumerate(spec.examples):
        for turn in range(len(CHANNELS)) if IS_SOAK else [number]:
            channel = replace(CHANNELS[turn % len(CHANNELS)], place=f"{PLACE}{number}")
            person = UserRef(channel.platform, channel.workspace, f"{number}")
            await furnish(store, channel, person, has_two="name:vision" in example and spec.name != "subscribe")
            command = Command(
                name=spec.name,
                arguments=example,
                actor=person,
                place=channel,
                thread=MessageRef(channel, THREAD) if spec.name == "ask" else None,
                may_manage=True,
                at=AT,
            )
            answer = await desk.handle(command)
            if is_mistake(answer):
                wrong.append((channel.platform, example, repr(answer.blocks[0])))
    assert wrong == []
    assert is_mistake(await desk.handle(replace(command, name="settings", arguments="sise 20")))
