"""What the gateway brings of Discord: the SDK's client, with the intents that it needs, which hands every event on.

`client` opens it and reads the events; those that befall a server or a channel are ours already. `shards` holds the
connections, whose events all come here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Container
from contextlib import suppress
from typing import Any, Final

import aiohttp
import discord

from adapters.chat.discord import events
from adapters.chat.discord.last_look import traced_requests
from adapters.chat.discord.reactions import ReactionEvent
from core.channels import ChannelEvent, ChannelLost, ChannelReturned
from core.converse.pasted import papers_in
from core.errors import AbsenceReason
from core.papers.identifiers import PaperId
from core.speech import _

#: the longest wait that Discord may ask for and we sit out, in seconds
PATIENT_S: Final = 30.0

Event = discord.Interaction[Any] | discord.Message | ReactionEvent | ChannelEvent


def may_manage(permissions: discord.Permissions | None) -> bool:
    """Do these let a person manage a channel?"""
    may = permissions and (permissions.administrator or permissions.manage_guild or permissions.manage_channels)
    return bool(may)


def pasted_papers(message: discord.Message) -> tuple[PaperId, ...]:
    """The papers that a person's message in a server leads to; none where Discord does not tell what it says."""
    is_of_person = not (message.author.bot or message.webhook_id) and message.guild is not None
    return papers_in(message.content) if is_of_person else ()


class GatewayClient(discord.AutoShardedClient):
    """The SDK's client, which hands every event on and looks after none."""

    def __init__(self, on_event: Callable[[Event], None]) -> None:
        intents = discord.Intents(
            guilds=True, guild_messages=True, dm_messages=True, guild_reactions=True, dm_reactions=True
        )
        #: the SDK keeps this very value until it connects
        self._gateway_intents = intents
        super().__init__(
            intents=intents,
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_ratelimit_timeout=PATIENT_S,
            allowed_mentions=discord.AllowedMentions.none(),
            http_trace=traced_requests(),
        )
        self._on_event = on_event

    @property
    def lack_of_content(self) -> str:
        """What to do so that the application is told what people say to one another; empty where it is."""
        flags = self.application_flags
        if flags.gateway_message_content or flags.gateway_message_content_limited:
            return ""
        return _(
            "Switch Message Content Intent on: discord.com/developers/applications, Bot, Privileged Gateway Intents;"
            " then start Paperboy again."
        )

    def hear_all_if_allowed(self) -> None:
        """Ask for what people say, where the application may: Discord refuses one that asks without the right."""
        self._gateway_intents.message_content = not self.lack_of_content

    def expect_shards(self, count: int) -> None:
        """Have every connection told of its share of that many."""
        self.shard_count = self._connection.shard_count = count
        self._connection.shard_ids = range(count)

    def count_servers(self, shards: Container[int]) -> int:
        """How many servers some shards bring, of those that are known."""
        return sum(guild.shard_id in shards for guild in self.guilds)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """A command, or a pressed button."""
        self._on_event(interaction)

    async def on_message(self, message: discord.Message) -> None:
        """Somebody wrote."""
        self._on_event(message)

    async def on_raw_reaction_add(self, reaction: discord.RawReactionActionEvent) -> None:
        """Somebody reacted, on whatever old message."""
        if not (reaction.member and reaction.member.bot):
            self._on_event(_event_of(reaction, is_added=True))

    async def on_raw_reaction_remove(self, reaction: discord.RawReactionActionEvent) -> None:
        """Somebody took a reaction back."""
        self._on_event(_event_of(reaction, is_added=False))

    async def on_raw_reaction_clear(self, clearing: discord.RawReactionClearEvent) -> None:
        """A moderator took all reactions off a message."""
        self._on_event(ReactionEvent(guild=clearing.guild_id, room=clearing.channel_id, message=clearing.message_id))

    async def on_raw_reaction_clear_emoji(self, clearing: discord.RawReactionClearEmojiEvent) -> None:
        """A moderator took all reactions of one emoji off a message."""
        room, message, emoji = clearing.channel_id, clearing.message_id, str(clearing.emoji)
        self._on_event(ReactionEvent(guild=clearing.guild_id, room=room, message=message, emoji=emoji))

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot was removed from a server; the SDK does not call this for an outage."""
        self._on_event(ChannelLost(channel=events.server(guild.id), reason=AbsenceReason.UNINSTALLED))

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """The bot was added to a server."""
        self._on_event(ChannelReturned(channel=events.server(guild.id)))

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """A server is there at the start, or after an outage."""
        self._on_event(ChannelReturned(channel=events.server(guild.id)))

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """A channel was deleted."""
        there = events.server(channel.guild.id, channel.id)
        self._on_event(ChannelLost(channel=there, reason=AbsenceReason.DELETED))

    async def on_raw_thread_delete(self, thread: discord.RawThreadDeleteEvent) -> None:
        """A thread was deleted."""
        there = events.server(thread.guild_id, thread.thread_id)
        self._on_event(ChannelLost(channel=there, reason=AbsenceReason.DELETED))


def _event_of(reaction: discord.RawReactionActionEvent, *, is_added: bool) -> ReactionEvent:
    return ReactionEvent(
        guild=reaction.guild_id,
        room=reaction.channel_id,
        message=reaction.message_id,
        emoji=str(reaction.emoji),
        user=reaction.user_id,
        is_added=is_added,
    )


async def log_out(client: discord.Client | None) -> None:
    """Close the client's session; nothing happens without a client."""
    if client:
        with suppress(TimeoutError, aiohttp.ClientError, OSError):
            async with asyncio.timeout(5):
                await client.close()
