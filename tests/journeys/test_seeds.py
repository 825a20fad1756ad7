"""A library at the command line: a channel learns from it, and says so."""

from __future__ import annotations

from tests.fakes.feeds import a_feed
from tests.journeys.paperboy import Paperboy

NOW = "2026-02-04T14:00:00Z"
LIBRARY = """@article{mine, title={Graph nets for graph nets}, author={Ng, Ada}, doi={10.1234/mine},
  abstract={We study graph nets.}}
@article{untitled, author={Ng, Ada}}
"""


def test_a_library_teaches_a_channel(paperboy: Paperboy) -> None:
    """A BibTeX file is read, what was not found is told with exit code 3, and the channel shows what it learns from."""
    paperboy.variables["PAPERBOY_CLOCK__NOW"] = NOW
    assert paperboy("channels", "add", "terminal:main", "--category", "cs.CL").code == 0
    assert paperboy("ingest", "--file", str(a_feed(paperboy.home, 40)), "--format", "arxiv-rss").code == 0
    library = paperboy.home / "mine.bib"
    library.write_text(LIBRARY)
    told = paperboy("channels", "seed", "terminal:main", str(library))
    assert told.code == 3
    assert "doi:10.1234/mine" in told.out and "learns from 1 paper (1 of them new)" in told.out
    assert "untitled: it has no title" in " ".join(told.err.split())
    seeded = paperboy("channels", "seed", "terminal:main", str(library), "--json").json
    assert seeded["new"] == 0
    assert seeded["papers"] == [{"id": "doi:10.1234/mine", "title": "Graph nets for graph nets"}]
    assert seeded["missing"] == [{"where": "untitled", "reason": "it has no title"}]
    digest = paperboy("digest", "terminal:main", "--dry-run", "--json").json
    assert "10.1234/mine" not in str(digest)
    shown = paperboy("channels", "show", "terminal:main", "--json").json
    assert (shown["seeds"], shown["corrections"], shown["learned"]["picked"]) == (1, [], 1)
    broken = paperboy("channels", "seed", "terminal:main", "no.bib")
    assert broken.code == 2 and "no.bib" in broken.err
