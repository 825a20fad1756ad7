"""Answers to commands as posts: trending papers, authors, reading lists, reasons.

Pure, like `core.deliver.compose`, which has the digest and the single paper; called by `core.converse.desk` and by the
command line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.converse.hits import hit_blocks, open_note
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
from core.speech import N_, _, number, plural
from core.text.readable import readable, some


def trending(rises: Sequence[Rise], *, days: int, categories: Sequence[str]) -> Post:
    """The papers that rise, most gained first; `categories` are those that were looked through, all where none."""
    where, span = some(categories), plural("{count} day", "{count} days", days)
    if not rises and not categories:
        return say((text(_("No votes were told in the last {days}.", days=span)),))
    if not rises:
        nothing = _("No votes were told in {categories} in the last {days}.", categories=where, days=span)
        return say((text(nothing), text(" "), *prose(_("Everywhere: `/trending 7 all`"))))
    title = _("Rising, last {days}", days=span)
    if categories:
        title = _("Rising in {categories}, last {days}", categories=where, days=span)
    return Post(
        blocks=(
            Heading(level=2, spans=(text(title),)),
            ListBlock(ordered=True, items=tuple(map(_rise, rises))),
            open_note(rises[0].paper.id),
        ),
        papers=tuple(rise.paper.id for rise in rises),
        audience=Audience.EVERYONE,
        fallback=title,
    )


def _rise(rise: Rise) -> Spans:
    paper, votes = rise.paper, number(rise.gained)
    if rise.votes != rise.gained:
        votes = _("{gained} of {votes}", gained=votes, votes=number(rise.votes))
    return (
        *paper_title(paper),
        text(f" · ▲ {votes}\n{authors_and_categories(paper.authors, paper.categories)} · {paper.id}"),
    )


def followed_authors(newest: Mapping[str, Sequence[Hit]], *, total: int) -> Post:
    """Whom a channel follows, each with the newest paper there is; `total`: how many these are of."""
    if not newest:
        return say(prose(_("Nobody is followed here. Begin with `/authors follow Ann Lee`")))
    items = tuple((bold(readable(name)), *_newest(hits)) for name, hits in newest.items())
    hidden = total - len(newest)
    more = (Note(spans=(text(plural("And {count} more.", "And {count} more.", hidden)),)),) if hidden else ()
    how = _("`/authors follow NAME` adds, `/authors unfollow NAME` takes away.")
    title = _("Followed here ({count})", count=number(total))
    return Post(
        blocks=(Heading(level=2, spans=(text(title),)), ListBlock(items=items), *more, Note(spans=prose(how))),
        audience=Audience.ASKER,
        fallback=title,
    )


def _newest(hits: Sequence[Hit]) -> Spans:
    if not hits:
        return (text(": "), text(_("nothing yet")))
    return (text(": "), *title_spans(hits[0].title, hits[0].url, withdrawn=hits[0].withdrawn), text(f" · {hits[0].id}"))


def author(name: str, results: Found) -> Post:
    """What somebody wrote, newest first as far as it is known, and how to follow them."""
    if not results.hits:
        nothing = _("No stored paper is by “{name}”.", name=readable(name))
        return say((text(nothing), text(" "), *prose(_("`/search` finds parts of names."))))
    title = plural("{count} paper by {name}", "{count} papers by {name}", results.total, name=readable(name))
    follow = f'follow "{name}"'
    has_button, how = is_carried(follow), _("To follow: {command}")
    return Post(
        blocks=(
            Heading(level=2, spans=(text(title),)),
            *(block for number, hit in enumerate(results.hits, 1) for block in hit_blocks(number, hit)),
            *(() if has_button else (Note(spans=prose(how, command=command("authors", follow))),)),
        ),
        actions=(Action(name="authors", label=_("Follow"), arguments=follow),) if has_button else (),
        papers=tuple(hit.id for hit in results.hits),
        audience=Audience.ASKER,
        fallback=title,
    )


def which_paper(sentence: str, papers: Sequence[Paper], language: str) -> Post:
    """Several papers to choose one from; `language` follows each, as it was asked for."""
    items = tuple(
        (*paper_title(paper), text(f"\n{authors_and_categories(paper.authors, paper.categories)} · {paper.id}"))
        for paper in papers
    )
    return Post(
        blocks=(
            Paragraph(spans=(bold(f"{readable(sentence)} "), text(_("Which one?")))),
            ListBlock(ordered=True, items=items),
        ),
        actions=tuple(
            Action(name="paper", label=_("Open {number}", number=place), arguments=f"{paper.id}{language}")
            for place, paper in enumerate(papers, 1)
        ),
        papers=tuple(paper.id for paper in papers),
        audience=Audience.ASKER,
        fallback=readable(sentence),
    )


def bookmarks(bookmarks: Sequence[Bookmark], *, of: str) -> Post:
    """A reading list; `of` says whose, as a heading."""
    if not bookmarks:
        empty = say(_("{list} is empty. Put :bookmark: on a paper's message to add it.", list=of))
        return replace(empty, audience=Audience.ASKER)
    return Post(
        blocks=(
            Heading(level=2, spans=(text(f"{of} ({len(bookmarks)})"),)),
            ListBlock(ordered=True, items=tuple(_bookmark(bookmark) for bookmark in bookmarks)),
        ),
        papers=tuple(bookmark.paper.id for bookmark in bookmarks),
        audience=Audience.ASKER,
        fallback=plural("{list}: {count} paper", "{list}: {count} papers", len(bookmarks), list=of),
    )


def _bookmark(bookmark: Bookmark) -> Spans:
    paper = bookmark.paper
    return (
        *paper_title(paper),
        text(f"\n{authors_and_categories(paper.authors, paper.categories)} · {paper.id} · "),
        text(_("since {day}", day=f"{bookmark.at:%Y-%m-%d}")),
    )


def why(title: str, stages: Sequence[tuple[str, bool, str]], *, is_posted: bool, digest: str = "") -> Post:
    """Each stage as (name, passed, what happened); `digest` is the name of one of several."""
    if digest:
        verdict = N_("{paper} was posted in “{digest}”") if is_posted else N_("{paper} was not posted in “{digest}”")
    else:
        verdict = N_("{paper} was posted here") if is_posted else N_("{paper} was not posted here")
    return Post(
        blocks=(
            Heading(level=2, spans=(text(_(verdict, paper=readable(title), digest=digest)),)),
            ListBlock(
                items=tuple(
                    (bold(f"{'✓' if is_passed else '✗'} {_(name)}: "), text(readable(detail)))
                    for name, is_passed, detail in stages
                )
            ),
        ),
        audience=Audience.ASKER,
        fallback=_(verdict, paper=title, digest=digest),
    )
