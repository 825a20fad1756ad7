"""Discord as a chat platform, through discord.py: the only module that imports it.

`bot` calls it through the `Chat` port. Sending needs a login and no gateway; `run` holds the gateway connection, where
slash commands, mentions, direct messages, buttons and reactions come from. Message bodies are JSON made by
`discord.render`, sent through the SDK's own HTTP client, which keeps to the limits that Discord tells in its headers.

Whatever a person does is answered within three seconds, if need be by a deferral that is filled in later. The SDK has
one API address for the whole process: where settings name another one, it is set for all Discord clients of the
process.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Final

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from adapters.chat.discord import commands as commands
from adapters.chat.discord.answers import Answers, Asked
from adapters.chat.discord.checks import check_channel
from adapters.chat.discord.errors import TOKEN_HINT, refused, throttled
from adapters.chat.discord.render import message_bodies, plan, pressed
from adapters.chat.discord.rooms import DIRECT, Rooms
from adapters.chat.emoji import feeling_of
from adapters.chat.finishing import finished
from core.channels import ChannelRef, UserRef
from core.converse.commands import Command, spoken
from core.converse.feedback import Press
from core.converse.ports import ChatPlatform, Desk
from core.errors import ChatError, ChatUnavailable, PaperboyError
from core.posts.messages import MessageRef, Outgoing
from core.posts.reactions import Reaction
from core.posts.tree import Post
from core.time import Clock

API: Final = "https://discord.com/api/v10"
GATEWAY: Final = "wss://gateway.discord.gg/"
#: events that are looked after at the same time, and that may wait
AT_ONCE: Final = 50
WAITING: Final = 1_000

#: seconds for one attempt, for all attempts together, and for logging in
_ATTEMPT_S: Final = 15.0
_CALL_S: Final = 55.0
_LOGIN_S: Final = 60.0
_ATTEMPTS: Final = 3
#: half of the pause before a second attempt, in seconds; it doubles with each
_PAUSE_S: Final = 0.1
#: the longest wait that Discord may ask for and we sit out, in seconds
_PATIENT_S: Final = 30.0
_REMEMBERED_EVENTS: Final = 2_000

_log = logging.getLogger("paperboy.discord")

Event = discord.Interaction[Any] | discord.Message | tuple[discord.RawReactionActionEvent, bool]


class _Client(discord.Client):
    """The SDK's client, which hands every event on and looks after none."""

    def __init__(self, arrived: Callable[[Event], None]) -> None:
        intents = discord.Intents(
            guilds=True, guild_messages=True, dm_messages=True, guild_reactions=True, dm_reactions=True
        )
        super().__init__(
            intents=intents,
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_ratelimit_timeout=_PATIENT_S,
            allowed_mentions=discord.AllowedMentions.none(),
        )
        self._arrived = arrived

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        self._arrived(interaction)

    async def on_message(self, message: discord.Message) -> None:
        self._arrived(message)

    async def on_raw_reaction_add(self, reaction: discord.RawReactionActionEvent) -> None:
        self._arrived((reaction, True))

    async def on_raw_reaction_remove(self, reaction: discord.RawReactionActionEvent) -> None:
        self._arrived((reaction, False))


