"""Slack's Web API as a workspace with messages: what each method does there, judged by the published specification."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from jsonschema import Draft202012Validator

from tests.standins.judges import slack_spec
from tests.standins.slack_messages import SlackMessage, blocks_of, whispered

Json = dict[str, Any]

TEAM, CHANNEL, BOT, PERSON, DIRECT = "T0PAPERS", "C0READING", "U0PAPERBOY", "U0READER", "D0READER"
BOT_TOKEN, APP_TOKEN = "xoxb-stand-in", "xapp-stand-in"
#: as in the manifest
SCOPES = (
    "app_mentions:read,channels:history,channels:read,chat:write,commands,files:write,groups:history,groups:read,"
    "im:history,im:write,reactions:read,users:read"
)

#: answers of any method, which the reference does not repeat for each
COMMON_ERRORS = {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "missing_scope", "ratelimited"}


#: how often a response_url may be used
MOST_USES = 5


@dataclass
class Address:
    """A response_url."""

    #: the message whose button was pressed; empty for a slash command
    message: str = ""
    uses: int = 0
    #: the last private answer through it
    answer: Json | None = None


@dataclass
class Workspace:
    """One channel, one person and our bot."""

    messages: list[SlackMessage] = field(default_factory=list)
    #: what only one person sees, in order: the arguments of chat.postEphemeral
    whispers: list[Json] = field(default_factory=list)
    #: what the person alone can see now, in order: of chat.postEphemeral and by response_url
    private: list[Json] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    #: what the bot may do
    scopes: str = SCOPES
    #: conversations where the bot is
    joined: set[str] = field(default_factory=lambda: {CHANNEL, DIRECT})
    #: public channels where the bot is not
    elsewhere: set[str] = field(default_factory=set)
    archived: set[str] = field(default_factory=set)
    #: all texts in the order a person could first read them
    read: list[str] = field(default_factory=list)
    #: what sets the person apart from other members, `is_admin`
    flags: set[str] = field(default_factory=set)
    #: what the person wants to be called; empty where nothing is set
    display_name: str = "ada"
    #: the IANA time zone that the person has set
    zone: str = "Europe/Berlin"
    #: who made the channel
    creator: str = "U0FOUNDER"
    #: of the Web API
    url: str = ""
    #: messages that mention the bot and have no thread yet
    mentions: set[str] = field(default_factory=set)
    #: what was uploaded and where it was shared: conversation, thread, file name, content
    files: list[tuple[str, str, str, bytes]] = field(default_factory=list)
    #: by number, uploads that are under way: name, promised length, content
    uploads: dict[str, tuple[str, int, bytes]] = field(default_factory=dict)
    #: by the end of its address, what a response_url answers
    addresses: dict[str, Address] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def answer(self, request: web.Request, method: str, arguments: Json) -> Json:
        """What the method answers, and all that comes of it."""
        token = APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN
        if request.headers.get("Authorization") != f"Bearer {token}":
            return _no("invalid_auth")
        known: dict[str, Callable[[Json], Json]] = {
            "auth.test": self._auth_test,
            "apps.connections.open": self._connections_open,
            "chat.postMessage": self._post_message,
            "chat.postEphemeral": self._post_ephemeral,
            "chat.update": self._update,
            "chat.delete": self._delete,
            "conversations.history": self._history,
            "conversations.info": self._info,
            "conversations.open": self._open_direct,
            "conversations.replies": self._replies,
            "files.completeUploadExternal": self._share_file,
            "files.getUploadURLExternal": self._begin_upload,
            "reactions.get": self._reactions,
            "users.info": self._user,
        }
        if method not in known:
            return _no("unknown_method")
        channel = arguments.get("channel") or arguments.get("channel_id") or CHANNEL
        if channel not in self.joined and not (method == "conversations.info" and channel in self.elsewhere):
            return _no("channel_not_found")
        return {"ok": True} | known[method](arguments)

    def _auth_test(self, _: Json) -> Json:
        url = "https://papers.slack.com/"
        return {"url": url, "team": "Papers", "user": "paperboy", "team_id": TEAM, "user_id": BOT, "bot_id": "B0PAPER"}

    def _connections_open(self, _: Json) -> Json:
        return {"url": f"{self.url.removesuffix('/api/').replace('http', 'ws')}/link"}

    def _post_message(self, arguments: Json) -> Json:
        if problem := _unfit(arguments):
            return _no(problem)
        message = SlackMessage(
            channel=arguments["channel"],
            ts=self.next_ts(),
            text=arguments.get("text", ""),
            blocks=blocks_of(arguments),
            thread_ts=arguments.get("thread_ts"),
            metadata=arguments.get("metadata"),
            unfurls=arguments.get("unfurl_links", True) or arguments.get("unfurl_media", True),
        )
        self.messages.append(message)
        self.read.append(message.visible_text)
        return {"channel": message.channel, "ts": message.ts, "message": message.as_json(with_metadata=True)}

    def _post_ephemeral(self, arguments: Json) -> Json:
        if problem := _unfit(arguments):
            return _no(problem)
        thread = arguments.get("thread_ts")
        if thread in self.mentions and not any(message.thread_ts == thread for message in self.messages):
            self.violations.append("chat.postEphemeral: in a thread that is not there yet, where nobody sees it")
        self.whispers.append(arguments)
        self.private.append(arguments)
        self.read.append(whispered(arguments))
        return {"message_ts": self.next_ts()}

    def _update(self, arguments: Json) -> Json:
        found = self._at(arguments["ts"])
        if problem := "message_not_found" if found is None else _unfit(arguments):
            return _no(problem)
        assert found
        found.text, found.blocks, found.edited = arguments.get("text", ""), blocks_of(arguments), True
        found.metadata = arguments.get("metadata", found.metadata)
        self.read.append(found.visible_text)
        shown = found.as_json(with_metadata=True)
        return {"channel": found.channel, "ts": found.ts, "text": found.text, "message": shown}

    def _delete(self, arguments: Json) -> Json:
        found = self._at(arguments["ts"])
        if found is None:
            return _no("message_not_found")
        self.messages.remove(found)
        return {"channel": found.channel, "ts": found.ts}

    def _history(self, arguments: Json) -> Json:
        top = [message for message in reversed(self.messages) if message.thread_ts in (None, message.ts)]
        here = [message for message in top if message.channel == arguments["channel"]]
        return self._page(here, arguments) | {"channel_actions_ts": None, "channel_actions_count": 0}

    def _info(self, arguments: Json) -> Json:
        id = arguments["channel"]
        shown = {"id": id, "name": f"papers-{id.lower()}", "is_channel": True, "is_group": False, "is_im": False}
        shown |= {"is_mpim": False, "is_private": False, "created": 1_770_000_000, "creator": self.creator}
        shown |= {"is_archived": id in self.archived, "is_member": id in self.joined, "context_team_id": TEAM}
        return {"channel": shown}

    def _open_direct(self, arguments: Json) -> Json:
        return {"channel": {"id": DIRECT}} if arguments["users"] == PERSON else _no("user_not_found")

    def _replies(self, arguments: Json) -> Json:
        here = [message for message in self.messages if arguments["ts"] in (message.ts, message.thread_ts)]
        return self._page(here, arguments) if here or arguments["ts"] in self.mentions else _no("thread_not_found")

    def _reactions(self, arguments: Json) -> Json:
        found = self._at(arguments["timestamp"])
        if found is None:
            return _no("message_not_found")
        listed = [{"name": one, "users": who, "count": len(who)} for one, who in found.reactions.items() if who]
        shown = found.as_json(with_metadata=False) | ({"reactions": listed} if listed else {})
        return {"type": "message", "channel": found.channel, "message": shown}

    def put_reaction(self, message: str, reaction: str, user: str = PERSON, *, added: bool = True) -> None:
        """Somebody puts an emoji on a message or takes it away, and nobody is told."""
        if found := self._at(message):
            others = [one for one in found.reactions.get(reaction, []) if one != user]
            found.reactions[reaction] = [*others, user] if added else others

    def _begin_upload(self, arguments: Json) -> Json:
        number = f"F{next(self.numbers)}"
        self.uploads[number] = (arguments["filename"], int(arguments["length"]), b"")
        return {"file_id": number, "upload_url": f"{self.url.removesuffix('/api/')}/upload/{number}"}

    def _share_file(self, arguments: Json) -> Json:
        told = arguments["files"]
        for one in json.loads(told) if isinstance(told, str) else told:
            name, length, content = self.uploads.pop(one["id"])
            if len(content) != length:
                self.violations.append(f"{name}: {len(content)} bytes came, {length} were announced")
            self.files.append((arguments["channel_id"], arguments.get("thread_ts", ""), name, content))
            self.read.append(content.decode())
        return {"files": [{"id": f"F{len(self.files)}", "title": self.files[-1][2]}]}

    def _user(self, arguments: Json) -> Json:
        if arguments["user"] != PERSON:
            return _no("user_not_found")
        known = ("is_admin", "is_owner", "is_primary_owner", "is_restricted", "is_ultra_restricted", "is_bot")
        flags = {name: name in self.flags for name in known}
        shown = {"id": PERSON, "team_id": TEAM, "name": "reader", "deleted": False, "tz": self.zone} | flags
        return {"user": shown | {"profile": {"display_name": self.display_name, "real_name": "Ada Reader"}}}

    def respond(self, number: str, body: Json) -> int:
        """What becomes of an answer by response_url; its HTTP status.

        `original` is the message whose button was pressed, or else the last answer through the same address.
        """
        address = self.addresses[number]
        address.uses += 1
        if address.uses > MOST_USES:
            return 404
        if body.get("delete_original"):
            self._take_away(address)
            return 200
        if body.get("replace_original") and address.message:
            self._update({"ts": address.message} | body)
            return 200
        if body.get("replace_original"):
            self._take_away(address)
        address.answer = body
        self.private.append(body)
        self.read.append(whispered(body))
        return 200

    def _take_away(self, address: Address) -> None:
        if address.message:
            self._delete({"ts": address.message})
        elif address.answer is not None:
            self.private = [one for one in self.private if one is not address.answer]
            address.answer = None

    def _page(self, messages: list[SlackMessage], arguments: Json) -> Json:
        start, limit = int(arguments.get("cursor") or 0), int(arguments.get("limit", 100))
        wants = str(arguments.get("include_all_metadata", "0")).lower() in ("1", "true")
        page = [message.as_json(with_metadata=wants) for message in messages[start : start + limit]]
        more = start + limit < len(messages)
        after = {"response_metadata": {"next_cursor": str(start + limit)}} if more else {}
        return {"messages": page, "has_more": more} | after

    def _at(self, ts: str) -> SlackMessage | None:
        return next((message for message in self.messages if message.ts == ts), None)

    def next_ts(self) -> str:
        """The id of a message that is newer than all others."""
        return f"{1_770_000_000 + next(self.numbers)}.000100"

    def judge_request(self, method: str, arguments: Json) -> None:
        """Note what the specification has against it."""
        if judge := slack_spec():
            self.violations += judge.request(method, arguments, self.scopes.split(","))

    def judge_response(self, body: Json) -> None:
        """Note what a response_url would have against it; its blocks are those of an ephemeral message."""
        known = {"response_type", "replace_original", "delete_original", "text", "blocks", "thread_ts"}
        self.violations += [f"response_url: unknown {name}" for name in body if name not in known]
        if (judge := slack_spec()) and "text" in body:
            said = {name: body[name] for name in ("text", "blocks") if name in body}
            self.violations += judge.request("chat.postEphemeral", {"channel": CHANNEL, "user": PERSON} | said)

    def judge_answer(self, method: str, answer: Json) -> None:
        """The same of what we say ourselves."""
        judge = slack_spec()
        if judge is None or method not in judge.m:
            return
        if not answer["ok"]:
            known = COMMON_ERRORS | set(judge.m[method]["errors"])
            self.violations += [] if answer["error"] in known else [f"{method}: answers {answer['error']}"]
            return
        wrong = Draft202012Validator(judge.m[method]["output"]).iter_errors(answer)
        # What the reference has in a "oneOf" are names of schemas, which anything fits.
        self.violations += [f"{method}: answer: {one.message[:140]}" for one in wrong if one.validator != "oneOf"]


def _unfit(arguments: Json) -> str:
    if len(json.dumps(blocks_of(arguments))) > 13_200:
        return "msg_blocks_too_long"
    return "" if arguments.get("text") or arguments.get("blocks") else "no_text"


def _no(error: str) -> Json:
    return {"ok": False, "error": error}
