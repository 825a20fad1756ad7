"""How Discord tells that another installation uses the token: it answers what we were to answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.posts.tree import Audience, Paragraph, Post, text
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.desk import FakeDesk
from tests.fakes.discord_driver import a_private_post, connected
from tests.standins.discord import DiscordStandIn

CALLBACK = r"POST /interactions"
ORIGINAL = r" /webhooks/.*/@original$"
FOLLOW_UP = r"POST /webhooks"
OPEN = Post(blocks=(Paragraph(spans=(text("For everybody."),)),))
PERSONAL = replace(a_private_post(), audience=Audience.PERSONAL)
STOPPED = "Paperboy was stopped before the answer was ready. Please ask again in a minute."
LOST = "The answer may have been lost on the way. Please ask again if it is not here."


async def test_interactions_that_somebody_else_answers(discord: DiscordStandIn) -> None:
    """Where interactions were answered before this process answers them, again and again, another one has its token."""
    clock, desk = FakeClock(), FakeDesk(OPEN)
    async with connected(discord, clock=clock) as chat, discord.listened_to(chat, desk):
        for number in range(3):
            assert chat.rivals_since is None
            discord.refuses(CALLBACK, 400, 40_060, "Interaction has already been acknowledged.")
            discord.command("help")
            await discord.wait_until_settled(lambda number=number: len(desk.commands) == number + 1)  # type: ignore[misc]  # mypy infers no lambda with a default
            clock.move(timedelta(minutes=1))
        assert chat.rivals_since == NOON


async def test_a_callback_of_our_own_is_no_sign_of_somebody_else(discord: DiscordStandIn) -> None:
    """A callback that arrived and whose answer was lost is found acknowledged by the next attempt, which is no sign."""
    async with connected(discord) as chat, discord.listened_to(chat, FakeDesk(OPEN)):
        discord.drops(CALLBACK, accepted=True)
        discord.command("help")
        await discord.wait_until_settled(lambda: discord.messages)
        assert not chat._rivals.are_suspected
