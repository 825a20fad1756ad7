"""What befalls the bot's chats on Telegram: it is removed, blocked, let in again; a group gets another id. Pure.

`client` brings it to the desk. Telegram tells of each chat as a whole, which covers the topics of a forum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from adapters.chat.telegram.checks import ADMINISTRATORS
from adapters.chat.telegram.plan import PLATFORM
from core.channels import ChannelEvent, ChannelLost, ChannelMoved, ChannelRef, ChannelReturned
from core.errors import AbsenceReason

Json = Mapping[str, Any]


def channel_events(update: Json) -> Iterator[ChannelEvent]:
    """What an update says of its chat, under each name that somebody may have subscribed it by."""
    if change := update.get("my_chat_member"):
        reason = _reason(change["chat"], change["new_chat_member"])
        for channel in _names(change["chat"]):
            yield ChannelLost(channel=channel, reason=reason) if reason else ChannelReturned(channel=channel)
    elif message := update.get("message"):
        yield from _service(message)


def _service(message: Json) -> Iterator[ChannelEvent]:
    """A group that became a supergroup says so in both; a topic that is open again can be written to."""
    here = message["chat"]["id"]
    if new := message.get("migrate_to_chat_id"):
        yield _channel_move(here, new)
    elif old := message.get("migrate_from_chat_id"):
        yield _channel_move(old, here)
    elif "forum_topic_reopened" in message:
        yield ChannelReturned(channel=_chat(f"{here}/{message['message_thread_id']}"))


def _reason(chat: Json, bot: Json) -> AbsenceReason | None:
    """Why the bot cannot write there as this member; None where it can."""
    status = bot["status"]
    if status in ("left", "kicked") or not bot.get("is_member", True):
        return AbsenceReason.BLOCKED if chat["type"] == "private" else AbsenceReason.KICKED
    if chat["type"] == "channel" and not (status in ADMINISTRATORS and bot.get("can_post_messages", True)):
        return AbsenceReason.FORBIDDEN
    if status == "restricted" and not bot.get("can_send_messages"):
        return AbsenceReason.FORBIDDEN
    return None


def _names(chat: Json) -> Iterator[ChannelRef]:
    yield _chat(chat["id"])
    if name := chat.get("username"):
        yield _chat(f"@{name}")


def _channel_move(old: int, new: int) -> ChannelMoved:
    """The event for a group that became a supergroup, which numbers its messages anew."""
    return ChannelMoved(channel=_chat(old), to=_chat(new), keeps_messages=False)


def _chat(place: int | str) -> ChannelRef:
    return ChannelRef(PLATFORM, "", str(place))
