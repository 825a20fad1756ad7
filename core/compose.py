"""Digests, papers, results and errors as posts: what a reader sees, before any platform renders it.

Pure: values in, a `Post` out. The use cases call it; platforms render what it returns. Wording lives here and nowhere
else, so that every platform says the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final

from core.categories import name_of
from core.channels import Layout, Subscription
from core.deliveries import Counts, Digest, Item
from core.errors import PaperboyError
from core.listings import SourceState, State
from core.papers import Dossier, Event, EventKind, Paper, Signals, Summary
from core.posts import (
    Action,
    Audience,
    Block,
    Heading,
    Note,
    Paragraph,
    Post,
    Quote,
    Span,
    bold,
    italic,
    link,
    text,
)
from core.readable import authors_line, readable, shorten

SAMPLE_LABEL: Final = "Sample day: every paper, person and number here is invented."
BOOKMARK: Final = "bookmark"

#: what a reader sees of a paper, and how its origin is told
_PARTS: Final = {
    "title": "title",
    "abstract": "abstract",
    "authors": "authors",
    "categories": "categories",
    "published": "date",
    "journal": "journal",
    "doi": "DOI",
    "licence": "licence",
    "comment": "comment",
    "upvotes": "votes",
    "comments": "comments",
    "code_url": "code",
    "stars": "stars",
    "keywords": "keywords",
    "citations": "citations",
}
#: sources that speak of papers and bring none, and the source that brings them
COMMENTATORS: Final[Mapping[str, str]] = {"huggingface": "arxiv"}
_SOURCE_NAMES: Final = {
    "arxiv": "arXiv",
    "biorxiv": "bioRxiv",
    "crossref": "Crossref",
    "daily-arxiv": "daily-arXiv page",
    "feeds": "the journal's feed",
    "huggingface": "Hugging Face",
    "openalex": "OpenAlex",
    "sample": "Sample day",
    "semanticscholar": "Semantic Scholar",
}


def digest(digest: Digest) -> Post:
    """A digest: one message with an entry per paper, and a reply per paper in its thread."""
    title = digest_title(digest)
    return Post(
        blocks=(
            Heading(spans=(text(title),)),
            *((Note(spans=(text(SAMPLE_LABEL),), warning=True),) if digest.is_sample else ()),
            Note(spans=(text(funnel(digest.counts, digest.subscription)),)),
            *_entries(digest),
            *source_notes(digest.sources),
        ),
        replies=tuple(paper(item.paper, item.summary) for item in ordered_items(digest)),
        papers=tuple(item.paper.id for item in digest.items),
        fallback=f"{title}: {len(digest.items)} papers",
    )


def digest_title(digest: Digest) -> str:
    """The digest's name, day and categories in one line."""
    day = f"{digest.day:%A}, {digest.day.day} {digest.day:%B %Y}"
    name = "" if digest.subscription.name == "main" else f"{digest.subscription.name} · "
    return f"{name}Papers for {day}"


def ordered_items(digest: Digest) -> tuple[Item, ...]:
    """The items in the order of the digest's layout: by rank, or by category and rank within."""
    if digest.subscription.layout is Layout.RANKED:
        return digest.items
    return tuple(sorted(digest.items, key=lambda item: _category_order(digest, item)))


def by_category(digest: Digest) -> tuple[tuple[str, tuple[Item, ...]], ...]:
    """The items grouped by primary category: the subscription's own categories first, in its order."""
    items = sorted(digest.items, key=lambda item: _category_order(digest, item))
    return tuple((category, tuple(group)) for category, group in groupby(items, attrgetter("paper.primary_category")))


def _category_order(digest: Digest, item: Item) -> tuple[int, str]:
    wanted, category = digest.subscription.categories, item.paper.primary_category
    return (wanted.index(category) if category in wanted else len(wanted), category)


def funnel(counts: Counts, subscription: Subscription) -> str:
    """What became of all that was announced, in one honest line."""
    where = ", ".join(subscription.categories) or "all categories"
    if not counts.candidates:
        return f"No new papers in {where}"
    filtered = f" → {_count(counts.kept)} kept by the rule" if subscription.rule else ""
    failed = f" · {counts.failed} could not be posted" if counts.failed else ""
    papers = "paper" if counts.candidates == 1 else "papers"
    return f"{counts.candidates:,} new {papers} in {where}{filtered} → {_count(counts.posted)} chosen{failed}"


