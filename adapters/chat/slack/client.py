"""Slack as a chat platform: messages by the Web API, what people do by Socket Mode. The only module that knows the SDK.

`bot` builds it and calls it through the `Chat` port. Everything that Slack tells is acknowledged at once and put into a
bounded queue; a few workers carry it to the desk. Every message carries our key as metadata, so that a later process
can find what an earlier one had sent.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.chat.finishing import finished
from adapters.chat.pacing import Pace
from adapters.chat.slack.answers import PATIENCE_S, Answers, Ear, Web, key_of, plan, remember
from adapters.chat.slack.checks import check_channel
from adapters.chat.slack.errors import LoggedOut, Unanswered, refused, unanswered
from adapters.chat.slack.events import PLATFORM
from adapters.chat.slack.render import messages
from core.channels import ChannelRef
from core.converse.ports import ChatPlatform, Desk
from core.errors import ChannelGone, ChatThrottled, ChatUnavailable, NotAllowed, PaperboyError
from core.posts.messages import MessageRef, Outgoing
from core.posts.tree import Post
from core.time import Clock

#: seconds for one call, and for the first connection
CALL_S: Final = 15.0
CONNECT_S: Final = 30.0
#: seconds that one call may be kept waiting because Slack asks for it
LONGEST_WAIT_S: Final = 60.0
#: seconds without a connection until it counts as an outage, and between two looks at it
OUTAGE_S: Final = 90.0
WATCH_S: Final = 1.0

ATTEMPTS: Final = 3
#: things carried to the desk at a time
AT_ONCE: Final = 8
#: pages of a channel's history that are searched for a message, and messages on each
PAGES: Final = 5
PAGE: Final = 200

#: what the bot token must be allowed; deploy/slack-manifest.yaml asks for the same
SCOPES: Final = (
    "app_mentions:read",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "groups:history",
    "groups:read",
    "im:history",
    "reactions:read",
    "users:read",
)

#: read by GET; all else is sent as JSON
_READING: Final = frozenset(("conversations.history", "conversations.info", "conversations.replies", "users.info"))

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Me:
    """Whom the bot token belongs to."""

    team: str
    team_name: str
    user: str
    name: str
    scopes: frozenset[str]


class SlackChat(ChatPlatform, Web):
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
        call_s: float = CALL_S,
        patience_s: float = PATIENCE_S,
        outage_s: float = OUTAGE_S,
    ) -> None:
        """`app_token` is needed to `run`; `pace_s`: seconds between two messages in a channel; `call_s`: for a call."""
        self._outage_s = outage_s
        self._client = AsyncWebClient(bot_token, api_base_url, retry_handlers=[], logger=_quiet())
        self._app_token = app_token
        self._clock = clock
        self._pace = Pace(1, pace_s)
        self._call_s = call_s
        self._patience_s = patience_s
        self._me: _Me | None = None
        self._sent: OrderedDict[tuple[ChannelRef, str], MessageRef] = OrderedDict()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[ChatPlatform]:
        """Log in with the bot token; Socket Mode waits for `run`."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._call_s)) as session:
            self._client.session = session
            try:
                self._me = await self._login()
                yield self
            finally:
                self._client.session = None

    async def whoami(self) -> str:
        """The bot's name and workspace, and the scopes it lacks; checks the app token where there is one."""
        me = await self._login()
        missing = [scope for scope in SCOPES if me.scopes and scope not in me.scopes]
        if "chat:write" in missing:
            raise ChatUnavailable(
                f"Slack's bot token lacks the scopes {', '.join(missing)}.",
                hint="Add them under OAuth & Permissions (or apply deploy/slack-manifest.yaml) and install again.",
            )
        if self._app_token:
            await self._socket_url()
        lacks = f", without the scopes {', '.join(missing)} (docs/slack.md)" if missing else ""
        return f"@{me.name} ({me.user}) in {me.team_name} ({me.team}){lacks}"

    async def check(self, channel: ChannelRef) -> None:
        """Ask Slack whether the channel is there and open, and whether the bot is in it."""
        await check_channel(self, self._conversation(channel))

    def plan(self, channel: ChannelRef, post: Post, *, key: str) -> tuple[Outgoing, ...]:
        """The post's own messages, the first being the parent of all others; then one or more for each reply."""
        return plan(channel, post, key=key)

    async def send(self, channel: ChannelRef, outgoing: Outgoing, parent: MessageRef | None) -> MessageRef:
        """Post it; where Slack does not answer, look whether it has the message before trying again."""
        if known := self._sent.get((channel, outgoing.key)):
            return known
        thread = parent.id if parent else ""
        for attempt in range(1, ATTEMPTS):
            try:
                return await self.post(channel, outgoing.payload, thread)
            except Unanswered:
                await self._clock.sleep(attempt)
                if found := await self._find(channel, outgoing.key, thread):
                    return found
        return await self.post(channel, outgoing.payload, thread)

    async def find(self, channel: ChannelRef, key: str) -> MessageRef | None:
        """Look for the key in the channel's latest messages, and in the thread where it belongs."""
        if known := self._sent.get((channel, key)):
            return known
        head = self._sent.get((channel, _head(key)))
        try:
            return await self._find(channel, key, head.id if head else "")
        except NotAllowed as error:
            _log.warning(f"Slack does not let us look for what was sent. {error.sentence()}")
            return None

    async def edit(self, message: MessageRef, post: Post) -> None:
        """Replace the message; what is too long for one message follows in its thread."""
        first, *rest = messages(post)
        where = {"channel": self._conversation(message.channel), "ts": message.id}
        answer = await self.call("chat.update", where | first)
        thread = answer.get("message", {}).get("thread_ts") or message.id
        for part in rest:
            await self.post(message.channel, part, thread)

    async def run(self, desk: Desk) -> None:
        """Listen by Socket Mode until cancelled. Raises ChatUnavailable where that ends in any other way."""
        self._me = me = self._me or await self._login()
        ear = Ear(me.team, me.user)
        url = await self._socket_url()
        socket = AsyncSocketModeHandler(self._app(ear, me), self._app_token, logger=_quiet(), ping_interval=5)
        socket.client.wss_uri = url
        try:
            async with asyncio.timeout(CONNECT_S):
                await socket.connect_async()  # type: ignore[no-untyped-call]  # the SDK gives it no types
        except TimeoutError as error:
            await _closed(socket)
            raise ChatUnavailable("Slack's Socket Mode cannot be reached.", hint="Is wss:// let through?") from error
        try:
            trouble = await self._serve(socket, ear, Answers(self, desk, self._clock, patience_s=self._patience_s))
        finally:
            await _closed(socket)
        raise trouble

    async def call(self, method: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """One call of the Web API; waits as long as Slack asks for, up to a minute in all."""
        waited = 0.0
        while True:
            try:
                return await self._called(method, arguments)
            except ChatThrottled as error:
                waited += error.retry_after_s
                if waited > LONGEST_WAIT_S:
                    raise
                await self._clock.sleep(error.retry_after_s)

    async def post(self, channel: ChannelRef, payload: Mapping[str, Any], thread: str) -> MessageRef:
        """Post a planned message, at the channel's pace, without previews of its links."""
        where = {"channel": self._conversation(channel), "unfurl_links": False, "unfurl_media": False}
        await self._pace.turn(channel)
        answer = await self.call("chat.postMessage", {**where, **payload} | ({"thread_ts": thread} if thread else {}))
        message = MessageRef(channel, str(answer["ts"]))
        if key := key_of(payload):
            remember(self._sent, (channel, key), message)
        return message

    async def respond(self, url: str, body: Mapping[str, Any]) -> None:
        """Answer through a response_url; what goes wrong with it is logged, there is nowhere else to tell it."""
        if self._client.session is None:
            return
        try:
            async with self._client.session.post(url, json=dict(body)) as response:
                response.raise_for_status()
        except (aiohttp.ClientError, TimeoutError) as error:
            _log.warning("An answer by response_url was not delivered.", error=repr(error))

    # --- logging in and looking for messages --------------------------------------------------------------------------

    async def _login(self) -> _Me:
        answer = await self._client_call("auth.test", {})
        told = answer.headers.get("x-oauth-scopes", "")
        return _Me(
            team=str(answer.get("team_id", "")),
            team_name=str(answer.get("team", "")),
            user=str(answer.get("user_id", "")),
            name=str(answer.get("user", "")),
            scopes=frozenset(scope.strip() for scope in told.split(",") if scope.strip()),
        )

    async def _socket_url(self) -> str:
        if not self._app_token:
            raise ChatUnavailable(
                "Slack has no app token, so Paperboy cannot hear what people say there.",
                hint="Make one with the scope connections:write and set PAPERBOY_SLACK__APP_TOKEN (xapp-...).",
            )
        try:
            answer = await self._client.apps_connections_open(app_token=self._app_token)
        except _FAILURES as error:
            raise _trouble(error, "apps.connections.open") from error
        return str(answer["url"])

    def _conversation(self, channel: ChannelRef) -> str:
        """Slack's id of a channel `T123/C456`. Raises ChannelGone for another workspace's."""
        if self._me and channel.workspace and channel.workspace != self._me.team:
            raise ChannelGone(
                f"{channel} is not in the workspace {self._me.team}.", hint="The bot token belongs to that workspace."
            )
        return channel.place

    async def _find(self, channel: ChannelRef, key: str, thread: str) -> MessageRef | None:
        """Look in the thread where it is known, otherwise in the channel and then in the thread of the key's head."""
        where = {"channel": self._conversation(channel)}
        if not thread or key == _head(key):
            heads = await self._look(where, "conversations.history", {key, _head(key)})
            if key in heads:
                return self._found(channel, key, heads[key])
            thread = heads.get(_head(key), "")
        if not thread:
            return None
        found = await self._look(where | {"ts": thread}, "conversations.replies", {key})
        return self._found(channel, key, found[key]) if key in found else None

    def _found(self, channel: ChannelRef, key: str, ts: str) -> MessageRef:
        remember(self._sent, (channel, key), MessageRef(channel, ts))
        return MessageRef(channel, ts)

    async def _look(self, where: Mapping[str, Any], method: str, keys: set[str]) -> dict[str, str]:
        """Which of the keys our messages carry, and their ids; of the last pages of a channel or a thread."""
        found: dict[str, str] = {}
        cursor = ""
        for _ in range(PAGES):
            asked = {**where, "limit": PAGE, "include_all_metadata": True} | ({"cursor": cursor} if cursor else {})
            page = await self.call(method, asked)
            ours = (message for message in page["messages"] if key_of(message) in keys and self._is_mine(message))
            found.update((key_of(message), str(message["ts"])) for message in ours)
            cursor = (page.get("response_metadata") or {}).get("next_cursor", "")
            if len(found) == len(keys) or not cursor:
                break
        return found

    def _is_mine(self, message: Mapping[str, Any]) -> bool:
        return self._me is None or message.get("user") in (None, self._me.user)

    # --- calls and what goes wrong with them --------------------------------------------------------------------------

    async def _called(self, method: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        answer = await self._client_call(method, arguments)
        return answer.data if isinstance(answer.data, dict) else {}

    async def _client_call(self, method: str, arguments: Mapping[str, Any]) -> AsyncSlackResponse:
        try:
            if method in _READING:
                return await self._client.api_call(method, http_verb="GET", params=dict(arguments))
            return await self._client.api_call(method, json=dict(arguments))
        except _FAILURES as error:
            raise _trouble(error, method) from error

    # --- listening ----------------------------------------------------------------------------------------------------

    def _app(self, ear: Ear, me: _Me) -> AsyncApp:
        """Everything is heard the same way; what means nothing to us is acknowledged and left."""

        async def us() -> AuthorizeResult:
            token = self._client.token
            return AuthorizeResult(enterprise_id=None, team_id=me.team, bot_user_id=me.user, bot_token=token)

        async def hear(ack: AsyncAck, body: dict[str, Any]) -> None:
            await ack()
            ear.hear(body)

        app = AsyncApp(client=self._client, authorize=us, logger=_quiet())
        anything = re.compile(".*")
        for listen in (app.command, app.event, app.action):
            listen(anything)(hear)
        return app

    async def _serve(self, socket: AsyncSocketModeHandler, ear: Ear, answers: Answers) -> ChatUnavailable:
        async with asyncio.TaskGroup() as group:
            workers = [group.create_task(_work(ear, answers)) for _ in range(AT_ONCE)]
            trouble = await _watch(socket, ear, self._outage_s)
            for worker in workers:
                worker.cancel()
        return trouble


_FAILURES: Final = (SlackClientError, aiohttp.ClientError, TimeoutError, OSError, ValueError)


def _trouble(error: Exception, method: str) -> PaperboyError:
    """The SDK's error as ours."""
    if not isinstance(error, SlackApiError):
        return unanswered(type(error).__name__)
    response = error.response
    data = getattr(response, "data", None)
    told: Mapping[str, Any] = data if isinstance(data, dict) else {}
    status: int = getattr(response, "status_code", None) or getattr(response, "status", None) or 0
    return refused(method, status=status, answer=told, headers=getattr(response, "headers", {}))


async def _work(ear: Ear, answers: Answers) -> None:
    while True:
        heard = await ear.waiting.get()
        try:
            await finished(answers.bring(heard))
        except LoggedOut:
            ear.removed.set()


async def _watch(socket: AsyncSocketModeHandler, ear: Ear, outage_s: float) -> ChatUnavailable:
    """Wait until the connection is of no use any more, and say why."""
    silent_s = 0.0
    while silent_s < outage_s:
        with suppress(TimeoutError):
            await asyncio.wait_for(ear.removed.wait(), WATCH_S)
            return LoggedOut(
                "Slack: the app was uninstalled or its tokens were revoked.",
                hint="Install it again, set the new tokens and start Paperboy again.",
            )
        silent_s = 0.0 if await socket.client.is_connected() else silent_s + WATCH_S
    return ChatUnavailable("The connection to Slack is lost.", hint="See https://status.slack.com.")


async def _closed(socket: AsyncSocketModeHandler) -> None:
    with suppress(aiohttp.ClientError, OSError, RuntimeError):  # whatever goes wrong in closing: we are leaving
        await socket.close_async()  # type: ignore[no-untyped-call]  # the SDK gives it no types


def _head(key: str) -> str:
    """The key of the first message of the same post."""
    return f"{key.rpartition('/')[0]}/0"


def _quiet() -> logging.Logger:
    """The SDK's logger: it repeats at length what we say in a sentence."""
    logger = logging.getLogger("adapters.chat.slack.sdk")
    logger.setLevel(logging.CRITICAL)
    return logger
