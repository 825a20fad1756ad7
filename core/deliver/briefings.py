"""Use case: what a channel was brought lately -> a briefing by themes, as a post.

`/brief` and the command line ask for one, and a weekly digest may begin with one. The papers are those that the ledger
has as chosen for the channel's last days; where none were, the best of what is waiting for its next digest.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from core.channels import Subscription
from core.choose.choice import choose_papers
from core.choose.reasons import Reason, convincing
from core.deliver import card
from core.deliver.compose import SAMPLE_LABEL, say
from core.deliver.content import Item
from core.deliver.footer import source_name
from core.deliver.makers import price_of
from core.deliver.ports import DigestStore
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from core.posts.tree import Audience, Block, Heading, ListBlock, Note, Paragraph, Post, Span, Spans, bold, link, text
from core.summarise.briefing import (
    MOST_PAPERS,
    PATIENCE_S,
    Briefing,
    SummarisedPaper,
    ThemeBriefing,
    Tone,
    write_briefing,
)
from core.summarise.requests import Lack
from core.summarise.summaries import Summariser
from core.text.readable import counted, readable, said, shorten

#: days that a briefing covers unless somebody says how many, and at most
DAYS: Final = 7
MOST_DAYS: Final = 31
#: of papers that nobody has posted yet
_MOST_WAITING: Final = 30
#: lines of a theme that tell gists, and further papers that are named
_MOST_GISTS: Final = 2
_MOST_NAMED: Final = 3
#: characters of a title in a line, of one of several, of a gist, and of an author's name
_LONGEST_TITLE: Final = 110
_SHORT_TITLE: Final = 50
_LONGEST_GIST: Final = 140
_LONGEST_NAME: Final = 30
#: votes that count as much as the best place among the channel's papers
_MANY_VOTES: Final = 200
_VENUE_COUNTS: Final = 0.5
_CODE_COUNTS: Final = 0.25

_TONES: Final[Mapping[Tone, str]] = MappingProxyType(
    {Tone.NEW: "", Tone.AGREEMENT: "They agree: ", Tone.CONTRADICTION: "They disagree: "}
)
_WHY: Final[Mapping[Lack, str]] = MappingProxyType(
    {
        Lack.NO_MODEL: "no model used",
        Lack.DEADLINE: "the model was not ready in time",
        Lack.BUDGET: "the budget for models is used up",
        Lack.FAILED: "the model gave nothing that stood the checks",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """What a channel was brought in some days, or would be next."""

    #: the best first, at most `MOST_PAPERS`
    items: tuple[Item, ...]
    #: how many there were
    total: int
    #: True where they were posted, False where they wait for the next digest
    is_posted: bool


async def brief(
    subscription: Subscription,
    *,
    days: int,
    today: date,
    store: DigestStore,
    summariser: Summariser,
    within_s: float = PATIENCE_S,
) -> Post:
    """The briefing on the channel's last `days` days, for who asked. Raises StoreError."""
    since = today - timedelta(days=days - 1)
    recent = await _recent(subscription, since, store=store, summariser=summariser)
    if not recent.items:
        return say(f"Nothing was posted here {_when(days)}, and no paper is waiting for the next digest.")
    briefing = await brief_on(recent.items, subscription, summariser=summariser, within_s=within_s)
    where = f"posted here {_when(days)}" if recent.is_posted else "waiting for the next digest"
    some = "" if recent.total == len(recent.items) else f"The best {len(recent.items)} of "
    heading = Heading(
        spans=(
            text(f"Briefing: {_when(days).removeprefix('in ')}" if recent.is_posted else "Briefing: what is waiting"),
        )
    )
    note = Note(spans=(text(f"{some}{counted(recent.total, 'paper')} {where}"),))
    is_sample = any(item.paper.id.scheme == "sample" for item in recent.items)
    return Post(
        blocks=(
            heading,
            *((Note(spans=(text(SAMPLE_LABEL),), warning=True),) if is_sample else ()),
            note,
            *briefing_blocks(briefing, recent.items),
        ),
        audience=Audience.ASKER,
        fallback=f"Briefing: {counted(len(recent.items), 'paper')}",
    )


async def brief_on(
    items: Sequence[Item], subscription: Subscription, *, summariser: Summariser, within_s: float = PATIENCE_S
) -> Briefing:
    """A briefing on these papers, the best of which come first, in the subscription's language."""
    return await write_briefing(
        [SummarisedPaper(paper=item.paper, summary=item.summary) for item in items],
        language=subscription.language,
        calls=summariser.calls,
        channel=subscription.channel,
        within_s=within_s,
    )


async def _recent(subscription: Subscription, since: date, *, store: DigestStore, summariser: Summariser) -> Recent:
    """The chosen papers of the channel's days; where none were, the best candidates of the subscription."""
    chosen: list[tuple[Paper, float, tuple[Reason, ...]]]
    decisions = await store.chosen_papers(subscription.channel, since=since)
    if decisions:
        best = sorted(decisions, key=lambda one: -one.score)
        papers = {paper.id: paper for paper in await store.papers_by_id([one.paper for one in best[:MOST_PAPERS]])}
        chosen = [(papers[one.paper], one.score, one.reasons) for one in best if one.paper in papers]
    else:
        candidates = await store.candidates(subscription)
        choice = await asyncio.to_thread(choose_papers, candidates, subscription)
        chosen = [(one.paper, one.score, one.reasons) for one in choice.kept[:_MOST_WAITING]]
    summaries = await summariser.at_hand(
        [paper for paper, _, _ in chosen], language=subscription.language, depth=subscription.depth
    )
    items = [
        Item(paper=paper, score=score, reasons=reasons, summary=summaries[paper.id].summary)
        for paper, score, reasons in chosen
    ]
    return Recent(items=tuple(items), total=len(decisions) or len(items), is_posted=bool(decisions))


