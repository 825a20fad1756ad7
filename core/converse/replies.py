"""Answers to commands as posts: trending papers, authors, reading lists, reasons.

Pure, like `core.deliver.compose`, which has the digest and the single paper; called by `core.converse.desk` and by the
command line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.converse.hits import hit_blocks
from core.converse.lists.feedback import Bookmark
from core.deliver.card import authors_and_categories, paper_title, title_spans
from core.deliver.compose import say
from core.papers.paper import Paper
from core.papers.search import Found, Hit
from core.papers.trending import Rise
from core.posts.tree import (
    Action,
    Audience,
    Heading,
    ListBlock,
    Note,
    Paragraph,
    Post,
    Spans,
    bold,
    command,
    is_carried,
    prose,
    text,
)
from core.text.readable import counted, readable, some


def trending(rises: Sequence[Rise], *, days: int, categories: Sequence[str]) -> Post:
    """The papers that rise, most gained first; `categories` are those that were looked through, all where none."""
    where = f" in {some(categories)}" if categories else ""
    if not rises:
        nothing = f"No votes were told{where} in the last {counted(days, 'day')}."
        also = " Everywhere: `/trending 7 all`" if categories else ""
        return say((text(nothing), *prose(also)))
    title = f"Rising{where}, last {counted(days, 'day')}"
    return Post(
        blocks=(
            Heading(level=2, spans=(text(title),)),
            ListBlock(ordered=True, items=tuple(map(_rise, rises))),
            Note(spans=(text("Open one with "), command("paper", str(rises[0].paper.id)))),
        ),
        papers=tuple(one.paper.id for one in rises),
        audience=Audience.EVERYONE,
        fallback=title,
    )


def _rise(one: Rise) -> Spans:
    paper, of_all = one.paper, f" of {one.votes:,}" if one.votes != one.gained else ""
    return (
        *paper_title(paper),
        text(f" · ▲ {one.gained:,}{of_all}\n{authors_and_categories(paper.authors, paper.categories)} · {paper.id}"),
    )


def followed_authors(newest: Mapping[str, Sequence[Hit]], *, all: int) -> Post:
    """Whom a channel follows, each with the newest paper there is; `all`: how many these are of."""
    if not newest:
        return say(prose("Nobody is followed here. Begin with `/authors follow Ann Lee`"))
    items = tuple((bold(readable(name)), *_newest(hits)) for name, hits in newest.items())
    more = (Note(spans=(text(f"And {all - len(newest)} more."),)),) if all > len(newest) else ()
    how = "`/authors follow NAME` adds, `/authors unfollow NAME` takes away."
    title = f"Followed here ({all})"
    return Post(
        blocks=(Heading(level=2, spans=(text(title),)), ListBlock(items=items), *more, Note(spans=prose(how))),
        audience=Audience.ASKER,
        fallback=title,
    )


def _newest(hits: Sequence[Hit]) -> Spans:
    if not hits:
        return (text(": nothing yet"),)
    return (text(": "), *title_spans(hits[0].title, hits[0].url, withdrawn=hits[0].withdrawn), text(f" · {hits[0].id}"))


def author(name: str, found: Found) -> Post:
    """What somebody wrote, newest first as far as it is known, and how to follow them."""
    if not found.hits:
        return say((text(f"No stored paper is by “{readable(name)}”. "), *prose("`/search` finds parts of names.")))
    title = f"{counted(found.total, 'paper')} by {readable(name)}"
    follow = f'follow "{name}"'
    return Post(
        blocks=(
            Heading(level=2, spans=(text(title),)),
            *(block for number, hit in enumerate(found.hits, 1) for block in hit_blocks(number, hit)),
            *((Note(spans=(text("To follow: "), command("authors", follow))),) if not is_carried(follow) else ()),
        ),
        actions=(Action(name="authors", label="Follow", arguments=follow),) if is_carried(follow) else (),
        papers=tuple(hit.id for hit in found.hits),
        audience=Audience.ASKER,
        fallback=title,
    )


def which_paper(sentence: str, papers: Sequence[Paper], language: str) -> Post:
    """Several papers to choose one from; `language` follows each, as it was asked for."""
    items = tuple(
        (*paper_title(one), text(f"\n{authors_and_categories(one.authors, one.categories)} · {one.id}"))
        for one in papers
    )
    return Post(
        blocks=(
            Paragraph(spans=(bold(f"{readable(sentence)} "), text("Which one?"))),
            ListBlock(ordered=True, items=items),
        ),
        actions=tuple(
            Action(name="paper", label=f"Open {number}", arguments=f"{one.id}{language}")
            for number, one in enumerate(papers, 1)
        ),
        papers=tuple(one.id for one in papers),
        audience=Audience.ASKER,
        fallback=readable(sentence),
    )


def bookmarks(bookmarks: Sequence[Bookmark], *, of: str, audience: Audience = Audience.ASKER) -> Post:
    """A reading list; `of` says whose, as a heading."""
    if not bookmarks:
        empty = say(f"{of} is empty. Put :bookmark: on a paper's message to add it.")
        return replace(empty, audience=audience)
    return Post(
        blocks=(
            Heading(level=2, spans=(text(f"{of} ({len(bookmarks)})"),)),
            ListBlock(ordered=True, items=tuple(_bookmark(one) for one in bookmarks)),
        ),
        papers=tuple(one.paper.id for one in bookmarks),
        audience=audience,
        fallback=f"{of}: {counted(len(bookmarks), 'paper')}",
    )


def _bookmark(one: Bookmark) -> Spans:
    paper = one.paper
    return (
        *paper_title(paper),
        text(f"\n{authors_and_categories(paper.authors, paper.categories)} · {paper.id} · since {one.at:%Y-%m-%d}"),
    )


def why(title: str, stages: Sequence[tuple[str, bool, str]], *, posted: bool, digest: str = "") -> Post:
    """Each stage as (name, passed, what happened); `digest` is the name of one of several."""
    where = f"in “{digest}”" if digest else "here"
    verdict = f"was posted {where}" if posted else f"was not posted {where}"
    return Post(
        blocks=(
            Heading(level=2, spans=(text(f"{readable(title)} {verdict}"),)),
            ListBlock(
                items=tuple(
                    (bold(f"{'✓' if passed else '✗'} {name}: "), text(readable(detail)))
                    for name, passed, detail in stages
                )
            ),
        ),
        audience=Audience.ASKER,
        fallback=f"{title} {verdict}",
    )
