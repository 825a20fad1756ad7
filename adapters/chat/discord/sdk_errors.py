"""The SDK's errors as ours, for `client`: what they are called and hold; what Discord's codes mean is in `errors`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import aiohttp
import discord

from adapters.chat.discord.errors import TOKEN_HINT, closing_error, refusal_error, server_error, throttling_error
from adapters.chat.discord.gateway import PATIENT_S
from adapters.chat.network import network_trouble
from core.errors import ChatUnanswered, ChatUnavailable, ChatUnreachable
from core.speech import _


async def raise_for_outage(response: aiohttp.ClientResponse) -> None:
    """Keep the SDK from repeating calls on its own, also those that would do twice what they had done."""
    if response.status >= 500:
        response.raise_for_status()


class ExpectedRefusal(Exception):
    """Discord said no in a way that the caller reckons with."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@contextmanager
def our_errors(accept: Sequence[int] = ()) -> Iterator[None]:
    """The one table from the SDK's errors to ours; what is not in it is a bug."""
    try:
        yield
    except discord.LoginFailure as error:
        raise ChatUnavailable(_("Discord refuses the token."), hint=_(TOKEN_HINT)) from error
    except discord.RateLimited as error:
        raise throttling_error(error.retry_after) from error
    except discord.HTTPException as error:
        if error.code in accept:
            raise ExpectedRefusal(error.code) from error
        wait_s = float(error.response.headers.get("Retry-After", PATIENT_S))
        raise refusal_error(error.status, error.code, error.text, retry_after_s=wait_s) from error
    except discord.ConnectionClosed as error:
        raise closing_error(error.code) from error
    except (discord.GatewayNotFound, aiohttp.ClientError, OSError) as error:  # TimeoutError is an OSError
        raise _unanswered_error(error) from error


def _unanswered_error(error: Exception) -> ChatUnavailable:
    """The error for an answer that did not come; without a connection, nothing was carried out."""
    if isinstance(error, aiohttp.ClientResponseError):
        return server_error(error.status)
    is_unsent = isinstance(error, discord.GatewayNotFound | aiohttp.ClientConnectorError)
    sentence = _("Discord does not answer: {trouble}.", trouble=network_trouble(error))
    kind = ChatUnreachable if is_unsent else ChatUnanswered
    return kind(sentence, hint=_("Is discord.com reachable from here?"))
