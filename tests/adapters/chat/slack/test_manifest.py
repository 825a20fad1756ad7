"""The manifest that makes the Slack app asks for what the bot uses: nothing is missing, nothing unused.

What the bot uses is derived: methods and events from the adapter's code, the conversations that methods are called for
from recorded calls, the scopes of both from Slack's own reference.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from adapters.chat.slack import client
from adapters.chat.slack.events import ALIASES, understand
from tests.fakes.clock import NOON
from tests.fakes.desk import FakeDesk
from tests.fakes.posts import a_digest, a_paper_card
from tests.fakes.slack_driver import HERE, a_chat, listening, post_all
from tests.shared import SHARED, needs_shared
from tests.standins import slack_api
from tests.standins.slack import RESPONSE, SlackStandIn
from tests.standins.slack_api import BOT, DIRECT, PERSON, TEAM

ROOT = Path(__file__).parents[4]
SPECS = SHARED / "specs" / "slack"
CODE = sorted(Path(client.__file__).parent.glob("*.py"))

#: what Slack's scopes call the conversations in which Paperboy works. Groups of people without a channel (`mpim`) are
#: left out: nobody can subscribe one.
CHANNELS, DIRECT_MESSAGES = frozenset({"channels", "groups"}), frozenset({"im"})
#: what the tour below does not call, and the conversations for which the adapter calls it
BEYOND_THE_TOUR = {"conversations.open": DIRECT_MESSAGES, "conversations.close": DIRECT_MESSAGES}
#: events that the reference leaves out, although Slack has samples of them; what their names begin with tells the scope
SCOPE_OF_UNTOLD = {"channel_": ("channels:read",), "group_": ("groups:read",)}
#: words of the adapter's code that are also the name of an event, and are none there
NO_EVENTS: frozenset[str] = frozenset({"hello"})  # of the socket itself, which nobody subscribes to


def manifest() -> dict[str, Any]:
    """The manifest; it is written in the part of YAML that is JSON."""
    written = (ROOT / "deploy" / "slack-manifest.yaml").read_text("utf-8")
    loaded: dict[str, Any] = json.loads("\n".join(line for line in written.splitlines() if not line.startswith("#")))
    return loaded


def reference() -> dict[str, Any]:
    """Slack's methods and events with their scopes."""
    loaded: dict[str, Any] = json.loads((SPECS / "slack_api_ref.json").read_text("utf-8"))
    return loaded


