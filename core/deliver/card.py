"""One paper for readers: its own message, and the few words that a list has room for.

Pure. `core.deliver.compose` builds digests from it, `core.deliver.pages` pages; commands call `paper` and `abstract`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import quote

from core.channels import Depth
from core.choose.reasons import Reason, convincing
from core.deliver.content import Item
from core.ingest.traits import Sources
from core.papers.events import is_withdrawn
from core.papers.identity.matching import is_preprint_doi
from core.papers.paper import Dossier, Event, EventKind, Paper, Signals, Summary
from core.posts.reactions import Feeling
from core.posts.tree import (
    Action,
    Audience,
    Block,
    Facts,
    Heading,
    Note,
    Paragraph,
    Post,
    Quote,
    Spans,
    bold,
    italic,
    link,
    sign,
    text,
)
from core.speech import N_, DayForm, _, day_text, number, plural
from core.summarise.ports import MADE_BY
from core.summarise.selection import FROM_TEXT
from core.text.readable import LONGEST_SAID, authors_line, clip_text, readable, shorten
from core.text.words import STOP_WORDS, fold, split_words

#: before the title of a paper that was taken back
WITHDRAWN: Final = N_("Withdrawn:")
#: the names of the commands behind a paper's buttons
BOOKMARK: Final = "bookmark"
ABSTRACT: Final = "abstract"

#: how many of a paper's categories are shown, and how many of its events
_MOST_CATEGORIES: Final = 6
_MOST_EVENTS: Final = 10
#: a space at which platforms break no line
NO_BREAK: Final = "\u00a0"

#: characters of a title, of a gist in a digest and in a paper's own message, of a part of a summary, of a venue
_LONGEST_TITLE: Final = 600
_LISTED_TITLE: Final = 120
_SHORT_GIST: Final = 120
_LONGEST_GIST: Final = 300
_LONGEST_PART: Final = 220
_LONGEST_VENUE: Final = 60
#: parts of a summary that a paper's message tells, and which of them matter most
_MOST_PARTS: Final = 3
_MATTERS: Final = (N_("Method"), N_("Result"), N_("Motivation"), N_("Conclusion"), N_("New"), N_("For"))
#: characters in which two texts are compared
_COMPARISON_LENGTH: Final = 600
#: the share of a gist's words in the title from which on it says too little for a list
_MOSTLY: Final = 0.6
#: where a gist may end before its end, and how many characters come before that
_CLAUSE_ENDS: Final = (", ", "; ", ": ", "，", "；", "。")
_SHORTEST_CLAUSE: Final = 60
_WE_PROPOSE: Final = re.compile(
    r"^(?:\w+, )?(?:we|this (?:paper|work|study|article)|the authors)\s+"
    r"(?:introduces?|presents?|proposes?|describes?|develops?)\s+",
    re.IGNORECASE,
)
#: words of authors on where their paper appears, to the end of the clause
_ACCEPTANCE: Final = re.compile(
    r"\b(?:accepted|to appear|published|presented) (?:at|by|to|in|for|as)\b[^.;()]{2,120}", re.IGNORECASE
)

#: what a reader sees of a paper, and how its origin is told
_PARTS: Final = {
    "title": N_("title"),
    "abstract": N_("abstract"),
    "authors": N_("authors"),
    "categories": N_("categories"),
    "published": N_("date"),
    "journal": N_("journal"),
    "doi": N_("DOI"),
    "licence": N_("licence"),
    "comment": N_("comment"),
    "upvotes": N_("votes"),
    "comments": N_("comments"),
    "code_url": N_("code"),
    "stars": N_("stars"),
    "keywords": N_("keywords"),
    "citations": N_("citations"),
}


def paper(
    paper: Paper,
    summary: Summary,
    dossier: Dossier | None = None,
    reasons: Sequence[Reason] = (),
    *,
    traits: Sources,
) -> Post:
    """One paper on a phone's screen: who, what, why it was chosen, and links; with a dossier also its particulars."""
    why = why_chosen(reasons)
    gist = shorten(readable(summary.gist), _LONGEST_GIST)
    parts = tuple((name, (text(part),)) for name, part in telling_parts(summary, is_full=dossier is not None))
    return Post(
        blocks=(
            Heading(level=2, spans=paper_title(paper)),
            Note(spans=(text(_particulars(paper, is_full=dossier is not None)),)),
            *_notice(paper),
            *((Paragraph(spans=(text(gist),)),) if not _repeats(gist, paper.title) else ()),
            *((Facts(rows=parts),) if parts else ()),
            *((Note(spans=(italic(why),)),) if why else ()),
            *_badges(paper),
            *_abstract(paper),
            *(_details(paper, summary, dossier, traits) if dossier else _made_by(summary, traits)),
        ),
        actions=(
            Action(name=BOOKMARK, label=_("🔖 Bookmark"), arguments=str(paper.id)),
            *(Action(label=label, url=url) for label, url in pages_of(paper)),
        ),
        papers=(paper.id,),
        fallback="".join(span.text for span in paper_title(paper)),
    )


