"""A day with a language model, through litellm and a provider's protocol: two channels' digests, and what they cost."""

from __future__ import annotations

import json
import re
import signal

from tests.fakes.feeds import a_feed
from tests.journeys.paperboy import Paperboy, until
from tests.standins.model import KEY, model_server_apart
from tests.standins.model_replies import Question, answers
from tests.standins.telegram import TOKEN, TelegramStandin

GROUPS = (-1009, -1010)
PAPERS = 2
#: when the channels subscribe, and after the hour of their digests
NOON, LATER = "2026-02-04T12:00:00+00:00", "2026-02-04T12:31:00+00:00"


def gist(question: Question) -> str:
    """One sentence about the paper that the question shows."""
    number = re.search(r"We invent the (\d+)th paper", question.user)
    assert number
    return json.dumps({"gist": {"text": f"Invention of the {number[1]}th paper succeeds.", "quote": number[0]}})


def test_a_day_with_a_model(paperboy: Paperboy) -> None:
    """Two channels get a model's summaries at their hour for one call a paper, and the status tells what it cost."""
    with TelegramStandin().running() as telegram, model_server_apart() as provider:
        paperboy.variables |= {
            "PAPERBOY_TELEGRAM__TOKEN": TOKEN,
            "PAPERBOY_TELEGRAM__API_BASE_URL": telegram.url,
            "PAPERBOY_TELEGRAM__PACE_S": "0",
            "PAPERBOY_MODEL__NAME": "openai/gpt-5-mini",
            "PAPERBOY_MODEL__API_BASE": provider.url,
            "PAPERBOY_MODEL__API_KEY": KEY,
            "PAPERBOY_SOURCES__ARXIV__BASE_URL": "http://127.0.0.1:1",
            "PAPERBOY_CLOCK__NOW": NOON,
        }
        provider.behaves(answers(gist))
        assert paperboy("ingest", "--file", str(a_feed(paperboy.home, PAPERS)), "--format", "arxiv-rss").code == 0
        for group in GROUPS:
            channel = ("channels", "add", f"telegram:{group}", "--category", "cs.CL", "--depth", "line")
            assert paperboy(*channel, "--at", "12:30", "--zone", "UTC", "--patience", "0").code == 0
        process = paperboy.start("run", PAPERBOY_CLOCK__NOW=LATER)
        try:
            until(lambda: len(telegram.messages) == len(GROUPS) * (PAPERS + 1), process)
        finally:
            process.send_signal(signal.SIGTERM)
            _, complaint = process.communicate(timeout=60)
        assert process.returncode == 0, complaint
        assert provider.complaints == []
        assert len(provider.questions) == PAPERS
        (month,) = paperboy("status", "--json").json["spending"]["months"]
    for group in GROUPS:
        head, *cards = [message.text for message in telegram.messages if message.chat == group]
        assert "Summaries: openai/gpt-5-mini" in head
        assert all("Summary by openai/gpt-5-mini" in card and "paper succeeds." in card for card in cards)
    assert "tokens)" in "".join(message.text for message in telegram.messages)
    assert (month["model"], month["calls"]) == ("openai/gpt-5-mini", PAPERS)