def words_of_the_code() -> set[str]:
    """Every text constant of the adapter's modules."""
    trees = (ast.parse(file.read_text("utf-8")) for file in CODE)
    nodes = (node for tree in trees for node in ast.walk(tree))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def attributes_of_the_code() -> set[str]:
    """Every attribute that the adapter's modules name: `apps_connections_open` is a method of Slack's, too."""
    trees = (ast.parse(file.read_text("utf-8")) for file in CODE)
    return {node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def methods_of_the_code() -> set[str]:
    """The methods of Slack's Web API that the adapter names."""
    words, attributes = words_of_the_code(), attributes_of_the_code()
    return {name for name in reference()["methods"] if name in words or name.replace(".", "_") in attributes}


def events_of_the_code() -> set[str]:
    """The events that the adapter's code tells apart; of messages, those of conversations in which it listens."""
    samples = (json.loads(file.read_text("utf-8")) for file in (SPECS / "samples" / "events").glob("*.json"))
    known = {*reference()["events"], *(sample["event"]["type"] for sample in samples if "event" in sample)}
    named = (known & words_of_the_code()) - NO_EVENTS
    return (named - {"message"}) | {f"message.{kind}" for kind in conversations_heard()}


def conversations_heard() -> Iterator[str]:
    """Where the adapter takes a plain message for a question, in the words of Slack's events."""
    for told, kind in {
        "im": "im",
        "mpim": "mpim",
        "channel": "channels",
        "group": "groups",
        "app_home": "app_home",
    }.items():
        event = {
            "type": "message",
            "channel_type": told,
            "channel": DIRECT,
            "user": PERSON,
            "text": "help",
            "ts": "1.0",
        }
        if understand({"event": event}, team=TEAM, at=NOON, bot=BOT):
            yield kind


async def recorded_calls() -> list[tuple[str, Mapping[str, Any]]]:
    """A tour of what the adapter does: log in, check, send, find again, edit, and everything that people do."""
    desk = FakeDesk(a_paper_card())
    with SlackStandIn() as slack:
        first = a_chat(slack)
        async with first.open():
            await first.whoami()
            await first.check(HERE)
            sent = await post_all(first, a_digest())
            for key, message in sent.items():
                await first.edit(message, a_paper_card())
                await first.find(HERE, key)
        again = a_chat(slack)  # which knows nothing of what the first one sent
        async with again.open(), listening(again, desk, slack):
            for key in sent:
                await again.find(HERE, key)
            await again.check(type(HERE)("slack", TEAM, DIRECT))
            await again.find(type(HERE)("slack", TEAM, DIRECT), "none/1/0")
            await slack.slash("/paper", "2602.00001")
            await slack.slash("/paper", "settings size 5")
            await slack.slash("/paper", "help", channel=DIRECT)
            await slack.mention("search nets")
            await slack.react(slack.messages[0].ts, "bookmark")
            await slack.react(slack.messages[0].ts, "bookmark", added=False)
            spoken = {
                "type": "message",
                "channel": DIRECT,
                "channel_type": "im",
                "user": PERSON,
                "text": "help",
                "ts": "1.0",
            }
            await slack.event(spoken)
        assert not slack.violations
        return [(method, arguments) for method, arguments in slack.calls if method != RESPONSE]


def conversations(arguments: Mapping[str, Any]) -> frozenset[str]:
    """For which conversations a call was made; a channel may be private, which its id does not tell."""
    channel = str(arguments.get("channel", ""))
    if channel.startswith(("D", "U")) or "users" in arguments:
        return DIRECT_MESSAGES
    return CHANNELS if channel else frozenset()


def scopes_of_methods(calls: Iterable[tuple[str, frozenset[str]]]) -> dict[str, str]:
    """Scope -> why: where one of several scopes is enough, the one for the conversation of the call."""
    needed: dict[str, str] = {}
    for method, kinds in calls:
        enough = (reference()["methods"][method].get("scope") or {}).get("bot", [])
        chosen = enough if len(enough) == 1 else [one for one in enough if one.partition(":")[0] in kinds]
        assert chosen or not enough, f"{method} needs one of {enough}: for which conversations is it called?"
        needed |= dict.fromkeys(chosen, method)
    return needed


def scopes_of_events(events: Iterable[str]) -> dict[str, str]:
    """Scope -> why. Slack tells an event of those conversations alone for which it has a scope: all of ours, then."""
    known = reference()["events"]
    needed: dict[str, str] = {}
    for event in events:
        untold = next((scopes for start, scopes in SCOPE_OF_UNTOLD.items() if event.startswith(start)), ())
        told = known[event]["scopes"] if event in known else untold
        written = [scope.replace("mentions.read", "mentions:read") for scope in told]  # the reference's misprint
        needed |= {scope: event for scope in written if scope.partition(":")[0] != "mpim"}
    return needed


@needs_shared
async def test_scopes_are_those_of_the_calls_and_events() -> None:
    """The manifest asks for the scopes of every method called, every event heard and the slash commands; no other."""
    calls = {(method, conversations(arguments)) for method, arguments in await recorded_calls()}
    toured = {method for method, _ in calls}
    calls |= {(method, BEYOND_THE_TOUR.get(method, frozenset())) for method in methods_of_the_code() - toured}
    needed = scopes_of_methods(calls) | scopes_of_events(events_of_the_code()) | {"commands": "/paper"}
    asked = set(manifest()["oauth_config"]["scopes"]["bot"])
    assert {scope: why for scope, why in needed.items() if scope not in asked} == {}, "missing, and what for"
    assert asked - set(needed) == set(), "unused"


@needs_shared
async def test_the_tour_calls_what_the_code_names() -> None:
    """No method is called that the code does not name, and those of conversations are called for each kind of them."""
    calls = {(method, conversations(arguments)) for method, arguments in await recorded_calls()}
    assert {method for method, _ in calls} <= methods_of_the_code()
    assert {("conversations.history", CHANNELS), ("conversations.history", DIRECT_MESSAGES)} <= calls
    assert {("users.info", frozenset()), ("conversations.info", CHANNELS)} <= calls


@needs_shared
def test_events_are_those_that_the_code_reads() -> None:
    """The manifest subscribes to every event that the adapter tells apart, and to no other."""
    assert set(manifest()["settings"]["event_subscriptions"]["bot_events"]) == events_of_the_code()


@needs_shared
def test_manifest_is_valid() -> None:
    """Slack's own schema accepts the manifest."""
    from jsonschema import Draft202012Validator

    schema = json.loads((SPECS / "manifest.schema.2.0.0.json").read_text("utf-8"))
    assert [error.message for error in Draft202012Validator(schema).iter_errors(manifest())] == []


def test_everybody_names_the_same_scopes() -> None:
    """The manifest, the adapter, the guide and the stand-in name the same scopes."""
    asked = manifest()["oauth_config"]["scopes"]["bot"]
    assert asked == sorted(asked)
    assert asked == list(client.SCOPES)
    assert asked == slack_api.SCOPES.split(",")
    guide = (ROOT / "docs" / "slack.md").read_text("utf-8")
    table = guide.partition("| scope |")[2].partition("\n\n")[0]
    explained = [
        scope
        for row in table.splitlines()
        for scope in re.findall(r"`([a-z_]+(?::[a-z]+)?)`", row.split("|")[1:2][0] if "|" in row else "")
    ]
    assert sorted(explained) == asked


def test_manifest_offers_what_the_bot_understands() -> None:
    """The commands are those that the bot knows, buttons reach it, and it connects by itself (Socket Mode)."""
    asked = manifest()
    assert {one["command"] for one in asked["features"]["slash_commands"]} == {"/paper", *ALIASES}
    assert asked["settings"]["interactivity"]["is_enabled"] is True
    assert asked["settings"]["socket_mode_enabled"] is True
    assert asked["features"]["app_home"]["messages_tab_enabled"] is True, "people can write to it directly"
    assert asked["features"]["app_home"]["messages_tab_read_only_enabled"] is False
