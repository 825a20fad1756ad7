"""What delivering needs from the world: a platform that carries messages, and the ledger.

Implemented by `adapters.chat` and `storage`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core.channels import Absence, ChannelMoved, ChannelRef, EndedSubscription, Subscription, UserRef
from core.choose.profile.signs import ProfileStore
from core.choose.rules.lists import RuleListStore
from core.choose.verdicts import Candidates, Decision
from core.deliver.appointments import ScheduleStore
from core.deliver.channel_signs import SignStore
from core.deliver.empty import DayStore
from core.deliver.hints import HintStore
from core.deliver.ledger import Delivery, DeliveryKind, DeliveryPlan, Failure, Shipment
from core.deliver.stand_ins import StandInStore
from core.deliver.tallies import TallyStore
from core.errors import UsageError
from core.ingest.ports import SourceStore
from core.papers.embedding import VectorStore
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from core.papers.ports import PaperStore
from core.posts.messages import MessageRef, Outgoing
from core.posts.tree import Post
from core.summarise.ports import GradeStore, SummaryStore

#: awaited before a request goes out; what it raises keeps the request back
BeforeSending = Callable[[], Awaitable[None]]


async def at_once() -> None:
    """A `BeforeSending` that lets everything go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperTrace:
    """Everything the store knows about one paper and one channel, for `why`."""

    paper: Paper
    #: (source, scope, listing day, type, sequence number), in the order they came
    announcements: tuple[tuple[str, str, date, str, int], ...]
    #: when the paper was first stored, UTC
    first_seen: datetime
    #: the deliveries that looked at one of the announcements, oldest first, with what each decided
    #: (None where the rule had dropped it)
    deliveries: tuple[tuple[Delivery, Decision | None], ...]
    #: when it was posted in the channel, UTC
    posted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A platform takes no messages."""

    #: UTC
    since: datetime
    #: when one message is tried again, UTC
    next_try: datetime
    #: a sentence
    reason: str


class Chat(ABC):
    """A platform that carries messages."""

    #: one of `core.channels.PLATFORMS`
    platform: str

    @property
    def outage(self) -> Outage | None:
        """Since when `send` fails at once because the platform is down; None while it is up."""
        return None

    @abstractmethod
    def open(self) -> AbstractAsyncContextManager[Chat]:
        """Log in, so that messages can be sent; everything else happens inside. Raises ChatUnavailable."""

    @abstractmethod
    async def whoami(self) -> str:
        """Whom the token belongs to, in one line, for the doctor. Raises ChatUnavailable with what to do."""

    @abstractmethod
    async def check(self, channel: ChannelRef) -> None:
        """Make sure that a digest with a thread can be posted in a channel; nothing is posted.

        Raises ChannelGone and NotAllowed with what to do; ChatThrottled and ChatUnavailable where nobody can tell now.
        """

    @abstractmethod
    def plan(self, channel: ChannelRef, post: Post, *, key: str) -> tuple[Outgoing, ...]:
        """Render a post and its replies into messages, split where they are too long, parents before their replies.

        Pure: the same post and key give the same plan. Keys are `key/0`, `key/1`, ... in sending order. Every paper of
        the post is in at least one message, and nothing is cut away.
        """

    @abstractmethod
    async def send(
        self,
        channel: ChannelRef,
        outgoing: Outgoing,
        parent: MessageRef | None,
        *,
        before_sending: BeforeSending = at_once,
    ) -> MessageRef:
        """Send one message, into `parent`'s thread where there is one; paces itself.

        `before_sending` is awaited after all waiting and directly before each request that posts the message, repeated
        ones too; what it raises ends the send, and nothing goes out. Sending a key twice shows one message where the
        platform can tell. Raises ChannelGone, ChatThrottled, ChatUnavailable (ChatDown during an `outage`), NotAllowed.
        """

    @abstractmethod
    async def find(self, channel: ChannelRef, key: str) -> MessageRef | None:
        """The message sent with this key; None where there is none, or the platform cannot tell."""

    def can_look(self, channel: ChannelRef) -> bool:
        """Can the platform tell which messages are in a channel, so that what `find` does not see is not there?"""
        return False

    def address_of(self, message: MessageRef) -> str:
        """The web address at which people of the channel see a message; empty where there is none."""
        return ""

    async def thread_of(self, message: MessageRef) -> MessageRef | None:
        """What to send as `parent` so that a reply lies beside a message: the message, or what its thread hangs from.

        None where it is gone. Raises as `send` does.
        """
        return message

    @abstractmethod
    async def edit(self, message: MessageRef, post: Post) -> None:
        """Replace a message's text. Raises as `send` does."""

    @abstractmethod
    async def write(self, person: UserRef, post: Post) -> None:
        """Send a post to a person alone, made once. Raises as `send` does; ChannelGone where the person takes none."""


def free_chat(
    channel: ChannelRef, chat_of: Callable[[ChannelRef], Chat], is_busy: Callable[[ChannelRef], bool]
) -> Chat | None:
    """The platform of a channel for work that can wait; None where it is left to a later sweep, or another process.

    `chat_of` gives a platform that is open, and raises UsageError where this process has none; `is_busy` tells that a
    digest is under way in the channel.
    """
    try:
        chat = chat_of(channel)
    except UsageError:
        return None
    return None if chat.outage or is_busy(channel) else chat


