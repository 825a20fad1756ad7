"""What Slack tells us, read into our own values: slash commands, mentions, direct messages, reactions, buttons. Pure.

`client` hands over each payload as it came; what means nothing to us, or is not as it should be, is None.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from adapters.chat.emoji import feeling_of
from adapters.chat.slack.render import ACTION
from core.channels import ChannelRef, UserRef
from core.converse.commands import spoken
from core.converse.feedback import Press
from core.errors import BadIdentifier, UnknownCommand
from core.papers.identifiers import PaperId
from core.posts.messages import MessageRef
from core.posts.reactions import Reaction

PLATFORM: Final = "slack"
#: slash commands that stand for a subcommand of /paper
ALIASES: Final = {"/papersearch": "search"}

_MENTION: Final = re.compile(r"<@[A-Z0-9]+(?:\|[^<>]*)?>")
#: `<https://a.b/c|shown>`: the address is what was meant; `<#C1|papers>`: the name
_ADDRESS: Final = re.compile(r"<(https?://[^|<>]+)(?:\|[^<>]*)?>")
_NAMED: Final = re.compile(r"<[^|<>]*\|([^<>]*)>")

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an answer goes."""

    channel: ChannelRef
    user: UserRef
    #: the thread's parent; empty outside threads
    thread: str = ""
    #: the thread is not there before something is said in it, and until then shows nothing to one person alone
    opens_thread: bool = False
    #: takes answers where the bot itself is not let in; empty where Slack gave none
    response_url: str = ""

    @property
    def conversation(self) -> str:
        """Slack's own id of the channel."""
        return self.channel.place

    @property
    def person(self) -> str:
        """Slack's own id of the person."""
        return self.user.id

    @property
    def is_private(self) -> bool:
        """A direct message: only the person reads it anyway."""
        return self.conversation.startswith("D")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A command, or what is wrong with it."""

    place: Place
    name: str = ""
    arguments: str = ""
    problem: UnknownCommand | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reacted:
    """An emoji was put on a message or taken away."""

    place: Place
    reaction: Reaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A button was pressed."""

    place: Place
    press: Press


@dataclass(frozen=True, slots=True)
class Removed:
    """The app was uninstalled, or its tokens were revoked."""


Heard = Asked | Reacted | Pressed | Removed


def understand(body: Body, *, team: str, bot: str = "") -> Heard | None:
    """What a payload says; `team` is the workspace we are in, `bot` our own user, whom we do not listen to."""
    try:
        heard = _understood(body, team)
    except (KeyError, TypeError, AttributeError, IndexError, BadIdentifier):
        return None
    return None if not isinstance(heard, Removed) and heard and heard.place.person in ("", bot) else heard


def identity(body: Body) -> str:
    """What stays the same when Slack tells the same thing again; empty where nothing does."""
    return str(body.get("event_id") or body.get("trigger_id") or "")


def plain(text: str) -> str:
    """What a person typed, without Slack's escapes and mentions."""
    typed = _NAMED.sub(r"\1", _ADDRESS.sub(r"\1", _MENTION.sub(" ", text)))
    return typed.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()


def _understood(body: Body, team: str) -> Heard | None:
    if "command" in body:
        return _slash(body, team)
    if body.get("type") == "block_actions":
        return _pressed(body, team)
    event = body.get("event", {})
    match event.get("type"):
        case "app_mention":
            return _mention(event, team)
        case "message":
            return _direct_message(event, team)
        case "reaction_added" | "reaction_removed":
            return _reacted(event, team)
        case "app_uninstalled":
            return Removed()
        case "tokens_revoked":
            return Removed() if event.get("tokens", {}).get("bot") else None
    return None


def _slash(body: Body, team: str) -> Asked:
    place = _place(team, body["channel_id"], body["user_id"], response_url=body.get("response_url", ""))
    alias = ALIASES.get(body["command"], "")
    return _asked(place, f"{alias} {body.get('text') or ''}")


def _mention(event: Body, team: str) -> Asked | None:
    """An answer to a mention goes into the mention's thread, and opens it where there is none."""
    if event.get("bot_id") or event.get("subtype"):
        return None
    place = _place(team, event["channel"], event["user"], thread=event.get("thread_ts") or event["ts"])
    return _asked(replace(place, opens_thread=not event.get("thread_ts")), event.get("text") or "")


def _direct_message(event: Body, team: str) -> Asked | None:
    if event.get("channel_type") != "im" or event.get("bot_id") or event.get("subtype"):
        return None
    place = _place(team, event["channel"], event["user"], thread=event.get("thread_ts") or "")
    return _asked(place, event.get("text") or "")


def _asked(place: Place, typed: str) -> Asked:
    try:
        name, arguments = spoken(plain(typed))
    except UnknownCommand as problem:
        return Asked(place=place, problem=problem)
    return Asked(place=place, name=name, arguments=arguments)


def _reacted(event: Body, team: str) -> Reacted | None:
    item, feeling = event["item"], feeling_of(event["reaction"])
    if feeling is None or item.get("type") != "message":
        return None
    place = _place(team, item["channel"], event["user"])
    message = MessageRef(place.channel, item["ts"])
    added = event["type"] == "reaction_added"
    return Reacted(place=place, reaction=Reaction(user=place.user, message=message, feeling=feeling, added=added))


def _pressed(body: Body, team: str) -> Pressed | None:
    action, container = body["actions"][0], body.get("container", {})
    if not action["action_id"].startswith(ACTION):
        return None
    thread = container.get("thread_ts") or body.get("message", {}).get("thread_ts") or ""
    url = body.get("response_url", "")
    place = _place(team, body["channel"]["id"], body["user"]["id"], thread=thread, response_url=url)
    name = action["action_id"].removeprefix(ACTION).partition(":")[0]
    press = Press(user=place.user, channel=place.channel, action=name, paper=PaperId.parse(action["value"]))
    return Pressed(place=place, press=press)


def _place(team: str, channel: str, user: str, *, thread: str = "", response_url: str = "") -> Place:
    return Place(
        channel=ChannelRef(PLATFORM, team, channel),
        user=UserRef(PLATFORM, team, user),
        thread=thread,
        response_url=response_url,
    )
