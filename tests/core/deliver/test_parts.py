"""What a digest says of how its papers fit: its parts, what is named below a paper, and the titles without room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from core.channels import ChannelRef, Layout, Subscription
from core.choose.verdicts import Decision, Fate, Fit, Standing
from core.deliver import compose, html_pages, pages
from core.deliver.content import MOST_NAMED, Digest, Fits, Item, mentions_in, none_chosen
from core.deliver.days import nothing_because, what_to_do
from core.deliver.digest import deliver, posted_on, preview
from core.deliver.empty import Because
from core.deliver.ledger import Counts
from core.papers.paper import Paper, Summary
from core.posts.tree import ListBlock, Post
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.papers import AT, DAY, a_listing, a_paper
from tests.fakes.stores import SqlStore

READER = Subscription(
    channel=ChannelRef("terminal", "", "main"), categories=("cs.CL",), interest="glaciers in Patagonia"
)
HOSTILE = a_paper(99, title="<script>x</script> [a](http://evil.example) @everyone", url="javascript:alert(1)")


def item(number: int, fate: Fate = Fate.CHOSEN, fit: Fit | None = Fit.MATCH, siblings: Sequence[Paper] = ()) -> Item:
    paper = a_paper(number)
    summary = Summary(paper=paper.id, version=1, language="en", gist="Ice is old.", made_by="extract")
    standing = Standing(fate=fate, fit=fit)
    return Item(paper=paper, score=0.5, reasons=(), summary=summary, standing=standing, siblings=tuple(siblings))


def a_digest(*items: Item, **fields: Any) -> Digest:
    counts = Counts(candidates=412, kept=412, posted=len(items))
    values: dict[str, Any] = {"fits": Fits(matching=1, near=1), "items": items, "counts": counts} | fields
    return Digest(**({"subscription": READER, "day": DAY, "sources": ()} | values))


def words(post: Post) -> list[str]:
    lines = []
    for block in post.blocks:
        rows = block.items if isinstance(block, ListBlock) else (getattr(block, "spans", ()),)
        lines += ["".join(span.text for span in spans) for spans in rows]
    return lines


THREE = (item(1, siblings=[a_paper(5), HOSTILE]), item(2, fit=Fit.NEAR), item(3, Fate.EXPLORED, Fit.FAR))


def test_a_ranked_digest_has_parts() -> None:
    """What matches, what is near and what is something else stand apart, numbered through."""
    told = words(compose.digest(a_digest(*THREE)))
    assert told[1] == "412 new papers in cs.CL → 1 matches well, 1 more is near, and something else"
    headings = [told.index(one) for one in (compose.MATCHING, compose.NEAR, compose.SOMETHING_ELSE)]
    entries = [next(at for at, line in enumerate(told) if line.startswith(f"{number}. ")) for number in (1, 2, 3)]
    assert sorted((*headings, *entries)) == [value for pair in zip(headings, entries, strict=True) for value in pair]
    assert f"2 more on this: {a_paper(5).title}; {HOSTILE.title}" in told


def test_one_part_has_no_name() -> None:
    """Where all match, or there is nothing to match, the digest is one list, on pages as well."""
    for only in map(a_digest, (item(1), item(1, fit=None))):
        assert compose.MATCHING not in words(compose.digest(only))
        assert "\n## " not in pages.markdown(only) and "<h2>" not in html_pages.html(only)
    near = a_digest(item(1, fit=Fit.NEAR))
    assert compose.NEAR in words(compose.digest(near))
    assert f"## {compose.NEAR}\n" in pages.markdown(near) and f"<h2>{compose.NEAR}</h2>" in html_pages.html(near)


def test_a_digest_by_category_tells_it_behind_the_title() -> None:
    """Grouped by category, a paper that is near or something else says so itself."""
    grouped = replace(READER, layout=Layout.BY_CATEGORY)
    told = [line for line in words(compose.digest(a_digest(*THREE, subscription=grouped))) if line[1:2] == "."]
    ends = ("number 1", "· near", "· something else")
    assert all(line.endswith(end) for line, end in zip(told, ends, strict=True))


@pytest.mark.parametrize(
    ("fits", "told"),
    [
        (Fits(matching=3, near=4), "3 match well, 4 more are near"),
        (Fits(matching=1, near=0), "1 matches well"),
        (Fits(matching=0, near=1), "none matches well, 1 is near"),
        (Fits(matching=0, near=0), "none is about it"),
    ],
)
def test_how_many_fit_in_words(fits: Fits, told: str) -> None:
    """The digest says how many match and how many are near."""
    assert compose.fits_in_words(fits) == told


def test_titles_without_room_are_bounded_and_harmless() -> None:
    """The last message of the thread names at most twenty, numbered on, says how many are left, and posts none."""
    more = (HOSTILE, *(a_paper(number) for number in range(10, 29)))
    digest = a_digest(*THREE, more=more, more_total=57)
    last = compose.digest(digest).replies[-1]
    (listed,) = [block for block in last.blocks if isinstance(block, ListBlock)]
    assert (len(listed.items), listed.start, last.papers) == (MOST_NAMED, 4, ())
    assert (
        listed.items[0][0].url == ""
        and words(last)[0] == "57 more papers that fit"
        and words(last)[-1] == "and 37 more"
    )
    page, shown = html_pages.html(digest), pages.markdown(digest)
    assert "57 more papers that fit" in page and "57 more papers that fit" in shown
    assert (
        "<script" not in page and "<script" not in shown.replace("\\<script", "") and "javascript:" not in page + shown
    )


def test_what_is_named_is_known_from_the_decisions() -> None:
    """Siblings, titles without room and counts follow from what the ledger keeps; an older ledger names nothing."""
    papers = [a_paper(number).id for number in range(30)]

    def decided(place: int, standing: Standing | None) -> Decision:
        chosen = standing is not None and standing.fate is Fate.CHOSEN
        return Decision(paper=papers[place], score=0.5, reasons=(), place=place + 1, chosen=chosen, standing=standing)

    told = [decided(0, Standing(fate=Fate.CHOSEN, fit=Fit.MATCH))]
    told += [decided(1, Standing(fate=Fate.SIBLING, fit=Fit.MATCH, like=papers[0]))]
    told += [decided(place, Standing(fate=Fate.SIZE, fit=Fit.NEAR)) for place in range(2, 28)]
    told += [decided(28, Standing(fate=Fate.SIZE, fit=Fit.MATCH)), decided(29, Standing(fate=Fate.FLOOR, fit=Fit.FAR))]
    named = mentions_in(told, READER)
    assert named.siblings == {papers[0]: (papers[1],)} and named.fits == Fits(matching=3, near=26)
    assert (named.more[0], len(named.more), named.more_total) == (papers[28], MOST_NAMED, 27)
    assert mentions_in([decided(0, None)], READER).papers() == ()
    plain = [decided(place, Standing(fate=Fate.SIZE)) for place in range(3)]
    assert mentions_in(plain, replace(READER, interest="")).more_total == 0


def test_a_day_without_a_fit_says_so() -> None:
    """None of 412 papers is about it: that is told, and where to look."""
    empty = a_digest(fits=Fits(matching=0, near=0))
    told = none_chosen(empty)
    assert told.because is Because.NOTHING_FITS
    assert nothing_because(told) == "None of the 412 new papers is about what this channel is interested in."
    assert "/settings interest" in what_to_do(told)
    assert any(nothing_because(told) in line for line in words(compose.digest(empty)))
    by_rule = a_digest(counts=Counts(candidates=412, kept=0, posted=0))
    assert none_chosen(by_rule).because is Because.NOTHING_KEPT


async def test_a_posted_digest_is_shown_again_as_it_was() -> None:
    """Parts, siblings, titles without room and counts of a digest come back from the ledger."""
    ice = "Cores of glaciers in Patagonia show firn, moraines and sediments of the last centuries"
    papers = [
        a_paper(number, title=f"Glaciers in Patagonia {word}", abstract=f"{ice}. {own}")
        for number, (word, own) in enumerate(
            (name, " ".join(f"{name}{place}" for place in range(40 * (number > 1))))
            for number, name in enumerate("abcdef")
        )
    ]
    async with SqlStore("sqlite://").open() as store:
        reader = replace(READER, size=3)
        await store.save_subscription(reader, at=AT)
        await store.add(a_listing([*papers, a_paper(50)]), at=AT)
        before = (await preview(reader, DAY, store=store)).digest
        await deliver(reader, DAY, store=store, chat=FakeChat(), clock=FakeClock(AT))
        shown = await posted_on(reader, DAY, store=store)
        assert shown is not None
        assert (len(before.items), before.fits) == (3, Fits(matching=6, near=0))
        assert before.more_total and any(one.siblings for one in before.items)
        for field in ("fits", "more", "more_total", "counts"):
            assert getattr(shown.digest, field) == getattr(before, field)
        for one, other in zip(shown.digest.items, before.items, strict=True):
            assert (one.paper, one.standing, one.siblings) == (other.paper, other.standing, other.siblings)