class SubscriptionStore(ABC):
    """Who wants what. Every method is one transaction."""

    @abstractmethod
    async def save_subscription(self, subscription: Subscription, *, at: datetime) -> None:
        """Add it, or replace the one of the same channel and name; its deliveries stay.

        It is looked at from `at` on; where it is new, or its hour was changed, digests that were due by then are not.
        """

    @abstractmethod
    async def subscriptions(self, channel: ChannelRef | None = None) -> tuple[Subscription, ...]:
        """By channel and name."""

    @abstractmethod
    async def count_subscriptions(self) -> int:
        """How many there are, paused ones too."""

    @abstractmethod
    async def wanted_categories(self) -> tuple[str, ...]:
        """Every category that any subscription names, paused ones too; each once, in the order of the alphabet."""

    @abstractmethod
    async def lost_subscriptions(self, channel: ChannelRef | None = None) -> tuple[Subscription, ...]:
        """Subscriptions with an absence, in a channel and those it `covers`, or anywhere; by channel and name."""

    @abstractmethod
    async def remove_subscription(self, channel: ChannelRef, name: str, *, at: datetime | None = None) -> bool:
        """Remove it and end its deliveries; with `at`, keep its settings as ended then. False where there was none."""

    @abstractmethod
    async def ended_subscriptions(self, channel: ChannelRef, *, since: datetime) -> tuple[EndedSubscription, ...]:
        """What is kept of digests that were ended in a channel at `since` or later, the newest first."""

    @abstractmethod
    async def change_subscriptions(
        self, channel: ChannelRef, change: Callable[[Subscription], Subscription], *, at: datetime
    ) -> tuple[Subscription, ...]:
        """Change what is subscribed in a channel and in those it `covers`; those that changed, as they are now.

        `change` is pure, and leaves channel and name as they are.
        """

    @abstractmethod
    async def lose_channel(self, channel: ChannelRef, absence: Absence) -> tuple[Subscription, ...]:
        """Pause what is subscribed in a channel and in those it `covers`, and end their deliveries.

        Those that were not paused before, as they are now: of several who call this, one gets each. That the bot has
        left, as `absences.LEAVING` says, is put on record as a departure.
        """

    @abstractmethod
    async def note_return(self, channel: ChannelRef) -> bool:
        """The bot is back in a channel, or in a workspace: its departure is over, as `absences.has_returned` says.

        False where none was on record.
        """

    @abstractmethod
    async def move_channel(self, move: ChannelMoved) -> tuple[Subscription, ...]:
        """Put a channel's new reference in the place of the old one, wherever that is on record; what is subscribed.

        Where both have the same thing, the new one's stays. A message that did not keep its identifier stays under the
        old reference, so that it is not taken for another one. Idempotent.
        """


class MessageStore(ABC):
    """Which messages show which papers, wherever they were posted. Every method is one transaction."""

    @abstractmethod
    async def remember_message(self, message: MessageRef, papers: Sequence[PaperId], *, at: datetime) -> None:
        """Record which papers a message outside any delivery shows (an answer); it does not count as posted there."""

    @abstractmethod
    async def message_papers(self, message: MessageRef) -> tuple[PaperId, ...]:
        """The papers a sent message shows; empty where the message is not ours."""


