"""Answers about a channel's digests as posts: their settings as sentences, what was changed, and questions. Pure.

Called by the commands that read or change settings, and by `core.converse.settings.saving`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from core.channels import EndedSubscription, Subscription
from core.converse.settings.naming import naming, needed_name
from core.converse.settings.sign_words import meaning_spans
from core.converse.settings.subscribing import EMPTIED, Wish, setting_rows
from core.converse.settings.subscription_words import (
    SETTINGS_STAY,
    called,
    missing_model_notes,
    sentences,
    titled,
    what_comes,
)
from core.converse.settings.upcoming import next_digest
from core.deliver import absences
from core.deliver.compose import say
from core.deliver.makers import price_of
from core.deliver.schedule import Look
from core.papers.categories import describe_category
from core.posts.signs import USUAL_SIGNS, Signs
from core.posts.tree import (
    Action,
    Audience,
    Block,
    Heading,
    Note,
    Paragraph,
    Post,
    Span,
    bold,
    code,
    command,
    is_carried,
    prose,
    text,
)
from core.summarise.ports import Spending
from core.text.readable import counted, shorten

_UNCHANGED: Final = "Nothing was changed yet."
_AGAIN: Final = Action(name="subscribe", label="Start it again", arguments="again")
#: how each thing is changed, as an example
_WAYS: Final = (
    "size 20",
    "at weekdays 8:30 Europe/Berlin",
    "language German",
    "depth line",
    "interest robots that learn",
    "rule NOT survey",
    "pause 3 days",
)
#: digests that have buttons of their own
_MOST_BUTTONS: Final = 3


def settings(
    looks: Sequence[Look],
    now: datetime,
    *,
    spending: Spending = Spending(),
    has_model: bool = True,
    learned: str = "",
    signs: Signs = USUAL_SIGNS,
) -> Post:
    """What a channel reads, when the next digest comes, and how to change it.

    `spending` is what language models cost for it this month, `learned` what people have taught it, `signs` those that
    the channel chose. Without a model it
    says which language summaries cannot be had in, and that papers are not re-ranked.
    """
    if not looks:
        return say("This channel has no digest yet. Start one with `/subscribe cs.CL`, or any other category.")
    blocks = [block for look in looks for block in _digest(look, now, has_model=has_model)]
    if learned:
        blocks.append(Paragraph(spans=(text(f"{learned} "), command("settings", "learned"))))
    meanings = meaning_spans(looks[0].subscription.channel.platform, signs)
    blocks.append(Paragraph(spans=(*meanings, text(" "), command("settings", "emoji"))))
    if price := price_of(spending):
        blocks.append(Paragraph(spans=(text(f"Language models cost {price} for this channel in {now:%B}."),)))
    name = needed_name(looks[0].subscription, len(looks))
    blocks.append(Note(spans=(text("To change it: "), *_ways(name))))
    blocks.append(
        Note(spans=prose("What was changed: `/settings log` · Another digest: `/subscribe name:vision cs.CV`"))
    )
    actions = [_pause(look.subscription, len(looks), now) for look in looks[:_MOST_BUTTONS]]
    actions.append(Action(name="digest", label="Preview", arguments=naming("preview", name)))
    return Post(
        blocks=tuple(blocks),
        actions=tuple(one for one in actions if is_carried(one.arguments)),
        audience=Audience.ASKER,
        fallback="This channel's digest",
    )


def _digest(look: Look, now: datetime, *, has_model: bool) -> Iterator[Block]:
    one = look.subscription
    yield Heading(level=2, spans=(text(f"{titled(one)}{' (paused)' if one.paused else ''}"),))
    if one.absence:
        yield _warning(f"{absences.pause_sentence(one).capitalize()}. {absences.pause_hint(one)}")
    yield from (Paragraph(spans=spans) for spans in sentences(one))
    until = one.at.not_before
    if until and until > one.at.local_day(now):
        yield _warning(f"It is paused until {until:%A, %d %B}.")
    yield Paragraph(spans=(text(next_digest(look, now)),))
    yield from map(_warning, missing_model_notes(one, has_model=has_model))


def _warning(sentence: str) -> Note:
    return Note(warning=True, spans=prose(sentence))


def _ways(name: str) -> Iterator[Span]:
    for number, way in enumerate(_WAYS):
        if number:
            yield text(" · ")
        yield command("settings", naming(way, name))


def _pause(one: Subscription, digests: int, now: datetime) -> Action:
    """The button that pauses a digest, or has it go on."""
    is_paused = one.paused or one.at.local_day(now) < (one.at.not_before or date.min)
    verb = "resume" if is_paused else "pause"
    name = needed_name(one, digests)
    return Action(name="settings", label=f"{verb.capitalize()} {name}".strip(), arguments=naming(verb, name))


def rule_lists(lists: Mapping[str, str], *, changed: str = "") -> Post:
    """The lists that rules of a workspace may name, each with what it says."""
    if not lists and not changed:
        return say("There are no lists yet. Make one with `/settings list ours planning, robot*`")
    was = "Saved." if changed in lists else "Removed."
    blocks: list[Block] = [Note(spans=(text(was),))] if changed else []
    blocks += [Paragraph(spans=(bold(f"list:{name} "), code(shorten(rule, 300)))) for name, rule in lists.items()]
    blocks.append(Note(spans=prose("Every channel of this workspace can use a list: `/settings rule list:ours`")))
    return Post(blocks=tuple(blocks), audience=Audience.ASKER, fallback="Lists for rules")


def setting(name: str, digests: Sequence[Subscription], *, of: int, remarks: Sequence[str] = ()) -> Post:
    """What one setting of some digests is, and how to change it; the channel has `of` of them."""
    blocks: list[Block] = []
    for one in digests:
        value = setting_rows(one)[name]
        where = needed_name(one, of)
        blocks.append(Paragraph(spans=(bold(f"{name}{f' of {where}' if where else ''}: "), text(value))))
        blocks += [Note(spans=(text(remark),)) for remark in remarks]
        if name in EMPTIED and value not in ("none", "any"):
            blocks.append(Note(spans=(text("To empty it: "), command("settings", naming(f"{name} none", where)))))
        blocks.append(Note(spans=(text("To change it: "), command("settings", naming(f"{name} …", where)))))
    fallback = f"{name}: {setting_rows(digests[0])[name]}"
    return Post(blocks=tuple(blocks), audience=Audience.ASKER, fallback=fallback)


def which_digest(digests: Sequence[Subscription], name: str, arguments: str) -> Post:
    """Which of several digests a command is about: a button for each, or what to type."""
    question = f"This channel has {counted(len(digests), 'digest')}. Which one?"
    choices = [(one, naming(arguments, one.name)) for one in digests]
    return Post(
        blocks=(
            Paragraph(spans=(bold(f"{question} "), text(_UNCHANGED))),
            *(Paragraph(spans=(bold(f"{one.name}: "), *what_comes(one))) for one in digests),
            *(Note(spans=(command(name, typed),)) for _, typed in choices if not is_carried(typed)),
        ),
        actions=tuple(
            Action(name=name, label=one.name, arguments=typed) for one, typed in choices if is_carried(typed)
        ),
        audience=Audience.ASKER,
        fallback=question,
    )


def with_others(post: Post, one: Subscription, digests: Sequence[Subscription], name: str, arguments: str) -> Post:
    """An answer about one of several digests: it says which, and leads to the others."""
    others = [other for other in digests if other.name != one.name]
    if not others:
        return post
    choices = [(other, naming(arguments, other.name)) for other in others]
    note = (text(f"This is “{one.name}”. Another one: "), command(name, choices[0][1]))
    buttons = (Action(name=name, label=other.name, arguments=typed) for other, typed in choices if is_carried(typed))
    return replace(post, blocks=(*post.blocks, Note(spans=note)), actions=(*post.actions, *buttons))


def which_categories(wish: Wish, named: Sequence[str], *, read: Sequence[str], name: str = "") -> Post:
    """Whether words that were to be subscribed to name categories, with a button for each; and how they filter.

    `read` are the categories that the digest reads, or will; `name` is the digest's, where it was named.
    """
    found = [one for one in named if one not in read]
    names = " or ".join(map(describe_category, found or named))
    question = f"Did you mean {names}?" if found else f"This channel reads {names} already."
    choices = [(f"Subscribe to {one}", naming(wish.naming([one]), name)) for one in found]
    if len(found) > 1:
        choices.append(("Subscribe to all", naming(wish.naming(found), name)))
    filtering = command("subscribe", naming(wish.filtering(), name))
    return Post(
        blocks=(
            Paragraph(spans=(bold(f"{question} "), text(_UNCHANGED))),
            *(
                Note(spans=(text(f"{label}: "), command("subscribe", typed)))
                for label, typed in choices
                if not is_carried(typed)
            ),
            Note(spans=(text("To keep only papers with these words: "), filtering)),
        ),
        actions=tuple(
            Action(name="subscribe", label=label, arguments=typed) for label, typed in choices if is_carried(typed)
        ),
        audience=Audience.ASKER,
        fallback=question,
    )


def confirm_end(digest: Subscription, *, name: str, sentence: str = "") -> Post:
    """Whether the digest is to be ended, with what becomes of its settings; `name` where it has to be named."""
    return Post(
        blocks=(
            *((Note(warning=True, spans=(text(sentence),)),) if sentence else ()),
            Paragraph(spans=(bold(f"End {called(digest)}? "), text(_UNCHANGED))),
            Note(spans=prose(SETTINGS_STAY)),
        ),
        actions=(Action(name="unsubscribe", label="End the digest", arguments=naming("yes", name)),),
        audience=Audience.ASKER,
        fallback=f"End {called(digest)}?",
    )


def offer_again(kept: EndedSubscription) -> Post:
    """The settings of a digest that was ended, and how to have it again."""
    one = kept.subscription
    question = f"{titled(one)} was ended on {kept.at:%Y-%m-%d}. "
    return Post(
        blocks=(
            Paragraph(spans=(bold(question), text("It can be started again as it was:"))),
            *(Paragraph(spans=spans) for spans in sentences(one)),
            Note(spans=prose("For a new one name categories, a rule or an author: `/subscribe cs.RO cs.LG`")),
        ),
        actions=(_AGAIN,),
        audience=Audience.ASKER,
        fallback="The settings of this channel's last digest",
    )
