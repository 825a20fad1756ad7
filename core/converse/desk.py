"""Use case: Command -> Post. The desk that every platform brings commands and reactions to.

Errors come back as posts; only bugs and a broken database are raised to whoever runs the platform.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, Protocol

from core.channels import ChannelRef, Subscription
from core.converse import explain, library, replies, subscribing
from core.converse.commands import COMMANDS, Command, is_preview, split
from core.converse.feedback import Press
from core.converse.ports import Desk, Store
from core.deliver import compose, digest
from core.deliver.digest import Outcome, Result
from core.errors import NotAllowed, NotFound, PaperboyError, StoreError, UsageError
from core.ingest.lookup import Lookup
from core.papers.identifiers import PaperId
from core.papers.search import SearchQuery, parse_query
from core.posts.messages import MessageRef
from core.posts.reactions import Reaction
from core.posts.tree import Audience, Post
from core.summarise.summaries import summarise_paper
from core.text.readable import counted
from core.time import Clock

HITS: Final = 8
#: between two digests that people who do not manage a channel order there
PAUSE_OF_ORDERS: Final = timedelta(hours=1)
_LESS_THAN_A_MINUTE: Final = timedelta(seconds=59, microseconds=999_999)
_log: Final = logging.getLogger(__name__)


class Deliver(Protocol):
    """Posts the day's digest of a subscription on its own platform; given by whoever wires the program."""

    async def __call__(self, subscription: Subscription, day: date) -> Result:
        """As `core.deliver.digest.deliver`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontDesk(Desk):
    """Answers commands and takes reactions."""

    store: Store
    clock: Clock
    deliver: Deliver
    #: where it looks for papers
    lookup: Lookup

    async def handle(self, command: Command) -> Post:
        """The answer to a command, or the sentence that says why there is none."""
        try:
            return await _ANSWERS[command.name](self, command)
        except PaperboyError as error:
            return _refusal(error)

    async def react(self, reaction: Reaction) -> Post | None:
        """Take note of a reaction."""
        try:
            return await library.react(reaction, store=self.store, clock=self.clock)
        except PaperboyError as error:
            return _refusal(error)

    async def press(self, press: Press) -> Post:
        """Carry out a pressed button."""
        try:
            return await library.press(press, store=self.store, clock=self.clock)
        except PaperboyError as error:
            return _refusal(error)

    async def shown(self, message: MessageRef, papers: Sequence[PaperId]) -> None:
        """Remember which papers an answer's message shows."""
        await self.store.remember_message(message, papers, at=self.clock.now())
        await library.settle(message, store=self.store, clock=self.clock)


def _refusal(error: PaperboyError) -> Post:
    """What went wrong, for the person; the log keeps what only the operator should read."""
    if isinstance(error, StoreError):
        _log.error("An answer failed because of the database. %s", error.sentence())
    return compose.error(error)


async def _paper(desk: FrontDesk, command: Command) -> Post:
    if not command.arguments and command.paper is None:
        raise UsageError("Which paper?", hint="Write /paper 2601.15529, an address, a DOI, or words of its title.")
    paper = await desk.lookup.paper(command.arguments or str(command.paper))
    channel = await desk.store.subscriptions(command.channel)
    language = channel[0].language if channel else "en"
    summary = await summarise_paper(paper, language=language, store=desk.store)
    return compose.paper(paper, summary, await desk.store.dossier(paper.id))


async def _search(desk: FrontDesk, command: Command) -> Post:
    query = parse_query(command.arguments, today=_today(desk))
    if query == SearchQuery(typed=command.arguments):
        raise UsageError("Search for what?", hint='Write words, "a phrase", or a filter: /search diffusion since:7d')
    return replies.search_results(await desk.lookup.search(query, limit=HITS))


async def _digest(desk: FrontDesk, command: Command) -> Post:
    subscription = await main_subscription(command.channel, store=desk.store)
    today = subscription.at.local_day(desk.clock.now())
    if is_preview(command.name, command.arguments):
        return _for_asker(digest.post_of(await digest.preview(subscription, today, store=desk.store)))
    asked = command.arguments.lower()
    day = today if asked in ("", "today", "now", "again") else _day(asked)
    result = await _digest_of(desk, subscription, day, listing_day=None if day == today else day)
    if result.digest.counts.candidates and (refusal := await _limit_orders(desk, command, subscription)):
        return refusal
    if day != today:
        return digest.post_of(result)
    return _told(await desk.deliver(subscription, today))


async def _digest_of(desk: FrontDesk, subscription: Subscription, day: date, *, listing_day: date | None) -> Result:
    """The digest of a day: as it was posted, or as it would be."""
    posted = await digest.posted_on(subscription, day, store=desk.store)
    return posted or await digest.preview(subscription, day, store=desk.store, listing_day=listing_day)


