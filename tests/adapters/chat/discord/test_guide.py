"""What docs/discord.md asks of people is what the bot uses: permissions and intents, no more and no fewer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import discord
import pytest

from adapters.chat.discord.checks import INVITATION
from tests.fakes.desk import FakeDesk
from tests.fakes.discord_driver import HERE, connected, post_all
from tests.fakes.posts import a_digest, a_paper_card
from tests.standins import discord_words as words
from tests.standins.discord import DiscordStandIn

#: the SDK's client as the adapter makes it
(CLIENT,) = (one for one in discord.AutoShardedClient.__subclasses__() if one.__module__.startswith("adapters."))
GUIDE = (Path(__file__).parents[4] / "docs" / "discord.md").read_text("utf-8")

#: the permissions that Discord's documentation names for a route; the thread of a digest is a room of its own
PERMISSIONS_OF: Mapping[str, frozenset[str]] = {
    "GET /channels/{}": frozenset({"read_messages"}),
    "POST /channels/{}/messages": frozenset(
        {"attach_files", "send_messages", "embed_links", "send_messages_in_threads"}
    ),
    "GET /channels/{}/messages": frozenset({"read_message_history"}),
    "GET /channels/{}/messages/{}": frozenset({"read_message_history"}),
    "GET /channels/{}/messages/{}/reactions/{}": frozenset({"read_message_history"}),
    "PATCH /channels/{}/messages/{}": frozenset(),  # its own
    "POST /channels/{}/messages/{}/threads": frozenset({"create_public_threads"}),
    "POST /channels/{}/typing": frozenset({"send_messages"}),
}
#: the intents that Discord's documentation names for an event
INTENTS_OF: Mapping[str, frozenset[str]] = {
    "on_interaction": frozenset(),  # comes without any
    "on_message": frozenset({"guild_messages", "dm_messages"}),
    "on_raw_reaction_add": frozenset({"guild_reactions", "dm_reactions"}),
    "on_raw_reaction_remove": frozenset({"guild_reactions", "dm_reactions"}),
    "on_raw_reaction_clear": frozenset({"guild_reactions", "dm_reactions"}),
    "on_raw_reaction_clear_emoji": frozenset({"guild_reactions", "dm_reactions"}),
}
#: channels and threads, which messages and interactions are looked up in; and servers and channels that go away
ALWAYS = frozenset({"guilds"})


def names(permissions: int) -> set[str]:
    """The permissions of a number, by the SDK's names; View Channels is `read_messages` there."""
    return {name for name, is_set in discord.Permissions(permissions) if is_set}


@pytest.fixture(scope="module")
def invitation() -> dict[str, list[str]]:
    """The query of the address that the guide gives."""
    (address,) = re.findall(r"https://discord\.com/oauth2/authorize\?\S+", GUIDE)
    return parse_qs(urlsplit(address).query)


def test_the_invitation_asks_for_what_the_code_names(invitation: dict[str, list[str]]) -> None:
    """The guide's address, its table, the adapter and the stand-in name the same permissions."""
    assert invitation["permissions"] == [str(INVITATION)]
    assert words.PERMISSIONS == INVITATION
    assert set(invitation["scope"][0].split()) == {"bot", "applications.commands"}
    table = GUIDE.partition("| permission |")[2].partition("\n\n")[0]
    rows = [row.split("|")[1] for row in table.splitlines()[2:]]
    told = {name.strip().lower().replace(" ", "_") for row in rows for name in row.split(",")}
    assert {name.replace("view_channels", "read_messages") for name in told} == names(INVITATION)


async def test_the_invitation_asks_for_what_the_calls_need(invitation: dict[str, list[str]]) -> None:
    """Sending, finding, editing, checking and answering need these permissions together, and each of them."""
    desk = FakeDesk(a_paper_card())
    with DiscordStandIn() as standin:
        async with connected(standin) as first:
            await first.check(HERE)
            sent = await post_all(first, a_digest())
            for message in sent.values():
                await first.edit(message, a_paper_card())
        async with connected(standin) as again, standin.listened_to(again, desk):
            for key in sent:
                await again.find(HERE, key)
            standin.say("search nets")
            await standin.wait_until_settled(lambda: desk.commands)
        assert not standin.complaints
        routes = {re.sub(r"\d{6,}", "{}", asked.partition("?")[0]) for asked in standin.requests}
    in_channels = {route for route in routes if "/channels/{}" in route}
    assert in_channels <= set(PERMISSIONS_OF), "name their permissions above"
    needed = frozenset[str]().union(*(PERMISSIONS_OF[route] for route in in_channels))
    assert names(int(invitation["permissions"][0])) == needed


def test_intents_are_those_of_the_events() -> None:
    """The gateway is asked for the events that the client takes, and for nothing that Discord must grant."""
    handled = {name for name in vars(CLIENT) if name.startswith("on_")}
    server_events = {name for name in handled if name.startswith(("on_guild_", "on_thread_", "on_raw_thread_"))}
    assert handled - server_events <= set(INTENTS_OF), "name their intents above"
    needed = ALWAYS.union(*(INTENTS_OF[name] for name in handled - server_events))
    client = CLIENT(lambda _: None)
    assert client.intents == discord.Intents(**dict.fromkeys(needed, True))
    assert not (client.intents.members or client.intents.presences or client.intents.message_content)
    assert "Leave all *Privileged Gateway Intents* off" in GUIDE
