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
from core.speech import N_, _

_SCOPES_HINT: Final = N_("Add channels:read and groups:read under OAuth & Permissions, and install the app again.")


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
        sentence = _("Slack does not tell what {channel} is. {error}", channel=conversation, error=error)
        raise ChatUnavailable(sentence, hint=_(_SCOPES_HINT)) from error
    info = answer.get("channel") or {}
    name = harmless(str(info.get("name") or conversation), one_line=True)[:80]
    if info.get("is_archived"):
        raise ChannelGone(
            _("The Slack channel #{name} is archived.", name=name),
            hint=_("Unarchive it, or subscribe another channel."),
            reason=AbsenceReason.ARCHIVED,
        )
    if not info.get("is_member", True):
        raise ChannelGone(
            _("Paperboy is not in the Slack channel #{name}.", name=name),
            hint=_("Type /invite @Paperboy there."),
            reason=AbsenceReason.KICKED,
        )
