from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from adapters.sources.daily_arxiv import parse
from adapters.sources.text import lines, one_line, plain_line
from bot.origins import SOURCES
from core.channels import ChannelRef, Layout, Subscription
from core.choose.reasons import weak_reason
from core.deliver.content import Digest, Item
from core.deliver.html_pages import html
from core.deliver.ledger import Counts
from core.deliver.pages import escape_markdown, is_web, markdown, split_names, unescape_markdown
from core.ingest.state import SourceState, State
from core.papers.identifiers import PaperId
from core.papers.paper import Announcement, AnnounceType, Evidence, Paper, Summary
from core.text.readable import readable
from tests.fakes.problems import failed

DAY = date(2026, 2, 4)
SUBSCRIPTION = Subscription(
    channel=ChannelRef("terminal", "", "main"), categories=("cs.CL", "cs.LG"), layout=Layout.BY_CATEGORY
)


def digest(*items: Item, sample: bool = False, sources: tuple[SourceState, ...] = ()) -> Digest:
    counts = Counts(candidates=len(items), kept=len(items), posted=len(items))
    return Digest(
        subscription=SUBSCRIPTION,
        day=DAY,
        counts=counts,
        sources=sources,
        items=items,
        is_sample=sample,
        traits=SOURCES,
    )


def item(number: int = 1, *categories: str, **fields: object) -> Item:
    values: dict[str, object] = {
        "id": PaperId("arxiv", f"2602.{number:05d}"),
        "title": f"Invented lanterns {number}",
        "abstract": "We light lanterns. They shine.",
        "authors": ("Ada Example", "Bo Sample"),
        "categories": categories or ("cs.CL",),
        "announced": DAY,
        "url": f"https://arxiv.org/abs/2602.{number:05d}",
        "pdf_url": f"https://arxiv.org/pdf/2602.{number:05d}",
    }
    paper = Paper(**(values | fields))  # type: ignore[arg-type]  # a paper from a table of fields
    summary = Summary(
        paper=paper.id, version=paper.version, language="en", gist="Lanterns shine.", method="Light.", made_by="extract"
    )
    return Item(paper=paper, score=0.5, reasons=(weak_reason("matches 'lantern'"),), summary=summary)


def read_back(page: str) -> tuple[Announcement, ...]:
    listing = parse(page.encode(), named_day=None, likely_day=date(2000, 1, 1))
    assert listing.problems == ()
    return listing.announcements


HOSTILE = (
    "</details>",
    "Abstract: not the abstract",
    "### [1] [another](https://arxiv.org/abs/2602.99999)",
    "<script>alert(1)</script>",
    "# heading",
    "a heading that ends in ##",
    "[link](javascript:alert(1))",
    "![picture](https://evil.example/x.png)",
    "\\",
    "\\\\",
    "\\[ \\alpha_{i} \\]",
    "a\nTL;DR: b\n\n<details>\n",
    "--> <!-- paperboy-paper {} -->",
    "&lt;b&gt; &#42; &amp",
    "*bold* _it_ __x__ `code` ~~gone~~ $x_i$",
    "<br> \\<br>",
    "  two  spaces  ",
    "A, B\\, C",
    "\u202eevil\u202c\x00\x1b[31m\r\n\t\u2028",
    "https://evil.example/a_b_c www.evil.example",
    "| a | b |\n|---|---|",
    "===\n---",
    "1. one\n- two",
    "中文，标题（测试）",
)
#: without what only wrongly decoded text has: it is repaired before it is stored
letters = st.characters(exclude_characters=[chr(number) for number in range(0x80, 0xA1)], codec="utf-8")
texts = st.one_of(
    st.text(letters, max_size=40),
    st.sampled_from(HOSTILE),
    st.lists(st.sampled_from(HOSTILE) | st.text(letters, max_size=5), max_size=4).map(" ".join),
)
named = texts.filter(one_line)
papers = st.builds(
    Paper,
    id=st.integers(1, 99999).map(lambda number: PaperId("arxiv", f"2602.{number:05d}"))
    | st.sampled_from(
        [PaperId("doi", "10.1000/a-->b"), PaperId("url", "https://x.example/a(b)"), PaperId("sample", "7")]
    ),
    version=st.integers(1, 9),
    title=named,
    abstract=texts,
    authors=st.lists(named, max_size=4).map(tuple),
    categories=st.lists(st.sampled_from(["cs.CL", "cs.LG", "stat.ML"]) | named, max_size=3, unique=True).map(tuple),
    published=st.none() | st.just(datetime(2026, 2, 4, 5, tzinfo=UTC)),
    announced=st.none() | st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    announce_type=st.sampled_from(AnnounceType),
    url=st.sampled_from(
        ["", "https://arxiv.org/abs/2602.00001", "https://x.example/a(b) [c]?d=<e>&lt;f", "http://x.example"]
    ),
    pdf_url=st.sampled_from(["https://arxiv.org/pdf/2602.00001", "https://x.example/-->.pdf"]),
    doi=st.none() | st.just("10.1000/a<b"),
    journal=st.none() | named,
    licence=st.none() | st.just("http://creativecommons.org/licenses/by/4.0/"),
    identifiers=st.sampled_from([(), (PaperId("doi", "10.48550/arxiv.2602.00001"),)]),
)