def short(paper: Paper, summary: Summary) -> Post:
    """One paper in a few lines, beside what people say: who, what, and a button."""
    gist = shorten(readable(summary.gist), _LONGEST_GIST)
    particulars = authors_and_categories(paper.authors, paper.categories)
    return Post(
        blocks=(
            Heading(level=2, spans=paper_title(paper)),
            *((Note(spans=(text(particulars),)),) if particulars else ()),
            *_notice(paper),
            *((Paragraph(spans=(text(gist),)),) if gist and not _repeats(gist, paper.title) else ()),
        ),
        actions=(Action(name=BOOKMARK, label=_("🔖 Bookmark"), arguments=str(paper.id)),),
        papers=(paper.id,),
        fallback="".join(span.text for span in paper_title(paper)),
    )


def with_saves(post: Post, saves: int) -> Post:
    """A paper's own message that says how many people saved the paper where it stands; as it is where nobody did."""
    blocks = tuple(block for block in post.blocks if not _tells_saves(block))
    tally = (Note(spans=(sign(Feeling.BOOKMARK), text(f"{NO_BREAK}{saves}"))),) if saves else ()
    return replace(post, blocks=(*blocks, *tally))


def _tells_saves(block: Block) -> bool:
    return isinstance(block, Note) and block.spans[:1] != () and block.spans[0].feeling is Feeling.BOOKMARK


def abstract(paper: Paper) -> Post:
    """A paper's abstract, for somebody who pressed its button."""
    body = readable(paper.abstract) or _("This paper has no abstract.")
    return Post(
        blocks=(Heading(level=2, spans=paper_title(paper)), Paragraph(spans=(text(body),))), audience=Audience.ASKER
    )


def telling_parts(summary: Summary, *, is_full: bool = False) -> tuple[tuple[str, str], ...]:
    """At most three parts in reading order, or all, as of a full summary; none repeats the gist or another one.

    Each with its name, as it is shown.
    """
    sentences, names = [summary.gist], set[str]()
    most = len(_MATTERS) if is_full or summary.depth is Depth.FULL else _MOST_PARTS
    for name, part in sorted(summary.parts, key=lambda named_part: _MATTERS.index(named_part[0])):
        if len(names) < most and not any(_repeats(part, sentence) for sentence in sentences):
            sentences.append(part)
            names.add(name)
    return tuple((_(name), shorten(readable(part), _LONGEST_PART)) for name, part in summary.parts if name in names)


def _repeats(part: str, reference: str, *, share: float = 0.8) -> bool:
    """True where that share of the words of one text stands in the other as well."""
    words, reference_words = (
        set(split_words(fold(wording[:_COMPARISON_LENGTH]))) - STOP_WORDS for wording in (part, reference)
    )
    return len(words & reference_words) >= share * len(words)


def pages_of(paper: Paper) -> Iterator[tuple[str, str]]:
    """Where else one finds it, each page once: what it is called, and its web address."""
    arxiv = next(
        (identifier.value for identifier in (paper.id, *paper.identifiers) if identifier.scheme == "arxiv"), ""
    )
    is_discussed = paper.signals.upvotes is not None and arxiv
    discussion = f"https://huggingface.co/papers/{quote(arxiv)}" if is_discussed else ""
    code = paper.signals.code_url or ""
    pages = (
        (_("Paper"), paper.url),
        ("PDF", paper.pdf_url),
        (_("Code"), code),
        (_("Hugging Face"), discussion),
    )
    addresses = {url: label for label, url in reversed(pages) if link(label, url).url}
    yield from ((label, url) for url, label in reversed(addresses.items()))


