"""Which reactions stand on a message, as Slack lists them. Knows no SDK."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from adapters.chat.slack.errors import MessageGone
from core.channels import UserRef
from core.posts.messages import MessageRef
from core.posts.reactions import Reaction
from core.posts.signs import emoji_name

#: one call of the Web API; raises as `Chat.send` does
Call = Callable[[str, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
#: is it another app?
IsBot = Callable[[UserRef], Awaitable[bool]]


async def standing_reactions(
    call: Call, is_bot: IsBot, message: MessageRef, counts: Callable[[str], bool]
) -> Sequence[Reaction] | None:
    """People's reactions on a message whose emoji counts; None where it was deleted, or Slack does not name them all.

    Needs the scope reactions:read.
    """
    where = {"channel": message.channel.place, "timestamp": message.id, "full": "true"}
    try:
        answer = await call("reactions.get", where)
    except MessageGone:
        return None
    standing: list[Reaction] = []
    for listing in (answer.get("message") or {}).get("reactions") or ():
        name, people = str(listing["name"]), [str(user) for user in listing["users"]]
        if not counts(name):
            continue
        if len(people) < int(listing["count"]):
            return None
        users = [UserRef(message.channel.platform, message.channel.workspace, id) for id in people]
        standing += [
            Reaction(user=user, message=message, added=True, emoji=emoji_name(name))
            for user in users
            if not await is_bot(user)
        ]
    return standing
