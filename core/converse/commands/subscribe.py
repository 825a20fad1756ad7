"""`/subscribe`: add categories, a rule or an author to a digest of the channel, or have one again that was ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from core.channels import SETTINGS_KEPT, DeliveryTime, EndedSubscription, Subscription
from core.converse import completions
from core.converse.command import Command
from core.converse.options import Option
from core.converse.settings import digest_replies, naming, previewing, saving, subscribing
from core.converse.settings.fitted import fit
from core.converse.settings.wish_words import is_in_words, read_words
from core.converse.spec import CommandSpec, Group, Services, require_manager
from core.deliver import absences
from core.errors import NotFound, UsageError
from core.papers.categories import find_categories
from core.papers.feeds import known_feeds
from core.papers.filters import check_feeds
from core.posts.tree import Post
from core.speech import N_, _
from core.text.times import find_zone

_RESTART_WORD: Final = "again"
_WHAT: Final = N_("Write categories, a rule or an author: `/subscribe cs.RO cs.LG`")


async def answer(services: Services, command: Command) -> Post:
    """Word of what was subscribed to, or the question what was meant. Raises NotAllowed, UsageError, NotFound."""
    name, arguments = naming.read_name(command.arguments)
    digests = await services.store.subscriptions(command.place)
    if arguments.lower() == _RESTART_WORD:
        return await _begin_again(services, command, digests, name)
    if len(digests) > 1 and not name and arguments:
        return digest_replies.which_digest(digests, COMMAND.name, arguments)
    current = _current_digest(digests, name)
    require_manager(command, current)
    if not arguments:
        if not digests and (ended_digest := await _ended_digest(services, command, name)):
            return digest_replies.offer_again(ended_digest)
        raise UsageError(_("Subscribe to what?"), hint=_(_WHAT))
    before = current or _new(command, digests, name)
    if guess := _in_words(arguments, before, services):
        after, note = await _prepare(services, command, guess)
        return await previewing.save_or_ask(services, command, current, after, note=note, is_guess=True)
    wish = subscribing.read_wish(arguments)
    check_feeds(wish.categories, await known_feeds(" ".join(wish.categories), services.feeds, services.store))
    if categories := find_categories(wish.words):
        read = (*before.categories, *wish.categories)
        return digest_replies.which_categories(wish, categories, read=read, name=name)
    after, note = await _prepare(services, command, subscribing.subscribe(before, wish))
    is_guess = after.rule != before.rule and "rule:" not in arguments.lower()
    return await previewing.save_or_ask(services, command, current, after, note=note, is_guess=is_guess)


def _in_words(line: str, before: Subscription, services: Services) -> Subscription | None:
    """The digest that a sentence describes; None where it is no sentence."""
    today = before.at.local_day(services.clock.now())
    if not subscribing.can_be_sentence(line) or not is_in_words(line, today):
        return None
    guess = read_words(line, today).on(before)
    return guess if guess != before else None


async def _prepare(services: Services, command: Command, after: Subscription) -> tuple[Subscription, str]:
    """The digest `after`, resumed, with a zone and categories; and what to say of those."""
    after = absences.resume_subscription(after, at=services.clock.now())
    after = replace(after, set_up_by=after.set_up_by or command.actor)
    notes: list[str] = []
    if not after.at.is_zone_known and (zone := find_zone(command.zone)):
        after = replace(after, at=replace(after.at, zone=zone, has_chosen_zone=True))
        notes.append(_("Its time zone is yours, {zone}.", zone=zone))
    result = await fit(after, store=services.store, how="`/settings categories {}`")
    return result.subscription, " ".join(filter(None, (*notes, result.note)))


async def _begin_again(services: Services, command: Command, digests: Sequence[Subscription], name: str) -> Post:
    """Have the digest again that was ended last. Raises NotAllowed, NotFound."""
    require_manager(command)
    if not (ended_digest := await _ended_digest(services, command, name)):
        raise NotFound(_("No digest of this channel was ended in the last month."), hint=_(_WHAT))
    after = replace(ended_digest.subscription, paused=False)
    current = next((digest for digest in digests if digest.name == after.name), None)
    if current is None:
        naming.check_room(digests)
    after, note = await _prepare(services, command, after)
    return await saving.save(services, command, current, after, note=note)


def _current_digest(digests: Sequence[Subscription], name: str) -> Subscription | None:
    """The digest that is meant: the only one, or the one of that name; None for a new one."""
    if not name:
        return digests[0] if digests else None
    return next((digest for digest in digests if digest.name.lower() == name), None)


def _new(command: Command, digests: Sequence[Subscription], name: str) -> Subscription:
    """A new digest, in the zone and language of the channel's first one. Raises UsageError."""
    naming.check_room(digests)
    if not digests:
        return Subscription(channel=command.place, name=naming.new_name(name, ()) if name else naming.MAIN)
    like = digests[0]
    return Subscription(
        channel=command.place,
        name=naming.new_name(name, digests),
        at=DeliveryTime(zone=like.at.zone, has_chosen_zone=like.at.has_chosen_zone),
        language=like.language,
        depth=like.depth,
        changers=like.changers,
    )


async def _ended_digest(services: Services, command: Command, name: str) -> EndedSubscription | None:
    """The digest of the channel that was ended last, or the one of that name, where that was not long ago."""
    ended_digests = await services.store.ended_subscriptions(command.place, since=services.clock.now() - SETTINGS_KEPT)
    return next(
        (ended_digest for ended_digest in ended_digests if name in ("", ended_digest.subscription.name.lower())), None
    )


COMMAND: Final = CommandSpec(
    name="subscribe",
    usage="CATEGORY...|WORDS [author:NAME] [name:NAME]",
    does=N_("add categories, a rule or an author to this channel's digest"),
    examples=(
        "cs.RO cs.LG",
        "robots that learn from touch, no surveys, weekdays at nine",
        'rule: "world model" AND NOT survey',
        "author:Lee",
        "name:vision cs.CV",
    ),
    group=Group.SET_UP,
    settings=("categories", "rule", "interest", "authors"),
    options=(
        Option(name="to", does=N_("Categories by code or name, or a rule"), is_completed=True),
        Option(name="author", does=N_("Somebody to follow"), lead="author:", is_completed=True),
        Option(name="rule", does=N_("Words that papers must have, like: robot* AND NOT survey"), lead="rule: "),
    ),
    completions=completions.wishes,
    answer=answer,
    other_words=dict.fromkeys(("add", "join"), "subscribe"),
    concerns_managers=lambda _: True,
    wants_zone=True,
)
