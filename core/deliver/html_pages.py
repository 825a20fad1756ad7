"""A digest as one HTML file that needs nothing else: no scripts, no fonts, no pictures.

Pure: a `Digest` in, text out; the command line prints it. All text of papers is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import Final

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
)
from core.deliver.content import Digest, Item
from core.deliver.pages import BREAK, anchor, display_category, is_web, notes_of, target
from core.ingest.traits import Sources
from core.papers.events import is_withdrawn
from core.papers.paper import Paper
from core.speech import _, language_tag, plural
from core.text.readable import readable


def html(digest: Digest) -> str:
    """The page as one HTML file that needs nothing else: no scripts, no fonts, no pictures."""
    title = escape(digest_title(digest))
    sample = f'<p class="sample" role="note">{escape(_(SAMPLE_LABEL))}</p>' if digest.is_sample else ""
    return "\n".join(
        [
            f'<!DOCTYPE html>\n<html lang="{language_tag()}">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
            f'<header><h1>{title}</h1>{sample}{_lateness(digest)}<p class="small">{_funnel(digest)}</p></header>',
            *_html_body(digest),
            f'<footer class="small">{"".join(f"<p>{_text(note)}</p>" for note in notes_of(digest))}</footer>',
            "</body>\n</html>\n",
        ]
    )


def _funnel(digest: Digest) -> str:
    return _text(funnel(digest))


def _lateness(digest: Digest) -> str:
    return _small(late) if (late := lateness(digest)) else ""


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
"""  # not said: a style sheet


def _html_body(digest: Digest) -> Iterator[str]:
    if digest.subscription.layout is Layout.RANKED:
        yield f"<main>{''.join(_html_parts_of(digest))}{_html_more(digest)}</main>"
        return
    groups = by_category(digest)
    contents = _text(_("Contents"))
    yield f'<nav id="toc" aria-label="{contents}"><ul>{"".join(_html_contents(groups))}</ul></nav><main>'
    for category, items in number_items(groups):
        name = _text(display_category(category))
        yield f'<section id="{anchor(category)}"><h2>{name} <a class="small" href="#toc">{contents}</a></h2>'
        yield f"{_articles(items, digest.traits)}</section>"
    yield f"{_html_more(digest)}</main>"


def _html_parts_of(digest: Digest) -> Iterator[str]:
    for title, items in number_items(parts_of(digest.items)):
        yield f"<h2>{_text(title)}</h2>" if title else ""
        yield _articles(items, digest.traits)


def _html_more(digest: Digest) -> str:
    """The titles of papers that have no room, folded."""
    if not digest.more:
        return ""
    titles = "".join(f"<li>{_html_link(readable(paper.title), paper.url)}</li>" for paper in digest.more)
    unnamed_count = digest.more_total - len(digest.more)
    more_note = _small(plural("and {count} more", "and {count} more", unnamed_count)) if unnamed_count else ""
    first = len(digest.items) + 1
    return (
        f'<details><summary>{_text(more_title(digest))}</summary><ol start="{first}">{titles}</ol>{more_note}</details>'
    )


def _html_contents(groups: Groups) -> Iterator[str]:
    for category, items in groups:
        yield f'<li><a href="#{anchor(category)}">{_text(display_category(category))}</a> ({len(items)})</li>'


def _articles(items: Iterable[tuple[int, Item]], traits: Sources) -> str:
    return "".join(_article(number, item, traits) for number, item in items)


def _article(number: int, item: Item, traits: Sources) -> str:
    paper, summary = item.paper, item.summary
    return (
        f"<article><h3>{number}. {_html_title(paper)}</h3>"
        f'<p class="small">{_text(authors_and_categories(paper.authors, paper.categories[:1]))}</p>'
        f'<p lang="{_text(summary.language)}">{_text(summary.gist)}</p>'
        f"{''.join(_small(words) for words in (why_chosen(item.reasons), ' · '.join(short_badges(paper))) if words)}"
        f"{_html_siblings(item)}"
        f'<p class="links">{"".join(_html_link(label, url) for label, url in pages_of(paper))}</p>'
        f"<details><summary>{_text(_('Summary and abstract'))}</summary><dl>{''.join(_html_parts(item))}</dl>"
        f'<p class="small">{_text(maker_of(summary, traits))} · {escape(str(paper.id))}</p>'
        "</details></article>"
    )


def _html_siblings(item: Item) -> str:
    titles = "; ".join(_html_link(readable(paper.title), paper.url) for paper in item.siblings[:MOST_SIBLINGS])
    begin = plural("{count} more on this:", "{count} more on this:", len(item.siblings))
    return f'<p class="small">{_text(begin)} {titles}</p>' if titles else ""


def _html_title(paper: Paper) -> str:
    withdrawn = f"<strong>{_text(_(WITHDRAWN))} </strong>" if is_withdrawn(paper) else ""
    return f"{withdrawn}{_html_link(readable(paper.title), paper.url)}"


def _html_parts(item: Item) -> Iterator[str]:
    for name, part in telling_parts(item.summary, is_full=True):
        yield f'<dt>{_text(name)}</dt><dd lang="{_text(item.summary.language)}">{_text(part)}</dd>'
    if item.paper.abstract:
        yield f"<dt>{_text(_('Abstract'))}</dt><dd>{_text(item.paper.abstract)}</dd>"


def _text(words: str) -> str:
    return escape(readable(words)).replace("\n", BREAK)


def _small(words: str) -> str:
    return f'<p class="small">{escape(words)}</p>'


def _html_link(text: str, url: str) -> str:
    if not is_web(url):
        return escape(text)
    return f'<a href="{escape(target(url))}" rel="noopener noreferrer">{escape(text)}</a>'
