"""A day with Paperboy on Telegram: a digest, a command, a reaction, a button, and the reading lists they end in."""

from __future__ import annotations

import signal

from tests.fakes.feeds import a_feed
from tests.journeys.paperboy import Paperboy, until
from tests.standins.telegram import TOKEN, TelegramStandin

GROUP, PERSON = -1009, 7
CHANNEL = f"telegram:{GROUP}"


def test_a_day_on_telegram(paperboy: Paperboy) -> None:
    """What one process posted is bookmarked through another: by reaction for the channel, by button in private."""
    with TelegramStandin().running() as standin:
        paperboy.variables |= {
            "PAPERBOY_TELEGRAM__TOKEN": TOKEN,
            "PAPERBOY_TELEGRAM__API_BASE_URL": standin.url,
            "PAPERBOY_TELEGRAM__PACE_S": "0",
            "PAPERBOY_CLOCK__NOW": "2026-02-04T10:00:00+00:00",
        }
        assert paperboy("ingest", "--file", str(a_feed(paperboy.home, 1)), "--format", "arxiv-rss").code == 0
        assert paperboy("channels", "add", CHANNEL, "--category", "cs.CL").code == 0
        posted = paperboy("digest", CHANNEL)
        assert posted.code == 0, posted.err
        card = standin.messages[-1]
        process = paperboy.start("run")
        try:
            standin.reacts(("✍",), chat=GROUP, message=card.id)
            query = standin.presses(GROUP, card.id, user=8)
            standin.types("/help@paperboy_bot", chat=GROUP)
            until(lambda: query in standin.notices and len(standin.messages) > 2, process)
        finally:
            process.send_signal(signal.SIGTERM)
            _, complaint = process.communicate(timeout=60)
    assert process.returncode == 0, complaint
    assert (standin.messages[-1].chat, standin.messages[-1].text.splitlines()[0]) == (PERSON, "What Paperboy answers")
    assert standin.notices[query].startswith("✍ On your reading list: “")
    listed = {user: paperboy("bookmarks", "list", "--user", f"telegram:{user}", "--json").json for user in (7, 8)}
    assert all("2602.00001" in str(bookmarks) for bookmarks in listed.values())