async def _limit_orders(desk: FrontDesk, command: Command, subscription: Subscription) -> Post | None:
    """When the person can order a digest here again; None where they can now, and have by this."""
    if command.may_manage:
        return None
    now = desk.clock.now()
    last = await desk.store.claim_digest_order(command.channel, at=now, since=now - PAUSE_OF_ORDERS)
    if last is None:
        return None
    # The sentence has whole minutes, and the time it names must not be too early.
    possible = subscription.at.local_time(last + PAUSE_OF_ORDERS + _LESS_THAN_A_MINUTE)
    sentence = (
        f"A digest was ordered here within the last hour. The next order is possible at {possible:%H:%M}"
        f" ({subscription.at.zone}); /digest preview shows you one at any time."
    )
    return compose.say(f"{sentence} {command.rights_problem}".strip())


def _for_asker(post: Post) -> Post:
    return replace(post, audience=Audience.ASKER)


def _told(result: Result) -> Post:
    """What to say after a delivery was asked for; the digest itself, where it had been posted before."""
    if result.outcome is Outcome.POSTED:
        return compose.say(f"Posted {counted(result.digest.counts.posted, 'paper')}.")
    if result.outcome is Outcome.ELSEWHERE:
        return compose.say("Today's digest is being posted right now.")
    if result.outcome is Outcome.TROUBLE:
        return _for_asker(digest.post_of(result))  # the channel hears of it once a day
    return digest.post_of(result)


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise UsageError(
            f"'{typed[:40]}' is not a day.", hint="Write /digest, /digest preview, or a date like /digest 2026-02-04."
        ) from None


async def _subscribe(desk: FrontDesk, command: Command) -> Post:
    _may_manage(command)
    if not command.arguments:
        raise UsageError("Subscribe to what?", hint="Write categories, a rule or an author: /subscribe cs.RO cs.LG")
    existing = await desk.store.subscriptions(command.channel)
    old = existing[0] if existing else Subscription(channel=command.channel)
    new = subscribing.subscribe(old, command.arguments)
    return await _saved(desk, new, "Subscribed. The next refresh brings its papers.")


async def _unsubscribe(desk: FrontDesk, command: Command) -> Post:
    _may_manage(command)
    subscription = await main_subscription(command.channel, store=desk.store)
    if not command.arguments:
        await desk.store.remove_subscription(command.channel, subscription.name)
        return compose.say("This channel's digest is ended. /subscribe starts it again; what was posted stays known.")
    return await _saved(desk, subscribing.unsubscribe(subscription, command.arguments), "Changed.")


async def _settings(desk: FrontDesk, command: Command) -> Post:
    if not command.arguments:
        return replies.settings(await desk.store.subscriptions(command.channel))
    _may_manage(command)
    name, _, value = command.arguments.partition(" ")
    subscription = await main_subscription(command.channel, store=desk.store)
    return await _saved(desk, subscribing.change(subscription, name, value), f"Changed {name.lower()}.")


async def _saved(desk: FrontDesk, subscription: Subscription, told: str) -> Post:
    await desk.store.save_subscription(subscription, at=desk.clock.now())
    return replies.settings([subscription], changed=told)


async def _bookmarks(desk: FrontDesk, command: Command) -> Post:
    if command.arguments.lower() in ("team", "channel"):
        return replies.bookmarks(
            await library.team_list(command.channel, store=desk.store), of="This channel's reading list"
        )
    if command.arguments:
        raise UsageError("That is not a reading list.", hint="Write /bookmarks for yours, /bookmarks team for all.")
    return replies.bookmarks(await library.reading_list(command.user, store=desk.store), of="Your reading list")


async def _why(desk: FrontDesk, command: Command) -> Post:
    asked = command.arguments or (str(command.paper) if command.paper else "")
    if not asked:
        raise UsageError("Why what?", hint="Write /why 2601.15529.")
    explained = await explain.why(await main_subscription(command.channel, store=desk.store), asked, store=desk.store)
    stages = [(stage.name, stage.passed, stage.detail) for stage in explained.stages]
    title = explained.paper.title if explained.paper else asked
    return replies.why(title, stages, posted=explained.posted)


async def _help(_desk: FrontDesk, command: Command) -> Post:
    if not command.arguments:
        return replies.help_all()
    name, _ = split(command.arguments)
    return replies.help_one(next(one for one in COMMANDS if one.name == name))


async def main_subscription(channel: ChannelRef, *, store: Store) -> Subscription:
    """The channel's subscription `main`, else its first one. Raises NotFound."""
    subscriptions = await store.subscriptions(channel)
    if not subscriptions:
        raise NotFound("This channel has no digest yet.", hint="Start one with /subscribe cs.CL")
    return next((one for one in subscriptions if one.name == "main"), subscriptions[0])


def _may_manage(command: Command) -> None:
    if not command.may_manage:
        raise NotAllowed(command.rights_problem or "Only people who manage this channel can change its digest.")


def _today(desk: FrontDesk) -> date:
    return desk.clock.now().date()


_ANSWERS: Final[dict[str, Callable[[FrontDesk, Command], Awaitable[Post]]]] = {
    "paper": _paper,
    "search": _search,
    "digest": _digest,
    "subscribe": _subscribe,
    "unsubscribe": _unsubscribe,
    "settings": _settings,
    "bookmarks": _bookmarks,
    "why": _why,
    "help": _help,
}
