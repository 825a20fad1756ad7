"""A digest as a page of Markdown that readers of daily-arXiv digests know and that can be read back.

Pure: a `Digest` in, text out; the command line prints it. `html_pages` has the same as HTML. The page shows every field
on one physical line, escaped so that hostile text stays text. What its visible text does not tell (versions, all
categories, dates) stands in HTML comments beside it; `adapters.sources.daily_arxiv` reads both back, with
`unescape_markdown`, `split_names` and `read_note` of this module, by the names of fields, which therefore stay English.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from core.channels import Layout
from core.deliver.card import WITHDRAWN
from core.deliver.compose import (
    MOST_SIBLINGS,
    SAMPLE_LABEL,
    Groups,
    by_category,
    digest_title,
    funnel,
    lateness,
    more_title,
    number_items,
    parts_of,
    rule_note,
)
from core.deliver.content import Digest, Item
from core.deliver.footer import source_notes
from core.deliver.makers import order_notes, summary_notes
from core.papers.events import is_withdrawn
from core.papers.paper import AnnounceType, Paper, Summary
from core.posts.tree import Note
from core.speech import N_, _, plural
from core.text.invisible import BYTE_ORDER_MARK, HALVES, OVERRIDES
from core.text.readable import clip_text, readable

#: opens the comment that makes a page one of ours
PAGE_NOTE: Final = "paperboy-digest"
#: opens the comment that tells of a paper what the visible text does not
PAPER_NOTE: Final = "paperboy-paper"

_NO_CATEGORY: Final = N_("uncategorised")
BREAK: Final = "<br>"
#: before marks that would end a heading and not be shown
_CLOSING_MARKS: Final = re.compile(r"(?<!\S)(?=#+\s*$)")
#: what Markdown could take for mark-up, and what no reader could see; a lone `\` before a letter is TeX and harmless
_SPECIAL: Final = re.compile(
    r"(?P<line>\n)"
    r"|(?P<mark>[`*\[\]<~]|\\(?![0-9A-Za-z])|&(?=[#A-Za-z])|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z]))"
    rf"|(?P<unseen>\A | \Z|[\x00-\x1f\x7f-\x9f\u2028\u2029{OVERRIDES}{BYTE_ORDER_MARK}{HALVES}])"
)
_ESCAPE: Final = re.compile(r"\\(?P<mark>[!-/:-@\[-`{-~])|&#(?P<unseen>\d{1,7});|<br>")
_NAME: Final = re.compile(r"(?:\\[!-/:-@\[-`{-~]|[^,])+")


def markdown(digest: Digest) -> str:
    """The page in Markdown: numbered papers with details folded, in the order of the channel's layout.

    Grouped by category, it has contents with totals.
    """
    if digest.subscription.layout is Layout.RANKED:
        papers = list(_markdown_parts(digest))
    else:
        groups = by_category(digest)
        papers = [*_contents(groups), *_sections(groups)]
    return "\n".join([*_markdown_head(digest), *papers, *_markdown_more(digest), *_markdown_foot(digest), ""])


def escape_markdown(text: str) -> str:
    """The text as one line of Markdown that renders as that text and as nothing else; line breaks become `<br>`."""
    return _SPECIAL.sub(lambda match: _escape(match[0], match.lastgroup), text)


def unescape_markdown(line: str) -> str:
    """The text that `escape_markdown` was given."""
    return _ESCAPE.sub(lambda match: _unescape(match[0], match.lastgroup), line)


def split_names(line: str) -> tuple[str, ...]:
    """The names of a line of authors, still escaped: parted by commas, except by those that belong to a name."""
    return tuple(name.strip(" ") for name in _NAME.findall(line))


def read_note(text: str, name: str) -> Mapping[str, Any] | None:
    """What the first comment of that name tells; None where there is none that can be read."""
    match = re.search(rf"^<!-- {name} (\{{.*\}}) -->$", text, re.MULTILINE)
    try:
        note = json.loads(match[1]) if match else None
    except ValueError:
        return None
    return note if isinstance(note, dict) else None


def _escape(character: str, group: str | None) -> str:
    if group == "line":
        return BREAK
    return f"\\{character}" if group == "mark" else f"&#{ord(character)};"


def _unescape(escape: str, group: str | None) -> str:
    if group == "mark":
        return escape[1]
    return "\n" if escape == BREAK else chr(min(int(escape[2:-1]), 0x10FFFF))


def _note(name: str, values: Mapping[str, object]) -> str:
    fields = {key: value for key, value in values.items() if value}
    inside = json.dumps(fields).replace("<", "\\u003c").replace(">", "\\u003e")
    return f"<!-- {name} {inside} -->"


def notes_of(digest: Digest) -> Iterator[str]:
    """What a page ends with: what was left out of the rule, what the sources had, who made the summaries."""
    yield from map(rule_note, digest.left_out)
    for block in (*source_notes(digest.sources, digest.traits), *order_notes(digest), *summary_notes(digest)):
        if isinstance(block, Note):
            yield "".join(span.text for span in block.spans)


def display_category(category: str) -> str:
    """A category as a page calls it."""
    return category or _(_NO_CATEGORY)


def anchor(category: str) -> str:
    """The name of a category's part of a page, for links."""
    return re.sub(r"[^A-Za-z0-9.-]", "-", category or _NO_CATEGORY)


def is_web(url: str) -> bool:
    """Is it an address that a page may lead to?"""
    return url.startswith(("https://", "http://"))


# --- Markdown ---------------------------------------------------------------------------------------------------------