def _when(days: int) -> str:
    return "today" if days == 1 else f"in the last {days} days"


# --- as a post --------------------------------------------------------------------------------------------------------


def briefing_blocks(briefing: Briefing, items: Sequence[Item]) -> Iterator[Block]:
    """A heading and a few lines for each theme, and who wrote it."""
    known = {item.paper.id: item for item in items}
    for theme in briefing.themes:
        members = [known[paper] for paper in theme.papers]
        if len(known) > 1:
            rest = "Other papers" if len(briefing.themes) > 1 else "Papers"
            yield Heading(level=2, spans=(text(f"{said(theme.label) or rest} ({len(members)})"),))
        yield from _lines(theme, members, known)
    yield Note(spans=(text(_made_by(briefing)),))


def _lines(theme: ThemeBriefing, members: Sequence[Item], known: Mapping[PaperId, Item]) -> Iterator[Block]:
    first = read_first(members)
    named = {first.paper.id}
    told: list[Spans] = []
    for statement in theme.statements:
        tone = _TONES[statement.tone]
        cited = [known[paper] for paper in statement.papers]
        named |= {*statement.papers}
        told.append((*((bold(tone),) if tone else ()), text(statement.text), *_citations(cited)))
    if not told:
        for item in (first, *(one for one in members if one is not first))[:_MOST_GISTS]:
            named.add(item.paper.id)
            told.append((text(_gist(item)), *_citations([item])))
    yield ListBlock(items=tuple(told))
    if len(members) > 1:
        yield Paragraph(
            spans=(bold("Read first: "), _titled(first.paper, _LONGEST_TITLE), text(f" · {why_first(first)}"))
        )
    if others := [item for item in members if item.paper.id not in named]:
        yield Note(spans=_others(others))


def _gist(item: Item) -> str:
    """What is new in a paper, in about a line; another part of its summary where the title says it."""
    summary = item.summary
    parts = readable(summary.result or summary.method)
    return shorten(card.short_gist(item) or parts or said(item.paper.title), _LONGEST_GIST)


def read_first(members: Sequence[Item]) -> Item:
    """The paper of a theme that is worth most: by its votes, its venue, its code, and its place here."""
    return max(members, key=lambda item: (_worth(item), -members.index(item)))


def _worth(item: Item) -> float:
    signals = item.paper.signals
    votes = math.log1p(signals.upvotes or 0) / math.log1p(_MANY_VOTES)
    return item.score + votes + _VENUE_COUNTS * bool(card.venue_of(item.paper)) + _CODE_COUNTS * bool(signals.code_url)


def why_first(item: Item) -> str:
    """What speaks for a paper, in a few words."""
    told = [*card.short_badges(item.paper), *(said(reason) for reason in convincing(item.reasons)[:1])]
    return " · ".join(told) or "ranked highest here"


def _citations(items: Sequence[Item]) -> Spans:
    spans: list[Span] = [text(" (")]
    for number, item in enumerate(items):
        spans += [text("; ")] if number else []
        spans.append(link(cited(item.paper), _address(item.paper)))
    return (*spans, text(")"))


def cited(paper: Paper) -> str:
    """A paper as one cites it: `Okafor et al.`, `Ng and Lind`, or the beginning of its title where nobody is named."""
    names = [shorten(said(_surname(author)), _LONGEST_NAME) for author in paper.authors[:2]]
    if not names or not all(names):
        return shorten(said(paper.title), _LONGEST_NAME)
    return f"{names[0]} et al." if len(paper.authors) > 2 else " and ".join(names)


def _surname(author: str) -> str:
    surname, comma, _ = author.partition(",")
    return surname if comma else (author.split() or [""])[-1]


def _others(items: Sequence[Item]) -> Spans:
    spans: list[Span] = [text("Also: ")]
    for number, item in enumerate(items[:_MOST_NAMED]):
        spans += [text(" · ")] if number else []
        spans.append(_titled(item.paper, _SHORT_TITLE, is_bold=False))
    more = len(items) - _MOST_NAMED
    return (*spans, *((text(f" and {more} more"),) if more > 0 else ()))


def _titled(paper: Paper, longest: int, *, is_bold: bool = True) -> Span:
    return replace(link(shorten(said(paper.title, longest), longest), _address(paper)), bold=is_bold)


def _address(paper: Paper) -> str:
    return next((url for _, url in card.pages_of(paper)), "")


def _made_by(briefing: Briefing) -> str:
    """Who wrote it, what is wanting and why, and what it cost."""
    models = sorted({said(source_name(theme.made_by)) for theme in briefing.themes if theme.made_by})
    why = f" ({_WHY[briefing.lack]})" if briefing.lack else ""
    price = price_of(briefing.spending)
    cost = f" · {price}" if price else ""
    if not models:
        return f"Themes by shared words, each told by gists of its papers{why}{cost}"
    plain = f"; some themes are told by gists{why}" if why else ""
    return f"Written by {' and '.join(models)}, each sentence checked against the summaries of its papers{plain}{cost}"