@st.composite
def items(draw: st.DrawFn) -> Item:
    paper = draw(papers)
    evidence = st.builds(Evidence, claim=texts, quote=texts)
    summary = Summary(
        paper=paper.id,
        version=draw(st.integers(1, 9)),
        language=draw(st.sampled_from(["en", "zh"])),
        gist=draw(named),
        motivation=draw(texts),
        method=draw(texts),
        result=draw(texts),
        conclusion=draw(texts),
        evidence=tuple(draw(st.lists(evidence, max_size=2))),
        made_by=draw(named),
    )
    return Item(
        paper=paper, score=0.5, reasons=tuple(map(weak_reason, draw(st.lists(texts, max_size=2)))), summary=summary
    )


def as_kept(one: Item) -> tuple[Paper, Summary]:
    """The paper and its summary as every source cleans them."""
    paper, summary = one.paper, one.summary
    clean = replace(
        paper,
        title=one_line(paper.title),
        abstract=one_line(paper.abstract),
        authors=tuple(map(one_line, paper.authors)),
        categories=tuple(map(one_line, paper.categories)),
        journal=paper.journal and one_line(paper.journal),
        announced=paper.announced or DAY,
        sources=("daily-arxiv",),
    )
    told = replace(
        summary,
        gist=lines(summary.gist),
        motivation=lines(summary.motivation),
        method=lines(summary.method),
        result=lines(summary.result),
        conclusion=lines(summary.conclusion),
        evidence=tuple(Evidence(claim=lines(one.claim), quote=lines(one.quote)) for one in summary.evidence),
        made_by=one_line(summary.made_by),
    )
    return clean, told


@given(st.lists(items(), max_size=2))
def test_a_page_read_back_gives_the_same_papers(given: list[Item]) -> None:
    """Whatever the titles, names and abstracts hold, the page tells all of it, and reading it back gives it again."""
    found = read_back(markdown(digest(*given)))
    expected = sorted((as_kept(one) for one in given), key=repr)
    assert sorted(((one.paper, one.summaries[0]) for one in found), key=repr) == expected


@given(texts)
def test_escaping_loses_nothing(text: str) -> None:
    """Unescaping gives the escaped text back, character by character, from a single line."""
    assert unescape_markdown(escape_markdown(text)) == text
    assert len(escape_markdown(text).splitlines()) <= 1


@given(st.lists(texts.filter(bool), max_size=5))
def test_names_with_commas_stay_whole(names: list[str]) -> None:
    """A comma within a name is told from one between names."""
    line = ", ".join(escape_markdown(name).replace(",", "\\,") for name in names)
    assert [unescape_markdown(name) for name in split_names(line)] == names


