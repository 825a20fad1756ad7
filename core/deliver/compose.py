"""Digests, papers, results and errors as posts: what a reader sees, before any platform renders it.

Pure: values in, a `Post` out. The use cases call it; platforms render what it returns. Wording lives here and nowhere
else, so that every platform says the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from typing import Final

from core.channels import Layout, Subscription
from core.choose.verdicts import LeftOut, LeftOutReason
from core.deliver import card
from core.deliver.content import Digest, Fits, Item, none_chosen
from core.deliver.days import ALL_KNOWN, days_in_words, nothing_because, what_to_do
from core.deliver.empty import Because, EmptyDay
from core.deliver.footer import source_notes
from core.deliver.makers import order_notes, summary_notes
from core.deliver.sources import are_in_trouble
from core.errors import BadRule, PaperboyError, StoreError
from core.papers.categories import name_of
from core.papers.paper import Paper
from core.posts.tree import (
    Attachment,
    Audience,
    Block,
    Divider,
    Heading,
    ListBlock,
    Note,
    Paragraph,
    Post,
    Spans,
    bold,
    code,
    prose,
    text,
)
from core.speech import N_, _, plural
from core.text.readable import clip_text, shorten, some

SAMPLE_LABEL: Final = N_("Sample day: every paper, person and number here is invented.")

_NOTHING_NEW: Final = N_("Nothing is new. This is what the latest listing comes to with the settings of now.")
#: in the first digest of a channel
_TEACHES: Final = N_("React on a paper's message: :bookmark: saves it, :more: and :less: bring more or less like it.")
_NO_MEMORY: Final = N_("Paperboy cannot reach its memory right now.")
#: what the parts of a digest are called, and the last two in a few words
MATCHING: Final = N_("Good matches")
NEAR: Final = N_("Near")
SOMETHING_ELSE: Final = N_("Something else")
_SHORT_PARTS: Final = {NEAR: N_("near"), SOMETHING_ELSE: N_("something else")}
#: titles below a paper that they are like
MOST_SIBLINGS: Final = 3
#: characters of a part of a rule
_LONGEST_CLAUSE: Final = 100
#: characters of a file that is shown as text: a few messages
_MOST_OF_FILE: Final = 12_000
_TRY_LATER: Final = N_("Try again in a few minutes; its operator finds the details in the log.")

#: items under what they have in common
Groups = Sequence[tuple[str, tuple[Item, ...]]]


def digest(digest: Digest) -> Post:
    """A digest: one message to look through, with a line or two per paper, and a reply per paper in its thread."""
    title, items = digest_title(digest), ordered_items(digest)
    return Post(
        blocks=(
            Heading(spans=(text(title),)),
            *((Note(spans=(text(_(SAMPLE_LABEL)),), warning=True),) if digest.is_sample else ()),
            *((Note(spans=(text(late),)),) if (late := lateness(digest)) else ()),
            *((Note(spans=(text(_(_NOTHING_NEW)),)),) if digest.is_again else ()),
            Note(spans=(text(funnel(digest)),)),
            *(Note(spans=(text(rule_note(part)),), warning=True) for part in digest.left_out),
            *_themes(digest),
            *_entries(digest),
            *_none_kept(digest),
            *((Note(spans=prose(_(_TEACHES))),) if digest.is_first and digest.items else ()),
            *source_notes(digest.sources, digest.traits),
            *order_notes(digest),
            *summary_notes(digest),
        ),
        replies=(
            *(card.paper(item.paper, item.summary, reasons=item.reasons, traits=digest.traits) for item in items),
            *_more(digest),
        ),
        papers=tuple(item.paper.id for item in items),
        fallback=plural("{title}: {count} paper", "{title}: {count} papers", len(digest.items), title=title),
    )


def _themes(digest: Digest) -> Iterable[Block]:
    """What stands before the list of a weekly digest, down to a line; the list names all papers."""
    if digest.briefing:
        from core.deliver.themes import briefing_blocks  # loads what checks models

        yield from briefing_blocks(digest.briefing, digest.items, names_all=False)
        yield Divider()


def with_new_summaries(post: Post, digest: Digest) -> Post:
    """The message that a stored digest begins with, with the summaries of `digest`: its list, and what made them.

    What else it says stays: when it was due, its themes above a line, what its sources had.
    """
    begins = max((place for place, block in enumerate(post.blocks) if isinstance(block, Divider)), default=0)
    list_places = [place for place, block in enumerate(post.blocks) if place > begins and _is_of_list(block)]
    above, below = post.blocks[: list_places[0]], post.blocks[list_places[-1] + 1 :]
    return replace(post, blocks=(*above, *_entries(digest), *below[:-1], *summary_notes(digest)), replies=())


def _is_of_list(block: Block) -> bool:
    return isinstance(block, Paragraph) or (isinstance(block, Heading) and block.level > 1)


def digest_title(digest: Digest) -> str:
    """The digest's name, day and categories in one line."""
    name = "" if digest.subscription.name == "main" else f"{digest.subscription.name} · "
    days = days_in_words(digest.since, digest.day)
    title = _("More papers for {days}", days=days) if digest.is_more else _("Papers for {days}", days=days)
    return f"{name}{_('{title}, once more', title=title) if digest.is_again else title}"


