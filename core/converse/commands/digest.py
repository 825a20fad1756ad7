"""`/digest`: the day's digest now, the one of another day; for the asker alone a preview, or what they missed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from core.channels import Subscription
from core.converse import completions
from core.converse.catchup import catch_up, catchup_post
from core.converse.command import Command
from core.converse.commands import summary
from core.converse.options import Option
from core.converse.settings import digest_replies, naming
from core.converse.settings.upcoming import next_digest
from core.converse.spec import CommandSpec, Services
from core.converse.values import parse_day, parse_days
from core.deliver import compose, digest, places
from core.deliver.digest import DeliveryOutcome, Result
from core.deliver.empty import Because
from core.deliver.nothing import with_reason
from core.errors import PaperboyError
from core.posts.tree import Audience, Note, Post, text
from core.speech import N_, _, plural
from core.summarise.summaries import Summariser

#: between two digests that people who do not manage a channel order there
ORDER_PAUSE: Final = timedelta(hours=1)

#: reasons for an empty digest after which the latest listing is shown once more
_NOTHING_SINCE: Final = (Because.NOTHING_NEW, Because.UNPUBLISHED)
_TODAY: Final = ("", "today", "now", "again")
_CATCHUP_WORDS: Final = ("catchup", "catch-up", "missed")
_DAYS: Final = N_("Write `/digest`, `/digest yesterday`, `/digest 4 Feb`, `/digest preview`, or `/digest catchup 7d`.")
_LESS_THAN_A_MINUTE: Final = timedelta(seconds=59, microseconds=999_999)


async def answer(services: Services, command: Command) -> Post:
    """The digest, or word that it was posted. Raises NotFound, UsageError."""
    name, arguments = naming.read_name(command.arguments)
    digests = await services.store.subscriptions(command.place)
    if naming.pick(digests, name) is None and not _is_for_asker(arguments):
        return digest_replies.which_digest(digests, COMMAND.name, arguments)
    subscription = naming.first(digests, name)
    today = subscription.at.local_day(services.clock.now())
    if _is_preview(arguments):
        post = _for_asker(digest.post_of(await preview(services, subscription, services.summariser)))
        post = replace(post, replies=(), **summary.offer(post.papers[: summary.MOST]))
        return digest_replies.with_others(post, subscription, digests, COMMAND.name, arguments)
    words = arguments.lower()
    if (days := _missed_days(words, today)) is not None:
        return catchup_post(await catch_up(services, subscription, command.actor, days=days))
    day = today if words in _TODAY else parse_day(words, today=today, hint=_(_DAYS))
    result = await _digest_of(services, subscription, day, listing_day=None if day == today else day)
    if result.digest.counts.candidates and (refusal := await _limit_orders(services, command, subscription)):
        return refusal
    if day != today:
        result = await with_reason(result, is_one_listing=True, store=services.store, clock=services.clock)
        return digest.post_of(result)
    result = await services.deliver(subscription, today)
    result = await with_reason(result, is_one_listing=False, store=services.store, clock=services.clock)
    if subscription.absence and result.outcome is DeliveryOutcome.POSTED:  # so it can be posted in again
        await places.resume_channel(subscription.channel, store=services.store, clock=services.clock)
    return _report(result, next_digest(await services.look(subscription), services.clock.now()))


def _missed_days(words: str, today: date) -> int | None:
    """Read `catchup`, `catchup 7d`, `missed since monday`; None for something else. Raises UsageError."""
    word, _space, days = words.partition(" ")
    return parse_days(days, today=today) if word in _CATCHUP_WORDS else None


def _is_read_alone(arguments: str) -> bool:
    """Is the answer for the asker alone, whichever digest is named?"""
    try:
        return _is_for_asker(naming.read_name(arguments)[1])
    except PaperboyError:
        return True


def _is_for_asker(arguments: str) -> bool:
    return _is_preview(arguments) or arguments.partition(" ")[0].lower() in _CATCHUP_WORDS


def _is_preview(arguments: str) -> bool:
    return arguments.lower() == "preview"


async def preview(services: Services, subscription: Subscription, by: Summariser | None = None) -> Result:
    """Returns what would be posted now; where nothing is new, the latest listing under the current settings."""
    store, meanings = services.store, services.meanings
    today = subscription.at.local_day(services.clock.now())
    news = await digest.preview(subscription, today, store=store, summariser=by, meanings=meanings)
    news = await with_reason(news, is_one_listing=False, store=store, clock=services.clock)
    if news.empty is None or news.empty.latest is None or news.empty.because not in _NOTHING_SINCE:
        return news
    latest = news.empty.latest
    return await digest.preview(
        subscription, today, store=store, listing_day=latest, is_again=True, summariser=by, meanings=meanings
    )


async def _digest_of(services: Services, subscription: Subscription, day: date, *, listing_day: date | None) -> Result:
    """Returns the digest of a day as it was posted, or as it would be; today's only tells whether there is one."""
    result = await digest.posted_on(subscription, day, store=services.store)
    by = services.summariser if listing_day else None  # delivering today's asks models
    return result or await digest.preview(
        subscription,
        day,
        store=services.store,
        listing_day=listing_day,
        summariser=by,
        meanings=services.meanings,
    )


