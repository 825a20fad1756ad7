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
from datetime import timedelta
from typing import Any, Final

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse

from adapters.chat.rivals import Rivals
from adapters.chat.slack.web import SlackWeb, quiet_logger
from core.errors import ChatUnavailable, PaperboyError, StoreError
from core.speech import _
from core.time import Clock

#: seconds for the first connection
CONNECT_S: Final = 30.0
#: seconds without a connection until it counts as an outage, and between two looks at it
OUTAGE_S: Final = 90.0
WATCH_S: Final = 1.0
_NOT_TAKEN: Final = 503

#: Slack tells how many connections an app has when one is made. One too many is looked for again so much later, and now
#: and then once it is sure; the connection rests for some looks meanwhile, so that it is not counted itself
LOOK_AGAIN: Final = timedelta(seconds=75)
LOOK_RARELY: Final = timedelta(minutes=15)
REST_LOOKS: Final = 5

#: takes a payload; the error with which it cannot be taken, so that Slack tells somebody else
Hear = Callable[[dict[str, Any]], Awaitable[PaperboyError | None]]
#: how many connections the processes of this installation have, as far as is on record. Raises StoreError
CountOwn = Callable[[], Awaitable[int]]


@dataclass(slots=True)
class _Connection:
    handler: AsyncSocketModeHandler
    users: int = 0


class SlackSocket:
    """The connection of one app token."""

    def __init__(
        self,
        web: SlackWeb,
        app_token: str | None,
        hear: Hear,
        *,
        clock: Clock,
        rivals: Rivals,
        outage_s: float = OUTAGE_S,
        watch_s: float = WATCH_S,
        count_own: CountOwn | None = None,
    ) -> None:
        """`rivals` gets signs of other programs. Without `count_own` no other connection should be open."""
        self._clock = clock
        self._watch_s = watch_s
        self._count_own = count_own
        self._rivals = rivals
        #: when Slack said last how many connections there are, UTC
        self._counted_at = clock.now()
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
                await asyncio.sleep(self._watch_s)
                if self._is_to_count_again():
                    await self._renew(connection)
                silent_s = 0.0 if await connection.handler.client.is_connected() else silent_s + self._watch_s
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
        self._url = self._url or await self._web.socket_url(self._app_token)
        handler = AsyncSocketModeHandler(self._app(), self._app_token, logger=quiet_logger(), ping_interval=5)
        handler.client.wss_uri, self._url = self._url, ""
        handler.client.message_listeners.append(self._count)
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

    async def _count(self, _client: object, message: dict[str, Any], _raw: str | None = None) -> None:
        """Compare the number of connections, when Slack says hello, with those that we know of."""
        if message.get("type") != "hello":
            return
        self._counted_at = self._clock.now()
        with suppress(StoreError):  # then nobody can tell
            own = await self._count_own() if self._count_own else 1
            if int(message.get("num_connections", 1)) > max(own, 1):
                self._rivals.note()
            else:
                self._rivals.clear()

    def _is_to_count_again(self) -> bool:
        pause = LOOK_RARELY if self._rivals.since else LOOK_AGAIN
        return self._rivals.are_suspected and self._clock.now() - self._counted_at >= pause

    async def _renew(self, connection: _Connection) -> None:
        """Have Slack count again. Whoever else is connected hears what people do meanwhile."""
        self._counted_at = self._clock.now()  # nobody else who listens here does so, too
        async with self._connecting:
            self._connection = None  # where no other one can be made, whoever comes next tries again
            await _close(connection.handler)
            await asyncio.sleep(REST_LOOKS * self._watch_s)
            connection.handler = (await self._connect()).handler
            self._connection = connection

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


async def _close(handler: AsyncSocketModeHandler) -> None:
    with suppress(aiohttp.ClientError, OSError, RuntimeError):  # whatever goes wrong in closing: we are leaving
        await handler.close_async()  # type: ignore[no-untyped-call]  # the SDK gives it no types
