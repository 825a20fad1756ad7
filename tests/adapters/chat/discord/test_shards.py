"""Discord over several gateway connections: as many as it wants, each of them lost and mended by itself."""

from __future__ import annotations

import asyncio

import pytest

from adapters.chat.discord.client import DiscordChat
from adapters.chat.discord.shards import RESERVE, GatewayPlan, SessionStarts, pause_s
from core.channels import ChannelRef, ChannelReturned
from core.errors import ChatError
from core.operate.services import Hearing
from tests.fakes.clock import FakeClock
from tests.fakes.desk import FakeDesk
from tests.fakes.discord_driver import answered, connected, number, post_all
from tests.fakes.posts import a_paper_card
from tests.fakes.running import running
from tests.fakes.waiting import turns, until
from tests.standins.discord import DiscordStandIn
from tests.standins.discord_words import CHANNEL, GUILD, MANAGER_ROLE

#: the shards of the stand-in's server and of two others, where there are three
FIRST, SECOND, THIRD = (((GUILD >> 22) + added) % 3 for added in range(3))


@pytest.fixture
def channels(discord: DiscordStandIn) -> tuple[ChannelRef, ...]:
    """A channel on each of the three shards that Discord recommends."""
    discord.shards = 3
    rooms = [CHANNEL, discord.add_server(1), discord.add_server(2)]
    return tuple(ChannelRef("discord", discord.rooms[room]["guild_id"], str(room)) for room in rooms)


class StoppedClock(FakeClock):
    """Whoever sleeps wakes when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.goes_on = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await self.goes_on.wait()


async def failure_of(chat: DiscordChat) -> ChatError:
    """Why it ends."""
    async with asyncio.timeout(60):
        with pytest.raises(ChatError) as caught:
            await chat.run(FakeDesk())
    return caught.value


async def all_are_open(chat: DiscordChat) -> None:
    await until(lambda: chat.hearing and chat.hearing.open == chat.hearing.total)


async def test_one_shard_asks_no_more_than_ever(discord: DiscordStandIn) -> None:
    """A small bot has one connection, for one request that tells where and how; it begins one session."""
    async with connected(discord) as chat:
        await chat.whoami()
        async with discord.listened_to(chat, FakeDesk()):
            assert chat.hearing == Hearing(open=1, total=1)
    asked = [line.rpartition("/")[2] for line in discord.requests]
    assert asked == ["@me", "@me", "guilds", "commands", "commands", "bot"]
    assert len(discord.identified) == 1


async def test_what_every_shard_tells_comes_in(discord: DiscordStandIn, channels: tuple[ChannelRef, ...]) -> None:
    """Commands, mentions with their author's rights, reactions and servers come from all shards, over one login."""
    desk, discord.person_roles = FakeDesk(), [str(MANAGER_ROLE)]
    async with connected(discord) as chat:
        sent = [await post_all(chat, a_paper_card(), f"{n}", channel=channel) for n, channel in enumerate(channels)]
        async with discord.listened_to(chat, desk):
            await all_are_open(chat)
            for channel, messages in zip(channels, sent, strict=True):
                await answered(discord, discord.command("help", room=int(channel.place)))
                discord.say("help", room=int(channel.place))
                for message in messages.values():
                    discord.react(number(message), "🔖")
            discord.say("help", room=discord.direct())
            await discord.wait_until_settled(lambda: len(desk.commands) == 7 and len(desk.reactions) == 3)
            await until(lambda: len(desk.channel_events) == 3)
    assert sorted(discord.identified) == [0, 1, 2]
    assert sum(line == "GET /users/@me" for line in discord.requests) == 1
    asked_in = [command.place for command in desk.commands]
    assert all(asked_in.count(channel) == 2 for channel in channels)
    assert all(command.may_manage for command in desk.commands)
    assert {one.message.channel for one in desk.reactions} == set(channels)
    servers = {ChannelReturned(channel=ChannelRef("discord", channel.workspace, "")) for channel in channels}
    assert set(desk.channel_events) == servers