class DiscordChat(ChatPlatform):
    """Digests in channels with a thread each, slash commands, buttons and reactions."""

    platform = "discord"

    def __init__(
        self,
        *,
        token: str,
        clock: Clock,
        api_base_url: str = API,
        gateway_url: str | None = None,
        patience_s: float = 1.5,
        attempt_s: float = _ATTEMPT_S,
    ) -> None:
        """`patience_s`: how long an answer may take before the asker is told to wait; `attempt_s`: one call's time."""
        self._token = token
        self._clock = clock
        self._api = api_base_url.rstrip("/")
        self._gateway = gateway_url
        self._attempt = aiohttp.ClientTimeout(total=attempt_s)
        self._client: _Client | None = None
        self._users = 0
        self._events: asyncio.Queue[Event] = asyncio.Queue(WAITING)
        self._known: OrderedDict[int, None] = OrderedDict()
        self._reactions = asyncio.Lock()
        self._rooms = Rooms(self._call)
        self._answers = Answers(self._call, self._rooms, patience_s=patience_s)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[ChatPlatform]:
        """Log in for sending; opened again inside, it is the same login."""
        if self._client is None:
            await self._log_in()
        self._users += 1
        try:
            yield self
        finally:
            self._users -= 1
            if not self._users:
                client, self._client = self._client, None
                await _closed(client)

    async def _log_in(self) -> None:
        Route.BASE = self._api
        client = _Client(self._arrived)
        try:
            with _our_errors():
                async with asyncio.timeout(_LOGIN_S):
                    await client.login(self._token)
        except BaseException as error:
            await _closed(client)
            if isinstance(error, ChatError) and not isinstance(error, ChatUnavailable):
                raise ChatUnavailable(str(error), hint=error.hint) from error
            raise
        self._client = client

    async def whoami(self) -> str:
        """The bot's name and the servers it was added to."""
        me = await self._call("GET", "/users/@me")
        guilds = await self._call("GET", "/users/@me/guilds")
        where = ", ".join(guild["name"] for guild in guilds[:5]) or "no server yet: invite it, see docs/discord.md"
        return f"{me['username']} (in {where}{', …' if len(guilds) > 5 else ''})"

    async def check(self, channel: ChannelRef) -> None:
        """Look at the channel's type, and at what the bot may do there."""
        await check_channel(self._call, channel)

    def plan(self, channel: ChannelRef, post: Post, *, key: str) -> tuple[Outgoing, ...]:
        """Embeds within Discord's limits; replies hang in the thread of the post's last message."""
        return plan(channel, post, key=key)

    async def send(self, channel: ChannelRef, outgoing: Outgoing, parent: MessageRef | None) -> MessageRef:
        """Send one message; the SDK paces. Discord shows one message for a key that is sent again within minutes."""
        return await self._rooms.send(channel, outgoing, parent)

    async def find(self, channel: ChannelRef, key: str) -> MessageRef | None:
        """The message whose footer has the key's mark; looks through the latest hundred messages of the channel."""
        return await self._rooms.find(channel, key)

    async def edit(self, message: MessageRef, post: Post) -> None:
        """Replace a message's text and buttons; its mark stays. Raises NotFound where it was deleted."""
        await self._rooms.edit(message, message_bodies(post))

    async def run(self, desk: Desk) -> None:
        """Stay connected; what people do is brought to the desk, a bounded number of them at a time."""
        async with self.opened():
            await self._register()
            async with asyncio.TaskGroup() as group:
                serving = group.create_task(self._serve(desk))
                failure = await self._connection_lost()
                serving.cancel()
            raise failure

    async def _connection_lost(self) -> ChatError:
        """Hold the gateway connection, which the SDK mends by itself; why it ended for good."""
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(self._gateway or await self._told_gateway())
        client = self._logged_in()
        try:
            with _our_errors():
                await client.connect(reconnect=True)
        except ChatError as error:
            return error
        finally:
            await _hung_up(client)
        return ChatUnavailable("Discord closed the connection.")

    async def _told_gateway(self) -> str:
        return GATEWAY if self._api == API else str((await self._call("GET", "/gateway"))["url"])

    async def _register(self) -> None:
        """Tell Discord our slash commands, only where it knows others: creations are counted by the day."""
        path, me = "/applications/{application_id}/commands", self._logged_in().application_id or 0
        if not commands.same(await self._call("GET", path, at={"application_id": me})):
            await self._call("PUT", path, at={"application_id": me}, body=commands.registered())
            _log.info("Slash commands were registered with Discord.")

    def _arrived(self, event: Event) -> None:
        if not self._is_new(event):
            return
        try:
            self._events.put_nowait(event)
        except asyncio.QueueFull:
            _log.warning("An event of Discord was dropped: %d are waiting.", WAITING)

    def _is_new(self, event: Event) -> bool:
        """Discord sends events again after a lost connection; a reaction may honestly come and go many times."""
        if isinstance(event, tuple):
            return True
        if event.id in self._known:
            return False
        self._known[event.id] = None
        if len(self._known) > _REMEMBERED_EVENTS:
            self._known.popitem(last=False)
        return True

    async def _serve(self, desk: Desk) -> None:
        slots = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as group:
            while event := await self._events.get():
                await slots.acquire()
                group.create_task(finished(self._taken(event, desk))).add_done_callback(lambda _: slots.release())

    async def _taken(self, event: Event, desk: Desk) -> None:
        """Look after one event; what goes wrong with it is logged, and the others go on."""
        try:
            if isinstance(event, tuple):
                await self._reacted(*event, desk)
            elif isinstance(event, discord.Message):
                await self._spoken_to(event, desk)
            else:
                await self._interacted(event, desk)
        except PaperboyError as error:
            _log.warning("Something asked on Discord could not be answered: %s", error.sentence())
        except Exception:  # noqa: BLE001 - one event must not end the others; it is logged whole
            _log.exception("A bug met an event of Discord.")

    async def _interacted(self, event: discord.Interaction[Any], desk: Desk) -> None:
        data: Mapping[str, Any] = event.data or {}
        asked = self._asked(event)
        if event.type is discord.InteractionType.application_command:
            name, arguments = str(data.get("name", "")), commands.arguments_of(data)
            may = event.guild_id is None or _may_manage(event.permissions)
            work = self._told(desk, asked, f"/{name} {arguments}", may=may)
            await self._answers.interaction(asked, work, desk, private=commands.is_private(name, arguments))
        elif found := pressed(str(data.get("custom_id", ""))):
            press = Press(user=asked.user, channel=asked.channel, action=found[0], paper=found[1])
            await self._answers.interaction(asked, desk.press(press), desk, private=True, told_alone=True)

    async def _spoken_to(self, message: discord.Message, desk: Desk) -> None:
        """A direct message, or one that mentions the bot: its words are a command."""
        me = self._logged_in().user
        if message.author.bot or me is None or (message.guild and me not in message.mentions):
            return
        guild, room = (str(message.guild.id) if message.guild else DIRECT), message.channel.id
        home = await self._rooms.parent_of(room) if message.guild else room
        asked = Asked(
            channel=ChannelRef(self.platform, guild, str(home)),
            user=UserRef(self.platform, "", str(message.author.id)),
            room=room,
            has_threads=bool(message.guild) and room == home,
            message=message.id,
        )
        may = message.guild is None or _may_manage(getattr(message.author, "guild_permissions", None))
        typed = message.content.replace(f"<@{me.id}>", " ").replace(f"<@!{me.id}>", " ")
        await self._answers.message(asked, self._told(desk, asked, typed, may=may), desk)

    async def _told(self, desk: Desk, asked: Asked, typed: str, *, may: bool) -> Post:
        name, arguments = spoken(typed)
        now = self._clock.now()
        command = Command(
            channel=asked.channel, user=asked.user, name=name, arguments=arguments, at=now, may_manage=may
        )
        return await desk.handle(command)

    async def _reacted(self, event: discord.RawReactionActionEvent, added: bool, desk: Desk) -> None:
        feeling, me = feeling_of(event.emoji.name or ""), self._logged_in().user
        if feeling is None or (me and event.user_id == me.id) or (event.member and event.member.bot):
            return
        async with self._reactions:  # in the order they came, so that taking away follows putting on
            home = await self._rooms.parent_of(event.channel_id) if event.guild_id else event.channel_id
            channel = ChannelRef(self.platform, str(event.guild_id or DIRECT), str(home))
            message = MessageRef(channel, f"{event.channel_id}:{event.message_id}")
            user = UserRef(self.platform, "", str(event.user_id))
            said = await desk.react(Reaction(user=user, message=message, feeling=feeling, added=added))
        if said:
            await self._answers.whisper(user, said)

    def _asked(self, event: discord.Interaction[Any]) -> Asked:
        where: Any = event.channel
        room = int(where.id) if where else 0
        home = int(getattr(where, "parent_id", None) or room) if isinstance(where, discord.Thread) else room
        return Asked(
            channel=ChannelRef(self.platform, str(event.guild_id or DIRECT), str(home)),
            user=UserRef(self.platform, "", str(event.user.id)),
            room=room,
            has_threads=event.guild_id is not None and room == home,
            interaction=event.id,
            token=event.token,
            application=event.application_id,
        )

    def _logged_in(self) -> _Client:
        if self._client is None:
            raise ChatUnavailable("Discord is not connected.", hint="Open the chat before sending.")
        return self._client

    async def _call(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
        at: Mapping[str, int | str] | None = None,
        accept: Sequence[int] = (),
        harmless: bool = False,
    ) -> Any:
        """One call through the SDK's client, tried again where nothing came back and that is harmless."""
        attempts = _ATTEMPTS if harmless or method != "POST" else 1
        places: dict[str, Any] = dict(at or {})
        more: dict[str, Any] = {"timeout": self._attempt, "params": query}
        more |= {} if body is None else {"json": body}
        try:
            with _our_errors(accept):
                async with asyncio.timeout(_CALL_S):
                    return await self._asked_again(Route(method, path, **places), more, attempts)
        except _Accepted:
            return None

    async def _asked_again(self, route: Route, more: dict[str, Any], attempts: int) -> Any:
        """A loop of its own: stamina's costs as much as the whole call, and nearly every call succeeds at once."""
        for attempt in range(1, attempts):
            with suppress(TimeoutError, aiohttp.ClientError, discord.DiscordServerError):
                return await self._logged_in().http.request(route, **more)
            await asyncio.sleep(_PAUSE_S * 2**attempt)
        return await self._logged_in().http.request(route, **more)


