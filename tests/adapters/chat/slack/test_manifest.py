"""The manifest that makes the Slack app: what it asks for is what the bot uses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from adapters.chat.slack.client import SCOPES
from adapters.chat.slack.events import ALIASES
from tests.shared import SHARED, needs_shared

ROOT = Path(__file__).parents[4]


def manifest() -> dict[str, Any]:
    """The manifest; it is written in the part of YAML that is JSON."""
    written = (ROOT / "deploy" / "slack-manifest.yaml").read_text()
    loaded: dict[str, Any] = json.loads("\n".join(line for line in written.splitlines() if not line.startswith("#")))
    return loaded


@needs_shared
def test_manifest_is_valid() -> None:
    """Slack's own schema accepts the manifest."""
    from jsonschema import Draft202012Validator

    schema = json.loads((SHARED / "specs" / "slack" / "manifest.schema.2.0.0.json").read_text())
    assert [error.message for error in Draft202012Validator(schema).iter_errors(manifest())] == []


@needs_shared
def test_manifest_events_and_scopes_exist() -> None:
    """Every event and scope that the manifest asks for is one that Slack knows."""
    reference = json.loads((SHARED / "specs" / "slack" / "slack_api_ref.json").read_text())
    samples = (SHARED / "specs" / "slack" / "samples" / "events").glob("*.json")
    events = set(reference["events"]) | {json.loads(one.read_text())["event"]["type"] for one in samples}
    assert set(manifest()["settings"]["event_subscriptions"]["bot_events"]) <= events
    known = json.dumps(reference) + "app_mentions:read"  # an event's scope; the reference tells those of methods
    assert [scope for scope in manifest()["oauth_config"]["scopes"]["bot"] if scope not in known] == []


def test_manifest_asks_for_what_the_bot_uses() -> None:
    """The scopes are the adapter's, the commands those it knows, and none is a word that Slack keeps for itself."""
    asked = manifest()
    commands = {one["command"] for one in asked["features"]["slash_commands"]}
    assert sorted(asked["oauth_config"]["scopes"]["bot"]) == sorted(SCOPES)
    assert commands == {"/paper", *ALIASES}
    assert asked["settings"]["socket_mode_enabled"] is True
