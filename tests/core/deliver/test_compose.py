"""What a reader sees of a paper: taken back or not, what others make of it, where it comes from and where it went."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bot.origins import SOURCES
from core.channels import ChannelRef, DeliveryTime, Layout, Subscription
from core.choose.reasons import Reason, author_reason, weak_reason
from core.converse import replies
from core.converse.hits import search_results
from core.converse.lists.feedback import Bookmark
from core.deliver import card, compose, html_pages, pages
from core.deliver.content import Digest, Item
from core.deliver.ledger import Counts
from core.ingest.state import SourceState, State
from core.papers.identifiers import PaperId
from core.papers.paper import Dossier, Event, EventKind, Paper, Signals, Summary
from core.papers.search import Found, Hit, SearchQuery
from core.posts.tree import Divider, Facts, ListBlock, Note, Post
from core.summarise.briefing import SummarisedPaper, write_briefing
from tests.fakes.papers import AT, DAY, a_listing, a_paper
from tests.fakes.stores import SqlStore

WITHDRAWN = a_paper(1, comment="This paper has been withdrawn by the authors: Lemma 3 is wrong.")
SUMMARY = Summary(paper=WITHDRAWN.id, version=1, language="en", gist="Lanterns shine.", made_by="extract")


def a_digest(paper: Paper, *reasons: Reason) -> Digest:
    item = Item(paper=paper, score=0.5, reasons=reasons, summary=SUMMARY)
    subscription = Subscription(channel=ChannelRef("terminal", "", "main"))
    counts = Counts(candidates=1, kept=1, posted=1)
    return Digest(subscription=subscription, day=DAY, counts=counts, sources=(), items=(item,), is_sample=False)


def visible_text(post: Post) -> str:
    """The post as text, a line for each block."""
    return "\n".join("".join(span.text for span in getattr(block, "spans", ())) for block in post.blocks)


def links(post: Post) -> dict[str, str]:
    return {span.text: span.url for block in post.blocks for span in getattr(block, "spans", ()) if span.url}


def a_card(paper: Paper, *events: Event, **provenance: str) -> Post:
    dossier = Dossier(paper=paper, records=(), provenance=provenance, readings=(), events=events)
    return card.paper(paper, SUMMARY, dossier, traits=SOURCES)


def an_event(kind: EventKind, detail: str, source: str = "arxiv") -> Event:
    return Event(number=1, paper=WITHDRAWN.id, kind=kind, detail=detail, source=source, at=AT)


@pytest.mark.parametrize("layout", Layout)
async def test_better_summaries_change_the_list_and_its_line_alone(layout: Layout) -> None:
    """A head with better summaries is the one that they would have made; when it was due and its themes stay on it."""
    before = a_digest(a_paper(1))
    before = replace(
        before,
        subscription=replace(before.subscription, layout=layout),
        items=(*before.items, replace(before.items[0], paper=a_paper(2, categories=("cs.LG",)))),
        sources=(SourceState(source="arxiv", scope="cs.CL", state=State.FRESH, checked_at=AT, listed=2),),
    )
    better = replace(SUMMARY, gist="Lanterns outshine candles in fog.", made_by="openai/small", recipe="1")
    after = replace(before, items=tuple(replace(item, summary=better) for item in before.items))
    expected = replace(compose.digest(after), replies=())
    assert compose.with_new_summaries(compose.digest(before), after) == expected
    papers = [SummarisedPaper(paper=item.paper, summary=item.summary) for item in before.items]
    weekly = replace(before, late_for=AT, briefing=await write_briefing(papers, language="en", calls=None))
    stored, expected = compose.digest(weekly), compose.digest(replace(weekly, items=after.items))
    line = stored.blocks.index(Divider())
    assert "Late: due at" in visible_text(stored)
    assert compose.with_new_summaries(stored, after).blocks == (*stored.blocks[:line], *expected.blocks[line:])


class TestWithdrawn:
    """Nobody reads a paper that its authors took back without being told so first."""

    def test_in_a_digest(self) -> None:
        """The entry begins with the word, and so does the paper's own message, which gives the reason as a warning."""
        post = compose.digest(a_digest(WITHDRAWN))
        assert "1. Withdrawn: Invented paper number 1" in visible_text(post)
        (own,) = post.replies
        assert visible_text(own).startswith("Withdrawn: ")
        assert own.fallback == "Withdrawn: Invented paper number 1"
        assert any(isinstance(block, Note) and block.warning and "Lemma 3" in str(block) for block in own.blocks)

    def test_in_pages(self) -> None:
        """The HTML page and the Markdown page say so as well."""
        assert "<strong>Withdrawn: </strong>" in html_pages.html(a_digest(WITHDRAWN))
        assert "\n**Withdrawn**\n" in pages.markdown(a_digest(WITHDRAWN))

    def test_in_a_reading_list(self) -> None:
        """A bookmark of it stays, marked."""
        saved = Bookmark(user="terminal:you", paper=WITHDRAWN, channel="terminal:main", at=AT)
        (reading,) = (one for one in replies.bookmarks([saved], of="Yours").blocks if isinstance(one, ListBlock))
        assert reading.items[0][0].text == "Withdrawn: "

    async def test_in_search(self) -> None:
        """A hit of it is marked, and others are not."""
        async with SqlStore("sqlite://").open() as store:
            await store.add(a_listing([WITHDRAWN, a_paper(2)]), at=AT)
            found = await store.search(SearchQuery(typed="", categories=("cs.CL",)), limit=5)
        post = search_results(found)
        assert visible_text(post).count("Withdrawn: ") == 1
        assert ". Withdrawn: Invented paper number 1\n" in visible_text(post)

    def test_nothing_of_the_kind_is_said_of_others(self) -> None:
        """A comment on pages and places is told in small print."""
        told = a_card(a_paper(1, comment="12 pages, accepted at a workshop"))
        assert "Withdrawn" not in visible_text(told)
        assert "Comment: 12 pages, accepted at a workshop" in visible_text(told)
        assert not any(isinstance(block, Note) and block.warning for block in told.blocks)