def rule_note(part: LeftOut) -> str:
    """A sentence that papers were judged without a part of the channel's rule, and why."""
    clause = shorten(part.clause, _LONGEST_CLAUSE)
    consequence = plural("{count} paper judged without it.", "{count} papers judged without it.", part.papers)
    match part.because:
        case LeftOutReason.SLOW:
            return _("The rule's {clause} took too long: {judged}", clause=clause, judged=consequence)
        case LeftOutReason.NO_LIST:
            return _("There is no list for the rule's {clause}: {judged}", clause=clause, judged=consequence)
        case LeftOutReason.UNREADABLE:
            return _("The rule {clause} cannot be read any more: {judged}", clause=clause, judged=consequence)


def lateness(digest: Digest) -> str:
    """When a digest was due that comes late, on the channel's own clock; else empty."""
    if digest.late_for is None:
        return ""
    return _("Late: due at {time}", time=f"{digest.subscription.at.local_time(digest.late_for):%H:%M}")


def ordered_items(digest: Digest) -> tuple[Item, ...]:
    """The items in the order of the digest's layout: by rank, or by category and rank within."""
    if digest.subscription.layout is Layout.RANKED:
        return digest.items
    return tuple(sorted(digest.items, key=lambda item: _category_order(digest, item)))


def by_category(digest: Digest) -> Groups:
    """The items grouped by primary category: the subscription's own categories first, in its order."""
    items = sorted(digest.items, key=lambda item: _category_order(digest, item))
    return tuple((category, tuple(group)) for category, group in groupby(items, attrgetter("paper.primary_category")))


def _category_order(digest: Digest, item: Item) -> tuple[int, str]:
    categories, category = digest.subscription.categories, item.paper.primary_category
    return (categories.index(category) if category in categories else len(categories), category)


def funnel(digest: Digest) -> str:
    """What became of all that was announced, in one honest line."""
    counts, subscription = digest.counts, digest.subscription
    where = some(subscription.categories) or _("all categories")
    if not counts.candidates:
        return _("No new papers in {categories}", categories=where)
    steps = [
        plural(
            "{count} new paper in {categories}",
            "{count} new papers in {categories}",
            counts.candidates,
            categories=where,
        )
    ]
    if subscription.rule:
        by_rule = plural("{count} kept by the rule", "{count} kept by the rule", counts.kept)
        steps.append(by_rule if counts.kept else _("none kept by the rule"))
    fits = digest.fits if counts.kept else None
    if fits:
        steps.append(fits_in_words(fits))
    explorations = sum(item.is_explored for item in digest.items)
    choices = counts.posted - explorations
    if fits is None or fits.matching + fits.near != choices:
        steps.append(plural("{count} chosen", "{count} chosen", choices) if choices else _("none chosen"))
    line = " → ".join(steps)
    if explorations:
        line = _("{papers}, and something else", papers=line)
    failures = plural("{count} could not be posted", "{count} could not be posted", counts.failed)
    return f"{line} · {failures}" if counts.failed else line