async def _limit_orders(services: Services, command: Command, subscription: Subscription) -> Post | None:
    """Claims the person's turn to order a digest here and returns None, or says when the next turn is."""
    if command.may_manage:
        return None
    now = services.clock.now()
    last = await services.store.claim_digest_order(command.place, at=now, since=now - ORDER_PAUSE)
    if last is None:
        return None
    # The sentence has whole minutes, and the time it names must not be too early.
    possible = subscription.at.local_time(last + ORDER_PAUSE + _LESS_THAN_A_MINUTE)
    sentence = _(
        "A digest was ordered here within the last hour. The next order is possible at {time} ({zone}); "
        "`/digest preview` shows you one at any time.",
        time=f"{possible:%H:%M}",
        zone=subscription.at.zone,
    )
    return compose.say(f"{sentence} {command.rights_problem}".strip())


def _for_asker(post: Post) -> Post:
    return replace(post, audience=Audience.ASKER)


def _report(result: Result, following: str) -> Post:
    """Returns what to say of the delivery that was ordered, and when the next one comes."""
    if result.outcome is DeliveryOutcome.POSTED:
        sentence = plural("Posted {count} paper.", "Posted {count} papers.", result.digest.counts.posted)
        return compose.say(" ".join((sentence, following)))
    if result.outcome is DeliveryOutcome.ELSEWHERE:
        return compose.say(" ".join((_("Today's digest is being posted right now."), following)))
    if result.outcome is DeliveryOutcome.FAILED:
        return compose.say(result.failed_because())
    if result.outcome is DeliveryOutcome.TROUBLE and result.sent:
        return compose.say(_("No digest yet: what could not be read was just posted here."))
    if result.outcome is DeliveryOutcome.TROUBLE:
        return _for_asker(digest.post_of(result))  # the channel hears of it once a day
    post = digest.post_of(result)
    if result.outcome is DeliveryOutcome.QUIET:
        return replace(post, blocks=(*post.blocks, Note(spans=(text(following),))))
    return post


COMMAND: Final = CommandSpec(
    name="digest",
    usage="[today|DATE|preview|catchup 7d] [name:NAME]",
    does=N_("the digest now, again, a preview of it, or what you missed"),
    examples=("", "preview", "catchup 7d", "yesterday", "4 Feb"),
    settings=("size", "depth", "layout", "language"),
    options=(
        Option(name="when", does=N_("today, preview, catchup 7d, yesterday, or a day like 4 Feb"), is_completed=True),
    ),
    completions=completions.of_values("today", "preview", "catchup 7d", "catchup since monday", "yesterday", "monday"),
    answer=answer,
    other_words={
        **dict.fromkeys(("catchup", "missed"), "digest catchup 7d"),
        **dict.fromkeys(("today", "latest", "now"), "digest"),
        "preview": "digest preview",
    },
    audience=lambda arguments: Audience.ASKER if _is_read_alone(arguments) else Audience.EVERYONE,
    concerns_managers=lambda arguments: not _is_read_alone(arguments),
)