class TestOrigin:
    def test_a_preprint_and_its_journal(self) -> None:
        """The title leads to the preprint, whose identifier is told; the journal is named, and its DOI leads there."""
        own = PaperId("doi", "10.1101/2026.01.02.573001")
        told = a_card(
            a_paper(
                id=own,
                doi=own.value,
                identifiers=(PaperId("doi", "10.5555/lights(26)<7>#a"),),
                url="https://www.biorxiv.org/content/10.1101/2026.01.02.573001v2",
                journal="Journal of Invented Lights",
                licence="https://creativecommons.org/licenses/by/4.0/",
            )
        )
        assert str(own) in visible_text(told)
        assert "Journal of Invented Lights" in visible_text(told)
        published = "https://doi.org/10.5555/lights%2826%29%3C7%3E%23a"
        assert links(told) == {
            "Invented paper number 1": "https://www.biorxiv.org/content/10.1101/2026.01.02.573001v2",
            "Journal of Invented Lights": published,
            "DOI": published,
            "Licence": "https://creativecommons.org/licenses/by/4.0/",
        }

    def test_what_is_said_to_come_from_somewhere_is_there(self) -> None:
        """DOI, licence and comment are told where their origin is."""
        paper = a_paper(1, doi="10.5555/x", licence="https://example.org/by", comment="9 pages", journal="Lights")
        told = a_card(paper, doi="crossref", licence="arxiv", comment="arxiv", journal="crossref")
        assert "Where it comes from: DOI, journal from Crossref; licence, comment from arXiv" in visible_text(told)
        assert {"DOI", "Licence"} <= links(told).keys()
        assert "Comment: 9 pages" in visible_text(told)

    @pytest.mark.parametrize("url", ["javascript:alert(1)", "git@github.com:x/y", ""])
    def test_only_web_addresses_are_links(self, url: str) -> None:
        """Code that is nowhere on the web is not offered."""
        told = a_card(
            a_paper(1, pdf_url=url, licence=url, signals=Signals(code_url=url, stars=3)), an_event(EventKind.CODE, url)
        )
        assert links(told) == {"Invented paper number 1": "https://arxiv.org/abs/2602.00001"}
        assert {action.label for action in told.actions} == {"🔖 Bookmark", "Paper"}
        assert "code" not in visible_text(told).partition("code released")[0]
        assert "stars" not in visible_text(told)

    def test_released_code_can_be_followed(self) -> None:
        """The event leads to the code, however long its address."""
        where = f"https://example.org/{'x' * 400}"
        told = a_card(a_paper(), an_event(EventKind.CODE, where, "huggingface"))
        assert links(told)["code released"] == where
        assert "2026-02-04: code released (told by Hugging Face)" in visible_text(told)

    def test_a_long_history_is_told_by_its_end(self) -> None:
        """Of forty versions the last are told."""
        told = visible_text(a_card(a_paper(), *(an_event(EventKind.VERSION, str(number)) for number in range(2, 42))))
        assert told.count("appeared") == 10
        assert "version 41 appeared" in told


def test_one_is_one() -> None:
    """Counts agree with their nouns, also in what notifications show."""
    told = a_card(a_paper(1, signals=Signals(upvotes=1, comments=1_200, code_url="https://example.org/c", stars=1)))
    assert "1 vote · 1,200 comments · code\u00a0★\u00a01\n" in visible_text(told)
    assert compose.digest(a_digest(a_paper())).fallback.endswith(": 1 paper")
    hit = Hit(id=WITHDRAWN.id, title="x", score=1.0, published=None, snippet="", url="")
    found = Found(query=SearchQuery(typed="x"), total=1, hits=(hit,))
    assert search_results(found).fallback == "1 paper for “x”"
    assert search_results(replace(found, total=1_200, is_bounded=True)).fallback == "more than 1,200 papers for “x”"


