"""An invented arXiv feed of one category, as a file to ingest."""

from __future__ import annotations

from datetime import date
from pathlib import Path

_ITEM = """<item><title>An Invented Paper, Number {n}</title><link>https://arxiv.org/abs/2602.{n:05d}</link>
<description>arXiv:2602.{n:05d}v1 Announce Type: new
Abstract: We invent the {n}th paper. It tells of nothing but itself.</description>
<guid isPermaLink="false">oai:arXiv.org:2602.{n:05d}v1</guid><category>cs.CL</category>
<pubDate>{date} 00:00:00 -0500</pubDate><arxiv:announce_type>new</arxiv:announce_type>
<dc:creator>Ann Nobody</dc:creator></item>"""
_FEED = """<?xml version='1.0' encoding='UTF-8'?>
<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0"><channel>
<title>cs.CL updates on arXiv.org</title><link>http://rss.arxiv.org/rss/cs.CL</link><description>updates</description>
<lastBuildDate>{date} 05:00:00 +0000</lastBuildDate><pubDate>{date} 00:00:00 -0500</pubDate>
{items}</channel></rss>"""


def a_feed(folder: Path, papers: int, *, first: int = 1, day: date = date(2026, 2, 4)) -> Path:
    """A feed of a day with that many papers in cs.CL, 2602.00001 and so on."""
    told = f"{day:%a, %d %b %Y}"
    items = [_ITEM.format(n=number, date=told) for number in range(first, first + papers)]
    file = folder / "cs.CL.xml"
    file.write_text(_FEED.format(items="".join(items), date=told))
    return file
