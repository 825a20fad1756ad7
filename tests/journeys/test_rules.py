"""Rules at the command line: tried, mistaken, sharing lists, and told in a digest."""

from __future__ import annotations

from tests.fakes.feeds import a_feed
from tests.journeys.paperboy import Paperboy

NOW = "2026-02-04T14:00:00Z"


def test_a_rule_is_tried_shared_and_told(paperboy: Paperboy) -> None:
    """A rule is tried on what is stored, a mistake is shown with a caret, and a digest tells what it left out."""
    paperboy.variables["PAPERBOY_CLOCK__NOW"] = NOW
    added = paperboy(
        "channels", "add", "terminal:main", "--category", "cs.CL", "--rule", "list:ours OR paper", "--json"
    )
    assert added.code == 0 and "There is no list:ours yet" in " ".join(added.err.split())
    assert paperboy("ingest", "--file", str(a_feed(paperboy.home, 40)), "--format", "arxiv-rss").code == 0

    wrong = paperboy("channels", "set", "terminal:main", "rule", "graph AND AND nets")
    assert wrong.code == 2 and "Did you mean graph AND nets" in wrong.err
    assert wrong.err.splitlines()[-2:] == ["    graph AND AND nets", "              ^"]

    tried = paperboy("channels", "rule", "terminal:main", "paper", "--json").json
    assert (tried["papers"], tried["matched"], tried["share"], tried["too_wide"]) == (40, 40, 1.0, True)
    assert "probably too wide" in tried["remarks"][0]
    tried = paperboy("channels", "rule", "terminal:main", "NOT zebra", "--json").json
    assert not tried["too_wide"] and "leaves out" in tried["remarks"][0]

    told = paperboy("digest", "terminal:main", "--dry-run", "--json").json
    assert [(part["clause"], part["because"]) for part in told["left_out"]] == [("list:ours", "no-list")]
    lists = paperboy("channels", "lists", "terminal:main", "ours", "planning, nothing at all", "--json").json
    assert lists == {"lists": [{"name": "ours", "rule": 'planning OR "nothing at all"'}]}
    assert paperboy("digest", "terminal:main", "--dry-run", "--json").json["left_out"] == []
