"""Digests, papers, results and errors as posts: what a reader sees, before any platform renders it.

Pure: values in, a `Post` out. The use cases call it; platforms render what it returns. Wording lives here and nowhere
else, so that every platform says the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Final
from urllib.parse import quote

from core.channels import Layout, Subscription
from core.deliver.content import Digest, Item
from core.deliver.footer import COMMENTATORS, source_name, source_notes
from core.deliver.ledger import Counts
from core.errors import PaperboyError, StoreError
from core.ingest.state import SourceState
from core.papers.categories import name_of
from core.papers.events import is_withdrawn
from core.papers.matching import is_preprint_doi
from core.papers.paper import Dossier, Event, EventKind, Paper, Signals, Summary
from core.posts.tree import (
    Action,
    Audience,
    Block,
    Heading,
    Note,
    Paragraph,
    Post,
    Quote,
    Spans,
    bold,
    italic,
    link,
    prose,
    text,
)
from core.text.readable import LONGEST_SAID, authors_line, counted, readable, said, shorten, some

#: before the title of a paper that was taken back
WITHDRAWN: Final = "Withdrawn: "
SAMPLE_LABEL: Final = "Sample day: every paper, person and number here is invented."
BOOKMARK: Final = "bookmark"

_NO_MEMORY: Final = "Paperboy cannot reach its memory right now."
_LOGGED: Final = "Try again in a few minutes; its operator finds the details in the log."
#: of a paper's categories, and of what happened to it
_MOST_CATEGORIES: Final = 6
_MOST_EVENTS: Final = 10
#: characters of a title
_LONGEST_TITLE: Final = 600

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


def digest(digest: Digest) -> Post:
    """A digest: one message with an entry per paper, and a reply per paper in its thread."""
    title = digest_title(digest)
    return Post(
        blocks=(
            Heading(spans=(text(title),)),
            *((Note(spans=(text(SAMPLE_LABEL),), warning=True),) if digest.is_sample else ()),
            *_lateness(digest),
            Note(spans=(text(funnel(digest.counts, digest.subscription)),)),
            *_entries(digest),
            *source_notes(digest.sources),
        ),
        replies=tuple(paper(item.paper, item.summary) for item in ordered_items(digest)),
        papers=tuple(item.paper.id for item in digest.items),
        fallback=f"{title}: {counted(len(digest.items), 'paper')}",
    )


def digest_title(digest: Digest) -> str:
    """The digest's name, day and categories in one line."""
    name = "" if digest.subscription.name == "main" else f"{digest.subscription.name} · "
    return f"{name}Papers for {_days(digest.since, digest.day)}"


def _days(since: date | None, until: date) -> str:
    """One day with its weekday, or several: `29 January to 4 February 2026`."""
    if since is None:
        return f"{until:%A}, {until.day} {until:%B %Y}"
    month = "" if (since.year, since.month) == (until.year, until.month) else f" {since:%B}"
    year = "" if since.year == until.year else f" {since.year}"
    return f"{since.day}{month}{year} to {until.day} {until:%B %Y}"


def _lateness(digest: Digest) -> tuple[Note, ...]:
    """When a digest was due that comes late, on the channel's own clock."""
    if digest.late_for is None:
        return ()
    due = digest.subscription.at.local_time(digest.late_for)
    return (Note(spans=(text(f"Late: due at {due:%H:%M}"),)),)


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
    where = some(subscription.categories) or "all categories"
    if not counts.candidates:
        return f"No new papers in {where}"
    filtered = f" → {_count(counts.kept)} kept by the rule" if subscription.rule else ""
    failed = f" · {counts.failed} could not be posted" if counts.failed else ""
    announced = counted(counts.candidates, "new paper")
    return f"{announced} in {where}{filtered} → {_count(counts.posted)} chosen{failed}"


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
    return f"{category} · {name}" if name != category else said(category) or "without a category"


def _entry(number: int, item: Item) -> tuple[Block, ...]:
    why = chosen_because(item)
    return (
        Paragraph(spans=(text(f"{number}. "), *paper_title(item.paper))),
        Note(indented=True, spans=(text(authors_and_categories(item.paper.authors, item.paper.categories)),)),
        Paragraph(indented=True, spans=(text(readable(item.summary.gist)),)),
        *((Note(indented=True, spans=(italic(why),)),) if why else ()),
    )


