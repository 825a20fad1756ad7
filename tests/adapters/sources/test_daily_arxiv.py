from __future__ import annotations

import re
import time
from dataclasses import fields
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources.daily_arxiv import language_of, parse
from core.errors import BadFeed
from core.ingest.listing import Listing
from core.papers.identifiers import PaperId
from core.papers.paper import AnnounceType, Paper, Summary
from tests.shared import SHARED, needs_shared

TODAY = date(2026, 2, 4)

PAGE = """<div id=toc></div>

# Table of Contents

- [cs.CL](#cs.CL) [Total: 2]
- [cs.LG](#cs.LG) [Total: 1]


<div id='cs.CL'></div>

# cs.CL [[Back]](#toc)

### [1] [Invented [lanterns]: how \\alpha shines](https://arxiv.org/abs/2602.00001)
*Ada Example,Bo Sample*

Main category: cs.CL

TL;DR: 灯笼会发光。


<details>
  <summary>Details</summary>
Motivation: 我们想看见。

Method: 方法如下：
1. 点灯
2. 观察

Result: Es werde Licht.

Conclusion: 结论。

Abstract: First *line* of <b>text</b>.
  Abstract: an indented second line, with Method: inside.

</details>


### [2] [Invented lamps](https://arxiv.org/abs/2602.00002v3)
*Cy Invented*

Main category: cs.CL

TL;DR: Lamps shine.


<details>
  <summary>Details</summary>
Motivation:

Method:

Result:

Conclusion:

Abstract: Lamps.

</details>


<div id='cs.LG'></div>

# cs.LG [[Back]](#toc)

### [3] [Invented moths](https://example.org/moths)
*Dee Moth*

Main category: cs.LG

TL;DR:


<details>
  <summary>Details</summary>
Abstract: Moths.

</details>
"""


def read(page: str, named_day: date | None = None) -> Listing:
    return parse(page.encode(), named_day=named_day, likely_day=TODAY)


def test_reads_a_foreign_page() -> None:
    """A page of daily-arXiv becomes papers with their summaries; brackets, TeX and line breaks stay."""
    listing = read(PAGE)
    assert (listing.source, listing.scope, listing.day, listing.problems) == ("daily-arxiv", "cs.CL+cs.LG", TODAY, ())
    first, second, third = listing.announcements
    assert first.paper.id == PaperId("arxiv", "2602.00001")
    assert first.paper.title == "Invented [lanterns]: how \\alpha shines"
    assert first.paper.authors == ("Ada Example", "Bo Sample")
    assert (first.scope, first.day, first.type) == ("cs.CL", TODAY, AnnounceType.NEW)
    assert first.paper.abstract == ("First *line* of text. Abstract: an indented second line, with Method: inside.")
    (summary,) = first.summaries
    assert (summary.language, summary.made_by, summary.gist) == ("zh", "daily-arxiv", "灯笼会发光。")
    assert summary.method == "方法如下：\n1. 点灯\n2. 观察"
    assert (summary.motivation, summary.result, summary.conclusion) == ("我们想看见。", "Es werde Licht.", "结论。")
    assert (second.paper.version, second.paper.id.value) == (3, "2602.00002")
    assert second.summaries[0].language == "en"
    assert (third.paper.id, third.summaries) == (PaperId("url", "https://example.org/moths"), ())


def test_the_day_is_the_one_that_was_told() -> None:
    """A day that the person names wins."""
    listing = read(PAGE, date(2026, 1, 23))
    assert {listing.day, *(one.day for one in listing.announcements)} == {date(2026, 1, 23)}


def test_windows_line_ends_and_a_byte_order_mark_change_nothing() -> None:
    """A page that went through another editor is the same page."""
    again = parse(b"\xef\xbb\xbf" + PAGE.replace("\n", "\r\n").encode(), named_day=None, likely_day=TODAY)
    assert again == read(PAGE)