def _particulars(paper: Paper, *, is_full: bool) -> str:
    if not is_full:
        who = authors_and_categories(paper.authors, paper.categories[:1])
        return " · ".join(part for part in (who, str(paper.id)) if part)
    day = day_text(paper.announced, DayForm.MEDIUM) if paper.announced else ""
    version = f"v{paper.version}" if paper.version > 1 else ""
    who = authors_and_categories(paper.authors, paper.categories, most_authors=8)
    return " · ".join([*(part for part in (who, day, version) if part), str(paper.id)])


def _notice(paper: Paper) -> tuple[Block, ...]:
    """What its authors say where they took it back; it must catch the eye."""
    comment = clip_text(paper.comment)
    return (Note(spans=(text(comment),), warning=True),) if comment and is_withdrawn(paper) else ()


def venue_of(paper: Paper) -> str:
    """Where it was published, or will be as far as its authors say; empty where nobody tells."""
    match = _ACCEPTANCE.search(paper.comment)
    return clip_text(paper.journal or (match[0] if match else ""), _LONGEST_VENUE)


def _code_badge(signals: Signals) -> str:
    if not link("", signals.code_url or "").url:
        return ""
    return f"{_('code')}{NO_BREAK}★{NO_BREAK}{number(signals.stars)}" if signals.stars else _("code")


def _badges(paper: Paper) -> tuple[Block, ...]:
    """What others make of it, in one line; none where nobody told us."""
    signals = paper.signals
    numbers = (
        signals.upvotes and plural("{count} vote", "{count} votes", signals.upvotes),
        signals.comments and plural("{count} comment", "{count} comments", signals.comments),
        signals.citations and plural("{count} citation", "{count} citations", signals.citations),
    )
    badges = [text(words) for words in numbers if words]
    if code := _code_badge(signals):
        badges.append(link(code, signals.code_url or ""))
    if venue := venue_of(paper):
        badges.append(link(venue, _published_address(paper)))
    spans = tuple(span for badge in badges for span in (text(" · "), badge))[1:]
    return (Note(spans=spans),) if spans else ()


def _abstract(paper: Paper) -> tuple[Block, ...]:
    """The abstract, folded where the platform can fold and else behind a button."""
    if not paper.abstract:
        return ()
    unfold = Action(name=ABSTRACT, label=_("Abstract"), arguments=str(paper.id))
    return (Quote(spans=(text(readable(paper.abstract)),), unfold=unfold),)


def _made_by(summary: Summary, traits: Sources) -> tuple[Block, ...]:
    """Which model wrote the summary; nothing where it is made of sentences of the abstract."""
    if summary.made_by == MADE_BY:
        return ()
    return (Note(spans=(text(maker_of(summary, traits)),)),)


def maker_of(summary: Summary, traits: Sources) -> str:
    """Who made a summary, and in which language where a model did: models write in many."""
    if summary.made_by == MADE_BY:
        return _("Summary: sentences of the abstract, no model used")
    model, language = traits.name_of(summary.made_by), summary.language
    if summary.recipe.endswith(FROM_TEXT):
        return clip_text(_("Summary by {model} ({language}), from the full text", model=model, language=language))
    return clip_text(_("Summary by {model} ({language})", model=model, language=language))


def _details(paper: Paper, summary: Summary, dossier: Dossier, traits: Sources) -> tuple[Block, ...]:
    """What a reader of one paper wants to look up: comment, keywords, DOI, licence, and where all that comes from."""
    comment = clip_text(paper.comment) if not is_withdrawn(paper) else ""
    keywords = clip_text(", ".join(paper.signals.keywords or ()))
    fields = ((_("Comment"), comment), (_("Keywords"), keywords))
    links = (link("DOI", _published_address(paper)), link(_("Licence"), paper.licence or ""))
    made_by = Note(spans=(text(maker_of(summary, traits)),))
    more = tuple(span for page in links if page.url for span in (text(" · "), page))[1:]
    return (
        *(Note(spans=(text(f"{name}: {value}"),)) for name, value in fields if value),
        *((Note(spans=more),) if more else ()),
        made_by,
        *_origin(dossier, traits),
    )


def _published_address(paper: Paper) -> str:
    doi = _published_doi(paper)
    return f"https://doi.org/{quote(doi)}" if doi else ""


