"""What a subscription says, as sentences for people: when a digest comes, from where, about what, and how it reads.

`/settings` shows them, and previews what somebody wished for. Pure. Names, rules and interests are people's own words:
they stand in spans of their own and never in a sentence that is read for commands.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from core.channels import Changers, Depth, LateDay, Layout, QuietDay, Subscription, is_private_chat
from core.choose.reranking import setting_note
from core.converse.settings.naming import special_name
from core.papers.categories import describe_category
from core.posts.tree import Spans, bold, code, prose, text
from core.speech import N_, DayForm, _, day_text, plural
from core.summarise.languages import spoken_language_name, unserved_note
from core.text.readable import all_of, clip_text, some
from core.text.times import EVERY_DAY, WEEKDAYS

#: categories that are named in a sentence, authors too
_MOST_NAMED: Final = 8
#: characters of a rule or an interest in a sentence
_LONGEST: Final = 300
SETTINGS_STAY: Final = N_("Its settings are kept for a month: `/subscribe` alone offers them again.")
#: any one
_MONDAY: Final = date(2024, 1, 1)
_DEPTHS: Final = {
    Depth.LINE: N_("a sentence each"),
    Depth.PARTS: N_("with motivation, method, result and conclusion"),
    Depth.FULL: N_("in full, with whom it is for and what is new"),
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
        yield (text(_("Papers by {authors} come whatever the rule says.", authors=_join_names(subscription.authors))),)
    yield (text(_manner(subscription)),)
    if exceptions := " ".join(_exceptions(subscription)):
        yield (text(exceptions),)


def what_comes(subscription: Subscription) -> Spans:
    """When how many papers come from where, and about what."""
    at = subscription.at
    zone = at.zone if at.is_zone_known else _("{zone}, not chosen yet", zone=at.zone)
    when = _("{days} at {time} ({zone})", days=days_in_words(at.weekdays), time=f"{at.at:%H:%M}", zone=zone)
    if is_private_chat(subscription.channel):
        sentence, about = (
            _("{when} you get up to {papers} from {sources}, {order}."),
            _("{when} you get up to {papers} from {sources} about {interest}, {order}."),
        )
    else:
        sentence, about = (
            _("{when} this channel gets up to {papers} from {sources}, {order}."),
            _("{when} this channel gets up to {papers} from {sources} about {interest}, {order}."),
        )
    return prose(
        about if subscription.interest else sentence,
        when=bold(when),
        papers=plural("{count} paper", "{count} papers", subscription.size),
        sources=_sources(subscription),
        interest=bold(f"“{clip_text(subscription.interest, _LONGEST)}”"),
        order=_order(subscription),
    )


def days_in_words(weekdays: frozenset[int]) -> str:
    """`Every weekday`, `Every Monday and Thursday`."""
    if weekdays == EVERY_DAY:
        return _("Every day")
    if weekdays == WEEKDAYS:
        return _("Every weekday")
    if not weekdays:
        return _("On no day")
    names = [day_text(_MONDAY + timedelta(days=day), DayForm.WEEKDAY) for day in sorted(weekdays)]
    return _("Every {weekdays}", weekdays=all_of(names))


def _sources(subscription: Subscription) -> str:
    if not subscription.categories:
        return _("all that is read")
    if len(subscription.categories) <= 2:
        return all_of([describe_category(category) for category in subscription.categories])
    return _join_names(subscription.categories)


def _filter(subscription: Subscription) -> Spans:
    rule = " ".join(subscription.rule.split())
    if rule.upper().startswith("NOT ") and not any(word in rule.upper() for word in (" AND ", " OR ")):
        return prose(_("Nothing comes that matches {rule}."), rule=code(clip_text(rule[4:], _LONGEST)))
    return prose(_("Only what matches its rule comes: {rule}"), rule=code(clip_text(rule, _LONGEST)))


def _order(subscription: Subscription) -> str:
    order = _("best first") if subscription.layout is Layout.RANKED else _("by category, the best first")
    return _("{order}, with a language model's say", order=order) if subscription.has_reranking else order


def _manner(subscription: Subscription) -> str:
    """How each paper is told."""
    values = {"language": spoken_language_name(subscription.language), "depth": _(_DEPTHS[subscription.depth])}
    if subscription.has_briefing:
        return _("They are told in {language}, {depth}; a weekly digest begins with its themes.", **values)
    return _("They are told in {language}, {depth}.", **values)


def _exceptions(subscription: Subscription) -> Iterator[str]:
    """What happens on days that are not as usual."""
    if subscription.patience_min:
        yield plural(
            "It waits up to {count} minute for listings that are late.",
            "It waits up to {count} minutes for listings that are late.",
            subscription.patience_min,
        )
    else:
        yield _("It waits for no listing that is late.")
    if subscription.quiet_day is QuietDay.LINE:
        yield _("A day without news gets a line that says so.")
    if subscription.late_day is LateDay.SKIP:
        yield _("A digest that misses its hour is left out.")
    if subscription.link_cards:
        yield _("A link to a paper that somebody pastes gets a short card.")
    if not subscription.explores:
        yield _("Every place goes to what fits best.")
    if subscription.changers is Changers.EVERYONE and not is_private_chat(subscription.channel):
        yield _("Everybody here may change this digest.")
    if subscription.news_since:
        day = day_text(subscription.news_since, DayForm.LONG)
        yield _("Papers that were listed before {day} are no news here.", day=day)


def _join_names(names: tuple[str, ...]) -> str:
    short_names = [clip_text(name, 60) for name in names]
    return some(short_names) if len(short_names) > _MOST_NAMED else all_of(short_names)


def digest_title(digest: Subscription) -> str:
    """The phrase for the beginning of a sentence: `This channel's digest`."""
    return f"{digest_phrase(digest)[:1].upper()}{digest_phrase(digest)[1:]}"


def digest_phrase(digest: Subscription) -> str:
    """`this channel's digest`, with its name where that tells it from others."""
    name = special_name(digest)
    if is_private_chat(digest.channel):
        return _("your digest “{name}”", name=name) if name else _("your digest")
    return _("this channel's digest “{name}”", name=name) if name else _("this channel's digest")
