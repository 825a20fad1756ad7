"""What the running service says: each event that people care about is one sentence, and a JSON document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import structlog

from bot.operation import logs
from bot.operation.lines import Tone, line_of

NINE = datetime(2026, 2, 5, 9, 0, tzinfo=ZoneInfo("Europe/Berlin"))
EXAMPLES: list[tuple[dict[str, Any], str]] = [
    (
        {"event": "service started", "version": "1", "pid": 7, "platforms": ["slack"]},
        "Paperboy 1 runs as process 7: slack.",
    ),
    ({"event": "platform connected", "platform": "slack", "identity": "@paperboy"}, "slack is connected as @paperboy."),
    (
        {
            "event": "platform down",
            "platform": "slack",
            "problem": "The token is wrong. See docs/slack.md.",
            "pause_s": 4.0,
        },
        "slack is down: The token is wrong. See docs/slack.md. Trying again in 4 s.",
    ),
    (
        {"event": "digests next", "digests": [("slack:T1/C1", NINE)], "more": True},
        "Next: slack:T1/C1 Thu 09:00 Europe/Berlin, and more.",
    ),
    (
        {"event": "digest posted", "channel": "slack:T1/C1", "day": NINE.date(), "papers": 1, "late_s": 7_300},
        "The digest of 2026-02-05 was posted to slack:T1/C1 with 1 paper, 2 hours late.",
    ),
    (
        {"event": "digest posted", "channel": "slack:T1/C1", "day": NINE.date(), "papers": 8, "late_s": 20},
        "The digest of 2026-02-05 was posted to slack:T1/C1 with 8 papers.",
    ),
    (
        {
            "event": "digest posted",
            "channel": "slack:T1/C1",
            "day": NINE.date(),
            "papers": 8,
            "late_s": 20,
            "missing": ["arXiv cs.AI", "arXiv cs.CL"],
        },
        "The digest of 2026-02-05 was posted to slack:T1/C1 with 8 papers, without arXiv cs.AI, arXiv cs.CL.",
    ),
    (
        {"event": "digest waiting", "channel": "slack:T1/C1", "missing": ["arXiv cs.CL"], "until": NINE, "digests": 1},
        f"The digest for slack:T1/C1 waits for arXiv cs.CL, until {NINE.astimezone():%a %H:%M} at most.",
    ),
    (
        {"event": "digest waiting", "channel": "slack:T1/C1", "missing": ["arXiv cs.CL"], "until": NINE, "digests": 3},
        f"The digests for slack:T1/C1 and 2 more wait for arXiv cs.CL, until {NINE.astimezone():%a %H:%M} at most.",
    ),
    (
        {"event": "model unusable", "model": "openai/small", "problem": "litellm is not installed"},
        "Summaries are made without openai/small: litellm is not installed.",
    ),
    (
        {"event": "digest improved", "channel": "slack:T1/C1", "messages": 4, "missing": 0},
        "Better summaries for slack:T1/C1: 4 messages edited.",
    ),
    (
        {"event": "improving a digest failed", "channel": "slack:T1/C1", "problem": "Slack is in trouble."},
        "Messages in slack:T1/C1 could not be edited: Slack is in trouble.",
    ),
    ({"event": "database up", "down_s": 200.0}, "The database works again after 3 minutes."),
]


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


@pytest.mark.parametrize(("facts", "sentence"), EXAMPLES)
def test_an_event_is_one_sentence(facts: dict[str, Any], sentence: str) -> None:
    """The facts of an event are told in one line."""
    line = line_of(facts)
    assert line and line.sentence == sentence
    assert "\n" not in sentence


def test_what_nobody_waits_for_has_no_line() -> None:
    """Other events have none."""
    assert line_of({"event": "refreshed", "source": "arxiv"}) is None


def printed_lines(capsys: pytest.CaptureFixture[str], **options: bool) -> list[str]:
    logs.configure(**options)
    log = structlog.get_logger("paperboy")
    log.info("refreshed", source="arxiv")
    log.info("platform connected", platform="slack", identity="@paperboy\x1b[2J\nxoxb-12-hunter2")
    log.warning("an event was left unanswered", reason="stopping")
    log.warning("an event was left unanswered", reason="stopping")
    return capsys.readouterr().err.splitlines()


def test_the_service_shows_lines_and_new_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    """Without --verbose: the lines for people, and a warning once; nothing hostile and nothing secret in them."""
    line, warning = printed_lines(capsys, of_service=True)
    assert line[8:] == " ✓ slack is connected as @paperboy[2J ***."
    assert "an event was left unanswered" in warning


def test_verbose_shows_everything(capsys: pytest.CaptureFixture[str]) -> None:
    """With --verbose nothing is left out."""
    assert len(printed_lines(capsys, of_service=True, verbose=True)) == 4


def test_other_commands_show_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    """A command that is no service says what is wrong and nothing else."""
    assert len(printed_lines(capsys)) == 1


def test_json_lines_have_facts_and_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    """Each line is a document with the event, its facts and its sentence, in UTC."""
    first, second = map(json.loads, printed_lines(capsys, of_service=True, as_json=True))
    assert first["event"] == "platform connected"
    assert first["platform"] == "slack"
    assert first["sentence"].startswith("slack is connected as @paperboy")
    assert datetime.fromisoformat(first["timestamp"]).tzinfo == UTC
    assert second["level"] == "warning"


def test_tones() -> None:
    """What is wrong is marked as such."""
    line = line_of({"event": "database down", "problem": "It is away."})
    assert line and line.tone is Tone.TROUBLE