async def test_the_operator_says_how_many(discord: DiscordStandIn, channels: tuple[ChannelRef, ...]) -> None:
    """A number of shards that is set goes before the one that Discord recommends."""
    async with connected(discord, shards=2) as chat, running(chat, FakeDesk()):
        await all_are_open(chat)
        assert chat.hearing == Hearing(open=2, total=2)
    assert sorted(discord.identified) == [0, 1]


async def test_a_lost_shard_concerns_its_servers_alone(
    discord: DiscordStandIn, channels: tuple[ChannelRef, ...]
) -> None:
    """While one connection is lost the others go on; its session is taken up again, with what happened meanwhile."""
    desk, clock = FakeDesk(), StoppedClock()
    async with connected(discord, clock=clock) as chat, discord.listened_to(chat, desk):
        await all_are_open(chat)
        await until(lambda: len(desk.channel_events) == 3)
        discord.disconnect(shard=SECOND)
        await until(lambda: clock.slept)
        hearing = chat.hearing
        await answered(discord, discord.command("help", room=int(channels[2].place)))
        waiting = discord.command("help", room=int(channels[1].place))
        clock.goes_on.set()
        await answered(discord, waiting)
        assert chat.hearing == Hearing(open=3, total=3)
    assert hearing and (hearing.open, hearing.silent_servers) == (2, 1)
    assert hearing.problem and hearing.lost_since
    assert discord.resumed == 1 and len(discord.identified) == 3


async def test_a_session_that_cannot_be_taken_up_is_given_up(discord: DiscordStandIn) -> None:
    """After five minutes in which a lost connection was tried, ever more slowly, a new session begins."""
    clock = FakeClock()
    async with connected(discord, clock=clock) as chat, running(chat, FakeDesk()):
        await all_are_open(chat)
        discord.lost_shards = {0}
        discord.disconnect()
        await until(lambda: len(discord.identified) > 1)
        discord.lost_shards = set()
        await all_are_open(chat)
    assert sum(clock.slept[:12]) > 5 * 60 and len(clock.slept) >= 9
    assert discord.resumed == 0


async def test_what_a_shard_missed_is_looked_for_in_its_servers(
    discord: DiscordStandIn, channels: tuple[ChannelRef, ...]
) -> None:
    """A session that Discord has forgotten begins anew; reactions are looked for in the servers of its shard alone."""
    desk = FakeDesk()
    async with connected(discord) as chat:
        sent = [await post_all(chat, a_paper_card(), f"{n}", channel=channel) for n, channel in enumerate(channels)]
        async with discord.listened_to(chat, desk):
            await all_are_open(chat)
            await discord.wait_until_settled(lambda: desk.missed)
            before = len(desk.missed)
            discord.forget_session(THIRD)
            discord.disconnect(shard=THIRD)
            await discord.wait_until_settled(lambda: len(desk.missed) > before)
            ((_place, list_reactions),) = desk.missed[before:]
            messages = [message for posted in sent for message in posted.values()]
            standing = [await list_reactions(message, lambda _: True) for message in messages]
    assert standing == [None, None, []]
    assert discord.identified.count(THIRD) == 2 and len(discord.identified) == 4


async def test_sessions_that_are_used_up_are_waited_for(
    discord: DiscordStandIn, channels: tuple[ChannelRef, ...]
) -> None:
    """Where Discord lets few sessions begin, the rest waits until there are more, and says so."""
    discord.starts_left, discord.starts_reset_ms, clock = RESERVE + 1, 7_200_000, StoppedClock()
    async with connected(discord, clock=clock) as chat, running(chat, FakeDesk()):
        await until(lambda: clock.slept)
        await until(lambda: chat.hearing and chat.hearing.open == 1)
        hearing, asked = chat.hearing, discord.requests.count("GET /gateway/bot")
        discord.starts_left = 1_000
        clock.goes_on.set()
        await all_are_open(chat)
        assert chat.hearing == Hearing(open=3, total=3)
    assert hearing and "no more until 14:00 UTC" in hearing.problem
    assert clock.slept == [7_200] and asked == 2 and len(discord.identified) == 3