class Shown(HTMLParser):
    """What a browser would make of a page: its elements, its addresses, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data

    def is_harmless(self, allowed: set[str]) -> bool:
        addresses = [value for name, value in self.attributes if name in ("href", "src", "action")]
        return (
            set(self.tags) <= allowed
            and all(re.match(r"https?://|#", address) for address in addresses)
            and not any(name.startswith("on") for name, _ in self.attributes)
        )


HTML_LAYOUT = {
    *("html", "head", "meta", "title", "style", "body", "header", "nav", "main", "section", "article", "footer"),
    *("h2", "dl", "dt", "dd"),
}
RENDERED = {"div", "h1", "h3", "p", "a", "em", "strong", "ul", "li", "br", "details", "summary", "blockquote", "hr"}


def squeezed(text: str) -> str:
    """Without white space and without what renderers put in the place of control characters."""
    return re.sub(r"[\s\ufffd]", "", plain_line(text))


@given(st.lists(items(), min_size=1, max_size=2))
def test_the_rendered_page_is_harmless_and_says_what_it_should(given: list[Item]) -> None:
    """Rendered with raw HTML allowed, hostile text makes no element and no address, and can be read as it is."""
    page = markdown(digest(*given))
    shown = Shown(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(page))
    assert shown.is_harmless(RENDERED)
    assert shown.tags.count("details") == shown.tags.count("h3") == len(given)
    for one in given:
        for text in (one.paper.title, one.paper.abstract, one.summary.gist, *one.paper.authors):
            visible = "".join(map(readable, text.splitlines())) or text  # a page keeps lines
            assert squeezed(visible) in squeezed(shown.text)


@pytest.mark.parametrize("url", ["", "https://x.example/a(b) [c]?d=<e>&lt;f\"onload='g'", "javascript:alert(1)"])
def test_every_hostile_text_is_shown_and_read_back(url: str) -> None:
    """In a title with a link or without one, in a name or an abstract, each stands on both pages as it is."""
    numbered = [(number, one_line(text)) for number, text in enumerate(HOSTILE, 1) if one_line(text)]
    hostile_items = [
        item(number, title=text, abstract=text, authors=(text, "Sample, Bo, Jr."), url=url) for number, text in numbered
    ]
    page = markdown(digest(*hostile_items))
    rendered = Shown(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(page))
    in_html = Shown(html(digest(*hostile_items)))
    assert rendered.is_harmless(RENDERED)
    assert in_html.is_harmless(RENDERED | HTML_LAYOUT)
    for _, text in numbered:  # a title, a name and an abstract
        assert squeezed(rendered.text).count(squeezed(readable(text))) >= 3
        assert squeezed(in_html.text).count(squeezed(readable(text))) >= 2  # sentences of an abstract stand apart
    kept = [as_kept(one) for one in hostile_items]
    expected = [(replace(paper, url=url if is_web(url) else ""), summary) for paper, summary in kept]
    found = [(one.paper, one.summaries[0]) for one in read_back(page)]
    assert sorted(found, key=repr) == sorted(expected, key=repr)


@given(st.lists(items(), max_size=2), st.booleans())
def test_the_html_page_is_harmless(given: list[Item], is_sample: bool) -> None:
    """Hostile text makes no element and no address in the HTML page either, and nothing is loaded from anywhere."""
    page = html(digest(*given, sample=is_sample))
    shown = Shown(page)
    assert shown.is_harmless(RENDERED | HTML_LAYOUT)
    assert shown.tags.count("article") == len(given)
    assert not re.search(r"url\(|@import|src=", page)


def test_looks_like_the_pages_its_readers_know() -> None:
    """Contents by category with totals and back-links, numbers running through, authors, TL;DR, details folded."""
    page = markdown(digest(item(1, "cs.LG"), item(2, "cs.CL", "cs.LG"), item(3, "cs.CL")))
    for line in (
        "<div id=toc></div>",
        "- [cs.CL](#cs.CL) [Total: 2]",
        "- [cs.LG](#cs.LG) [Total: 1]",
        "<div id='cs.CL'></div>",
        "# cs.CL [[Back]](#toc)",
        "### [1] [Invented lanterns 2](https://arxiv.org/abs/2602.00002)",
        "*Ada Example, Bo Sample*",
        "Main category: cs.CL",
        "TL;DR: Lanterns shine.",
        "  <summary>Details</summary>",
        "Method: Light.",
        "Abstract: We light lanterns. They shine.",
        "### [3] [Invented lanterns 1](https://arxiv.org/abs/2602.00001)",
    ):
        assert line in page.splitlines()
    assert page.index("# cs.CL [[Back]]") < page.index("# cs.LG [[Back]]")


def test_ordinary_text_is_written_as_it_is() -> None:
    """TeX, parentheses and underscores within words need no escaping, so that the page reads well unrendered."""
    for text in (r"The $\alpha$-rate (of snake_case) is 5% & rising: x > y, O(n).", "What's new? A+B!", "C# 中文。"):
        assert escape_markdown(text) == text


def test_all_authors_are_told() -> None:
    """The page shortens no list of authors."""
    names = tuple(f"Author Number{number}" for number in range(300))
    assert read_back(markdown(digest(item(authors=names))))[0].paper.authors == names


def test_the_page_tells_its_day() -> None:
    """Papers that know no listing day of their own get the page's."""
    listing = parse(markdown(digest(item(announced=None))).encode(), named_day=None, likely_day=date(2000, 1, 1))
    assert listing.day == listing.announcements[0].day == DAY