def chosen_because(item: Item) -> str:
    """Why the paper is in the digest; empty where nobody knows."""
    return f"Chosen: {said('; '.join(item.reasons))}" if item.reasons else ""


def paper_title(paper: Paper) -> Spans:
    """As `title_spans`."""
    return title_spans(paper.title, paper.url, withdrawn=is_withdrawn(paper))


def title_spans(title: str, url: str, *, withdrawn: bool) -> Spans:
    """A title, strong, leading to where one reads about it; says first of all where the paper was taken back."""
    return (*((bold(WITHDRAWN),) if withdrawn else ()), link(said(title, _LONGEST_TITLE), url, bold=True))


def authors_and_categories(authors: Sequence[str], categories: Sequence[str], *, shown: int = 3) -> str:
    """Authors and categories, shortened, in one line."""
    more = len(categories) - _MOST_CATEGORIES
    names = said(" ".join(categories[:_MOST_CATEGORIES])) + (f" +{more}" if more > 0 else "")
    return " · ".join(part for part in (shorten(authors_line(authors, shown), LONGEST_SAID), names) if part)


def paper(paper: Paper, summary: Summary, dossier: Dossier | None = None) -> Post:
    """One paper on its own: the longer summary, the abstract, what others make of it, and where all that came from."""
    return Post(
        blocks=(
            Heading(level=2, spans=paper_title(paper)),
            Note(spans=(text(_particulars(paper)),)),
            *_comment(paper),
            Paragraph(spans=(text(readable(summary.gist)),)),
            *(Paragraph(spans=(bold(f"{name}: "), text(readable(part)))) for name, part in summary.parts),
            *((Quote(spans=(text(readable(paper.abstract)),)),) if paper.abstract else ()),
            Note(spans=(text(_made_by(summary)), *_links(paper))),
            *_signals(paper.signals),
            *(_origin(dossier) if dossier else ()),
        ),
        actions=(Action(name=BOOKMARK, label="🔖 Bookmark", arguments=str(paper.id)),),
        papers=(paper.id,),
        fallback="".join(span.text for span in paper_title(paper)),
    )


def _particulars(paper: Paper) -> str:
    listed = f"{paper.announced.day} {paper.announced:%b %Y}" if paper.announced else ""
    version = f"v{paper.version}" if paper.version > 1 else ""
    who = authors_and_categories(paper.authors, paper.categories, shown=8)
    parts = (who, listed, version, said(paper.journal or ""))
    return " · ".join([*(part for part in parts if part), str(paper.id)])


def _comment(paper: Paper) -> tuple[Block, ...]:
    """What stands beside the paper; it must catch the eye where it says that the paper was taken back."""
    told = said(paper.comment)
    return (Note(spans=(text(f"Comment: {told}"),), warning=is_withdrawn(paper)),) if told else ()


def _made_by(summary: Summary) -> str:
    if summary.made_by == "extract":
        return "Summary: sentences of the abstract, no model used"
    return said(f"Summary by {source_name(summary.made_by)} ({summary.language})")


def _links(paper: Paper) -> Spans:
    """Where else one finds it: to read, where it was published, and what one may do with it."""
    published = f"https://doi.org/{quote(doi)}" if (doi := _published_doi(paper)) else ""
    named = (link("PDF", paper.pdf_url), link("DOI", published), link("Licence", paper.licence or ""))
    return tuple(span for one in named if one.url for span in (text(" · "), one))


def _published_doi(paper: Paper) -> str:
    """The DOI that it was published under; empty for a preprint, whose DOI is just another name of it."""
    known = (paper.doi or "", *(id.value for id in paper.identifiers if id.scheme == "doi"))
    return next((doi for doi in known if doi and not is_preprint_doi(doi)), "")


