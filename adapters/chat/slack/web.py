"""Slack's Web API as one bot user: calls, messages and response addresses, with our own errors in place of the SDK's.

`client` and `surfaces` call it. Every message carries our key as metadata, so that a later process can find what an
earlier one had sent.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient

from adapters.chat.files import MIB, content_of
from adapters.chat.limits import Urgency
from adapters.chat.network import network_trouble
from adapters.chat.pacing import Pace, Timer
from adapters.chat.recent import Recent
from adapters.chat.slack.errors import MessageGone, refusal_error, response_error, unanswered_error
from adapters.chat.slack.events import is_direct
from adapters.chat.slack.limits import POST, paces
from adapters.chat.slack.plan import key_of
from core.channels import ChannelRef
from core.deliver.ports import BeforeSending, at_once
from core.errors import ChannelGone, ChatThrottled, ChatUnavailable, PaperboyError
from core.posts.messages import MessageRef
from core.posts.tree import Attachment
from core.speech import _

#: seconds that one call may be kept waiting because Slack asks for it
LONGEST_WAIT_S: Final = 60.0
#: messages whose place is remembered
MOST_REMEMBERED: Final = 5_000
#: pages of a channel's history that are searched for a message, and messages on each
PAGES: Final = 5
PAGE: Final = 200
#: bytes of a file: Slack takes a gigabyte
MOST_OF_FILE: Final = 50 * MIB

#: read by GET; all else is sent as JSON
_READING: Final = frozenset(
    ("conversations.history", "conversations.info", "conversations.replies", "reactions.get", "users.info")
)
_FAILURES: Final = (SlackClientError, aiohttp.ClientError, TimeoutError, OSError, ValueError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whom the bot token belongs to."""

    team: str
    team_name: str
    user: str
    name: str
    #: of the workspace, with a slash at its end; empty where Slack does not tell
    url: str = ""
    #: what the token is allowed; empty where Slack does not tell
    scopes: frozenset[str]