@pytest.mark.parametrize("make", [markdown, html])
def test_sample_papers_are_labelled(make: object) -> None:
    """Invented papers are labelled as invented, and real ones are not."""
    assert callable(make)
    assert "invented" in make(digest(item(title="x"), sample=True))
    assert "invented" not in make(digest(item(title="x")))


@pytest.mark.parametrize("make", [markdown, html])
def test_trouble_of_a_source_is_told(make: object) -> None:
    """The page says which source was in trouble, and why."""
    trouble = SourceState(
        source="arxiv",
        scope="cs.CL",
        state=State.THROTTLED,
        checked_at=datetime(2026, 2, 4, tzinfo=UTC),
        problems=failed("Come back later."),
    )
    assert callable(make)
    assert "Come back later." in make(digest(item(), sources=(trouble,)))


def test_an_empty_digest_is_a_page() -> None:
    """A digest without papers is a page without papers, and can be read back."""
    assert read_back(markdown(digest())) == ()
    assert "<main>" in html(digest())


def test_a_forged_comment_does_no_harm() -> None:
    """A page of ours whose comments were tampered with is read as far as it makes sense."""
    page = markdown(digest(item(1)))
    note = re.search(r"<!-- paperboy-paper (.*) -->", page)
    assert note
    forged = {
        "id": "evil:1",
        "version": -4,
        "categories": [1, None, "cs.CL"],
        "type": 7,
        "published": "x",
        "evidence": [[1]],
    }
    for told in (json.dumps(forged), "{", "{}", '{"doi": "\\ud800", "identifiers": ["x", "url:", 3]}'):
        (one,) = read_back(page.replace(note[1], told))
        assert (one.paper.id, one.paper.version) == (PaperId("arxiv", "2602.00001"), 1)
        assert one.paper.categories == ("cs.CL",)


def test_the_markdown_page_keeps_the_ranked_order() -> None:
    """By rank the page is one list without contents, and can be read back."""
    both = digest(item(1, "cs.LG"), item(2, "cs.CL"))
    ranked = markdown(replace(both, subscription=replace(SUBSCRIPTION, layout=Layout.RANKED)))
    assert ranked.index("Invented lanterns 1") < ranked.index("Invented lanterns 2")
    assert "Table of Contents" not in ranked
    assert [one.paper.id.value for one in read_back(ranked)] == ["2602.00001", "2602.00002"]


def test_the_html_page_is_grouped_as_the_channel_chose() -> None:
    """By category the page has contents; by rank it is one list."""
    both = digest(item(1, "cs.LG"), item(2, "cs.CL"))
    ranked = replace(both, subscription=replace(SUBSCRIPTION, layout=Layout.RANKED))
    assert '<nav id="toc"' in html(both)
    assert html(both).index("Invented lanterns 2") < html(both).index("Invented lanterns 1")
    assert "<nav" not in html(ranked)
    assert html(ranked).index("Invented lanterns 1") < html(ranked).index("Invented lanterns 2")