class DeliveryStore(MessageStore):
    """The ledger: every delivery, its plan, and what of it was sent. Every method is one transaction."""

    @abstractmethod
    async def candidates(
        self, subscription: Subscription, *, listing_day: date | None = None, is_again: bool = False
    ) -> Candidates:
        """The papers that a delivery has to decide on, each once, newest announcement last.

        Papers announced in one of the subscription's categories (new or cross-listed; replacements are not news) after
        the last finished DAILY delivery looked, that were neither posted in the channel nor kept by an earlier
        finished delivery of the subscription. Before the first delivery: the latest listing day only, and what one kept
        that was given up. With `listing_day`: all that was announced on that day, never posted in the channel. What
        another open delivery is about to post in the channel is left out. With `is_again` too, nothing of that day is.
        """

    @abstractmethod
    async def delivery_key(self, subscription: Subscription, day: date, kind: DeliveryKind) -> str:
        """What the keys of that delivery's messages begin with: `<database id>/<delivery>`.

        No other delivery of any database ever has it. Raises NotFound where the subscription is not there.
        """

    @abstractmethod
    async def save_plan(self, plan: DeliveryPlan, *, at: datetime, lease: timedelta) -> Delivery | None:
        """Store a plan unless there is one for its subscription, day and kind: the first stored plan wins.

        The caller whose plan is stored holds the delivery for `lease`. None where another plan was stored before, and
        where the plan's candidates are not those of today any more: look again. So it is where another delivery has
        posted one of the chosen papers in the channel, or is about to; and for a DAILY plan where another one of the
        subscription was finished since they were read. Raises NotFound where the subscription is not stored.
        """

    @abstractmethod
    async def replace_plan(
        self, delivery: Delivery, plan: DeliveryPlan, *, at: datetime, lease: timedelta
    ) -> Delivery | None:
        """Put another plan in the place of one that the caller holds, and renew the lease; the delivery as it is then.

        None, and nothing is changed, where a message of the old plan was sent, or the plan's candidates are not those
        of today any more. LeaseLost where somebody else took over.
        """

    @abstractmethod
    async def claim_delivery(
        self, delivery: Delivery, *, at: datetime, lease: timedelta, reopens: bool = False
    ) -> Delivery | None:
        """Hold a planned delivery for `lease`, to send what is missing; the delivery as it stands then.

        None where it is done or given up, or somebody else holds it. Of several who claim at once one succeeds. With
        `reopens` one that was given up is taken up again, unless a later DAILY one of the subscription decides on its
        papers.
        """

    @abstractmethod
    async def renew_lease(self, delivery: Delivery, *, at: datetime, lease: timedelta) -> None:
        """Hold on to a delivery for `lease` from now. LeaseLost where somebody else took over."""

    @abstractmethod
    async def release_delivery(
        self, delivery: Delivery, *, at: datetime, failure: Failure | None = None, retry_at: datetime | None = None
    ) -> None:
        """Let anybody claim it from now on. Does nothing where somebody else took over.

        With a `failure` that is one more attempt that failed; `interrupted_deliveries` leaves it out until `retry_at`.
        """

    @abstractmethod
    async def close_delivery(self, delivery: Delivery, *, at: datetime, failure: Failure) -> None:
        """Give up a held delivery: what is not sent is a candidate again. LeaseLost where somebody else took over."""

    @abstractmethod
    async def interrupted_deliveries(self, *, at: datetime, limit: int) -> tuple[Delivery, ...]:
        """The deliveries that nobody holds at `at` and whose next attempt is due, oldest first, at most `limit`."""

    @abstractmethod
    async def interrupted_shipments(self, *, at: datetime, limit: int) -> tuple[Shipment, ...]:
        """Which those are, for whoever has them sent elsewhere."""

    @abstractmethod
    async def open_deliveries(self, subscription: Subscription) -> tuple[Delivery, ...]:
        """The DAILY and LISTING deliveries of a subscription that are neither done nor given up, oldest first."""

    @abstractmethod
    async def open_days(self, subscription: Subscription) -> frozenset[tuple[date, DeliveryKind]]:
        """The days and kinds of all deliveries of a subscription that are neither done nor given up."""

    @abstractmethod
    async def intend(self, delivery: Delivery, key: str, *, at: datetime, lease: timedelta) -> None:
        """Note that a message is about to be sent, and renew the lease. LeaseLost where somebody else took over."""

    @abstractmethod
    async def withdraw(self, delivery: Delivery, key: str) -> None:
        """Note that a message that was about to be sent was not. Does nothing where somebody else took over."""

    @abstractmethod
    async def record_sent(self, delivery: Delivery, key: str, message: MessageRef, *, at: datetime) -> None:
        """Record that the platform has the message, and that its papers are posted in the channel. Idempotent.

        A message that lies in another channel than the delivery's says that the channel has moved there.
        """

    @abstractmethod
    async def finish_delivery(self, delivery: Delivery, *, at: datetime) -> None:
        """All of the plan is sent; the lease ends."""

    @abstractmethod
    async def delivery(self, subscription: Subscription, day: date, kind: DeliveryKind) -> Delivery | None:
        """The delivery of that day as it stands."""

    @abstractmethod
    async def previous_day(self, subscription: Subscription, before: date) -> date | None:
        """The day of the last finished DAILY delivery of a day before this one."""

    @abstractmethod
    async def chosen_papers(self, channel: ChannelRef, *, since: date) -> tuple[Decision, ...]:
        """What finished DAILY and LISTING deliveries of a channel chose for days from `since` on.

        The latest day first, on each by place; each paper once, as it was chosen last.
        """

    @abstractmethod
    async def last_delivery(self, subscription: Subscription) -> Delivery | None:
        """The latest finished DAILY delivery that posted a paper."""

    @abstractmethod
    async def trace(self, channel: ChannelRef, id: PaperId, name: str) -> PaperTrace | None:
        """What happened to a paper in the channel's subscription of that name; None where the paper is not known."""

    @abstractmethod
    async def claim_digest_order(self, channel: ChannelRef, *, at: datetime, since: datetime) -> datetime | None:
        """Record that somebody orders a digest in a channel at `at`, unless somebody did so after `since`.

        None where it is recorded; otherwise when that earlier order was. Of several who claim at once one succeeds.
        """


class DigestStore(
    SubscriptionStore,
    DeliveryStore,
    DayStore,
    StandInStore,
    TallyStore,
    HintStore,
    SignStore,
    SummaryStore,
    GradeStore,
    SourceStore,
    PaperStore,
    RuleListStore,
    ProfileStore,
    VectorStore,
):
    """Everything that a digest reads and records."""


class TraceStore(DeliveryStore, DayStore, ScheduleStore, SourceStore, PaperStore, RuleListStore):
    """Everything that tells why a paper was, or was not, posted."""