def fits_in_words(fits: Fits) -> str:
    """How many papers fit: `3 match well, 4 more are near`."""
    if not fits.matching:
        near = plural("none matches well, {count} is near", "none matches well, {count} are near", fits.near)
        return near if fits.near else _("none is about it")
    matching = plural("{count} matches well", "{count} match well", fits.matching)
    more = plural("{count} more is near", "{count} more are near", fits.near)
    return f"{matching}, {more}" if fits.near else matching


def _entries(digest: Digest) -> Iterable[Block]:
    is_ranked = digest.subscription.layout is Layout.RANKED
    for name, items in number_items(parts_of(digest.items) if is_ranked else by_category(digest)):
        title = name if is_ranked else f"{_category(name)} ({len(items)})"
        yield from ((Heading(level=2, spans=(text(title),)),) if title else ())
        for number, item in items:
            yield from _entry(number, item, says_part=not is_ranked)


def parts_of(items: Sequence[Item]) -> Groups:
    """The items of a ranked digest in its parts, with what each is called.

    No name where there is nothing to fit, and where all match.
    """
    if items and all(_part(item) == MATCHING for item in items):
        return (("", tuple(items)),)
    return tuple((_(part), tuple(group)) for part, group in groupby(items, _part))


def number_items(groups: Groups) -> Iterator[tuple[str, tuple[tuple[int, Item], ...]]]:
    """Groups with the number of each item before it, from 1 and throughout."""
    number = 1
    for name, items in groups:
        yield name, tuple(enumerate(items, number))
        number += len(items)


def _part(item: Item) -> str:
    if item.is_explored:
        return SOMETHING_ELSE
    return NEAR if item.is_near else MATCHING if item.standing and item.standing.fit else ""


def _none_kept(digest: Digest) -> Iterable[Block]:
    if not digest.items and digest.counts.candidates:
        empty = none_chosen(digest)
        yield Note(spans=(text(f"{nothing_because(empty)} "), *prose(what_to_do(empty))))


def _category(category: str) -> str:
    name = name_of(category)
    return f"{category} · {name}" if name != category else clip_text(category) or _("without a category")


def _entry(number: int, item: Item, *, says_part: bool = False) -> tuple[Block, ...]:
    """A line or two: the title with what others make of it, the gist where it says more, and what else is on this."""
    part = _(_SHORT_PARTS.get(_part(item), "")) if says_part else ""
    marks = (*card.short_badges(item.paper), *((part,) if part else ()))
    badges = "".join(f"{card.NO_BREAK}· {badge}" for badge in marks)
    gist = card.short_gist(item)
    return (
        Paragraph(spans=(text(f"{number}. "), *card.paper_title(item.paper), *((text(badges),) if badges else ()))),
        *((Paragraph(indented=True, spans=(text(gist),)),) if gist else ()),
        *((Paragraph(indented=True, spans=_siblings(item.siblings)),) if item.siblings else ()),
    )


def _siblings(papers: Sequence[Paper]) -> Spans:
    """`2 more on this:` and their titles, the first few."""
    first_papers = papers[:MOST_SIBLINGS]
    titles = (span for paper in first_papers for span in (text("; "), *card.short_title(paper)))
    more = len(papers) - len(first_papers)
    begin = plural("{count} more on this:", "{count} more on this:", len(papers))
    ending = (text(f"; {plural('and {count} more', 'and {count} more', more)}"),) if more else ()
    return (text(f"{begin} "), *tuple(titles)[1:], *ending)


def more_title(digest: Digest) -> str:
    """What the titles without room are called: `37 more papers that fit`."""
    return plural("{count} more paper that fits", "{count} more papers that fit", digest.more_total)


def _more(digest: Digest) -> Iterable[Post]:
    """The titles of papers that fit and have no room, at the end of the thread."""
    if not digest.more:
        return
    title, unnamed_count = more_title(digest), digest.more_total - len(digest.more)
    yield Post(
        blocks=(
            Heading(level=2, spans=(text(title),)),
            ListBlock(ordered=True, start=len(digest.items) + 1, items=tuple(map(card.short_title, digest.more))),
            *(
                (Note(spans=(text(plural("and {count} more", "and {count} more", unnamed_count)),)),)
                if unnamed_count
                else ()
            ),
        ),
        fallback=title,
    )


