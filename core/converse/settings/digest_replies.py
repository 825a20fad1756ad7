"""Answers about a channel's digests as posts: their settings as sentences, what was changed, and questions. Pure.

Called by the commands that read or change settings, and by `core.converse.settings.saving`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from core.channels import EndedSubscription, Subscription, is_private_chat
from core.converse.settings.naming import naming, needed_name
from core.converse.settings.sign_words import meaning_spans
from core.converse.settings.subscribing import CAN_BE_EMPTY, NAMES, Wish, setting_rows
from core.converse.settings.subscription_words import (
    SETTINGS_STAY,
    digest_phrase,
    digest_title,
    missing_model_notes,
    sentences,
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
    person,
    prose,
    text,
)
from core.speech import N_, DayForm, _, day_text, plural
from core.summarise.ports import Spending
from core.text.readable import any_of, shorten

_NO_CHANGE_YET: Final = N_("Nothing was changed yet.")
#: how each thing is changed, as an example
_WAYS: Final = (
    "size 20",
    "at weekdays 8:30 Europe/Berlin",  # not said: to be typed
    "language German",  # not said: to be typed
    "depth line",  # not said: to be typed
    "interest robots that learn",  # not said: to be typed
    "rule NOT survey",  # not said: to be typed
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
    taste: str = "",
    signs: Signs = USUAL_SIGNS,
) -> Post:
    """What a channel reads, when the next digest comes, and how to change it.

    `spending` is what language models cost for it this month, `taste` what people have taught it, `signs` those that
    the channel chose. Without a model it says which language summaries cannot be had in, and that papers are not
    re-ranked.
    """
    if not looks:
        return say(_("This channel has no digest yet. Start one with `/subscribe cs.CL`, or any other category."))
    blocks = [block for look in looks for block in _digest(look, now, has_model=has_model)]
    if taste:
        blocks.append(Paragraph(spans=(text(f"{taste} "), command("settings", "learned"))))
    meanings = meaning_spans(looks[0].subscription.channel.platform, signs)
    blocks.append(Paragraph(spans=(*meanings, text(" "), command("settings", "emoji"))))
    if price := price_of(spending):
        month = day_text(now.date(), DayForm.MONTH)
        cost = _("Language models cost {price} for this channel in {month}.", price=price, month=month)
        blocks.append(Paragraph(spans=(text(cost),)))
    name = needed_name(looks[0].subscription, len(looks))
    blocks.append(Note(spans=prose(_("To change it: {commands}"), commands=tuple(_ways(name)))))
    other_names = ", ".join(name for name in NAMES if not any(way.startswith(name) for way in _WAYS))
    example = (command("settings", naming("patience", name)),)
    in_the_same_way = prose(
        _("In the same way: {names}. One alone is shown: {command}"), names=(text(other_names),), command=example
    )
    blocks.append(Note(spans=in_the_same_way))
    more = _("What was changed: `/settings log` · Another digest: `/subscribe name:vision cs.CV`")
    blocks.append(Note(spans=prose(more)))
    actions = [_pause(look.subscription, len(looks), now) for look in looks[:_MOST_BUTTONS]]
    actions.append(Action(name="digest", label=_("Preview"), arguments=naming("preview", name)))
    return Post(
        blocks=tuple(blocks),
        actions=tuple(action for action in actions if is_carried(action.arguments)),
        audience=Audience.ASKER,
        fallback=_("This channel's digest"),
    )


def _digest(look: Look, now: datetime, *, has_model: bool) -> Iterator[Block]:
    digest = look.subscription
    title = _("{digest} (paused)", digest=digest_title(digest)) if digest.paused else digest_title(digest)
    yield Heading(level=2, spans=(text(title),))
    if digest.absence:
        yield _warning(f"{absences.pause_sentence(digest).capitalize()}. {absences.pause_hint(digest)}")
    yield from (Paragraph(spans=spans) for spans in sentences(digest))
    until = digest.at.not_before
    if until and until > digest.at.local_day(now):
        yield _warning(_("It is paused until {day}.", day=day_text(until, DayForm.WEEKDAY_AND_DAY)))
    yield Paragraph(spans=(text(next_digest(look, now)),))
    if digest.set_up_by and not is_private_chat(digest.channel):
        hears = _("{who} set it up, and is told where nothing can be posted here any more.")
        yield Note(spans=prose(hears, who=(person(str(digest.set_up_by)),)))
    yield from map(_warning, missing_model_notes(digest, has_model=has_model))


def _warning(sentence: str) -> Note:
    return Note(warning=True, spans=prose(sentence))


def _ways(name: str) -> Iterator[Span]:
    for number, way in enumerate(_WAYS):
        if number:
            yield text(" · ")
        yield command("settings", naming(way, name))


def _pause(digest: Subscription, digests: int, now: datetime) -> Action:
    """The button that pauses a digest, or has it go on."""
    is_paused = digest.paused or digest.at.local_day(now) < (digest.at.not_before or date.min)
    label = _("Resume") if is_paused else _("Pause")
    name = needed_name(digest, digests)
    verb = "resume" if is_paused else "pause"
    return Action(name="settings", label=f"{label} {name}".strip(), arguments=naming(verb, name))


def rule_lists(lists: Mapping[str, str], *, changed_name: str = "") -> Post:
    """The lists that rules of a workspace may name, each with what it says."""
    if not lists and not changed_name:
        return say(_("There are no lists yet. Make one with `/settings list ours planning, robot*`"))
    deed = _("Saved.") if changed_name in lists else _("Removed.")
    blocks: list[Block] = [Note(spans=(text(deed),))] if changed_name else []
    for name, rule in lists.items():
        title = bold(f"list:{name} ")  # not said: as rules name it
        blocks.append(Paragraph(spans=(title, code(shorten(rule, 300)))))
    blocks.append(Note(spans=prose(_("Every channel of this workspace can use a list: `/settings rule list:ours`"))))
    return Post(blocks=tuple(blocks), audience=Audience.ASKER, fallback=_("Lists for rules"))


def setting(name: str, digests: Sequence[Subscription], *, of: int, remarks: Sequence[str] = ()) -> Post:
    """What one setting of some digests is, and how to change it; the channel has `of` of them."""
    blocks: list[Block] = []
    for digest in digests:
        value = setting_rows(digest)[name]
        where = needed_name(digest, of)
        title = _("{setting} of {digest}", setting=name, digest=where) if where else name
        blocks.append(Paragraph(spans=(bold(f"{title}: "), text(value))))
        blocks += [Note(spans=(text(remark),)) for remark in remarks]
        if name in CAN_BE_EMPTY and value not in ("none", "any"):
            emptying = command("settings", naming(f"{name} none", where))
            blocks.append(Note(spans=prose(_("To empty it: {command}"), command=emptying)))
        changing = command("settings", naming(f"{name} …", where))
        blocks.append(Note(spans=prose(_("To change it: {command}"), command=changing)))
    fallback = f"{name}: {setting_rows(digests[0])[name]}"
    return Post(blocks=tuple(blocks), audience=Audience.ASKER, fallback=fallback)


def which_digest(digests: Sequence[Subscription], name: str, arguments: str) -> Post:
    """Asks which of several digests a command is about, with a button for each, or what to type."""
    question = plural(
        "This channel has {count} digest. Which one?", "This channel has {count} digests. Which one?", len(digests)
    )
    choices = [(digest, naming(arguments, digest.name)) for digest in digests]
    return Post(
        blocks=(
            Paragraph(spans=(bold(f"{question} "), text(_(_NO_CHANGE_YET)))),
            *(Paragraph(spans=(bold(f"{digest.name}: "), *what_comes(digest))) for digest in digests),
            *(Note(spans=(command(name, line),)) for _digest, line in choices if not is_carried(line)),
        ),
        actions=tuple(
            Action(name=name, label=digest.name, arguments=line) for digest, line in choices if is_carried(line)
        ),
        audience=Audience.ASKER,
        fallback=question,
    )


def with_others(post: Post, digest: Subscription, digests: Sequence[Subscription], name: str, arguments: str) -> Post:
    """An answer about one of several digests: it says which, and leads to the others."""
    siblings = [sibling for sibling in digests if sibling.name != digest.name]
    if not siblings:
        return post
    choices = [(sibling, naming(arguments, sibling.name)) for sibling in siblings]
    note = prose(
        _("This is “{digest}”. Another one: {command}"), digest=digest.name, command=command(name, choices[0][1])
    )
    buttons = (Action(name=name, label=sibling.name, arguments=line) for sibling, line in choices if is_carried(line))
    return replace(post, blocks=(*post.blocks, Note(spans=note)), actions=(*post.actions, *buttons))


def which_categories(wish: Wish, categories: Sequence[str], *, read: Sequence[str], name: str = "") -> Post:
    """Asks whether words after `/subscribe` name categories, with a button for each; tells how words filter.

    `read` are the categories that the digest reads, or will; `name` is the digest's, where it was named.
    """
    unread_categories = [category for category in categories if category not in read]
    names = any_of(list(map(describe_category, unread_categories or categories)))
    question = (
        _("Did you mean {names}?", names=names)
        if unread_categories
        else _("This channel reads {names} already.", names=names)
    )
    choices = [
        (_("Subscribe to {category}", category=category), naming(wish.naming([category]), name))
        for category in unread_categories
    ]
    if len(unread_categories) > 1:
        choices.append((_("Subscribe to all"), naming(wish.naming(unread_categories), name)))
    filtering = command("subscribe", naming(wish.filtering(), name))
    return Post(
        blocks=(
            Paragraph(spans=(bold(f"{question} "), text(_(_NO_CHANGE_YET)))),
            *(
                Note(spans=(text(f"{label}: "), command("subscribe", line)))
                for label, line in choices
                if not is_carried(line)
            ),
            Note(spans=prose(_("To keep only papers with these words: {command}"), command=filtering)),
        ),
        actions=tuple(
            Action(name="subscribe", label=label, arguments=line) for label, line in choices if is_carried(line)
        ),
        audience=Audience.ASKER,
        fallback=question,
    )


def confirm_end(digest: Subscription, *, name: str, sentence: str = "") -> Post:
    """Asks whether to end the digest, and tells what becomes of its settings; `name` where it has to be named."""
    question = _("End {digest}?", digest=digest_phrase(digest))
    return Post(
        blocks=(
            *((Note(warning=True, spans=(text(sentence),)),) if sentence else ()),
            Paragraph(spans=(bold(f"{question} "), text(_(_NO_CHANGE_YET)))),
            Note(spans=prose(_(SETTINGS_STAY))),
        ),
        actions=(Action(name="unsubscribe", label=_("End the digest"), arguments=naming("yes", name)),),
        audience=Audience.ASKER,
        fallback=question,
    )


def offer_again(ended_digest: EndedSubscription) -> Post:
    """The settings of a digest that was ended, and how to have it again."""
    digest = ended_digest.subscription
    sentence = _("{digest} was ended on {day}.", digest=digest_title(digest), day=f"{ended_digest.at:%Y-%m-%d}")
    return Post(
        blocks=(
            Paragraph(spans=(bold(f"{sentence} "), text(_("It can be started again as it was:")))),
            *(Paragraph(spans=spans) for spans in sentences(digest)),
            Note(spans=prose(_("For a new one name categories, a rule or an author: `/subscribe cs.RO cs.LG`"))),
        ),
        actions=(Action(name="subscribe", label=_("Start it again"), arguments="again"),),
        audience=Audience.ASKER,
        fallback=_("The settings of this channel's last digest"),
    )