def test_no_reason_is_no_line() -> None:
    """A paper's message tells why it was chosen where that convinces, and does not begin to where nothing does."""
    for reasons, told in (
        ((), ""),
        ((weak_reason("14 authors"),), ""),
        ((author_reason("Ann Lee"),), "Why: by Ann Lee, whom"),
    ):
        (own,) = compose.digest(a_digest(a_paper(), *reasons)).replies
        assert told in visible_text(own)
        assert bool(told) is ("Why" in visible_text(own))


LANTERNS = Summary(
    paper=WITHDRAWN.id,
    version=1,
    language="en",
    gist="We propose paper lanterns that glow for nine hours, and show that they cost a tenth of oil lamps in towns.",
    motivation="Oil is dear.",
    method="We propose paper lanterns that glow for nine hours.",
    result="In a trial with forty families, reading at night doubled.",
    conclusion="Villages should fold paper instead of burning oil at night.",
    made_by="extract",
)


class TestShort:
    """A digest is looked through in seconds, and a paper's message fits a phone."""

    def test_a_line_or_two(self) -> None:
        """An entry has number, title and badges, then the gist without its opening, cut after a clause."""
        signals = Signals(upvotes=42, comments=7, code_url="https://github.com/a/b", stars=1_310)
        paper = a_paper(1, signals=signals, comment="12 pages. Accepted at ICML 2026 (oral)")
        digest = a_digest(paper)
        entry = visible_text(compose.digest(replace(digest, items=(replace(digest.items[0], summary=LANTERNS),))))
        assert entry.replace("\u00a0", " ").splitlines()[2:4] == [
            "1. Invented paper number 1 · ▲ 42 · code ★ 1,310 · Accepted at ICML 2026",
            "Paper lanterns that glow for nine hours, and show that they cost a tenth of oil lamps in towns.",
        ]

    def test_a_gist_that_is_the_title_is_not_told(self) -> None:
        """Neither in the list nor in the paper's message: of a paper without an abstract the title is all there is."""
        summary = replace(SUMMARY, gist="Invented paper number 1")
        digest = a_digest(a_paper())
        post = compose.digest(replace(digest, items=(replace(digest.items[0], summary=summary),)))
        assert visible_text(post).count("Invented paper") == 1
        assert visible_text(post.replies[0]).count("Invented paper") == 1

    def test_three_parts_and_no_repetition(self) -> None:
        """Parts that repeat the gist are left out, and the rest is in reading order."""
        assert [name for name, _ in card.telling_parts(LANTERNS)] == ["Motivation", "Result", "Conclusion"]
        assert len(card.telling_parts(replace(LANTERNS, method="Fold."))) == 3

    def test_all_parts_for_who_asks(self) -> None:
        """Whoever asks for one paper reads all that is told of it; a digest has room for three."""
        told = replace(LANTERNS, method="Fold paper by hand.")
        dossier = Dossier(paper=a_paper(1), records=(), provenance={}, readings=(), events=())
        rows = [
            [name for block in post.blocks if isinstance(block, Facts) for name, _ in block.rows]
            for post in (
                card.paper(a_paper(1), told, traits=SOURCES),
                card.paper(a_paper(1), told, dossier, traits=SOURCES),
            )
        ]
        assert rows == [["Motivation", "Method", "Result"], ["Motivation", "Method", "Result", "Conclusion"]]

    def test_pages(self) -> None:
        """Each page has a button, once; the discussion only where there is one."""
        signals = Signals(upvotes=3, code_url="https://github.com/a/b")
        assert dict(card.pages_of(a_paper(1, signals=signals, pdf_url="https://arxiv.org/pdf/2602.00001"))) == {
            "Paper": "https://arxiv.org/abs/2602.00001",
            "PDF": "https://arxiv.org/pdf/2602.00001",
            "Code": "https://github.com/a/b",
            "Hugging Face": "https://huggingface.co/papers/2602.00001",
        }
        same = "https://arxiv.org/abs/2602.00001"
        assert dict(card.pages_of(a_paper(1, pdf_url=same))) == {"Paper": same}

    def test_a_late_digest_of_several_days(self) -> None:
        """Title and text say so, in the channel's own time."""
        at = DeliveryTime(zone="Asia/Tokyo")
        digest = a_digest(a_paper())
        late = replace(
            digest,
            subscription=replace(digest.subscription, at=at),
            since=date(2026, 1, 29),
            late_for=datetime(2026, 2, 4, 0, tzinfo=UTC),
        )
        told = visible_text(compose.digest(late))
        assert told.startswith("Papers for 29 January to 4 February 2026\nLate: due at 09:00\n")
        for page in (html_pages.html(late), pages.markdown(late)):
            assert "Late: due at 09:00" in page


def test_many_categories_are_counted() -> None:
    """A feed's entry may be filed under two thousand words."""
    told = visible_text(a_card(a_paper(1, categories=tuple(f"c{number}" for number in range(2_000)))))
    assert "Ada Ng, Bo Lind · c0 c1 c2 c3 c4 c5 +1994" in told