class _Accepted(Exception):
    """Discord said no in a way that the caller reckons with."""


@contextmanager
def _our_errors(accept: Sequence[int] = ()) -> Iterator[None]:
    """The one table from the SDK's errors to ours; what is not in it is a bug."""
    try:
        yield
    except discord.LoginFailure as error:
        raise ChatUnavailable("Discord refuses the token.", hint=TOKEN_HINT) from error
    except discord.RateLimited as error:
        raise throttled(error.retry_after) from error
    except discord.HTTPException as error:
        if error.code in accept:
            raise _Accepted from error
        wait_s = float(error.response.headers.get("Retry-After", _PATIENT_S))
        raise refused(error.status, error.code, error.text, retry_after_s=wait_s) from error
    except discord.PrivilegedIntentsRequired as error:
        raise ChatUnavailable("Discord does not grant the intents that Paperboy asks for.") from error
    except discord.ConnectionClosed as error:
        bad_token = error.code == 4004
        raise ChatUnavailable(
            f"Discord closed the connection (code {error.code}).", hint=TOKEN_HINT if bad_token else ""
        ) from error
    except (discord.GatewayNotFound, aiohttp.ClientError, OSError) as error:  # TimeoutError is an OSError
        raise ChatUnavailable(f"Discord does not answer ({type(error).__name__}).") from error


def _may_manage(permissions: discord.Permissions | None) -> bool:
    may = permissions and (permissions.administrator or permissions.manage_guild or permissions.manage_channels)
    return bool(may)


async def _hung_up(client: discord.Client) -> None:
    """Leave the gateway and stay logged in."""
    socket: DiscordWebSocket | None = client.ws  # None before the first connection, whatever its type says
    if socket:
        with suppress(TimeoutError, aiohttp.ClientError, OSError):
            async with asyncio.timeout(5):
                await socket.close(code=1000)


async def _closed(client: discord.Client | None) -> None:
    if client:
        with suppress(TimeoutError, aiohttp.ClientError, OSError):
            async with asyncio.timeout(5):
                await client.close()
