"""Discord as a chat platform, through discord.py, which `gateway`, `shards` and `sdk_errors` import as well.

`bot` calls it through the `Chat` port. Sending needs a login and no gateway; `run` holds the gateway's connections,
where slash commands, mentions, direct messages, buttons and reactions come from. Message bodies are JSON made by
`discord.render`, sent through the SDK's own HTTP client, which keeps to the limits that Discord tells in its headers.

Whatever a person does is answered within three seconds, if need be by a deferral that is filled in later. The SDK has
one API address for the process: where settings name another one, it is set for all of its Discord clients.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Container, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext, suppress
from datetime import datetime
from functools import partial
from typing import Any, Final

import aiohttp
import discord
from discord.http import Route

from adapters.chat.breaker import Breaker
from adapters.chat.discord import events
from adapters.chat.discord.checks import check_channel
from adapters.chat.discord.errors import ALREADY_ACKNOWLEDGED, foreign_answer_error
from adapters.chat.discord.gateway import Event, GatewayClient, log_out, may_manage, pasted_papers
from adapters.chat.discord.interactions import Interactions
from adapters.chat.discord.last_look import Watch
from adapters.chat.discord.limits import heed, request_pace
from adapters.chat.discord.reactions import Arrivals, ReactionEvent, read_change, standing_reactions
from adapters.chat.discord.render import form_of, message_bodies, plan
from adapters.chat.discord.rooms import Rooms, ids_of
from adapters.chat.discord.sdk_errors import ExpectedRefusal, our_errors, raise_for_outage
from adapters.chat.discord.shards import PAUSE_S, GatewayPlan, NewSessions, SessionStarts, Shards, read_plan, shard_of
from adapters.chat.discord.surfaces import MessageSurface
from adapters.chat.inbox import GRACE_S, MOST_WAITING, Inbox
from adapters.chat.limits import Urgency
from adapters.chat.pacing import Timer
from adapters.chat.responder import PATIENCE_S, Responder
from adapters.chat.rivals import RARE_SIGN_SPAN, Rivals
from core.channels import ChannelEvent, ChannelRef, UserRef
from core.converse.pasted import PastedLinks
from core.converse.ports import ChatPlatform, Desk
from core.deliver.ports import BeforeSending, Outage, at_once
from core.errors import ChatError, ChatUnavailable
from core.operate.services import Hearing
from core.posts.messages import MessageRef, Outgoing
from core.posts.reactions import Reaction, ReactionClearing
from core.posts.tree import Attachment, Post
from core.speech import _
from core.time import Clock

API: Final = "https://discord.com/api/v10"
#: events that are carried out at the same time: more than elsewhere, since an interaction is lost after three seconds
AT_ONCE: Final = 50

#: seconds for one request, for one with the waits of the SDK, and for logging in
_ATTEMPT_S: Final = 15.0
_CALL_S: Final = 55.0
_LOGIN_S: Final = 60.0
#: seconds for looking up what somebody may mean who is typing; Discord waits for three
_SUGGEST_S: Final = 2.0
_ATTEMPTS: Final = 3
#: half of the pause before a second attempt, in seconds; it doubles with each
_PAUSE_S: Final = 0.1


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
        shards: int = 0,
        session_pause_s: float = PAUSE_S,
        pace_s: float = 1.0,
        timer: Timer | None = None,
        patience_s: float = PATIENCE_S,
        attempt_s: float = _ATTEMPT_S,
        grace_s: float = GRACE_S,
        suggest_s: float = _SUGGEST_S,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        """`patience_s`: how long an answer may take before the asker is told to wait; `attempt_s`: one call's time.

        `grace_s`: how long a stop waits for what was asked before; `suggest_s`: how long somebody who is typing waits
        for what they may mean. `shards`: connections to the gateway, 0 for as many as Discord recommends;
        `session_pause_s`: seconds between two that begin. `pace_s`: the seconds over which Discord counts all
        requests, 0 is no limit; `timer` as in `Pace`.
        """
        self._token = token
        self._breaker = Breaker("Discord", clock, timer)
        self._rivals = Rivals(self.platform, clock, counts_for=RARE_SIGN_SPAN)
        self._clock = clock
        self._api = api_base_url.rstrip("/")
        self._gateway = gateway_url
        self._shard_count = shards
        self._session_pause_s = session_pause_s
        #: while `run` holds them
        self._shards: Shards | None = None
        self._attempt = aiohttp.ClientTimeout(total=attempt_s)
        self._client: GatewayClient | None = None
        self._users = 0
        self._patience_s = patience_s
        self._grace_s = grace_s
        self._most_waiting = most_waiting
        #: while `run` is connected, and the last one's after that
        self._inbox: Inbox[Event] | None = None
        #: of interactions that the inbox has no room for
        self._refusals: Inbox[discord.Interaction[Any]] | None = None
        self._new_sessions = NewSessions()
        self._arrivals = Arrivals(clock)
        self._pace = request_pace(pace_s, timer)
        self._rooms = Rooms(self._call)
        self._interactions = Interactions(self._call, self._rooms, clock, suggest_s=suggest_s)

    @property
    def outage(self) -> Outage | None:
        """As `Breaker`."""
        return self._breaker.outage

    @property
    def hearing(self) -> Hearing | None:
        """How many of the gateway's connections are open."""
        return self._shards.hearing if self._shards else None

    @property
    def rivals_since(self) -> datetime | None:
        """Discord says that interactions were answered before this process, which alone serves, answers them."""
        return self._rivals.since

    @asynccontextmanager
    async def open(self) -> AsyncIterator[ChatPlatform]:
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
                await log_out(client)

    async def _log_in(self) -> None:
        Route.BASE = self._api
        client = GatewayClient(self._accept)
        try:
            with our_errors():
                async with asyncio.timeout(_LOGIN_S):
                    await client.login(self._token)
        except BaseException as error:
            await log_out(client)
            if isinstance(error, ChatError) and not isinstance(error, ChatUnavailable):
                raise ChatUnavailable(str(error), hint=error.hint) from error
            raise
        self._client = client

    async def whoami(self) -> str:
        """The bot's name and the servers it was added to."""
        me = self._open_client().user
        guilds = await self._call("GET", "/users/@me/guilds")
        no_server = "no server yet: invite it, see docs/discord.md"  # not said: the operator reads it
        where = ", ".join(guild["name"] for guild in guilds[:5]) or no_server
        return f"{me.name if me else ''} (in {where}{', …' if len(guilds) > 5 else ''})"

    async def check(self, channel: ChannelRef) -> None:
        """Look at the channel's type, and at what the bot may do there."""
        await check_channel(self._call, channel)

    async def hears_links(self, channel: ChannelRef) -> str:
        """Hearing what people say to one another is a right of the application."""
        return self._open_client().lack_of_content

    def plan(self, channel: ChannelRef, post: Post, *, key: str) -> tuple[Outgoing, ...]:
        """Embeds within Discord's limits; replies hang in the thread of the post's last message."""
        return plan(channel, post, key=key)

    async def send(
        self,
        channel: ChannelRef,
        outgoing: Outgoing,
        parent: MessageRef | None,
        *,
        before_sending: BeforeSending = at_once,
    ) -> MessageRef:
        """Send one message. Discord shows one message for a key that is sent again within minutes."""
        async with self._breaker.sending(before_sending) as look:
            return await self._rooms.send(channel, outgoing, parent, before_sending=look)

    async def find(self, channel: ChannelRef, key: str) -> MessageRef | None:
        """The message that has the key's mark; looks through the latest hundred messages of the channel."""
        return await self._rooms.find(channel, key)

    def can_look(self, channel: ChannelRef) -> bool:
        """The bot is invited with the right to read what is there."""
        return True

    def address_of(self, message: MessageRef) -> str:
        """The message's address, made as Discord makes its own."""
        room, number = ids_of(message)
        return f"https://discord.com/channels/{message.channel.workspace}/{room}/{number}"

    async def thread_of(self, message: MessageRef) -> MessageRef:
        """A thread has the number of the message that it hangs from, and none hangs from a message in it."""
        room, number = ids_of(message)
        is_in_thread = str(room) != message.channel.place
        return MessageRef(message.channel, f"{message.channel.place}:{room if is_in_thread else number}")

    async def edit(self, message: MessageRef, post: Post) -> None:
        """Replace a message's text and buttons; its mark stays. Raises NotFound where it was deleted."""
        await self._rooms.edit(message, message_bodies(post))

    async def write(self, person: UserRef, post: Post) -> None:
        """Write into the person's direct messages."""
        for body in message_bodies(post):
            await self._rooms.say_directly(person, body)

    async def run(self, desk: Desk) -> None:
        """Stay connected; what people do is brought to the desk, a bounded number of them at a time."""
        responder = Responder(desk, self._clock, patience_s=self._patience_s)
        async with self.open():
            await self._interactions.register(self._open_client().application_id or 0)
            take = partial(self._take, responder=responder, desk=desk)
            self._inbox = Inbox(take, at_once=AT_ONCE, most_waiting=self._most_waiting, grace_s=self._grace_s)
            refuse = partial(self._interactions.refuse, desk=desk)
            self._refusals = Inbox(refuse, at_once=AT_ONCE, grace_s=self._grace_s)
            async with asyncio.TaskGroup() as group:
                works = (self._inbox.run(), self._refusals.run(), self._catch_up(responder))
                tasks = [group.create_task(work) for work in works]
                failure = await self._connections_lost()
                for task in tasks:
                    task.cancel()
            raise failure

    async def _connections_lost(self) -> ChatError:
        """Hold the gateway's connections; why they ended for good."""
        plan = await self._gateway_plan()
        client = self._open_client()
        client.hear_all_if_allowed()
        starts = SessionStarts(plan, self._gateway_plan, self._clock, pause_s=self._session_pause_s)
        count, gateway = self._shard_count or plan.shards, self._gateway or plan.url
        self._shards = Shards(client, starts, self._new_sessions, self._clock, count=count, gateway=gateway)
        try:
            return await self._shards.hold()
        finally:
            self._shards = None

    async def _gateway_plan(self) -> GatewayPlan:
        return read_plan(await self._call("GET", "/gateway/bot"))

    def _accept(self, event: Event) -> None:
        """Accept what concerns the bot; interactions wait for no other event, since three seconds are all they have."""
        if self._inbox is None or self._refusals is None:
            return
        if isinstance(event, ChannelEvent):
            self._inbox.put(event, lane=event.channel.workspace)
        elif isinstance(event, ReactionEvent):
            self._inbox.put(self._arrivals.stamp(event), lane=event.user or ("clearing", event.message))
        elif isinstance(event, discord.Message):
            if self._is_spoken_to(event) or pasted_papers(event):
                self._inbox.put(event, identity=event.id, lane=(event.channel.id, event.author.id))
        elif self._inbox.is_full:
            self._refusals.put(event, identity=event.id)
        else:
            self._inbox.put(event, identity=event.id)

    def _is_spoken_to(self, message: discord.Message) -> bool:
        """Is it a direct message, or one that mentions the bot?"""
        return not message.author.bot and (message.guild is None or self._open_client().user in message.mentions)

    async def _take(self, event: Event, responder: Responder, desk: Desk) -> None:
        """Carry one event out."""
        if isinstance(event, ChannelEvent):
            await desk.channel_changed(event)
        elif isinstance(event, ReactionEvent):
            await self._take_reaction(event, responder)
        elif isinstance(event, discord.Message):
            await self._take_message(event, responder)
        else:
            await self._interactions.take(event, responder, desk)

    async def _take_message(self, message: discord.Message, responder: Responder) -> None:
        guild = message.guild.id if message.guild else None
        place = await self._place_in(guild, message.channel.id)
        author = message.author
        asker = events.Asker(
            actor=events.person(author.id),
            may_manage=guild is None or may_manage(getattr(author, "guild_permissions", None)),
            name=author.display_name,
        )
        surface = MessageSurface(self._rooms, place, asker=asker.actor, message=message.id)
        if not self._is_spoken_to(message):
            links = pasted_papers(message)
            now = self._clock.now()
            await responder.show_card(PastedLinks(user=asker.actor, place=place.channel, papers=links, at=now), surface)
            return
        me = self._open_client().user
        above = message.reference.message_id if message.reference else None
        command = events.read_message(
            message.content, me.id if me else 0, place, asker, at=self._clock.now(), reply_to=above
        )
        await responder.answer(command, surface)

    async def _take_reaction(self, event: ReactionEvent, responder: Responder) -> None:
        me = self._open_client().user
        if me and event.user == me.id:
            return
        place = await self._place_in(event.guild, event.room)
        change = read_change(event, place)
        if isinstance(change, ReactionClearing):
            await responder.clear(change)
        else:
            await responder.react(change, MessageSurface(self._rooms, place, asker=change.user, message=event.message))

    async def _catch_up(self, responder: Responder) -> None:
        """When sessions begin, look for what happened before them in the servers that they bring."""
        while True:
            shards = await self._new_sessions.wait()
            list_reactions = partial(self._standing_reactions, shards)
            await responder.catch_up(ChannelRef(events.PLATFORM, "", ""), list_reactions)

    async def _standing_reactions(
        self, shards: Container[int], message: MessageRef, counts: Callable[[str], bool]
    ) -> Sequence[Reaction] | None:
        """As `standing_reactions`; None for messages that other shards bring."""
        if shard_of(message.channel.workspace, self._open_client().shard_count or 1) not in shards:
            return None
        return await standing_reactions(self._call, message, counts)

    async def _place_in(self, guild: int | None, room: int) -> events.Place:
        return events.place_of(guild, room, await self._rooms.parent_of(room) if guild else room)

    def _open_client(self) -> GatewayClient:
        if self._client is None:
            raise ChatUnavailable(_("Discord is not connected."), hint=_("Open the chat before sending."))
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
        is_repeatable: bool = False,
        urgency: Urgency = Urgency.ANSWER,
        before_sending: BeforeSending = at_once,
        file: Attachment | None = None,
    ) -> Any:
        """One call through the SDK's client, tried again where nothing came back and that is harmless."""
        attempt, attempts = 1, _ATTEMPTS if is_repeatable or method != "POST" else 1
        places: dict[str, Any] = dict(at or {})
        more: dict[str, Any] = {"timeout": self._attempt, "params": query, "raise_for_status": raise_for_outage}
        more |= {} if body is None else {"form": form_of(body, file)} if file else {"json": body}
        ask = partial(self._ask, Route(method, path, **places), urgency, before_sending, more)
        try:
            with our_errors(accept):
                # A loop of its own: stamina's costs as much as the whole call, and nearly every call succeeds at once.
                for attempt in range(1, attempts):
                    with suppress(TimeoutError, aiohttp.ClientError):
                        return await ask()
                    await asyncio.sleep(_PAUSE_S * 2**attempt)
                return await ask()
        except ExpectedRefusal as refusal:
            if refusal.code == ALREADY_ACKNOWLEDGED and attempt == 1:  # after others it may have been this process
                self._rivals.note()
            return None

    async def _ask(self, route: Route, urgency: Urgency, before_sending: BeforeSending, more: Mapping[str, Any]) -> Any:
        """One request in its turn; those by an interaction's token do not count at Discord."""
        lane = (route.key, route.major_parameters)
        async with self._pace.turn(lane, urgency) if not route.webhook_token else nullcontext() as turn:

            def note_answer(status: int, headers: Mapping[str, str]) -> None:
                if turn:
                    turn.end()
                    heed(self._pace, lane, status, headers)

            watch = Watch(before_sending=before_sending, after_answer=note_answer)
            async with asyncio.timeout(_CALL_S):
                answer = await self._open_client().http.request(route, trace_request_ctx=watch, **more)
            if isinstance(answer, str) and answer:  # the SDK gives what is no JSON as it is
                raise foreign_answer_error()
            return answer