def _count(number: int) -> str:
    return f"{number:,}" if number else "none"


def _entries(digest: Digest) -> Iterable[Block]:
    if digest.subscription.layout is Layout.RANKED:
        for number, item in enumerate(digest.items, 1):
            yield from _entry(number, item)
        return
    number = 0
    for category, items in by_category(digest):
        yield Heading(level=2, spans=(text(f"{_category(category)} ({len(items)})"),))
        for item in items:
            number += 1
            yield from _entry(number, item)


def _category(category: str) -> str:
    name = name_of(category)
    return f"{category} · {name}" if name != category else category or "without a category"


def _entry(number: int, item: Item) -> tuple[Block, ...]:
    return (
        Paragraph(spans=(text(f"{number}. "), title_span(item.paper))),
        Note(indented=True, spans=(text(authors_and_categories(item.paper.authors, item.paper.categories)),)),
        Paragraph(indented=True, spans=(text(readable(item.summary.gist)),)),
        Note(indented=True, spans=(italic(f"Chosen: {'; '.join(item.reasons)}"),)),
    )


def title_span(paper: Paper) -> Span:
    """The paper's title, strong, leading to where one reads about it."""
    return link(readable(paper.title), paper.url, bold=True)


def authors_and_categories(authors: Sequence[str], categories: Sequence[str]) -> str:
    """Authors, shortened, and categories, in one line."""
    return " · ".join(part for part in (authors_line(authors), " ".join(categories)) if part)


def paper(paper: Paper, summary: Summary, dossier: Dossier | None = None) -> Post:
    """One paper on its own: the longer summary, the abstract, what others make of it, and where all that came from."""
    return Post(
        blocks=(
            Heading(level=2, spans=(title_span(paper),)),
            Note(spans=(text(_particulars(paper)),)),
            Paragraph(spans=(text(readable(summary.gist)),)),
            *(Paragraph(spans=(bold(f"{name}: "), text(readable(part)))) for name, part in summary.parts),
            *((Quote(spans=(text(readable(paper.abstract)),)),) if paper.abstract else ()),
            Note(spans=(text(_made_by(summary)), *_pdf(paper))),
            *_signals(paper.signals),
            *(_origin(dossier) if dossier else ()),
        ),
        actions=(Action(name=BOOKMARK, label="🔖 Bookmark", paper=paper.id),),
        papers=(paper.id,),
        fallback=readable(paper.title),
    )


def _particulars(paper: Paper) -> str:
    listed = f"{paper.announced.day} {paper.announced:%b %Y}" if paper.announced else ""
    version = f"v{paper.version}" if paper.version > 1 else ""
    parts = (authors_line(paper.authors, shown=8), " ".join(paper.categories), listed, version, paper.journal or "")
    return " · ".join([*(part for part in parts if part), str(paper.id)])


def _made_by(summary: Summary) -> str:
    if summary.made_by == "extract":
        return "Summary: sentences of the abstract, no model used"
    return f"Summary by {source_name(summary.made_by)} ({summary.language})"


def _pdf(paper: Paper) -> tuple[Span, ...]:
    return (text(" · "), link("PDF", paper.pdf_url)) if paper.pdf_url else ()


def _signals(signals: Signals) -> tuple[Block, ...]:
    """What others make of it, in one line; none where nobody told us."""
    counted = (("vote", signals.upvotes), ("comment", signals.comments), ("citation", signals.citations))
    told = [f"{number:,} {name}{'' if number == 1 else 's'}" for name, number in counted if number is not None]
    code = (link("Code", signals.code_url),) if signals.code_url else ()
    stars = (text(f" ({signals.stars:,} stars)"),) if code and signals.stars is not None else ()
    comma = (text(" · "),) if told and code else ()
    line = (Note(spans=(text(" · ".join(told)), *comma, *code, *stars)),) if told or code else ()
    keywords = readable(", ".join(signals.keywords or ()))
    return (*line, Note(spans=(text(f"Keywords: {keywords}"),))) if keywords else line


def _origin(dossier: Dossier) -> tuple[Block, ...]:
    """Which source each part came from, where there are several, and what happened to the paper since we know it."""
    fields: dict[str, list[str]] = {}
    for name, source in dossier.provenance.items():
        if (shown := name.removeprefix("signals.")) in _PARTS:
            fields.setdefault(source, []).append(_PARTS[shown])
    told = "; ".join(f"{', '.join(names)} from {source_name(source)}" for source, names in fields.items())
    blocks: list[Block] = [Note(spans=(text(f"Where it comes from: {told}"),))] if len(fields) > 1 else []
    blocks += [Note(spans=(text(_event(one)),)) for one in dossier.events]
    return tuple(blocks)


