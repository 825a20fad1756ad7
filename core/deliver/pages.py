"""A digest as a page: Markdown that readers of daily-arXiv digests know and that can be read back, and one HTML file.

Pure: a `Digest` in, text out; the command line prints it. The Markdown page shows every field on one physical line,
escaped so that hostile text stays text. What its visible text does not tell (versions, all categories, dates) stands
in HTML comments beside it; `adapters.sources.daily_arxiv` reads both back, with `unescaped`, `split_names` and
`read_note` of this module.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final
from urllib.parse import quote

from core.channels import Layout
from core.deliver.card import (
    WITHDRAWN,
    authors_and_categories,
    maker_of,
    pages_of,
    short_badges,
    telling_parts,
    why_chosen,
)
from core.deliver.compose import SAMPLE_LABEL, by_category, digest_title, funnel, lateness, rule_note
from core.deliver.content import Digest, Item
from core.deliver.footer import source_notes
from core.deliver.makers import order_notes, summary_notes
from core.papers.events import is_withdrawn
from core.papers.paper import AnnounceType, Paper, Summary
from core.posts.tree import Note
from core.text.readable import readable, said

#: opens the comment that makes a page one of ours
PAGE_NOTE: Final = "paperboy-digest"
#: opens the comment that tells of a paper what the visible text does not
PAPER_NOTE: Final = "paperboy-paper"

_NO_CATEGORY: Final = "uncategorised"
_BREAK: Final = "<br>"
#: before marks that would end a heading and not be shown
_CLOSING_MARKS: Final = re.compile(r"(?<!\S)(?=#+\s*$)")
#: what Markdown could take for mark-up, and what no reader could see; a lone `\` before a letter is TeX and harmless
_SPECIAL: Final = re.compile(
    r"(?P<line>\n)"
    r"|(?P<mark>[`*\[\]<~]|\\(?![0-9A-Za-z])|&(?=[#A-Za-z])|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z]))"
    r"|(?P<unseen>\A | \Z|[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff])"
)
_ESCAPED: Final = re.compile(r"\\(?P<mark>[!-/:-@\[-`{-~])|&#(?P<unseen>\d{1,7});|<br>")
_NAME: Final = re.compile(r"(?:\\[!-/:-@\[-`{-~]|[^,])+")


def markdown(digest: Digest) -> str:
    """The page in Markdown: numbered papers with details folded, in the order of the channel's layout.

    Grouped by category, it has contents with totals.
    """
    if digest.subscription.layout is Layout.RANKED:
        papers = [line for number, item in enumerate(digest.items, 1) for line in _markdown_paper(number, item)]
    else:
        groups = by_category(digest)
        papers = [*_contents(groups), *_sections(groups)]
    return "\n".join([*_markdown_head(digest), *papers, *_markdown_foot(digest), ""])


def escaped(text: str) -> str:
    """The text as one line of Markdown that renders as that text and as nothing else; line breaks become `<br>`."""
    return _SPECIAL.sub(lambda found: _escape(found[0], found.lastgroup), text)


def unescaped(line: str) -> str:
    """The text that `escaped` was given."""
    return _ESCAPED.sub(lambda found: _unescape(found[0], found.lastgroup), line)


def split_names(line: str) -> tuple[str, ...]:
    """The names of a line of authors, still escaped: parted by commas, except by those that belong to a name."""
    return tuple(name.strip(" ") for name in _NAME.findall(line))


def read_note(text: str, name: str) -> Mapping[str, Any] | None:
    """What the first comment of that name tells; None where there is none that can be read."""
    match = re.search(rf"^<!-- {name} (\{{.*\}}) -->$", text, re.MULTILINE)
    try:
        told = json.loads(match[1]) if match else None
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def html(digest: Digest) -> str:
    """The page as one HTML file that needs nothing else: no scripts, no fonts, no pictures."""
    title = escape(digest_title(digest))
    sample = f'<p class="sample" role="note">{escape(SAMPLE_LABEL)}</p>' if digest.is_sample else ""
    return "\n".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
            f'<header><h1>{title}</h1>{sample}{_lateness(digest)}<p class="small">{_funnel(digest)}</p></header>',
            *_html_body(digest),
            f'<footer class="small">{"".join(f"<p>{_text(note)}</p>" for note in _notes(digest))}</footer>',
            "</body>\n</html>\n",
        ]
    )


def _escape(found: str, group: str | None) -> str:
    if group == "line":
        return _BREAK
    return f"\\{found}" if group == "mark" else f"&#{ord(found)};"


def _unescape(found: str, group: str | None) -> str:
    if group == "mark":
        return found[1]
    return "\n" if found == _BREAK else chr(min(int(found[2:-1]), 0x10FFFF))


def _note(name: str, told: Mapping[str, object]) -> str:
    kept = {key: value for key, value in told.items() if value}
    inside = json.dumps(kept).replace("<", "\\u003c").replace(">", "\\u003e")
    return f"<!-- {name} {inside} -->"


def _funnel(digest: Digest) -> str:
    return _text(funnel(digest.counts, digest.subscription))


def _lateness(digest: Digest) -> str:
    return _small(late) if (late := lateness(digest)) else ""


def _notes(digest: Digest) -> Iterator[str]:
    yield from map(rule_note, digest.left_out)
    for block in (*source_notes(digest.sources), *order_notes(digest), *summary_notes(digest)):
        if isinstance(block, Note):
            yield "".join(span.text for span in block.spans)


def _display_category(category: str) -> str:
    return category or _NO_CATEGORY


def _anchor(category: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]", "-", _display_category(category))


def _is_web(url: str) -> bool:
    return url.startswith(("https://", "http://"))


# --- Markdown ---------------------------------------------------------------------------------------------------------

Groups = Sequence[tuple[str, tuple[Item, ...]]]


def _markdown_head(digest: Digest) -> Iterator[str]:
    yield _note(PAGE_NOTE, {"day": digest.day.isoformat(), "sample": digest.is_sample})
    yield "<div id=toc></div>\n"
    if digest.is_sample:
        yield f"> **{escaped(SAMPLE_LABEL)}**\n"
    yield f"{escaped(digest_title(digest))}: {escaped(funnel(digest.counts, digest.subscription))}\n"
    if late := lateness(digest):
        yield f"{escaped(late)}\n"


def _contents(groups: Groups) -> Iterator[str]:
    yield "# Table of Contents\n"
    for category, items in groups:
        yield f"- [{escaped(_display_category(category))}](#{_anchor(category)}) [Total: {len(items)}]"
    yield ""


def _sections(groups: Groups) -> Iterator[str]:
    number = 0
    for category, items in groups:
        yield f"\n<div id='{_anchor(category)}'></div>\n"
        yield f"# {escaped(_display_category(category))} [[Back]](#toc)\n"
        for item in items:
            number += 1
            yield from _markdown_paper(number, item)


def _markdown_paper(number: int, item: Item) -> Iterator[str]:
    paper = item.paper
    title = _CLOSING_MARKS.sub(r"\\", _linked(escaped(_readable_lines(paper.title)), paper.url))
    yield f"### [{number}] {title}"
    if paper.authors:
        yield f"*{_joined(paper.authors)}*"
    if is_withdrawn(paper):
        yield f"\n**{WITHDRAWN.rstrip(': ')}**"
    if paper.primary_category:
        yield f"\nMain category: {escaped(paper.primary_category)}"
    yield f"\n{_note(PAPER_NOTE, _unshown(paper, item.summary))}"
    yield f"\nTL;DR: {escaped(_readable_lines(item.summary.gist))}\n\n"
    yield "<details>\n  <summary>Details</summary>\n"
    for name, text in (
        ("Why", said("; ".join(one.text for one in item.reasons))),
        *item.summary.parts,
        ("Abstract", paper.abstract),
    ):
        if text:
            yield f"{name}: {escaped(_readable_lines(text))}\n"
    yield "</details>\n\n"


def _joined(authors: Iterable[str]) -> str:
    return ", ".join(escaped(_readable_lines(name)).replace(",", "\\,") for name in authors)


def _linked(title: str, url: str) -> str:
    return f"[{title}]({_target(url)})" if _is_web(url) else title


def _target(url: str) -> str:
    """An address that cannot end a link; the same one, where nothing in it had to be encoded."""
    return quote(url, safe="/:?=#%+,@~&-._", errors="replace")


def _unshown(paper: Paper, summary: Summary) -> dict[str, object]:
    """What reading the page back needs and the visible text does not tell, in JSON values; defaults are left out."""
    return {
        "id": str(paper.id),
        "version": paper.version,
        "type": "" if paper.announce_type is AnnounceType.NEW else paper.announce_type.value,
        "categories": paper.categories,
        "url": "" if _is_web(paper.url) and _target(paper.url) == paper.url else paper.url,
        "pdf_url": paper.pdf_url,
        "doi": paper.doi,
        "published": paper.published.isoformat() if paper.published else "",
        "announced": paper.announced.isoformat() if paper.announced else "",
        "journal": paper.journal,
        "licence": paper.licence,
        "identifiers": [str(one) for one in paper.identifiers],
        "language": summary.language,
        "made_by": summary.made_by,
        "summarised": summary.version if summary.version != paper.version else None,
        "evidence": [[one.claim, one.quote] for one in summary.evidence],
        "stored": dict(_stored(paper, summary)),
    }


def _stored(paper: Paper, summary: Summary) -> Iterator[tuple[str, object]]:
    """What the page shows in a more readable form than the one that is stored, by its label."""
    shown = (("Title", paper.title), ("TL;DR", summary.gist), *summary.parts, ("Abstract", paper.abstract))
    yield from ((label, text) for label, text in shown if not _is_as_shown(text))
    if not all(map(_is_as_shown, paper.authors)):
        yield "Authors", paper.authors


def _is_as_shown(text: str) -> bool:
    return _readable_lines(text) == "\n".join(" ".join(line.split()) for line in text.splitlines())


def _readable_lines(text: str) -> str:
    return "\n".join(map(readable, text.splitlines())) or text


def _markdown_foot(digest: Digest) -> Iterator[str]:
    notes = list(_notes(digest))
    if notes:
        yield "\n---\n"
        yield from (f"{escaped(note)}\n" for note in notes)


# --- HTML -------------------------------------------------------------------------------------------------------------

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1c1e21; --soft: #5b626b; --page: #fcfcfa; --card: #fff; --line: #e3e3de;
  --link: #0b57a4; --warn: #8a4b00 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e6e3; --soft: #a0a6ad; --page: #16181b; --card: #1e2125;
  --line: #33373d; --link: #8ab8f0; --warn: #f0b060 } }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 2rem 1rem 4rem; max-width: 46rem; background: var(--page); color: var(--ink);
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .5rem }
h2 { font-size: 1.1rem; margin: 2.5rem 0 .5rem; border-bottom: 1px solid var(--line) }
h3 { font-size: 1.05rem; line-height: 1.35; margin: 0 }
a { color: var(--link); text-underline-offset: .15em }
a:focus-visible, summary:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
article { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem 1.1rem;
  margin: 1rem 0 }
article p { margin: .5rem 0 0 }
details { margin-top: .6rem }
summary { cursor: pointer; color: var(--soft) }
dt { font-weight: 600; margin-top: .6rem }
dd { margin: 0 }
.links a { display: inline-block; margin: 0 .4rem .4rem 0; padding: .15rem .7rem; border: 1px solid var(--line);
  border-radius: 1rem; font-size: .9rem; text-decoration: none }
.small { color: var(--soft); font-size: .9rem }
.sample { color: var(--warn); font-weight: 600 }
@media print { body { max-width: none } article { break-inside: avoid } }
"""