def _signals(signals: Signals) -> tuple[Block, ...]:
    """What others make of it, in one line; none where nobody told us."""
    numbers = (("vote", signals.upvotes), ("comment", signals.comments), ("citation", signals.citations))
    told = [counted(number, name) for name, number in numbers if number is not None]
    code = tuple(one for one in (link("Code", signals.code_url or ""),) if one.url)
    stars = (text(f" ({counted(signals.stars, 'star')})"),) if code and signals.stars is not None else ()
    comma = (text(" · "),) if told and code else ()
    line = (Note(spans=(text(" · ".join(told)), *comma, *code, *stars)),) if told or code else ()
    keywords = said(", ".join(signals.keywords or ()))
    return (*line, Note(spans=(text(f"Keywords: {keywords}"),))) if keywords else line


def _origin(dossier: Dossier) -> tuple[Block, ...]:
    """Which source each part came from, where there are several, and what happened to the paper since we know it."""
    fields: dict[str, list[str]] = {}
    for name, source in dossier.provenance.items():
        if (shown := name.removeprefix("signals.")) in _PARTS:
            fields.setdefault(source, []).append(_PARTS[shown])
    told = "; ".join(f"{', '.join(names)} from {source_name(source)}" for source, names in fields.items())
    origin = (Note(spans=(text(f"Where it comes from: {told}"),)),) if len(fields) > 1 else ()
    return (*origin, *(Note(spans=_event(one)) for one in dossier.events[-_MOST_EVENTS:]))


def _event(event: Event) -> Spans:
    told = {
        EventKind.VERSION: text(f"version {said(event.detail)} appeared"),
        EventKind.WITHDRAWN: text(f"withdrawn: {said(event.detail)}"),
        EventKind.PUBLISHED: text(f"published: {said(event.detail)}"),
        EventKind.CODE: link("code released", event.detail),
    }[event.kind]
    return (text(f"{event.at:%Y-%m-%d}: "), told, text(f" (told by {source_name(event.source)})"))


def notice(subscription: Subscription, sources: Sequence[SourceState]) -> Post:
    """Word that nothing could be posted because sources are in trouble: not the same as a quiet day."""
    for_whom = "" if subscription.name == "main" else f"For {subscription.name}. "
    return Post(
        blocks=(
            Heading(spans=(text("No digest yet: sources could not be read"),)),
            Note(spans=(text(f"{for_whom}Nothing is lost: the papers are posted when they arrive."),)),
            *source_notes(sources),
        ),
        fallback="No digest yet: sources could not be read",
    )


def quiet_line(subscription: Subscription) -> Post:
    """Word that nothing was announced, for a channel that wants to hear it."""
    for_whom = "" if subscription.name == "main" else f"{subscription.name}: "
    sentence = f"{for_whom}No new papers in {some(subscription.categories) or 'any category'} today."
    return Post(blocks=(Paragraph(spans=(text(sentence),)),), fallback=sentence)


def quiet(sources: Sequence[SourceState]) -> Post:
    """Word that there is nothing new, as far as the sources could be read, for somebody who asked."""
    is_sure = not any(one.state.is_trouble for one in sources if one.source not in COMMENTATORS)
    known = "Every paper announced since the last digest is known."
    told = known if is_sure else "But not all sources could be read, so papers may be missing."
    return Post(
        blocks=(
            Paragraph(spans=(bold("Nothing new. "), text(told))),
            *source_notes(sources),
        ),
        audience=Audience.ASKER,
        fallback="Nothing new",
    )


def say(sentence: str | Spans) -> Post:
    """A short answer for the asker alone: a sentence of ours, which `prose` reads, or spans that hold others' words."""
    spans = prose(sentence) if isinstance(sentence, str) else sentence
    return Post(blocks=(Paragraph(spans=spans),), audience=Audience.ASKER)


def error(error: PaperboyError) -> Post:
    """What went wrong and what to do, for the asker alone; where the database lies is the operator's affair."""
    sentence, hint = (_NO_MEMORY, _LOGGED) if isinstance(error, StoreError) else (str(error), error.hint)
    spans = (bold(sentence), *((text(" "), *prose(hint)) if hint else ()))
    return Post(blocks=(Note(warning=True, spans=spans),), audience=Audience.ASKER)
