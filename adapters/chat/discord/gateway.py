"""What the gateway brings of Discord: the SDK's client, with the intents that it needs, which hands every event on.

`client` opens it and reads the events; those that befall a server or a channel are ours already.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import discord

from adapters.chat.discord import events
from adapters.chat.discord.last_look import traced_requests
from core.channels import ChannelEvent, ChannelLost, ChannelReturned
from core.errors import AbsenceReason

#: the longest wait that Discord may ask for and we sit out, in seconds
PATIENT_S: Final = 30.0

Event = discord.Interaction[Any] | discord.Message | tuple[discord.RawReactionActionEvent, bool] | ChannelEvent


class GatewayClient(discord.Client):
    """The SDK's client, which hands every event on and looks after none."""

    def __init__(self, arrived: Callable[[Event], None]) -> None:
        intents = discord.Intents(
            guilds=True, guild_messages=True, dm_messages=True, guild_reactions=True, dm_reactions=True
        )
        #: the SDK keeps this very value until it connects
        self._heard = intents
        super().__init__(
            intents=intents,
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_ratelimit_timeout=PATIENT_S,
            allowed_mentions=discord.AllowedMentions.none(),
            http_trace=traced_requests(),
        )
        self._arrived = arrived

    @property
    def may_hear_all(self) -> bool:
        """Does the application's page grant it what people say to one another? To ask without that is refused."""
        flags = self.application_flags
        return flags.gateway_message_content or flags.gateway_message_content_limited

    def hear_all(self) -> None:
        """Ask for that when the connection is made."""
        self._heard.message_content = True

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """A command, or a pressed button."""
        self._arrived(interaction)

    async def on_message(self, message: discord.Message) -> None:
        """Somebody wrote."""
        self._arrived(message)

    async def on_raw_reaction_add(self, reaction: discord.RawReactionActionEvent) -> None:
        """Somebody reacted, on whatever old message."""
        self._arrived((reaction, True))

    async def on_raw_reaction_remove(self, reaction: discord.RawReactionActionEvent) -> None:
        """Somebody took a reaction back."""
        self._arrived((reaction, False))

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot was removed from a server; the SDK does not call this for an outage."""
        self._arrived(ChannelLost(channel=events.server(guild.id), reason=AbsenceReason.UNINSTALLED))

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """The bot was added to a server."""
        self._arrived(ChannelReturned(channel=events.server(guild.id)))

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """A server is there at the start, or after an outage."""
        self._arrived(ChannelReturned(channel=events.server(guild.id)))

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """A channel was deleted."""
        there = events.server(channel.guild.id, channel.id)
        self._arrived(ChannelLost(channel=there, reason=AbsenceReason.DELETED))

    async def on_raw_thread_delete(self, thread: discord.RawThreadDeleteEvent) -> None:
        """A thread was deleted."""
        there = events.server(thread.guild_id, thread.thread_id)
        self._arrived(ChannelLost(channel=there, reason=AbsenceReason.DELETED))