def _event(event: Event) -> str:
    told = {
        EventKind.VERSION: f"version {event.detail} appeared",
        EventKind.WITHDRAWN: f"withdrawn: {readable(shorten(event.detail, 200))}",
        EventKind.PUBLISHED: f"published: {readable(shorten(event.detail, 200))}",
        EventKind.CODE: f"code released: {shorten(event.detail, 200)}",
    }[event.kind]
    return f"{event.at:%Y-%m-%d}: {told} (told by {source_name(event.source)})"


def source_notes(sources: Sequence[SourceState]) -> tuple[Block, ...]:
    """One line for all sources that are well, and a warning for each that lacks something or is not."""
    fine = [state for state in sources if not state.state.is_trouble]
    notes: list[Block] = []
    if fine:
        notes.append(Note(spans=(text("Sources: " + "; ".join(_fine_lines(fine))),)))
    notes += [_flaw(one) for one in fine if one.error]
    for state in (State.STALE, State.THROTTLED, State.FAILED):
        notes += [_trouble(one) for one in sources if one.state is state]
    return tuple(dict.fromkeys(notes))  # of two lists of one commentator in trouble the same is said


def _fine_lines(states: Sequence[SourceState]) -> Iterable[str]:
    for name, group in groupby(states, attrgetter("source")):
        scopes = ", ".join(f"{state.scope} {_freshness(state)}" for state in group)
        yield f"{source_name(name)} {scopes}"


def _freshness(state: SourceState) -> str:
    if state.listing_day is None or not state.listed:
        return "quiet"
    return f"{state.listed} listed {state.listing_day.day} {state.listing_day:%b}"


def _flaw(state: SourceState) -> Note:
    """What is missing from a listing that was read otherwise."""
    return Note(warning=True, spans=(bold(f"{source_name(state.source)} {state.scope}: "), text(state.error)))


def _trouble(state: SourceState) -> Note:
    if state.source in COMMENTATORS:
        told = f"{source_name(state.source)} is {state.state}: votes and links to code may be missing or old."
        return Note(warning=True, spans=(text(told),))
    what = f"{source_name(state.source)} {state.scope} is {state.state}"
    since = f" (last good listing: {state.listing_day:%Y-%m-%d})" if state.listing_day else ""
    reason = f": {state.error}" if state.error else ""
    # read from the listing page or the archive at the same moment: nothing is missing
    came_anyway = state.fresh_at == state.checked_at
    ending = "" if came_anyway else " Its papers come with a later digest, once it can be read."
    return Note(warning=True, spans=(bold(f"{what}{since}"), text(f"{reason}{ending}")))


def source_name(source: str) -> str:
    """A source's name as people write it."""
    return _SOURCE_NAMES.get(source, source)


def notice(subscription: Subscription, sources: Sequence[SourceState]) -> Post:
    """Word that nothing could be posted because sources are in trouble: not the same as a quiet day."""
    return Post(
        blocks=(
            Heading(spans=(text("No digest yet: sources could not be read"),)),
            Note(spans=(text(f"For {subscription}. Nothing is lost: the papers are posted when they arrive."),)),
            *source_notes(sources),
        ),
        fallback="No digest yet: sources could not be read",
    )


def quiet(sources: Sequence[SourceState]) -> Post:
    """Word that there is nothing new, for somebody who asked."""
    return Post(
        blocks=(
            Paragraph(spans=(bold("Nothing new. "), text("Every paper announced since the last digest is known."))),
            *source_notes(sources),
        ),
        audience=Audience.ASKER,
        fallback="Nothing new",
    )


def say(sentence: str) -> Post:
    """A short answer for the asker alone."""
    return Post(blocks=(Paragraph(spans=(text(sentence),)),), audience=Audience.ASKER, fallback=sentence)


def error(error: PaperboyError) -> Post:
    """What went wrong and what to do, for the asker alone."""
    hint = (text(f" {error.hint}"),) if error.hint else ()
    return Post(
        blocks=(Note(warning=True, spans=(bold(str(error)), *hint)),), audience=Audience.ASKER, fallback=str(error)
    )
