"""Answers to commands as posts: settings, reading lists, reasons, help.

Pure, like `core.deliver.compose`, which has the digest and the single paper; called by `core.converse.desk` and by the
command line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from core.channels import EndedSubscription, Subscription
from core.choose.reranking import setting_note
from core.converse.changes import Change, buttons_back, change_blocks
from core.converse.feedback import Bookmark
from core.converse.hits import hit_blocks
from core.converse.subscribing import EMPTIED, Wish, setting_rows
from core.converse.upcoming import next_digest
from core.deliver import absences
from core.deliver.card import authors_and_categories, paper_title, title_spans
from core.deliver.compose import say
from core.deliver.makers import price_of
from core.deliver.schedule import Look
from core.papers.categories import describe_category
from core.papers.paper import Paper
from core.papers.search import Found, Hit
from core.papers.trending import Rise
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
    code,
    command,
    is_carried,
    prose,
    text,
)
from core.summarise.languages import unserved_note
from core.summarise.ports import Spending
from core.text.readable import counted, readable, shorten, some

_KEPT: Final = "Its settings are kept for a month: `/subscribe` alone offers them again."
_UNCHANGED: Final = "Nothing was changed yet."
_AGAIN: Final = Action(name="subscribe", label="Start it again", arguments="again")
_ANY_ZONE: Final = "Press one, or write any other: `/settings zone Europe/Berlin`"


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


def settings(
    looks: Sequence[Look],
    now: datetime,
    *,
    changed: str = "",
    remarks: Sequence[str] = (),
    changes: Sequence[Change] = (),
    zones: tuple[Action, ...] = (),
    spending: Spending = Spending(),
    has_model: bool = True,
    learned: str = "",
) -> Post:
    """What a channel reads, when the next digest comes, and how to change it.

    `remarks` are on the rule; `changes` are those that were just made, each with a way back; `zones` to choose from,
    where it is asked for one; `spending` is what language models cost for it this month, `learned` what people have
    taught it. Without a model it says which language summaries cannot be had in, and that papers are not re-ranked.
    """
    if not looks:
        return say("This channel has no digest yet. Start one with `/subscribe cs.CL`, or any other category.")
    blocks: list[Block] = [Note(spans=prose(changed))] if changed else []
    blocks += change_blocks(changes)
    blocks += [Note(spans=(text(remark),)) for remark in remarks]
    for look in looks:
        one = look.subscription
        blocks.append(
            Heading(level=2, spans=(text(f"This channel's digest{_name(one)}{' (paused)' if one.paused else ''}"),))
        )
        if one.absence:
            sentence = f"{absences.pause_sentence(one).capitalize()}. {absences.pause_hint(one)}"
            blocks.append(Note(warning=True, spans=prose(sentence)))
        set_up_by = {"set up by": str(one.set_up_by)} if one.set_up_by else {}
        blocks.append(
            Facts(rows=tuple((name, (text(value),)) for name, value in {**setting_rows(one), **set_up_by}.items()))
        )
        blocks.append(Paragraph(spans=(text(next_digest(look, now)),)))
        for note in (unserved_note(one.language, has_model=has_model), setting_note(one, has_model=has_model)):
            blocks += [Note(warning=True, spans=(text(note),))] if note else []
    if learned:
        blocks.append(Paragraph(spans=(text(f"{learned} "), command("settings", "learned"))))
    if price := price_of(spending):
        blocks.append(Paragraph(spans=(text(f"Language models cost {price} for this channel in {now:%B}."),)))
    if zones:
        blocks.append(Paragraph(spans=(bold("Which time zone? "), *prose(_ANY_ZONE))))
    blocks.append(Note(spans=prose("Change one with `/settings size 20`")))
    actions = (*buttons_back(changes), *zones)
    return Post(blocks=tuple(blocks), actions=actions, audience=Audience.ASKER, fallback="This channel's digest")


def rule_lists(lists: Mapping[str, str], *, changed: str = "") -> Post:
    """The lists that rules of a workspace may name, each with what it says."""
    if not lists and not changed:
        return say("There are no lists yet. Make one with `/settings list ours planning, robot*`")
    was = "Saved." if changed in lists else "Removed."
    blocks: list[Block] = [Note(spans=(text(was),))] if changed else []
    blocks += [Paragraph(spans=(bold(f"list:{name} "), code(shorten(rule, 300)))) for name, rule in lists.items()]
    blocks.append(Note(spans=prose("Every channel of this workspace can use a list: `/settings rule list:ours`")))
    return Post(blocks=tuple(blocks), audience=Audience.ASKER, fallback="Lists for rules")


def setting(name: str, subscription: Subscription, *, remarks: Sequence[str] = ()) -> Post:
    """What one setting is, and how to change it; `remarks` are on its value."""
    value = setting_rows(subscription)[name]
    blocks: list[Block] = [Paragraph(spans=(bold(f"{name}: "), text(value)))]
    blocks += [Note(spans=(text(remark),)) for remark in remarks]
    if name in EMPTIED and value not in ("none", "any"):
        blocks.append(Note(spans=(text("To empty it: "), command("settings", f"{name} none"))))
    blocks.append(Note(spans=(text("To change it: "), command("settings", f"{name} …"))))
    return Post(blocks=tuple(blocks), audience=Audience.ASKER, fallback=f"{name}: {value}")


def which_categories(wish: Wish, named: Sequence[str], *, read: Sequence[str]) -> Post:
    """Whether words that were to be subscribed to name categories, with a button for each; and how they filter.

    `read` are the categories that the channel reads, or will.
    """
    found = [one for one in named if one not in read]
    names = " or ".join(map(describe_category, found or named))
    question = f"Did you mean {names}?" if found else f"This channel reads {names} already."
    choices = [(f"Subscribe to {one}", wish.naming([one])) for one in found]
    if len(found) > 1:
        choices.append(("Subscribe to all", wish.naming(found)))
    return Post(
        blocks=(
            Paragraph(spans=(bold(f"{question} "), text(_UNCHANGED))),
            *(
                Note(spans=(text(f"{label}: "), command("subscribe", typed)))
                for label, typed in choices
                if not is_carried(typed)
            ),
            Note(spans=(text("To keep only papers with these words: "), command("subscribe", wish.filtering()))),
        ),
        actions=tuple(
            Action(name="subscribe", label=label, arguments=typed) for label, typed in choices if is_carried(typed)
        ),
        audience=Audience.ASKER,
        fallback=question,
    )


def confirm_end(subscription: Subscription, sentence: str = "") -> Post:
    """Whether the digest is to be ended, with what becomes of its settings."""
    return Post(
        blocks=(
            *((Note(warning=True, spans=(text(sentence),)),) if sentence else ()),
            Paragraph(
                spans=(bold(f"End this channel's digest{_name(subscription)}? "), text("Nothing was changed yet."))
            ),
            Note(spans=prose(_KEPT)),
        ),
        actions=(Action(name="unsubscribe", label="End the digest", arguments="yes"),),
        audience=Audience.ASKER,
        fallback="End this channel's digest?",
    )


def farewell(subscription: Subscription) -> Post:
    """Word that the digest is ended, and the way back."""
    return Post(
        blocks=(
            Paragraph(spans=(text(f"This channel's digest{_name(subscription)} is ended. "), *prose(_KEPT))),
            Note(spans=(text("What was posted stays known."),)),
        ),
        actions=(_AGAIN,),
        audience=Audience.ASKER,
    )


def offer_again(kept: EndedSubscription) -> Post:
    """The settings of a digest that was ended, and how to have it again."""
    one = kept.subscription
    return Post(
        blocks=(
            Paragraph(
                spans=(
                    bold(f"This channel's digest{_name(one)} was ended on {kept.at:%Y-%m-%d}. "),
                    text("It can be started again as it was:"),
                )
            ),
            Facts(rows=tuple((name, (text(value),)) for name, value in setting_rows(one).items())),
            Note(spans=prose("For a new one name categories, a rule or an author: `/subscribe cs.RO cs.LG`")),
        ),
        actions=(_AGAIN,),
        audience=Audience.ASKER,
        fallback="The settings of this channel's last digest",
    )


def _name(subscription: Subscription) -> str:
    return "" if subscription.name == "main" else f" “{subscription.name}”"


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