def test_a_page_that_breaks_off_says_so() -> None:
    """A page cut in the middle of a paper tells of that paper, and of those that its contents list and it lacks."""
    listing = read(PAGE[: PAGE.index("Motivation:\n")])
    assert [one.paper.id.value for one in listing.announcements] == ["2602.00001"]
    assert [problem.where for problem in listing.problems] == ["Invented lamps"]
    assert "list 3 papers" in listing.flaw


def test_a_paper_without_address_is_a_problem() -> None:
    """A heading that links nowhere, or to something that is not a web page, is no paper."""
    for link in ("(javascript:alert)", "()", "(sample:3)", ""):
        listing = read(PAGE.replace("(https://example.org/moths)", link))
        assert [len(listing.announcements), len(listing.problems)] == [2, 1]


@pytest.mark.parametrize("body", [b"", b"# Some other page\n\nwith text", b"\xff\xfe\x00", b"{}", b"### 1. heading"])
def test_what_is_no_such_page_is_told(body: bytes) -> None:
    """Anything else is refused in a sentence."""
    with pytest.raises(BadFeed):
        parse(body, named_day=None, likely_day=TODAY)


def test_a_page_without_papers_is_an_empty_listing() -> None:
    """A digest of a day without papers is no error."""
    assert read("<div id=toc></div>\n\n# Table of Contents\n\n").announcements == ()


@given(st.text(), st.text(), st.integers(0, 1200))
def test_any_page_is_read_or_refused(before: str, after: str, at: int) -> None:
    """No page is too broken: it is read, told of, or refused."""
    try:
        read(before + PAGE[:at] + after + PAGE[at:])
    except BadFeed:
        assert "### [" not in before


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("We light lanterns.", "en"),
        ("", "en"),
        ("提出 LSTM", "zh"),
        ("ランタンの光", "ja"),
        ("光を見る", "ja"),
        ("등불을 켠다", "ko"),
        ("등불 光", "ko"),
        ("Größe", "en"),
    ],
)
def test_tells_the_language_by_its_script(text: str, language: str) -> None:
    """Han alone is Chinese, with kana Japanese, with hangul Korean; anything else counts as English."""
    assert language_of(text) == language


def test_a_hostile_line_takes_no_time() -> None:
    """A line of contents that seems to begin again and again is read in time that grows with its length alone."""
    began = time.process_time()
    listing = read(f"{PAGE}\n- [{'](#' * 200_000}")
    assert time.process_time() - began < 2.0
    assert listing.announcements


@needs_shared
def test_the_real_page_is_read_whole() -> None:
    """A real digest gives its 81 papers with Chinese summaries, and not one line of its text is lost."""
    page = (SHARED / "data" / "digests" / "daily-arxiv-2026-01-23.md").read_text(encoding="utf-8")
    listing = read(page)
    assert listing.problems == ()
    assert len({one.paper.id for one in listing.announcements}) == 81
    assert {one.scope for one in listing.announcements} == {"eess.SP", "cs.LG", "stat.ML"}
    assert {summary.language for one in listing.announcements for summary in one.summaries} == {"zh"}
    kept = [told for one in listing.announcements for told in (one.paper, *one.summaries)]
    text = re.sub(r"\s", "", "".join(map(str, map(texts_of, kept))))
    label = re.compile(r"^(?:TL;DR|Motivation|Method|Result|Conclusion|Abstract|Main category):|^### \[\d+\] ")
    for line in page.splitlines():
        if not line.startswith(("<", "# ", "- [", "  <summary>")):
            for part in re.split(r"\]\(https://arxiv|[*,]" if line.startswith(("###", "*")) else "\0", line):
                told = re.sub(r"\s", "", label.sub("", part)).removeprefix("[").removeprefix(".org/abs/")
                assert told.removesuffix(")") in text


def texts_of(told: Paper | Summary) -> str:
    """Every text of a paper or a summary, one after another."""
    return "\n".join(str(getattr(told, field.name)) for field in fields(told))
