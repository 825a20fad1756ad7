"""A day with Paperboy on Telegram: a digest, a command, a reaction, a button, and the reading lists they end in."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

from tests.journeys.paperboy import Paperboy
from tests.standins.telegram import TOKEN, TelegramStandin

GROUP, PERSON = -1009, 7
CHANNEL = f"telegram:{GROUP}"

FEED = """<?xml version='1.0' encoding='UTF-8'?>
<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0"><channel>
<title>cs.CL updates on arXiv.org</title><link>http://rss.arxiv.org/rss/cs.CL</link><description>updates</description>
<lastBuildDate>Wed, 04 Feb 2026 05:00:00 +0000</lastBuildDate><pubDate>Wed, 04 Feb 2026 00:00:00 -0500</pubDate>
<item><title>An Invented Paper &lt;b&gt;with Markup&lt;/b&gt; and @everyone</title><link>https://arxiv.org/abs/2602.00001</link>
<description>arXiv:2602.00001v1 Announce Type: new
Abstract: We invent a paper. It tells of nothing but itself.</description>
<guid isPermaLink="false">oai:arXiv.org:2602.00001v1</guid><category>cs.CL</category>
<pubDate>Wed, 04 Feb 2026 00:00:00 -0500</pubDate><arxiv:announce_type>new</arxiv:announce_type>
<dc:creator>Ann Nobody</dc:creator></item></channel></rss>"""


def until(what: Callable[[], object], longest_s: float = 20) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + longest_s
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_day_on_telegram(paperboy: Paperboy, tmp_path: Path) -> None:
    """What one process posted is bookmarked through another: by reaction for the channel, by button in private."""
    file = tmp_path / "feed.xml"
    file.write_text(FEED)
    with TelegramStandin().running() as standin:
        paperboy.variables |= {
            "PAPERBOY_TELEGRAM__TOKEN": TOKEN,
            "PAPERBOY_TELEGRAM__API_BASE_URL": standin.url,
            "PAPERBOY_TELEGRAM__PACE_S": "0",
            "PAPERBOY_CLOCK__NOW": "2026-02-04T10:00:00+00:00",
        }
        assert paperboy("ingest", "--file", str(file), "--format", "arxiv-rss").code == 0
        assert paperboy("channels", "add", CHANNEL, "--category", "cs.CL").code == 0
        posted = paperboy("digest", CHANNEL)
        assert posted.code == 0, posted.err
        card = standin.messages[-1]
        process = paperboy.start("run")
        try:
            standin.reacts(("✍",), chat=GROUP, message=card.id)
            query = standin.presses(GROUP, card.id, user=8)
            standin.types("/help@paperboy_bot", chat=GROUP)
            until(lambda: query in standin.told and len(standin.messages) > 2)
        finally:
            process.send_signal(signal.SIGTERM)
            _, complaint = process.communicate(timeout=20)
    assert process.returncode == 0, complaint
    assert (standin.messages[-1].chat, standin.messages[-1].text.splitlines()[0]) == (PERSON, "What Paperboy answers")
    assert standin.told[query].startswith("🔖 On your reading list.")
    listed = {user: paperboy("bookmarks", "list", "--user", f"telegram:{user}", "--json").json for user in (7, 8)}
    assert all("2602.00001" in str(bookmarks) for bookmarks in listed.values())
