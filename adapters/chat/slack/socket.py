"""Slack's Socket Mode: one connection of this process, however many here listen, by the SDK.

`client` hands over what hears each payload. Slack spreads what people do over all open connections of an app, those of
other processes among them, and tells another one what nobody acknowledged.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse

from adapters.chat.slack.events import PLATFORM
from adapters.chat.slack.web import SlackWeb, quiet_logger
from core.errors import ChatUnavailable, PaperboyError
from core.speech import _

#: seconds for the first connection
CONNECT_S: Final = 30.0
#: seconds without a connection until it counts as an outage, and between two looks at it
OUTAGE_S: Final = 90.0
WATCH_S: Final = 1.0
_NOT_TAKEN: Final = 503

#: takes a payload; the error with which it cannot be taken, so that Slack tells somebody else
Hear = Callable[[dict[str, Any]], Awaitable[PaperboyError | None]]

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Connection:
    handler: AsyncSocketModeHandler
    users: int = 0


class SlackSocket:
    """The connection of one app token."""

    def __init__(
        self, web: SlackWeb, app_token: str | None, hear: Hear, *, outage_s: float = OUTAGE_S, is_alone: bool = True
    ) -> None:
        """`is_alone`: no other connection should be open, as far as anybody knows."""
        self._is_alone = is_alone
        self._web = web
        self._app_token = app_token
        self._hear = hear
        self._outage_s = outage_s
        self._connecting = asyncio.Lock()
        self._connection: _Connection | None = None
        #: where to connect to; empty where Slack was not asked yet
        self._url = ""

    async def prepare(self) -> None:
        """Ask Slack where to connect to. Raises ChatUnavailable without an app token that Slack accepts."""
        if self._connection is None:
            self._url = await self._web.socket_url(self._app_token)

    async def listen(self, on_connection: Callable[[], None]) -> None:
        """Stay connected until cancelled. Raises ChatUnavailable where that fails for long."""
        async with self._use_connection() as connection:
            on_connection()
            silent_s = 0.0
            while silent_s < self._outage_s:
                await asyncio.sleep(WATCH_S)
                silent_s = 0.0 if await connection.handler.client.is_connected() else silent_s + WATCH_S
            if self._connection is connection:  # whoever comes next makes another one
                self._connection = None
        raise ChatUnavailable(_("The connection to Slack is lost."), hint=_("See https://status.slack.com."))

    @asynccontextmanager
    async def _use_connection(self) -> AsyncIterator[_Connection]:
        """The connection that there is, or a new one; the last who uses it closes it."""
        async with self._connecting:
            connection = self._connection = self._connection or await self._connect()
            connection.users += 1
        try:
            yield connection
        finally:
            connection.users -= 1
            if not connection.users:
                if self._connection is connection:
                    self._connection = None
                await _close(connection.handler)

    async def _connect(self) -> _Connection:
        if not self._url:
            await self.prepare()
        handler = AsyncSocketModeHandler(self._app(), self._app_token, logger=quiet_logger(), ping_interval=5)
        handler.client.wss_uri, self._url = self._url, ""
        if self._is_alone:
            handler.client.message_listeners.append(_OtherConnections().hear)
        try:
            async with asyncio.timeout(CONNECT_S):
                await handler.connect_async()  # type: ignore[no-untyped-call]  # the SDK gives it no types
        except BaseException as error:
            await _close(handler)
            if isinstance(error, TimeoutError):
                hint = _("Is wss:// let through?")
                raise ChatUnavailable(_("Slack's Socket Mode cannot be reached."), hint=hint) from error
            raise
        return _Connection(handler)

    def _app(self) -> AsyncApp:
        """The SDK's app: everything is heard, and acknowledged once it is taken."""
        me = self._web.identity
        assert me is not None, "logged in"

        async def authorize() -> AuthorizeResult:
            token = self._web.client.token
            return AuthorizeResult(enterprise_id=None, team_id=me.team, bot_user_id=me.user, bot_token=token)

        async def hear(ack: AsyncAck, body: dict[str, Any]) -> BoltResponse:
            error = await self._hear(body)
            if error is None:
                return await ack()
            if "command" in body:  # Slack tells nobody else of a slash command, and shows this to the person
                return await ack(text=error.sentence())
            return BoltResponse(status=_NOT_TAKEN)

        # Before its response: an event is acknowledged when it was heard, and not ahead of that.
        app = AsyncApp(
            name="paperboy",  # without a name it looks for one in all modules that are loaded
            client=self._web.client,
            authorize=authorize,
            logger=quiet_logger(),
            process_before_response=True,
        )
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


async def _close(handler: AsyncSocketModeHandler) -> None:
    with suppress(aiohttp.ClientError, OSError, RuntimeError):  # whatever goes wrong in closing: we are leaving
        await handler.close_async()  # type: ignore[no-untyped-call]  # the SDK gives it no types
