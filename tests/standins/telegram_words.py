"""How the Bot API writes things down: the bot, people, chats, and the forms that clients send."""

from __future__ import annotations

import json
from typing import Any, Final

from aiohttp.web_request import FileField

Json = dict[str, Any]

BOT: Final[Json] = {
    "id": 123456,
    "is_bot": True,
    "first_name": "Paperboy",
    "username": "paperboy_bot",
    "can_join_groups": True,
    "can_read_all_group_messages": False,
    "supports_inline_queries": False,
}
#: parameters that are text as they stand; all others are JSON
_TEXTS: Final = frozenset(
    {"text", "parse_mode", "action", "callback_query_id", "url", "secret_token", "language_code", "description"}
)


class Upload(bytes):
    """A file of a form."""

    name: str


def read_form(posted: Json) -> Json:
    return {name: _read(name, value) for name, value in posted.items()}


def _read(name: str, value: Any) -> Any:
    if isinstance(value, FileField):
        upload = Upload(value.file.read())
        upload.name = value.filename
        return upload
    return value if name in _TEXTS else json.loads(str(value))


def row(parameters: Json) -> list[Json]:
    rows = (parameters.get("reply_markup") or {}).get("inline_keyboard", [])
    return [button for row in rows for button in row]


def person(user: int) -> Json:
    return {"id": user, "is_bot": False, "first_name": f"Person {user}", "language_code": "en"}


def a_chat(chat: int, *, forum: bool = False) -> Json:
    if chat > 0:
        return {"id": chat, "type": "private", "first_name": f"Person {chat}"}
    return {"id": chat, "type": "supergroup", "title": "Reading group"} | ({"is_forum": True} if forum else {})


def as_user(account: Json) -> Json:
    return {k: v for k, v in account.items() if k in ("id", "is_bot", "first_name", "username")}


def a_full_chat(chat: int) -> Json:
    """A chat as getChat tells it: in a group everybody may write."""
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    full = a_chat(chat) | {"accent_color_id": 1, "max_reaction_count": 11}
    full |= {"accepted_gift_types": dict.fromkeys(gifts, False)}
    return full | ({"permissions": {"can_send_messages": True}} if chat < 0 else {})


def administrator(**rights: bool) -> Json:
    """An administrator with these rights and no others."""
    names = ("can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members")
    names += ("can_promote_members", "can_change_info", "can_invite_users", "can_post_stories")
    names += ("can_edit_stories", "can_delete_stories", "can_be_edited", "is_anonymous")
    return {"status": "administrator"} | dict.fromkeys(names, False) | rights


def restricted(**rights: bool) -> Json:
    """A member who may do these things and no others."""
    names = ("can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos", "can_send_videos")
    names += ("can_send_video_notes", "can_send_voice_notes", "can_send_polls", "can_send_other_messages")
    names += ("can_add_web_page_previews", "can_change_info", "can_invite_users", "can_pin_messages")
    names += ("can_manage_topics", "can_edit_tag", "can_react_to_messages")
    return {"status": "restricted", "is_member": True, "until_date": 0} | dict.fromkeys(names, False) | rights


def membership(chat: int, old: Json, new: Json, *, type: str = "", user: int = 7, **more: str) -> Json:
    """The update that says that the bot's membership of a chat has become another one."""
    where = a_chat(chat) | ({"type": type, "title": "Papers"} if type else {}) | more
    me = {"user": as_user(BOT)}
    change = {"chat": where, "from": person(user), "date": 1_770_206_400}
    return {"my_chat_member": change | {"old_chat_member": old | me, "new_chat_member": new | me}}
