"""A person whose feed is read wrongly asks how it was read."""

from __future__ import annotations

from tests.journeys.paperboy import Paperboy

FEED = """<rss version="2.0"><channel><title>Letters</title>
<item><title>Lanterns</title><link>https://letters.example/1</link><authors>Ada Example;Bo Sample;</authors>
<pubDate>5 Feb.</pubDate><volume>7</volume></item>
<item><title/><link>https://letters.example/2</link></item></channel></rss>"""


def test_each_entry_is_explained(paperboy: Paperboy) -> None:
    """What was read from where, what was left out and why, as a table and as JSON; one entry short is done in part."""
    path = paperboy.home / "letters.xml"
    path.write_text(FEED)
    asked = ("ingest", "--file", str(path), "--format", "feed", "--explain")
    shown = paperboy(*asked)
    assert shown.code == 3
    for words in (
        "Ada Example; Bo Sample",
        "pubDate 5 Feb. (it is not understood as a date)",
        "volume",
        "it has no title",
    ):
        assert words in " ".join(shown.out.split())
    told = paperboy(*asked, "--json").json
    assert told["reports"][0]["state"] == "partial"
    first, second = told["entries"]
    authors = {"field": "authors", "value": "Ada Example; Bo Sample", "elements": ["authors"], "note": None}
    assert authors in first["fields"]
    assert (first["id"], first["left_out_because"]) == ("url:https://letters.example/1", None)
    assert first["not_read"] == ["volume"]
    assert [one["element"] for one in first["left_out"]] == ["pubDate"]
    assert (second["entry"], second["id"], second["left_out_because"]) == (2, None, "it has no title")


def test_only_a_file_is_explained(paperboy: Paperboy) -> None:
    """Without a file there is nothing to explain, and what to do is said."""
    ran = paperboy("ingest", "--explain")
    assert ran.code == 2
    assert "--explain goes with --file" in ran.err
