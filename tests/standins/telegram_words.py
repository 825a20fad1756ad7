"""How the Bot API writes things down: the bot, people, chats, and the forms that clients send."""

from __future__ import annotations

import json
from typing import Any, Final

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


def read_form(posted: Json) -> Json:
    return {name: value if name in _TEXTS else json.loads(str(value)) for name, value in posted.items()}


def row(parameters: Json) -> list[Json]:
    rows = (parameters.get("reply_markup") or {}).get("inline_keyboard", [])
    return [button for row in rows for button in row]


def person(user: int) -> Json:
    return {"id": user, "is_bot": False, "first_name": f"Person {user}"}


def a_chat(chat: int, *, forum: bool = False) -> Json:
    if chat > 0:
        return {"id": chat, "type": "private", "first_name": f"Person {chat}"}
    return {"id": chat, "type": "supergroup", "title": "Reading group"} | ({"is_forum": True} if forum else {})