def _html_body(digest: Digest) -> Iterator[str]:
    if digest.subscription.layout is Layout.RANKED:
        yield f"<main>{_articles(digest.items, 1)}</main>"
        return
    groups = by_category(digest)
    yield f'<nav id="toc" aria-label="Contents"><ul>{"".join(_html_contents(groups))}</ul></nav><main>'
    number = 1
    for category, items in groups:
        name = _text(_display_category(category))
        yield f'<section id="{_anchor(category)}"><h2>{name} <a class="small" href="#toc">Contents</a></h2>'
        yield f"{_articles(items, number)}</section>"
        number += len(items)
    yield "</main>"


def _html_contents(groups: Groups) -> Iterator[str]:
    for category, items in groups:
        yield f'<li><a href="#{_anchor(category)}">{_text(_display_category(category))}</a> ({len(items)})</li>'


def _articles(items: Iterable[Item], first: int) -> str:
    return "".join(_article(number, item) for number, item in enumerate(items, first))


def _article(number: int, item: Item) -> str:
    paper, summary = item.paper, item.summary
    return (
        f"<article><h3>{number}. {_html_title(paper)}</h3>"
        f'<p class="small">{_text(authors_and_categories(paper.authors, paper.categories[:1]))}</p>'
        f'<p lang="{_text(summary.language)}">{_text(summary.gist)}</p>'
        f"{''.join(_small(words) for words in (why_chosen(item.reasons), ' · '.join(short_badges(paper))) if words)}"
        f'<p class="links">{"".join(_html_link(label, url) for label, url in pages_of(paper))}</p>'
        f"<details><summary>Summary and abstract</summary><dl>{''.join(_html_parts(item))}</dl>"
        f'<p class="small">{_text(maker_of(summary))} · {escape(str(paper.id))}</p>'
        "</details></article>"
    )


def _html_title(paper: Paper) -> str:
    withdrawn = f"<strong>{WITHDRAWN}</strong>" if is_withdrawn(paper) else ""
    return f"{withdrawn}{_html_link(readable(paper.title), paper.url)}"


def _html_parts(item: Item) -> Iterator[str]:
    for name, part in telling_parts(item.summary, is_full=True):
        yield f'<dt>{name}</dt><dd lang="{_text(item.summary.language)}">{_text(part)}</dd>'
    if item.paper.abstract:
        yield f"<dt>Abstract</dt><dd>{_text(item.paper.abstract)}</dd>"


def _text(said: str) -> str:
    return escape(readable(said)).replace("\n", _BREAK)


def _small(words: str) -> str:
    return f'<p class="small">{escape(words)}</p>'


def _html_link(text: str, url: str) -> str:
    if not _is_web(url):
        return escape(text)
    return f'<a href="{escape(_target(url))}" rel="noopener noreferrer">{escape(text)}</a>'
