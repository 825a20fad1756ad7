"""Answers to commands as posts: search results, settings, reading lists, reasons, help.

Pure, like `core.deliver.compose`, which has the digest and the single paper; called by `core.converse.desk` and by the
command line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from core.converse.feedback import Bookmark
from core.converse.spec import CommandSpec
from core.converse.subscribing import shown
from core.converse.upcoming import next_digest
from core.deliver import absences
from core.deliver.card import authors_and_categories, paper_title, title_spans
from core.deliver.compose import say
from core.deliver.makers import price_of
from core.deliver.schedule import Look
from core.papers.search import Found, Hit
from core.posts.tree import (
    Action,
    Audience,
    Block,
    Facts,
    Heading,
    ListBlock,
    Note,
    Paragraph,
    Post,
    Spans,
    bold,
    command,
    prose,
    text,
)
from core.summarise.languages import unserved_note
from core.summarise.ports import Spending
from core.text.readable import counted, readable

_ANY_ZONE: Final = "Press one, or write any other: `/settings zone Europe/Berlin`"


def search_results(found: Found, *, first: int = 1) -> Post:
    """A page of hits, numbered from `first`; says so where only some of the words were found."""
    typed = readable(found.query.typed)
    if not found.hits:
        sentence = f"No paper matches “{typed}”. Fewer words, or part of a word with *, find more."
        return say((text(" ".join((sentence, *found.troubles))),))
    total = f"{'more than ' if found.bounded else ''}{counted(found.total, 'paper')} for “{typed}”"
    return Post(
        blocks=(
            Heading(level=2, spans=(text(total),)),
            *((Note(spans=(text("No paper has all of these words; these have some."),)),) if found.any_word else ()),
            *(block for number, hit in enumerate(found.hits, first) for block in _hit(number, hit)),
            *(Note(spans=(text(trouble),)) for trouble in found.troubles),
            Note(spans=(text("Open one with "), command("paper", str(found.hits[0].id)))),
        ),
        papers=tuple(hit.id for hit in found.hits),
        audience=Audience.ASKER,
        fallback=total,
    )


def _hit(number: int, hit: Hit) -> tuple[Block, ...]:
    particulars = (authors_and_categories(hit.authors, hit.categories), f"{hit.published or ''}", str(hit.id))
    return (
        Paragraph(spans=(text(f"{number}. "), *title_spans(hit.title, hit.url, withdrawn=hit.withdrawn))),
        Note(indented=True, spans=(text(" · ".join(part for part in particulars if part)),)),
        Paragraph(indented=True, spans=(text(readable(hit.snippet)),)),
    )


def settings(
    looks: Sequence[Look],
    now: datetime,
    *,
    changed: str = "",
    zones: tuple[Action, ...] = (),
    spending: Spending = Spending(),
    has_model: bool = True,
) -> Post:
    """What a channel reads, when the next digest comes, and how to change it.

    `zones` to choose from, where it is asked for one; `spending` is what language models cost for it this month.
    Without a model it says which language summaries cannot be had in.
    """
    if not looks:
        return say("This channel has no digest yet. Start one with `/subscribe cs.CL`, or any other category.")
    blocks: list[Block] = [Note(spans=prose(changed))] if changed else []
    for look in looks:
        one = look.subscription
        title = "This channel's digest" if one.name == "main" else f"This channel's digest “{one.name}”"
        blocks.append(Heading(level=2, spans=(text(title + (" (paused)" if one.paused else "")),)))
        if one.absence:
            sentence = f"{absences.pause_sentence(one).capitalize()}. {absences.pause_hint(one)}"
            blocks.append(Note(warning=True, spans=prose(sentence)))
        set_up_by = {"set up by": str(one.set_up_by)} if one.set_up_by else {}
        blocks.append(Facts(rows=tuple((name, (text(value),)) for name, value in {**shown(one), **set_up_by}.items())))
        blocks.append(Paragraph(spans=(text(next_digest(look, now)),)))
        if note := unserved_note(one.language, has_model=has_model):
            blocks.append(Note(warning=True, spans=(text(note),)))
    if price := price_of(spending):
        blocks.append(Paragraph(spans=(text(f"Language models cost {price} for this channel in {now:%B}."),)))
    if zones:
        blocks.append(Paragraph(spans=(bold("Which time zone? "), *prose(_ANY_ZONE))))
    blocks.append(Note(spans=prose("Change one with `/settings size 20`")))
    return Post(blocks=tuple(blocks), actions=zones, audience=Audience.ASKER, fallback="This channel's digest")


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


def why(title: str, stages: Sequence[tuple[str, bool, str]], *, posted: bool) -> Post:
    """Each stage as (name, passed, what happened)."""
    verdict = "was posted here" if posted else "was not posted here"
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


def help_all(commands: Sequence[CommandSpec]) -> Post:
    """All commands, a line each."""
    hint = "React with :bookmark: on a paper to put it on your reading list. More: `/help search`"
    return Post(
        blocks=(
            Heading(level=2, spans=(text("What Paperboy answers"),)),
            ListBlock(items=tuple((command(one.name, one.usage), text(f"  {one.does}")) for one in commands)),
            Note(spans=prose(hint)),
        ),
        audience=Audience.ASKER,
        fallback="Paperboy's commands",
    )


def help_one(spec: CommandSpec) -> Post:
    """One command with examples."""
    return Post(
        blocks=(
            Heading(level=2, spans=(command(spec.name), text(f": {spec.does}"))),
            Paragraph(spans=(command(spec.name, spec.usage),)),
            ListBlock(items=tuple((command(spec.name, example),) for example in spec.examples)),
        ),
        audience=Audience.ASKER,
    )