def notice(digest: Digest) -> Post:
    """Word that nothing could be posted because sources are in trouble: not the same as a quiet day."""
    subscription = digest.subscription
    title = _("No digest yet: sources could not be read")
    detail = _("Nothing is lost: the papers are posted when they arrive.")
    if subscription.name != "main":
        detail = f"{_('For {digest}.', digest=subscription.name)} {detail}"
    return Post(
        blocks=(
            Heading(spans=(text(title),)),
            Note(spans=(text(detail),)),
            *source_notes(digest.sources, digest.traits),
        ),
        fallback=title,
    )


def quiet_line(subscription: Subscription) -> Post:
    """Word that nothing was announced, for a channel that wants to hear it."""
    for_whom = "" if subscription.name == "main" else f"{subscription.name}: "
    where = some(subscription.categories) or _("any category")
    sentence = f"{for_whom}{_('No new papers in {categories} today.', categories=where)}"
    return Post(blocks=(Paragraph(spans=(text(sentence),)),), fallback=sentence)


def quiet(digest: Digest, empty: EmptyDay | None = None) -> Post:
    """Word that there is nothing to show, as far as the sources could be read, for somebody who asked.

    `empty` tells why; without it the day was read.
    """
    if empty and empty.because is not Because.NOTHING_NEW:
        headline, advice = nothing_because(empty), what_to_do(empty)
    else:
        is_sure = not are_in_trouble(digest.sources, digest.traits)
        headline = nothing_because(empty) if empty else _("Nothing new.")
        advice = what_to_do(empty) if empty else _(ALL_KNOWN)
        advice = advice if is_sure else _("But not all sources could be read, so papers may be missing.")
    return Post(
        blocks=(Paragraph(spans=(bold(f"{headline} "), *prose(advice))), *source_notes(digest.sources, digest.traits)),
        audience=Audience.ASKER,
        fallback=headline.rstrip("."),
    )


def in_public(post: Post) -> Post:
    """An answer in front of everybody who read the question: of a list the entries alone, details behind buttons."""
    is_list = len(post.papers) > 1
    blocks = (block for block in post.blocks if not (is_list and isinstance(block, Paragraph) and block.indented))
    return replace(post, blocks=tuple(blocks), thread=None, audience=Audience.EVERYONE)


def say(sentence: str | Spans) -> Post:
    """A short answer for the asker alone: a sentence of ours, which `prose` reads, or spans that hold others' words."""
    spans = prose(sentence) if isinstance(sentence, str) else sentence
    return Post(blocks=(Paragraph(spans=spans),), audience=Audience.ASKER)


def file_as_text(attachment: Attachment, problem: PaperboyError) -> Post:
    """A file that a platform did not take, as text for the asker alone; says why, and where the text is cut."""
    content = attachment.content
    end = content.rfind("\n", 0, _MOST_OF_FILE) + 1 if len(content) > _MOST_OF_FILE else len(content)
    lines, lines_cut = content[:end].rstrip().split("\n"), content.count("\n", end)
    headline = _("The file {file} could not be attached.", file=attachment.name)
    spans = (bold(f"{headline} "), text(f"{problem} "), *prose(problem.hint))
    cut = (
        plural("{count} more line did not fit here.", "{count} more lines did not fit here.", lines_cut)
        if lines_cut
        else ""
    )
    return Post(
        blocks=(
            Note(warning=True, spans=spans),
            Paragraph(spans=tuple(span for line in lines for span in (code(line), text("\n")) if span.text)),
            *((Note(warning=True, spans=(text(cut),)),) if cut else ()),
        ),
        audience=Audience.ASKER,
        fallback=attachment.name,
    )


def error(error: PaperboyError) -> Post:
    """What went wrong and what to do, for the asker alone; where the database lies is the operator's affair."""
    sentence, hint = (_(_NO_MEMORY), _(_TRY_LATER)) if isinstance(error, StoreError) else (str(error), error.hint)
    spans = (bold(sentence), *((text(" "), *prose(hint)) if hint else ()))
    blocks = [Note(warning=True, spans=spans)]
    if isinstance(error, BadRule) and (pointer := error.pointer()):
        # no-break spaces, which nobody takes for indentation
        blocks += [Note(spans=(code(line.replace(" ", "\u00a0")),)) for line in pointer]
    return Post(blocks=tuple(blocks), audience=Audience.ASKER)
