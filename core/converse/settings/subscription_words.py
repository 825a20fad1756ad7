"""What a subscription says, as sentences for people: when a digest comes, from where, about what, and how it reads.

`/settings` shows them, and previews what somebody wished for. Pure. Names, rules and interests are people's own words:
they stand in spans of their own and never in a sentence that is read for commands.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from core.channels import Changers, Depth, LateDay, Layout, QuietDay, Subscription, is_private_chat
from core.choose.reranking import setting_note
from core.converse.settings.naming import special_name
from core.papers.categories import describe_category
from core.posts.tree import Spans, bold, code, text
from core.summarise.languages import language_name, unserved_note
from core.text.days import DAY_NAMES
from core.text.readable import clip_text, counted, some
from core.text.times import EVERY_DAY, WEEKDAYS

#: categories that are named in a sentence, authors too
_MOST_NAMED: Final = 8
#: characters of a rule or an interest in a sentence
_LONGEST: Final = 300
SETTINGS_STAY: Final = "Its settings are kept for a month: `/subscribe` alone offers them again."
_DEPTHS: Final = {
    Depth.LINE: "a sentence each",
    Depth.PARTS: "with motivation, method, result and conclusion",
    Depth.FULL: "in full, with whom it is for and what is new",
}


def missing_model_notes(subscription: Subscription, *, has_model: bool) -> Iterator[str]:
    """What a digest cannot do as it is set because no language model is configured, a sentence each."""
    notes = (
        unserved_note(subscription.language, has_model=has_model),
        setting_note(subscription, has_model=has_model),
    )
    return filter(None, notes)


def sentences(subscription: Subscription) -> Iterator[Spans]:
    """Everything about a subscription, the most important first, a paragraph each."""
    yield what_comes(subscription)
    if subscription.rule:
        yield _filter(subscription)
    if subscription.authors:
        yield (text(f"Papers by {_listed(subscription.authors)} come whatever the rule says."),)
    yield (text(_manner(subscription)),)
    if rest := " ".join(_exceptions(subscription)):
        yield (text(rest),)


def what_comes(subscription: Subscription) -> Spans:
    """When how many papers come from where, and about what."""
    reader = "you get" if is_private_chat(subscription.channel) else "this channel gets"
    zone = subscription.at.zone if subscription.at.is_zone_known else f"{subscription.at.zone}, not chosen yet"
    when = f"{days_in_words(subscription.at.weekdays)} at {subscription.at.at:%H:%M} ({zone})"
    spans = [bold(when), text(f" {reader} up to {counted(subscription.size, 'paper')} from {_sources(subscription)}")]
    if subscription.interest:
        spans += [text(" about "), bold(f"“{clip_text(subscription.interest, _LONGEST)}”")]
    return (*spans, text(f", {_order(subscription)}."))


def days_in_words(weekdays: frozenset[int]) -> str:
    """`Every weekday`, `Every Monday and Thursday`."""
    if weekdays == EVERY_DAY:
        return "Every day"
    if weekdays == WEEKDAYS:
        return "Every weekday"
    return f"Every {_joined([DAY_NAMES[day].capitalize() for day in sorted(weekdays)])}" if weekdays else "On no day"


def _sources(subscription: Subscription) -> str:
    if not subscription.categories:
        return "all that is read"
    if len(subscription.categories) <= 2:
        return _joined([describe_category(one) for one in subscription.categories])
    return _listed(subscription.categories)


def _filter(subscription: Subscription) -> Spans:
    rule = " ".join(subscription.rule.split())
    if rule.upper().startswith("NOT ") and not any(word in rule.upper() for word in (" AND ", " OR ")):
        return (text("Nothing comes that matches "), code(clip_text(rule[4:], _LONGEST)), text("."))
    return (text("Only what matches its rule comes: "), code(clip_text(rule, _LONGEST)))


def _order(subscription: Subscription) -> str:
    order = "best first" if subscription.layout is Layout.RANKED else "by category, the best first"
    return f"{order}, with a language model's say" if subscription.has_reranking else order


def _manner(subscription: Subscription) -> str:
    """How each paper is told."""
    briefing = "; a weekly digest begins with its themes" if subscription.has_briefing else ""
    return f"They are told in {language_name(subscription.language)}, {_DEPTHS[subscription.depth]}{briefing}."


def _exceptions(subscription: Subscription) -> Iterator[str]:
    """What happens on days that are not as usual."""
    if subscription.patience_min:
        yield f"It waits up to {counted(subscription.patience_min, 'minute')} for listings that are late."
    if subscription.quiet_day is QuietDay.LINE:
        yield "A day without news gets a line that says so."
    if subscription.late_day is LateDay.SKIP:
        yield "A digest that misses its hour is left out."
    if subscription.link_cards:
        yield "A link to a paper that somebody pastes gets a short card."
    if not subscription.explores:
        yield "Every place goes to what fits best."
    if subscription.changers is Changers.EVERYONE and not is_private_chat(subscription.channel):
        yield "Everybody here may change this digest."


def _listed(names: tuple[str, ...]) -> str:
    shown = [clip_text(name, 60) for name in names]
    return some(shown) if len(shown) > _MOST_NAMED else _joined(shown)


def _joined(names: list[str]) -> str:
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def titled(one: Subscription) -> str:
    """As `called`, at the beginning of a sentence."""
    return f"{called(one)[:1].upper()}{called(one)[1:]}"


def called(one: Subscription) -> str:
    """`this channel's digest`, with its name where that tells it from others."""
    whose = "your" if is_private_chat(one.channel) else "this channel's"
    return f"{whose} digest{quoted_name(one)}"


def quoted_name(one: Subscription) -> str:
    """The name of a digest, to go on with a sentence; empty where it is the usual one."""
    return f" “{name}”" if (name := special_name(one)) else ""