async def test_a_session_that_begins_too_early_is_begun_again(
    discord: DiscordStandIn, channels: tuple[ChannelRef, ...]
) -> None:
    """Discord undoes a session that begins too soon after another one, by another process, say; it comes later."""
    discord.identify_pause_s = 3_600
    async with connected(discord) as chat, running(chat, FakeDesk()):
        await until(lambda: len(discord.identified) > 3)
        assert chat.hearing and chat.hearing.open == 1
        discord.identify_pause_s = 0
        await all_are_open(chat)


async def test_sessions_begin_in_turn() -> None:
    """Sessions of one turn begin with the pause between them; those of another turn wait for none of them."""
    plan = GatewayPlan(url="", shards=4, sessions_left=1_000, reset_s=0, at_once=2)
    loop = asyncio.get_running_loop()

    async def ask() -> GatewayPlan:
        raise AssertionError("there are sessions left")

    starts = SessionStarts(plan, ask, FakeClock(), pause_s=0.01)
    began = loop.time()
    async with starts.turn(0), starts.turn(1):
        pass
    async with starts.turn(2):
        assert loop.time() - began >= 0.01
    patient = SessionStarts(plan, ask, FakeClock(), pause_s=3_600)
    async with patient.turn(0):
        pass
    async with asyncio.timeout(60), patient.turn(3):
        pass
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01), patient.turn(2):
            raise AssertionError("it did not wait")


@pytest.mark.parametrize(
    ("count", "fewest", "code"), [(1, 2, 4011), (3, 1, 4010), (3, 1, 4004), (3, 1, 4014), (3, 1, 4013)]
)
async def test_what_is_refused_for_good_ends_all(discord: DiscordStandIn, count: int, fewest: int, code: int) -> None:
    """Too few shards, one that cannot be, a token or an intent that is refused: a sentence at once; all are left."""
    discord.shards, discord.fewest_shards = count, fewest
    async with connected(discord) as chat:
        async with asyncio.TaskGroup() as group:
            failing = group.create_task(failure_of(chat))
            if code != 4011:
                await all_are_open(chat)
                discord.disconnect(code, shard=count - 1)
        failure = await failing
        assert chat.hearing is None
        await until(lambda: not any(session.socket for session in discord.sessions.values()))
    assert ("discord.shards" in failure.hint) == (code in (4010, 4011))
    assert ("token" in failure.hint) == (code == 4004)


async def test_a_gateway_that_is_out_of_order_is_tried_again(discord: DiscordStandIn) -> None:
    """Where not even the first connection comes about, the bot says why and goes on trying, ever more slowly."""
    discord.is_down, clock, desk = True, FakeClock(), FakeDesk()
    async with connected(discord, clock=clock) as chat, running(chat, desk):
        await until(lambda: len(clock.slept) > 2)
        hearing = chat.hearing
        discord.is_down = False
        await answered(discord, discord.command("help"))
    assert hearing and hearing.open == 0 and "503" in hearing.problem
    assert hearing.lost_since is not None


async def test_who_stops_leaves_all_shards(discord: DiscordStandIn, channels: tuple[ChannelRef, ...]) -> None:
    """A process that stops ends all its sessions, so that the next one is told everything, and can begin its own."""
    for _ in range(2):
        async with connected(discord) as chat, running(chat, FakeDesk()):
            await all_are_open(chat)
        await until(lambda: not discord.sessions)
    await turns()
    assert len(discord.identified) == 6 and discord.resumed == 0


def test_pauses_grow_and_are_bounded() -> None:
    """A connection that does not last is tried at growing distances, five minutes at most, and no two at once."""
    pauses = [pause_s(failures) for failures in range(1, 40)]
    assert 0.5 <= pauses[0] <= 1 and max(pauses) <= 300
    assert len({pause_s(20) for _ in range(10)}) > 1
