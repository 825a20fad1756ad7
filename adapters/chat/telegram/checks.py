"""Can the bot post in a chat of Telegram? What Telegram tells of the chat and of the bot there. Pure, no SDK.

`client` is the only caller.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from adapters.chat.hostile import harmless
from core.errors import ChannelGone, NotAllowed
from core.speech import _

#: who manages a chat
ADMINISTRATORS: Final = frozenset({"creator", "administrator"})


def require_rights(chat: Mapping[str, Any], member: Mapping[str, Any], topic: int | None) -> None:
    """`member` is the bot in a group or a channel. Raises ChannelGone and NotAllowed with what to do."""
    title = harmless(str(chat.get("title") or chat["id"]), one_line=True)[:80]
    status = member.get("status")
    if status in ("left", "kicked"):
        hint = _("Add it there, as docs/telegram.md says.")
        raise ChannelGone(_("The bot is not in “{title}” on Telegram.", title=title), hint=hint)
    if chat["type"] == "channel" and not (status in ADMINISTRATORS and member.get("can_post_messages", True)):
        raise NotAllowed(
            _("The bot may not post in the channel “{title}” on Telegram.", title=title),
            hint=_("Make it an administrator with the right to post messages."),
        )
    if not _may_write(chat, member):
        raise NotAllowed(
            _("The bot may not write in “{title}” on Telegram.", title=title),
            hint=_("Let members send messages there, or make it an administrator."),
        )
    if topic is not None and not chat.get("is_forum"):
        hint = _("Write {channel}.", channel=f"telegram:{chat['id']}")
        raise ChannelGone(_("“{title}” on Telegram has no topics.", title=title), hint=hint)


def _may_write(chat: Mapping[str, Any], member: Mapping[str, Any]) -> bool:
    if member.get("status") == "restricted":
        return bool(member.get("can_send_messages"))
    everybody = chat.get("permissions") or {}
    return member.get("status") != "member" or everybody.get("can_send_messages", True) is not False
