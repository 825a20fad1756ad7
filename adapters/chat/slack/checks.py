"""Can a digest be posted in a Slack channel? One call of the Web API, and what its answer means. No SDK here.

`client` is the only caller.
"""

from __future__ import annotations

from typing import Final

from adapters.chat.hostile import harmless
from adapters.chat.slack.errors import MissingScope
from adapters.chat.slack.events import DIRECT
from adapters.chat.slack.web import SlackWeb
from core.errors import AbsenceReason, ChannelGone, ChatUnavailable

_SCOPES_HINT: Final = "Add channels:read and groups:read under OAuth & Permissions, and install the app again."


async def check_channel(web: SlackWeb, conversation: str) -> None:
    """Raises ChannelGone with what to do; ChatUnavailable where the token may not look.

    The bot may read its direct messages and not what is said about them, so that a look at the last one is the check.
    """
    if conversation.startswith(DIRECT):
        await web.call("conversations.history", {"channel": conversation, "limit": 1})
        return
    try:
        answer = await web.call("conversations.info", {"channel": conversation})
    except MissingScope as error:
        raise ChatUnavailable(f"Slack does not tell what {conversation} is. {error}", hint=_SCOPES_HINT) from error
    shown = answer.get("channel") or {}
    name = harmless(str(shown.get("name") or conversation), one_line=True)[:80]
    if shown.get("is_archived"):
        raise ChannelGone(
            f"The Slack channel #{name} is archived.",
            hint="Unarchive it, or subscribe another channel.",
            reason=AbsenceReason.ARCHIVED,
        )
    if not shown.get("is_member", True):
        raise ChannelGone(
            f"Paperboy is not in the Slack channel #{name}.",
            hint="Type /invite @Paperboy there.",
            reason=AbsenceReason.KICKED,
        )
