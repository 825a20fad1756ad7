"""The test suites of two feed parsers, read through ours: nothing crashes, nothing takes long, and titles are right.

The suites stay where they are; each file is read straight from its archive. Their expectations are the judge: of
feedparser's, the comment in each file (compared as syntax, never run), of gofeed's, the JSON beside each file.
"""

from __future__ import annotations

import ast
import html
import json
import re
import tarfile
import time
import warnings
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any

from adapters.sources.feeds import parse
from core.errors import BadFeed
from core.ingest.listing import Listing
from tests.shared import SHARED, needs_shared

TODAY = date(2026, 2, 4)
RECORDED = SHARED / "data" / "recorded"
EXPECT = re.compile(r"Description:\s*(.*?)\s*Expect:\s*(.*)\s*-->")


@cache
def members(archive: str) -> dict[str, bytes]:
    """Every file of a suite."""
    with tarfile.open(RECORDED / archive) as files:
        return {one.name: file.read() for one in files if one.isfile() and (file := files.extractfile(one))}


def feedparsers() -> dict[str, bytes]:
    """Every feed of feedparser's suite."""
    suite = members("feedparser_tests/feedparser-tests.tar.gz")
    return {name: body for name, body in suite.items() if name.endswith(".xml")}


def gofeeds() -> dict[str, bytes]:
    """Every feed of gofeed's suite."""
    suite = members("gofeed_tests/gofeed-testdata.tar.gz")
    return {name: body for name, body in suite.items() if name.endswith(".xml")}


def read(name: str, body: bytes) -> Listing | BadFeed:
    """Read one file, as an error where a warning is given, and within a second of work."""
    began = time.process_time()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return parse(body, name, TODAY)
    except BadFeed as error:
        assert "\n" not in error.sentence()
        return error
    finally:
        assert time.process_time() - began < 1.0, name


def titles(listing: Listing | BadFeed) -> tuple[str, ...]:
    """The titles of all entries that have one, also of those that nothing identifies, as most of the suites' are."""
    if isinstance(listing, BadFeed):
        return ()
    untold = (one.where for one in listing.problems if one.reason.startswith("it has no DOI"))
    return (*(one.paper.title for one in listing.announcements), *untold)


def as_read(title: str) -> str:
    """What a reader would see of a title that may be HTML, in one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", re.sub(r"<br\b", " <br", title))).split())


def agree(expected: str, told: tuple[str, ...]) -> bool:
    """Is it what one of ours says, with its mark-up taken out or as it stands? Nothing visible is no text at all.

    Formatting that was escaped once too often is taken out by ours, and the suites keep it.
    """
    either = {as_read(expected)[:80], as_read(as_read(expected))[:80], " ".join(expected.split())[:80]}
    return bool(either & {one[:80] for one in told}) or (not as_read(expected) and not any(told))


def expected(body: bytes, *keys: str) -> Iterator[str]:
    """`entries[0]['title'] == '...'` of the comment in a feed of feedparser's, for each of the keys."""
    found = EXPECT.search(body.decode(errors="ignore"))
    for node in ast.walk(ast.parse(found[2].strip(), mode="eval")) if found else ():
        match node:
            case ast.Compare(
                left=ast.Subscript(value=ast.Subscript(value=ast.Name(id="entries")), slice=ast.Constant(value=key)),
                ops=[ast.Eq()],
                comparators=[ast.Constant(value=str(said))],
            ) if key in keys:
                yield said


def identified(body: bytes) -> bytes:
    """The same feed, its entries with a title and an address, which most of the suites' lack."""
    body = re.sub(
        rb"(<item\b[^>]*>)", rb"\1<title>T</title><author>Ann Example</author><link>https://a.example/1</link>", body
    )
    return re.sub(
        rb"(<entry\b[^>]*>)",
        rb'\1<title>T</title><author><name>Ann Example</name></author><link href="https://a.example/1"/>',
        body,
    )


def abstracts(listing: Listing | BadFeed) -> tuple[str, ...]:
    """The abstracts of all papers."""
    return () if isinstance(listing, BadFeed) else tuple(one.paper.abstract for one in listing.announcements)


def items_of(expected: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries of one of gofeed's expectations, whichever of its three kinds of feed that is."""
    return [*(expected.get("items") or ()), *(expected.get("entries") or ())]


@needs_shared
def test_every_feed_of_feedparsers_suite_is_read_or_refused() -> None:
    """Each of its 2,106 ill-formed, odd and hostile feeds gives a listing or a sentence; those refused are no feeds."""
    ends = {name: read(name, body) for name, body in feedparsers().items()}
    refused = sorted(name for name, end in ends.items() if isinstance(end, BadFeed))
    assert len(ends) == 2106
    assert [name for name in refused if "/cdf/" not in name] == ["tests/illformed/rss_empty_document.xml"]
    # Microsoft's CDF of 1997, without entries: neither RSS nor Atom nor RDF
    assert len(refused) == 8


@needs_shared
def test_every_feed_of_gofeeds_suite_is_read_or_refused() -> None:
    """Each of its 540 feeds gives a listing or a sentence; the two refused hold no feed."""
    ends = {name: read(name, body) for name, body in gofeeds().items()}
    refused = sorted(name.rpartition("/")[2] for name, end in ends.items() if isinstance(end, BadFeed))
    assert (len(ends), refused) == (540, ["unknown_feed.xml", "version_rdf_090.xml"])


@needs_shared
def test_titles_are_those_that_feedparsers_suite_expects() -> None:
    """All 70 titles that the suite tells are ours, as a reader would see them."""
    judged = [
        (name, title, titles(read(name, body)))
        for name, body in feedparsers().items()
        for title in expected(body, "title")
    ]
    assert len(judged) == 70
    assert [one for one in judged if not agree(one[1], one[2])] == []


@needs_shared
def test_abstracts_are_those_that_feedparsers_suite_expects() -> None:
    """Of 564 descriptions, many of them attacks on whoever shows HTML, 560 are ours as a reader would see them.

    The others: Microsoft's CDF of 1997, twice the title of a drawing, which nobody sees either, and a heading alone.
    """
    judged = [
        (name, said, abstracts(read(name, identified(body))))
        for name, body in feedparsers().items()
        for said in expected(body, "description", "summary")
    ]
    wrong = [name for name, said, told in judged if not agree(said, told)]
    assert len(judged) == 564
    assert sorted(name.rpartition("/")[2] for name in wrong) == [
        "atomsvgtitle.xml",
        "entry_content_and_summary.xml",
        "item_abstract_map_description.xml",
        "rss2.0svgtitle.xml",
    ]


@needs_shared
def test_titles_are_those_that_gofeeds_suite_expects() -> None:
    """All 50 titles that the suite tells are ours."""
    suite = members("gofeed_tests/gofeed-testdata.tar.gz")
    expectations = {name: json.loads(suite.get(name.replace(".xml", ".json"), b"{}")) for name in gofeeds()}
    judged = [
        (name, item["title"], titles(read(name, gofeeds()[name])))
        for name, told in expectations.items()
        for item in items_of(told)
        if item.get("title")
    ]
    assert len(judged) == 50
    assert [one for one in judged if not agree(one[1], one[2])] == []