def _markdown_head(digest: Digest) -> Iterator[str]:
    yield _note(PAGE_NOTE, {"day": digest.day.isoformat(), "sample": digest.is_sample})
    yield "<div id=toc></div>\n"
    if digest.is_sample:
        yield f"> **{escape_markdown(_(SAMPLE_LABEL))}**\n"
    yield f"{escape_markdown(digest_title(digest))}: {escape_markdown(funnel(digest))}\n"
    if late := lateness(digest):
        yield f"{escape_markdown(late)}\n"


def _contents(groups: Groups) -> Iterator[str]:
    yield "# Table of Contents\n"  # not said: a page of this format has it
    for category, items in groups:
        yield f"- [{escape_markdown(display_category(category))}](#{anchor(category)}) [Total: {len(items)}]"
    yield ""


def _sections(groups: Groups) -> Iterator[str]:
    for category, items in number_items(groups):
        yield f"\n<div id='{anchor(category)}'></div>\n"
        yield f"# {escape_markdown(display_category(category))} [[Back]](#toc)\n"
        for number, item in items:
            yield from _markdown_paper(number, item)


def _markdown_parts(digest: Digest) -> Iterator[str]:
    for title, items in number_items(parts_of(digest.items)):
        if title:
            yield f"## {escape_markdown(title)}\n"
        for number, item in items:
            yield from _markdown_paper(number, item)


def _markdown_more(digest: Digest) -> Iterator[str]:
    """The titles of papers that have no room, folded."""
    if not digest.more:
        return
    yield f"<details>\n  <summary>{escape_markdown(more_title(digest))}</summary>\n"
    for number, paper in enumerate(digest.more, len(digest.items) + 1):
        yield f"{number}. {_title_link(escape_markdown(_readable_lines(paper.title)), paper.url)}"
    if unnamed_count := digest.more_total - len(digest.more):
        yield f"\n{escape_markdown(plural('and {count} more', 'and {count} more', unnamed_count))}"
    yield "\n</details>\n"


def _markdown_paper(number: int, item: Item) -> Iterator[str]:
    paper = item.paper
    title = _CLOSING_MARKS.sub(r"\\", _title_link(escape_markdown(_readable_lines(paper.title)), paper.url))
    yield f"### [{number}] {title}"
    if paper.authors:
        yield f"*{_author_list(paper.authors)}*"
    if is_withdrawn(paper):
        yield f"\n**{WITHDRAWN.rstrip(':')}**"
    if paper.primary_category:
        yield f"\nMain category: {escape_markdown(paper.primary_category)}"  # not said: it is read back
    yield f"\n{_note(PAPER_NOTE, _unshown(paper, item.summary))}"
    yield f"\nTL;DR: {escape_markdown(_readable_lines(item.summary.gist))}\n\n"
    yield "<details>\n  <summary>Details</summary>\n"
    siblings = "; ".join(paper.title for paper in item.siblings[:MOST_SIBLINGS])
    for name, text in (
        ("Why", clip_text("; ".join(reason.text for reason in item.reasons))),
        ("More on this", siblings),  # not said: it is read back
        *item.summary.parts,
        ("Abstract", paper.abstract),
    ):
        if text:
            yield f"{name}: {escape_markdown(_readable_lines(text))}\n"
    yield "</details>\n\n"


def _author_list(authors: Iterable[str]) -> str:
    return ", ".join(escape_markdown(_readable_lines(name)).replace(",", "\\,") for name in authors)


def _title_link(title: str, url: str) -> str:
    return f"[{title}]({target(url)})" if is_web(url) else title


def target(url: str) -> str:
    """An address that cannot end a link; the same one, where nothing in it had to be encoded."""
    return quote(url, safe="/:?=#%+,@~&-._", errors="replace")


def _unshown(paper: Paper, summary: Summary) -> dict[str, object]:
    """What reading the page back needs and the visible text does not tell, in JSON values; defaults are left out."""
    return {
        "id": str(paper.id),
        "version": paper.version,
        "type": "" if paper.announce_type is AnnounceType.NEW else paper.announce_type.value,
        "categories": paper.categories,
        "url": "" if is_web(paper.url) and target(paper.url) == paper.url else paper.url,
        "pdf_url": paper.pdf_url,
        "doi": paper.doi,
        "published": paper.published.isoformat() if paper.published else "",
        "announced": paper.announced.isoformat() if paper.announced else "",
        "journal": paper.journal,
        "licence": paper.licence,
        "identifiers": [str(identifier) for identifier in paper.identifiers],
        "language": summary.language,
        "made_by": summary.made_by,
        "summarised": summary.version if summary.version != paper.version else None,
        "evidence": [[evidence.claim, evidence.quote] for evidence in summary.evidence],
        "stored": dict(_exact_texts(paper, summary)),
    }


def _exact_texts(paper: Paper, summary: Summary) -> Iterator[tuple[str, object]]:
    """What the page shows in a more readable form than the one that is stored, by its label."""
    texts = (("Title", paper.title), ("TL;DR", summary.gist), *summary.parts, ("Abstract", paper.abstract))
    yield from ((label, text) for label, text in texts if not _is_as_shown(text))
    if not all(map(_is_as_shown, paper.authors)):
        yield "Authors", paper.authors


def _is_as_shown(text: str) -> bool:
    return _readable_lines(text) == "\n".join(" ".join(line.split()) for line in text.splitlines())


def _readable_lines(text: str) -> str:
    return "\n".join(map(readable, text.splitlines())) or text


def _markdown_foot(digest: Digest) -> Iterator[str]:
    notes = list(notes_of(digest))
    if notes:
        yield "\n---\n"
        yield from (f"{escape_markdown(note)}\n" for note in notes)
