"""A briefing as blocks: a heading and a few lines for each theme, every one with links to its papers.

Pure. `core.deliver.briefings` makes an answer of it, `core.deliver.compose` the head of a weekly digest.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from core.choose.reasons import convincing
from core.deliver import card
from core.deliver.content import Item
from core.deliver.makers import price_of
from core.papers.identifiers import PaperId
from core.papers.name_readings import display_surname
from core.papers.paper import Paper
from core.posts.tree import Block, Heading, ListBlock, Note, Paragraph, Span, Spans, bold, link, text
from core.speech import N_, _, plural
from core.summarise.briefing import Briefing, ThemeBriefing, Tone
from core.summarise.requests import Lack
from core.text.readable import clip_text, readable, shorten

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
    {Tone.NEW: "", Tone.AGREEMENT: N_("They agree:"), Tone.CONTRADICTION: N_("They disagree:")}
)
_WHY: Final[Mapping[Lack, str]] = MappingProxyType(
    {
        Lack.NO_MODEL: N_("no model used"),
        Lack.DEADLINE: N_("the model was not ready in time"),
        Lack.BUDGET: N_("the budget for models is used up"),
        Lack.FAILED: N_("the model gave nothing that stood the checks"),
    }
)


def briefing_blocks(briefing: Briefing, items: Sequence[Item], *, names_all: bool = True) -> Iterator[Block]:
    """A heading and a few lines for each theme, and who wrote it; with `names_all` what else there is in each."""
    items_by_id = {item.paper.id: item for item in items}
    for theme in briefing.themes:
        members = [items_by_id[paper] for paper in theme.papers]
        if len(items_by_id) > 1:
            heading = _("Other papers") if len(briefing.themes) > 1 else _("Papers")
            yield Heading(level=2, spans=(text(f"{clip_text(theme.label) or heading} ({len(members)})"),))
        yield from _lines(theme, members, items_by_id, names_all=names_all)
    yield Note(spans=(text(_made_by(briefing)),))


def _lines(
    theme: ThemeBriefing, members: Sequence[Item], items_by_id: Mapping[PaperId, Item], *, names_all: bool
) -> Iterator[Block]:
    first = read_first(members)
    named_ids = {first.paper.id}
    lines: list[Spans] = []
    for statement in theme.statements:
        tone = _(_TONES[statement.tone])
        cited_items = [items_by_id[paper] for paper in statement.papers]
        named_ids |= {*statement.papers}
        lines.append((*((bold(f"{tone} "),) if tone else ()), text(statement.text), *_citations(cited_items)))
    if not lines:
        for item in (first, *(member for member in members if member is not first))[:_MOST_GISTS]:
            named_ids.add(item.paper.id)
            lines.append((text(_gist(item)), *_citations([item])))
    yield ListBlock(items=tuple(lines))
    if len(members) > 1:
        begin = bold(f"{_('Read first:')} ")
        yield Paragraph(spans=(begin, _title_link(first.paper, _LONGEST_TITLE), text(f" · {why_first(first)}")))
    more_items = [item for item in members if item.paper.id not in named_ids]
    if more_items and names_all:
        yield Note(indented=True, spans=_further_papers(more_items))


def _gist(item: Item) -> str:
    """What is new in a paper, in about a line; another part of its summary where the title says it."""
    summary = item.summary
    parts = readable(summary.result or summary.method)
    return shorten(card.short_gist(item) or parts or clip_text(item.paper.title), _LONGEST_GIST)


def read_first(members: Sequence[Item]) -> Item:
    """The paper of a theme that is worth most: by its votes, its venue, its code, and its place here."""
    return max(members, key=lambda item: (_worth(item), -members.index(item)))


def _worth(item: Item) -> float:
    signals = item.paper.signals
    votes = math.log1p(signals.upvotes or 0) / math.log1p(_MANY_VOTES)
    return item.score + votes + _VENUE_COUNTS * bool(card.venue_of(item.paper)) + _CODE_COUNTS * bool(signals.code_url)


def why_first(item: Item) -> str:
    """What speaks for a paper, in a few words."""
    points = [*card.short_badges(item.paper), *(clip_text(reason) for reason in convincing(item.reasons)[:1])]
    return " · ".join(points) or _("ranked highest here")


def _citations(items: Sequence[Item]) -> Spans:
    spans: list[Span] = [text(" (")]
    for number, item in enumerate(items):
        spans += [text("; ")] if number else []
        spans.append(link(citation(item.paper), _address(item.paper)))
    return (*spans, text(")"))


def citation(paper: Paper) -> str:
    """A paper as one cites it: `Okafor et al.`, `Ng and Lind`, or the beginning of its title where nobody is named."""
    names = [shorten(clip_text(display_surname(author)), _LONGEST_NAME) for author in paper.authors[:2]]
    if not names or not all(names):
        return shorten(clip_text(paper.title), _LONGEST_NAME)
    if len(paper.authors) > 2:
        return _("{names} et al.", names=names[0])
    return _("{first} and {second}", first=names[0], second=names[1]) if len(names) > 1 else names[0]


def _further_papers(items: Sequence[Item]) -> Spans:
    spans: list[Span] = [text(f"{_('Also:')} ")]
    for number, item in enumerate(items[:_MOST_NAMED]):
        spans += [text(" · ")] if number else []
        spans.append(_title_link(item.paper, _SHORT_TITLE, is_bold=False))
    if (more := len(items) - _MOST_NAMED) > 0:
        spans.append(text(f" {plural('and {count} more', 'and {count} more', more)}"))
    return tuple(spans)


def _title_link(paper: Paper, longest: int, *, is_bold: bool = True) -> Span:
    return replace(link(shorten(clip_text(paper.title, longest), longest), _address(paper)), bold=is_bold)


def _address(paper: Paper) -> str:
    return next((url for _label, url in card.pages_of(paper)), "")


def _made_by(briefing: Briefing) -> str:
    """Who wrote it, what is wanting and why, and what it cost."""
    models = sorted({clip_text(theme.made_by) for theme in briefing.themes if theme.made_by})
    why = f" ({_(_WHY[briefing.lack])})" if briefing.lack else ""
    price = price_of(briefing.spending)
    cost = f" · {price}" if price else ""
    if not models:
        return f"{_('Themes by shared words, each told by gists of its papers')}{why}{cost}"
    names = f" {_('and')} ".join(models)
    authorship = _("Written by {models}, each sentence checked against the summaries of its papers", models=names)
    return f"{authorship}; {_('some themes are told by gists')}{why}{cost}" if why else f"{authorship}{cost}"
