"""Slack as a chat platform: messages by the Web API, what people do by Socket Mode.

`bot` builds it and calls it through the `Chat` port. Everything that Slack tells is acknowledged at once and put into
the inbox, which brings it to the responder. Where several processes share a database, each listens, and keeps there
what it hears; the one that serves takes it up.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog

from adapters.chat.breaker import Breaker
from adapters.chat.inbox import GRACE_S
from adapters.chat.limits import Urgency
from adapters.chat.pacing import Timer
from adapters.chat.responder import PATIENCE_S, Attempt, Responder
from adapters.chat.rivals import Rivals
from adapters.chat.slack.checks import check_channel
from adapters.chat.slack.errors import LoggedOut, MessageGone, Unanswered
from adapters.chat.slack.events import (
    PLATFORM,
    ChannelChange,
    Occurrence,
    Paste,
    Question,
    ReactionChange,
    lane,
    late_question,
    number_of,
    understand,
)
from adapters.chat.slack.plan import WORDS, plan
from adapters.chat.slack.reactions import standing_reactions
from adapters.chat.slack.render import messages
from adapters.chat.slack.rights import Managers, RightsDesk
from adapters.chat.slack.socket import OUTAGE_S, WATCH_S, CountOwn, SlackSocket
from adapters.chat.slack.surfaces import SlackSurface
from adapters.chat.slack.web import Identity, SlackWeb
from adapters.chat.waiting import UpdateMemory, WaitingLine
from core.channels import ChannelLost, ChannelRef, ChannelReturned, UserRef
from core.converse.ports import ChatPlatform, Desk, UpdateStore, WaitingUpdate
from core.deliver.ports import BeforeSending, Outage, at_once
from core.errors import AbsenceReason, ChatError, ChatUnavailable, NotAllowed, PaperboyError, StoreError
from core.posts.messages import MessageRef, Outgoing
from core.posts.tree import Post
from core.speech import N_, _
from core.text.readable import all_of
from core.time import Clock

#: seconds for one call
CALL_S: Final = 15.0
#: seconds for keeping an event: Slack waits three for its acknowledgement
KEEPING_S: Final = 2.0
#: seconds between two looks for what other processes heard, and while the database is away
LOOK_EVERY_S: Final = 0.3
AWAY_S: Final = 2.0
#: for how long a question is worth its answer: longer than it takes another process to serve when one dies
ANSWERED_FOR: Final = timedelta(minutes=2)

ATTEMPTS: Final = 3

#: what the bot token must be allowed; deploy/slack-manifest.yaml asks for the same
SCOPES: Final = (
    "app_mentions:read",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:write",
    "reactions:read",
    "users:read",
)

_log = structlog.get_logger(__name__)


class SlackChat(ChatPlatform):
    """One workspace, as one bot user."""

    platform = PLATFORM

    def __init__(
        self,
        *,
        bot_token: str,
        app_token: str | None,
        clock: Clock,
        api_base_url: str = "https://slack.com/api/",
        pace_s: float = 1.0,
        timer: Timer | None = None,
        call_s: float = CALL_S,
        patience_s: float = PATIENCE_S,
        outage_s: float = OUTAGE_S,
        grace_s: float = GRACE_S,
        updates: UpdateStore | None = None,
        count_own: CountOwn | None = None,
        watch_s: float = WATCH_S,
    ) -> None:
        """`app_token` is needed to `run`; `pace_s`, `call_s` and `timer` as in `SlackWeb`.

        `updates` keeps what several processes hear until the one that serves carries it out; without it one process
        hears all.
        """
        self._web = SlackWeb(bot_token=bot_token, api_base_url=api_base_url, pace_s=pace_s, call_s=call_s, timer=timer)
        self._breaker = Breaker("Slack", clock, timer)
        self._rivals = Rivals(PLATFORM, clock)
        self._socket = SlackSocket(
            self._web,
            app_token,
            self._hear,
            clock=clock,
            rivals=self._rivals,
            outage_s=outage_s,
            watch_s=watch_s,
            count_own=count_own,
        )
        self._app_token = app_token
        self._clock = clock
        self._patience_s = patience_s
        self._grace_s = grace_s
        self._can_listen = updates is not None
        self._updates = updates or UpdateMemory()
        #: where what is heard goes at once; None where this process does not serve
        self._line: WaitingLine[Occurrence] | None = None

    @property
    def outage(self) -> Outage | None:
        """As `Breaker`."""
        return self._breaker.outage

    @asynccontextmanager
    async def open(self) -> AsyncIterator[ChatPlatform]:
        """Log in with the bot token; Socket Mode waits for `run`."""
        async with self._web.open():
            yield self

    async def whoami(self) -> str:
        """The bot's name and workspace, and the scopes it lacks; checks the app token where there is one."""
        me = await self._web.login()
        missing = [scope for scope in SCOPES if me.scopes and scope not in me.scopes]
        if "chat:write" in missing:
            raise ChatUnavailable(
                _("Slack's bot token lacks the scopes {scopes}.", scopes=", ".join(missing)),
                hint=_("Add them under OAuth & Permissions (or apply deploy/slack-manifest.yaml) and install again."),
            )
        if self._app_token:
            await self._web.socket_url(self._app_token)
        scopes = ", ".join(missing)
        lacks = f", without the scopes {scopes} (docs/slack.md)" if missing else ""  # not said: the operator reads it
        return f"@{me.name} ({me.user}) in {me.team_name} ({me.team}){lacks}"

    async def check(self, channel: ChannelRef) -> None:
        """Ask Slack whether the channel is there and open, and whether the bot is in it."""
        await check_channel(self._web, self._web.conversation(channel))

    async def hears_links(self, channel: ChannelRef) -> str:
        """Slack does not tell which events an app gets: what is wrong for sure is a scope that is missing."""
        me = self._web.identity or await self._web.login()
        missing = [scope for scope in ("channels:history", "groups:history") if me.scopes and scope not in me.scopes]
        if not missing:
            return ""
        message = N_("Add the scopes {scopes} and the events message.channels and message.groups.")
        return _(message, scopes=all_of(missing))

    def plan(self, channel: ChannelRef, post: Post, *, key: str) -> tuple[Outgoing, ...]:
        """The post's own messages, the first being the parent of all others; then one or more for each reply."""
        return plan(post, key=key)

    async def send(
        self,
        channel: ChannelRef,
        outgoing: Outgoing,
        parent: MessageRef | None,
        *,
        before_sending: BeforeSending = at_once,
    ) -> MessageRef:
        """Post it; where Slack does not answer, look whether it has the message before trying again."""
        if message := self._web.recall(channel, outgoing.key):
            return message
        async with self._breaker.sending(before_sending) as look:
            return await self._post_once(channel, outgoing, parent.id if parent else "", look)

    async def _post_once(
        self, channel: ChannelRef, outgoing: Outgoing, thread: str, before_sending: BeforeSending
    ) -> MessageRef:
        post = partial(self._web.post, channel, outgoing.payload, thread, urgency=Urgency.DIGEST)
        for attempt in range(1, ATTEMPTS):
            try:
                return await post(before_sending=before_sending)
            except Unanswered:
                await self._clock.sleep(attempt)
                if message := await self._web.find(channel, outgoing.key, thread, urgency=Urgency.DIGEST):
                    return message
        return await post(before_sending=before_sending)

    async def find(self, channel: ChannelRef, key: str) -> MessageRef | None:
        """Look for the key in the channel's latest messages, and in the thread where it belongs."""
        try:
            return await self._web.find(channel, key, urgency=Urgency.DIGEST)
        except NotAllowed as error:
            _log.warning(f"Slack does not let us look for what was sent. {error.sentence()}")
            return None

    def can_look(self, channel: ChannelRef) -> bool:
        """May the token read the channel's history?"""
        return self._web.can_search(channel)

    def address_of(self, message: MessageRef) -> str:
        """The message's address, made as Slack makes its permalinks."""
        home = self._web.identity.url if self._web.identity else ""
        return f"{home}archives/{message.channel.place}/p{message.id.replace('.', '')}" if home else ""

    async def thread_of(self, message: MessageRef) -> MessageRef | None:
        """Ask Slack, for a reply to a reply would lie in no thread that anybody sees; None where it does not tell."""
        where = {"channel": self._web.conversation(message.channel), "ts": message.id, "limit": 1}
        try:
            answer = await self._web.call("conversations.replies", where, urgency=Urgency.EDIT)
        except (MessageGone, NotAllowed):
            return None
        thread = [reply.get("thread_ts") for reply in answer.get("messages") or ()][:1]
        return MessageRef(message.channel, str(thread[0])) if thread and thread[0] else message

    async def edit(self, message: MessageRef, post: Post) -> None:
        """Replace the message; what is too long for one message follows in its thread."""
        first, *overflow = messages(WORDS.localise(post))
        where = {"channel": self._web.conversation(message.channel), "ts": message.id}
        answer = await self._web.call("chat.update", where | first, urgency=Urgency.EDIT)
        thread = answer.get("message", {}).get("thread_ts") or message.id
        for part in overflow:
            await self._web.post(message.channel, part, thread, urgency=Urgency.EDIT)

    async def write(self, person: UserRef, post: Post) -> None:
        """Open the person's direct messages and write there; needs the scope im:write."""
        answer = await self._web.call("conversations.open", {"users": person.id})
        there = ChannelRef(PLATFORM, person.workspace, str(answer["channel"]["id"]))
        for part in messages(WORDS.localise(post)):
            await self._web.post(there, part, "")

    @property
    def rivals_since(self) -> datetime | None:
        """Slack counts more connections of the app than this installation has."""
        return self._rivals.since

    @property
    def can_listen(self) -> bool:
        """Where a database keeps what is heard."""
        return self._can_listen

    async def listen(self, on_connection: Callable[[], None]) -> None:
        """Hear by Socket Mode and keep it until cancelled. Raises ChatUnavailable where that ends in any other way."""
        await self._socket.listen(on_connection)

    async def run(self, desk: Desk) -> None:
        """Listen by Socket Mode until cancelled. Raises ChatUnavailable where that ends in any other way."""
        me = self._web.identity or await self._web.login()
        await self._socket.prepare()
        workspace = ChannelRef(PLATFORM, me.team, "")
        await desk.channel_changed(ChannelReturned(channel=workspace))
        desk = RightsDesk(desk, Managers(self._web.call, self._clock))
        responder = Responder(
            desk,
            self._clock,
            patience_s=self._patience_s,
            fatal=(LoggedOut,),
            has_successor=self._can_listen,
        )
        line = WaitingLine(
            _account(me),
            self._updates,
            self._clock,
            read=partial(self._read, me),
            lane_of=lambda occurrence: lane(occurrence.event),
            carry_out=self._handler(desk, responder, workspace),
            fatal=(LoggedOut,),
            grace_s=self._grace_s,
        )
        troubles: list[ChatError] = []
        is_connected = asyncio.Event()
        try:
            # At a stop both end at once: nothing more is heard while the inbox finishes what was accepted.
            async with asyncio.TaskGroup() as group:
                group.create_task(self._listen_for(line, is_connected))
                group.create_task(line.inbox.run())
                group.create_task(self._catch_up(responder, workspace, is_connected))
                if self._can_listen:
                    group.create_task(self._keep_taking_up(line))
        except* ChatError as errors:
            troubles += [error for error in errors.exceptions if isinstance(error, ChatError)]
        for trouble in troubles:
            raise trouble

    async def _listen_for(self, line: WaitingLine[Occurrence], is_connected: asyncio.Event) -> None:
        self._line = line
        try:
            await self._socket.listen(is_connected.set)
        finally:
            self._line = None

    async def _keep_taking_up(self, line: WaitingLine[Occurrence]) -> None:
        """Carry out what other processes heard, until cancelled."""
        while True:
            pause_s = LOOK_EVERY_S
            try:
                await line.take_up()
            except StoreError as error:  # of which the operator is told elsewhere
                _log.debug("what others heard is not looked for", error=error.sentence())
                pause_s = AWAY_S
            await asyncio.sleep(pause_s)

    async def _catch_up(self, responder: Responder, workspace: ChannelRef, is_connected: asyncio.Event) -> None:
        """Once connected, look for what happened before that: Slack tells it again for some minutes alone."""
        await is_connected.wait()
        call = partial(self._web.call, urgency=Urgency.EDIT)
        managers = Managers(call, self._clock)
        await responder.catch_up(workspace, partial(standing_reactions, call, managers.is_bot))

    async def _hear(self, body: dict[str, Any]) -> PaperboyError | None:
        """Keep a payload that means something to us, and carry it out if this process serves; why it cannot be kept."""
        me, now = self._web.identity, self._clock.now()
        if me is None or understand(body, team=me.team, bot=me.user, at=now) is None:
            return None
        content = json.dumps({name: value for name, value in body.items() if name != "token"})
        entry = WaitingUpdate(number=number_of(body), content=content)
        keeping = asyncio.ensure_future(
            self._updates.take_updates(_account(me), [entry], at=now, is_begun=self._line is not None)
        )
        await asyncio.wait({keeping}, timeout=KEEPING_S)  # it would not let itself be cancelled
        try:
            entries = keeping.result()
        except (StoreError, asyncio.InvalidStateError):
            keeping.add_done_callback(_leave)
            if self._line is None:
                return ChatUnavailable(
                    _("Paperboy cannot reach its database."), hint=_("Please ask again in a minute.")
                )
            entries = (entry,)  # whoever asked hears what is wrong
        if self._line:
            self._line.enter(entries)
        return None

    def _read(self, me: Identity, entry: WaitingUpdate) -> Occurrence | None:
        at = entry.received_at or self._clock.now()
        event = understand(json.loads(entry.content), team=me.team, bot=me.user, at=at)
        return Occurrence(event, at) if event else None

    def _handler(
        self, desk: Desk, responder: Responder, workspace: ChannelRef
    ) -> Callable[[Occurrence, Attempt], Awaitable[None]]:
        """Bring one event to the responder. Raises LoggedOut."""

        async def handle(occurrence: Occurrence, attempt: Attempt) -> None:
            event, is_late = occurrence.event, self._clock.now() - occurrence.at > ANSWERED_FOR
            if isinstance(event, Question):
                command = late_question(event, occurrence.at) if is_late else event.command
                await responder.answer(command, SlackSurface(self._web, event.place), attempt)
            elif isinstance(event, Paste):
                if not is_late:  # nobody waits for a card
                    await responder.show_card(event.links, SlackSurface(self._web, event.place), attempt)
            elif isinstance(event, ReactionChange):
                await responder.react(event.reaction, SlackSurface(self._web, event.place), attempt)
            elif isinstance(event, ChannelChange):
                await desk.channel_changed(event.event)
            else:
                await desk.channel_changed(ChannelLost(channel=workspace, reason=AbsenceReason.UNINSTALLED))
                raise LoggedOut(
                    _("Slack: the app was uninstalled or its tokens were revoked."),
                    hint=_(
                        "Remove the old tokens from the settings. To go on, install the app again, set the new tokens"
                        " and start Paperboy again; its digests go on by themselves."
                    ),
                )

        return handle


def _account(me: Identity) -> str:
    """Whose events they are: this bot's in this workspace."""
    return f"{PLATFORM}:{me.team}:{me.user}"


def _leave(keeping: asyncio.Future[tuple[WaitingUpdate, ...]]) -> None:
    """What becomes of it is nobody's concern any more."""
    if not keeping.cancelled():
        keeping.exception()