class SlackWeb:
    """The calls that Paperboy makes."""

    def __init__(
        self, *, bot_token: str, api_base_url: str, pace_s: float, call_s: float, timer: Timer | None = None
    ) -> None:
        """`pace_s`: seconds between two messages in a channel, and other limits in proportion; 0 is no limit.

        `call_s`: seconds for a call; `timer` as in `Pace`.
        """
        self.client = AsyncWebClient(bot_token, api_base_url, retry_handlers=[], logger=quiet_logger())
        #: whom the token belongs to; None before the first login
        self.identity: Identity | None = None
        self._opening = asyncio.Lock()
        #: blocks of `open` that have not ended
        self._users = 0
        self._paces = paces(pace_s, timer)
        #: for methods that nobody calls often
        self._rare = Pace("Slack", timer=timer)
        self._call_s = call_s
        self._messages: Recent[tuple[ChannelRef, str], MessageRef] = Recent(MOST_REMEMBERED)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Log in, and keep connections open until the end of the block; beside another one it is the same login."""
        async with self._opening:
            if not self._users:
                self.client.session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._call_s))
                try:
                    await self.login()
                except BaseException:
                    await self._close()
                    raise
            self._users += 1
        try:
            yield
        finally:
            self._users -= 1
            if not self._users:
                await self._close()

    async def _close(self) -> None:
        session, self.client.session = self.client.session, None
        if session:
            await session.close()

    async def login(self) -> Identity:
        """Ask Slack whom the token belongs to."""
        answer = await self._client_call("auth.test", {})
        scopes = answer.headers.get("x-oauth-scopes", "")
        self.identity = Identity(
            team=str(answer.get("team_id", "")),
            team_name=str(answer.get("team", "")),
            user=str(answer.get("user_id", "")),
            name=str(answer.get("user", "")),
            url=str(answer.get("url", "")),
            scopes=frozenset(scope.strip() for scope in scopes.split(",") if scope.strip()),
        )
        return self.identity

    async def socket_url(self, app_token: str | None) -> str:
        """Where Socket Mode connects to. Raises ChatUnavailable without an app token that Slack accepts."""
        if not app_token:
            raise ChatUnavailable(
                _("Slack has no app token, so Paperboy cannot hear what people say there."),
                hint=_("Make one with the scope connections:write and set PAPERBOY_SLACK__APP_TOKEN (xapp-...)."),
            )
        try:
            answer = await self.client.apps_connections_open(app_token=app_token)
        except _FAILURES as error:
            raise _trouble(error, "apps.connections.open") from error
        return str(answer["url"])

    def conversation(self, channel: ChannelRef) -> str:
        """Slack's id of a channel `T123/C456`. Raises ChannelGone for another workspace's."""
        team = self.identity.team if self.identity else ""
        if team and channel.workspace and channel.workspace != team:
            raise ChannelGone(
                _("{channel} is not in the workspace {workspace}.", channel=channel, workspace=team),
                hint=_("The bot token belongs to that workspace."),
            )
        return channel.place

    async def call(
        self,
        method: str,
        arguments: Mapping[str, Any],
        *,
        urgency: Urgency = Urgency.ANSWER,
        before_sending: BeforeSending = at_once,
    ) -> Mapping[str, Any]:
        """One call of the Web API in its turn; waits as long as Slack asks for, up to a minute in all."""
        pace = self._paces.get(method, self._rare)
        lane = arguments.get("channel", "") if method in self._paces else method
        total_wait_s = 0.0
        while True:
            async with pace.turn(lane, urgency):
                await before_sending()
                try:
                    answer = await self._client_call(method, arguments)
                except ChatThrottled as error:
                    # Slack counts messages by channel, and all else by method
                    stop = pace.pause if method != POST else partial(pace.refuse, lane)
                    stop(error.retry_after_s)
                    total_wait_s += error.retry_after_s
                    if total_wait_s > LONGEST_WAIT_S:
                        raise
                else:
                    return answer.data if isinstance(answer.data, dict) else {}

    async def post(
        self,
        channel: ChannelRef,
        payload: Mapping[str, Any],
        thread: str,
        *,
        urgency: Urgency = Urgency.ANSWER,
        before_sending: BeforeSending = at_once,
    ) -> MessageRef:
        """Post a planned message without previews of its links."""
        where = {"channel": self.conversation(channel), "unfurl_links": False, "unfurl_media": False}
        body = {**where, **payload} | ({"thread_ts": thread} if thread else {})
        answer = await self.call(POST, body, urgency=urgency, before_sending=before_sending)
        message = MessageRef(channel, str(answer["ts"]))
        if key := key_of(payload):
            self._messages.put((channel, key), message)
        return message

    async def respond(self, url: str, body: Mapping[str, Any]) -> None:
        """Answer through a response_url. Raises ChannelGone where the address takes no more answers."""
        webhook = AsyncWebhookClient(url, session=self.client.session, retry_handlers=[], logger=quiet_logger())
        try:
            answer = await webhook.send_dict(dict(body))
        except _FAILURES as error:
            raise unanswered_error(network_trouble(error)) from error
        if answer.status_code != 200:
            raise response_error(answer.status_code, answer.headers)

    async def upload(self, conversation: str, attachment: Attachment, thread: str = "") -> None:
        """Share a file in a conversation or a thread; made once. Needs the scope files:write."""
        content = content_of(attachment, platform="Slack", most=MOST_OF_FILE)
        async with self._rare.turn("files.getUploadURLExternal", Urgency.ANSWER):
            try:
                await self.client.files_upload_v2(
                    content=content,
                    filename=attachment.name,
                    title=attachment.name,
                    channel=conversation,
                    thread_ts=thread or None,
                )
            except _FAILURES as error:
                raise _trouble(error, "files.completeUploadExternal") from error

    # --- looking for messages -----------------------------------------------------------------------------------------

    def can_search(self, channel: ChannelRef) -> bool:
        """Does the token have a scope by which it may read the channel's history?"""
        scopes = self.identity.scopes if self.identity else frozenset()
        history_scopes = {"im:history"} if is_direct(channel) else {"channels:history", "groups:history"}
        return not scopes or bool(scopes & history_scopes)

    def recall(self, channel: ChannelRef, key: str) -> MessageRef | None:
        """The message of this key, where this process has sent or found it."""
        return self._messages.get((channel, key))

    async def find(
        self, channel: ChannelRef, key: str, thread: str = "", *, urgency: Urgency = Urgency.ANSWER
    ) -> MessageRef | None:
        """Look for a message of ours: in the thread where it is known, else in the channel and its key's own thread.

        Raises NotAllowed where the token may not read the channel's history.
        """
        if message := self.recall(channel, key):
            return message
        where = {"channel": self.conversation(channel)}
        head = self.recall(channel, _head(key))
        thread = thread or (head.id if head else "")
        if not thread:
            timestamps = await self._search(where, "conversations.history", {key, _head(key)}, urgency)
            if key in timestamps:
                return self._remember(channel, key, timestamps[key])
            thread = timestamps.get(_head(key), "")
        if not thread:
            return None
        timestamps = await self._search(where | {"ts": thread}, "conversations.replies", {key}, urgency)
        return self._remember(channel, key, timestamps[key]) if key in timestamps else None

    def _remember(self, channel: ChannelRef, key: str, ts: str) -> MessageRef:
        message = MessageRef(channel, ts)
        self._messages.put((channel, key), message)
        return message

    async def _search(self, where: Mapping[str, Any], method: str, keys: set[str], urgency: Urgency) -> dict[str, str]:
        """Which of the keys our messages carry, and their ids; of some pages of a channel or a thread."""
        timestamps: dict[str, str] = {}
        cursor = ""
        for _page in range(PAGES):
            arguments = {**where, "limit": PAGE, "include_all_metadata": True} | ({"cursor": cursor} if cursor else {})
            try:
                page = await self.call(method, arguments, urgency=urgency)
            except MessageGone:
                break
            own_messages = (
                message for message in page["messages"] if key_of(message) in keys and self._is_mine(message)
            )
            timestamps.update((key_of(message), str(message["ts"])) for message in own_messages)
            cursor = (page.get("response_metadata") or {}).get("next_cursor", "")
            if len(timestamps) == len(keys) or not cursor:
                break
        return timestamps

    def _is_mine(self, message: Mapping[str, Any]) -> bool:
        return self.identity is None or message.get("user") in (None, self.identity.user)

    async def _client_call(self, method: str, arguments: Mapping[str, Any]) -> AsyncSlackResponse:
        try:
            if method in _READING:
                return await self.client.api_call(method, http_verb="GET", params=dict(arguments))
            return await self.client.api_call(method, json=dict(arguments))
        except _FAILURES as error:
            raise _trouble(error, method) from error


def quiet_logger() -> logging.Logger:
    """The SDK's logger: it repeats at length what we say in a sentence."""
    logger = logging.getLogger("adapters.chat.slack.sdk")
    logger.setLevel(logging.CRITICAL)
    return logger


def _trouble(error: Exception, method: str) -> PaperboyError:
    """The SDK's error as ours."""
    if not isinstance(error, SlackApiError):
        return unanswered_error(network_trouble(error))
    response = error.response
    data = getattr(response, "data", None)
    answer: Mapping[str, Any] = data if isinstance(data, dict) else {}
    status: int = getattr(response, "status_code", None) or getattr(response, "status", None) or 0
    return refusal_error(method, status=status, answer=answer, headers=getattr(response, "headers", {}))


def _head(key: str) -> str:
    """The key of the first message of the same post."""
    return f"{key.rpartition('/')[0]}/0"
