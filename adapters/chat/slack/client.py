"""Slack as a chat platform: messages by the Web API, what people do by Socket Mode.

`bot` builds it and calls it through the `Chat` port. Everything that Slack tells is acknowledged at once and put into
the inbox, which brings it to the responder.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, Final

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult

from adapters.chat.breaker import Breaker
from adapters.chat.inbox import GRACE_S, Inbox
from adapters.chat.limits import Urgency
from adapters.chat.pacing import Timer
from adapters.chat.responder import PATIENCE_S, Responder
from adapters.chat.slack.checks import check_channel
from adapters.chat.slack.errors import LoggedOut, MessageGone, Unanswered
from adapters.chat.slack.events import (
    PLATFORM,
    ChannelChange,
    Paste,
    Question,
    ReactionChange,
    SlackEvent,
    identity,
    lane,
    understand,
)
from adapters.chat.slack.plan import WORDS, plan
from adapters.chat.slack.reactions import standing_reactions
from adapters.chat.slack.render import messages
from adapters.chat.slack.rights import Managers, RightsDesk
from adapters.chat.slack.surfaces import SlackSurface
from adapters.chat.slack.web import Identity, SlackWeb, quiet_logger
from core.channels import ChannelLost, ChannelRef, ChannelReturned, UserRef
from core.converse.ports import ChatPlatform, Desk
from core.deliver.ports import BeforeSending, Outage, at_once
from core.errors import AbsenceReason, ChatError, ChatUnavailable, NotAllowed
from core.posts.messages import MessageRef, Outgoing
from core.posts.tree import Post
from core.speech import N_, _
from core.text.readable import all_of
from core.time import Clock

#: seconds for one call, and for the first connection
CALL_S: Final = 15.0
CONNECT_S: Final = 30.0
#: seconds without a connection until it counts as an outage, and between two looks at it
OUTAGE_S: Final = 90.0
WATCH_S: Final = 1.0

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
    ) -> None:
        """`app_token` is needed to `run`; `pace_s`, `call_s` and `timer` as in `SlackWeb`."""
        self._web = SlackWeb(bot_token=bot_token, api_base_url=api_base_url, pace_s=pace_s, call_s=call_s, timer=timer)
        self._breaker = Breaker("Slack", clock, timer)
        self._app_token = app_token
        self._clock = clock
        self._patience_s = patience_s
        self._outage_s = outage_s
        self._grace_s = grace_s

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

    async def run(self, desk: Desk) -> None:
        """Listen by Socket Mode until cancelled. Raises ChatUnavailable where that ends in any other way."""
        me = self._web.identity or await self._web.login()
        url = await self._web.socket_url(self._app_token)
        workspace = ChannelRef(PLATFORM, me.team, "")
        await desk.channel_changed(ChannelReturned(channel=workspace))
        desk = RightsDesk(desk, Managers(self._web.call, self._clock))
        responder = Responder(desk, self._clock, patience_s=self._patience_s, fatal=(LoggedOut,))
        inbox = Inbox(self._handler(desk, responder, workspace), fatal=(LoggedOut,), grace_s=self._grace_s)
        socket = AsyncSocketModeHandler(self._app(inbox, me), self._app_token, logger=quiet_logger(), ping_interval=5)
        socket.client.wss_uri = url
        socket.client.message_listeners.append(_OtherConnections().hear)
        troubles: list[ChatError] = []
        is_connected = asyncio.Event()
        try:
            # At a stop both end at once: nothing more is heard while the inbox finishes what was accepted.
            async with asyncio.TaskGroup() as group:
                group.create_task(_listen(socket, self._outage_s, is_connected))
                group.create_task(inbox.run())
                group.create_task(self._catch_up(responder, workspace, is_connected))
        except* ChatError as errors:
            troubles += [error for error in errors.exceptions if isinstance(error, ChatError)]
        for trouble in troubles:
            raise trouble

    async def _catch_up(self, responder: Responder, workspace: ChannelRef, is_connected: asyncio.Event) -> None:
        """Once connected, look for what happened before that: Slack tells it again for some minutes alone."""
        await is_connected.wait()
        call = partial(self._web.call, urgency=Urgency.EDIT)
        managers = Managers(call, self._clock)
        await responder.catch_up(workspace, partial(standing_reactions, call, managers.is_bot))

    def _handler(
        self, desk: Desk, responder: Responder, workspace: ChannelRef
    ) -> Callable[[SlackEvent], Awaitable[None]]:
        """Bring one event to the responder. Raises LoggedOut."""

        async def handle(event: SlackEvent) -> None:
            if isinstance(event, Question):
                await responder.answer(event.command, SlackSurface(self._web, event.place))
            elif isinstance(event, Paste):
                await responder.show_card(event.links, SlackSurface(self._web, event.place))
            elif isinstance(event, ReactionChange):
                await responder.react(event.reaction, SlackSurface(self._web, event.place))
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

    def _app(self, inbox: Inbox[SlackEvent], me: Identity) -> AsyncApp:
        """The SDK's app, which acknowledges every event and puts those that mean something to us into the inbox."""

        async def authorize() -> AuthorizeResult:
            token = self._web.client.token
            return AuthorizeResult(enterprise_id=None, team_id=me.team, bot_user_id=me.user, bot_token=token)

        async def hear(ack: AsyncAck, body: dict[str, Any]) -> None:
            await ack()
            event = understand(body, team=me.team, bot=me.user, at=self._clock.now())
            if event:
                inbox.put(event, identity=identity(body) or None, lane=lane(event))

        app = AsyncApp(client=self._web.client, authorize=authorize, logger=quiet_logger())
        anything = re.compile(".*")
        for listen in (app.command, app.event, app.action):
            listen(anything)(hear)
        return app


class _OtherConnections:
    """Tells once, when Slack says hello, that another program is connected as this app: each event goes to one."""

    def __init__(self) -> None:
        self._is_first = True

    async def hear(self, _client: object, message: dict[str, Any], _raw: str | None = None) -> None:
        """Any message of Slack's; when a connection is made anew, the one before it still counts."""
        if message.get("type") == "hello" and self._is_first:
            self._is_first = False
            if (count := int(message.get("num_connections", 1))) > 1:
                _log.warning("platform shared", platform=PLATFORM, connections=count)


async def _listen(socket: AsyncSocketModeHandler, outage_s: float, is_connected: asyncio.Event) -> None:
    """Stay connected until cancelled, which `is_connected` tells. Raises ChatUnavailable where that fails for long."""
    try:
        try:
            async with asyncio.timeout(CONNECT_S):
                await socket.connect_async()  # type: ignore[no-untyped-call]  # the SDK gives it no types
        except TimeoutError as error:
            hint = _("Is wss:// let through?")
            raise ChatUnavailable(_("Slack's Socket Mode cannot be reached."), hint=hint) from error
        is_connected.set()
        silent_s = 0.0
        while silent_s < outage_s:
            await asyncio.sleep(WATCH_S)
            silent_s = 0.0 if await socket.client.is_connected() else silent_s + WATCH_S
        raise ChatUnavailable(_("The connection to Slack is lost."), hint=_("See https://status.slack.com."))
    finally:
        with suppress(aiohttp.ClientError, OSError, RuntimeError):  # whatever goes wrong in closing: we are leaving
            await socket.close_async()  # type: ignore[no-untyped-call]  # the SDK gives it no types