def _published_doi(paper: Paper) -> str:
    """The DOI that it was published under; empty for a preprint, whose DOI is just another name of it."""
    dois = (paper.doi or "", *(id.value for id in paper.identifiers if id.scheme == "doi"))
    return next((doi for doi in dois if doi and not is_preprint_doi(doi)), "")


def _origin(dossier: Dossier, traits: Sources) -> tuple[Block, ...]:
    """Which source each part came from, where there are several, and what happened to the paper since we know it."""
    fields: dict[str, list[str]] = {}
    for name, source in dossier.provenance.items():
        if (field := name.removeprefix("signals.")) in _PARTS:
            fields.setdefault(source, []).append(_(_PARTS[field]))
    sources_line = "; ".join(
        _("{fields} from {source}", fields=", ".join(names), source=traits.name_of(source))
        for source, names in fields.items()
    )
    origin = (
        (Note(spans=(text(_("Where it comes from: {sources}", sources=sources_line)),)),) if len(fields) > 1 else ()
    )
    return (*origin, *(Note(spans=_event(event, traits)) for event in dossier.events[-_MOST_EVENTS:]))


def _event(event: Event, traits: Sources) -> Spans:
    news = {
        EventKind.VERSION: text(_("version {version} appeared", version=clip_text(event.detail))),
        EventKind.WITHDRAWN: text(_("withdrawn: {notice}", notice=clip_text(event.detail))),
        EventKind.PUBLISHED: text(_("published: {place}", place=clip_text(event.detail))),
        EventKind.CODE: link(_("code released"), event.detail),
    }[event.kind]
    source = _("(told by {source})", source=traits.name_of(event.source))
    return (text(f"{event.at:%Y-%m-%d}: "), news, text(f" {source}"))


def short_badges(paper: Paper) -> Iterator[str]:
    """Votes, code with its stars, and the venue, as short as a list needs them."""
    if paper.signals.upvotes:
        yield f"▲{NO_BREAK}{number(paper.signals.upvotes)}"
    if code := _code_badge(paper.signals):
        yield code
    if venue := venue_of(paper):
        yield venue


def short_gist(item: Item) -> str:
    """The gist in about a line, without "We propose"; empty where most of it stands in the title."""
    gist = readable(item.summary.gist)
    claim = _WE_PROPOSE.sub("", gist)
    gist = f"{claim[:1].upper()}{claim[1:]}" if claim != gist and claim[:1].isascii() else claim
    if _repeats(gist, item.paper.title, share=_MOSTLY):
        return ""
    if len(gist) <= _SHORT_GIST:
        return gist
    clause = max(gist.rfind(mark, _SHORTEST_CLAUSE, _SHORT_GIST) for mark in _CLAUSE_ENDS)
    return f"{gist[:clause]} …" if clause > 0 else shorten(gist, _SHORT_GIST)


def why_chosen(reasons: Sequence[Reason]) -> str:
    """Why the paper is in the digest, in a few words; empty where nothing convinces."""
    words = clip_text("; ".join(convincing(reasons)))
    return _("Why: {reasons}", reasons=words) if words else ""


def paper_title(paper: Paper) -> Spans:
    """As `title_spans`."""
    return title_spans(paper.title, paper.url, withdrawn=is_withdrawn(paper))


def short_title(paper: Paper) -> Spans:
    """A title among many: not strong, and shorter."""
    withdrawn = (text(f"{_(WITHDRAWN)} "),) if is_withdrawn(paper) else ()
    return (*withdrawn, link(clip_text(paper.title, _LISTED_TITLE), paper.url))


def title_spans(title: str, url: str, *, withdrawn: bool) -> Spans:
    """A title, strong, leading to where one reads about it; says first of all where the paper was taken back."""
    return (*((bold(f"{_(WITHDRAWN)} "),) if withdrawn else ()), link(clip_text(title, _LONGEST_TITLE), url, bold=True))


def authors_and_categories(authors: Sequence[str], categories: Sequence[str], *, most_authors: int = 3) -> str:
    """Authors and categories, shortened, in one line."""
    more = len(categories) - _MOST_CATEGORIES
    names = clip_text(" ".join(categories[:_MOST_CATEGORIES])) + (f" +{more}" if more > 0 else "")
    return " · ".join(part for part in (shorten(authors_line(authors, most_authors), LONGEST_SAID), names) if part)
