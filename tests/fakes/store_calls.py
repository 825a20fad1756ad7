"""Every call that a store takes, for promises that hold for each: how a full store is made, and what writes to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np

from bot.origins import SOURCES
from core.channels import Absence, ChannelMoved, ChannelRef, Subscription, UserRef
from core.choose.profile.signs import Correction, KeptProfile, Seed
from core.converse.lists.feedback import AnnotationChange, Feedback
from core.converse.ports import Store, WaitingUpdate
from core.converse.settings.changes import PendingChange, Person
from core.deliver.batches import Batches
from core.deliver.ledger import Delivery, DeliveryKind, Failure
from core.deliver.schedule import DueDay, decide
from core.deliver.stand_ins import StandIns
from core.errors import AbsenceReason
from core.ingest.state import Backfill, Report, SourceState, State
from core.operate.alerts import Alert
from core.operate.services import Claim, Origin, Service
from core.papers.embedding import EmbedderState, PaperVector, text_sign
from core.papers.identifiers import PaperId
from core.papers.paper import Summary
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling, Reaction, ReactionClearing
from core.posts.signs import USUAL_SIGNS, Signs
from core.summarise.ports import Purpose, Usage
from tests.fakes.fulltexts import a_text
from tests.fakes.grades import a_grade
from tests.fakes.ledger import CHANNEL, LEASE, READER, a_delivery_plan, finished, listed, planned, subscribed
from tests.fakes.papers import AT, DAY, a_listing, a_paper
from tests.fakes.posts import a_paper_card

Act = Callable[[Store], Awaitable[object]]


async def fill(store: Store) -> None:
    """Put something of everything into an empty store."""
    await subscribed(store)
    await listed(store, [1, 2, 3])
    await store.add(a_listing([_MERGED]), at=AT)
    await finished(store, [1], kept=[2])
    plan = await a_delivery_plan(store, [2], days=-3, kind=DeliveryKind.LISTING)
    posted = await store.save_plan(replace(plan, stand_ins=(a_paper(2).id,)), at=AT, lease=LEASE)
    assert posted
    await store.finish_delivery(posted, at=AT)
    await planned(store, [3], days=1)
    await store.add_bookmark("slack:T1/A", a_paper(1).id, str(CHANNEL), at=AT, public=True)
    await store.add_feedback(_feedback(Feeling.MORE))
    await store.take_reaction(_early("parked"), at=AT, since=AT)
    answer = MessageRef(CHANNEL, "answer")
    await store.remember_message(answer, [a_paper(1).id], at=AT)
    await store.keep_answer(answer, a_paper(1).id, a_paper_card(), shown_saves=0, at=AT)
    saved = replace(_early("answer"), user=UserRef("slack", "T1", "B"), feeling=Feeling.BOOKMARK)
    await store.take_reaction(saved, at=AT, since=AT)
    await store.save_source_state(replace(_STATE, scope="cs.LG"), report=_REPORT)
    await store.save_backfill(_BACKFILL, at=AT)
    await _record(store, days=2)
    await store.take_updates("telegram:1", [WaitingUpdate(number=1, content="{}")], at=AT)
    await store.claim_notices([9], "slack:T1/A", at=AT)
    await store.lose_channel(_GONE, Absence(reason=AbsenceReason.KICKED, since=AT - timedelta(days=1)))
    await store.remember_message(MessageRef(_GONE, "later"), (a_paper(1).id,), at=AT)
    await store.save_subscription(Subscription(channel=CHANNEL, name="old"), at=AT)
    await store.remove_subscription(CHANNEL, "old", at=AT)
    await store.save_service(_SERVICE)
    await store.claim_installation(_CLAIM, at=AT)
    await store.save_alerts([_ALERT])
    await store.keep_pending(_PENDING, since=AT)


def _early(message: str) -> Reaction:
    user, unknown = UserRef("slack", "T1", "A"), MessageRef(CHANNEL, message)
    return Reaction(user=user, message=unknown, feeling=Feeling.BOOKMARK, added=True)


def _feedback(feeling: Feeling) -> Feedback:
    user = UserRef("slack", "T1", "A")
    return Feedback(user=user, paper=a_paper(1).id, feeling=feeling, where=CHANNEL, at=AT, public=True)


async def _of(store: Store, days: int) -> Delivery:
    """The delivery that is sending (1)."""
    found = await store.delivery(READER, DAY + timedelta(days=days), DeliveryKind.DAILY)
    assert found is not None
    return found


async def _intend(store: Store) -> None:
    delivery = await _of(store, 1)
    await store.intend(delivery, delivery.plan[0].key, at=AT, lease=LEASE)


async def _record_sent(store: Store) -> None:
    delivery = await _of(store, 1)
    await store.record_sent(delivery, delivery.plan[1].key, MessageRef(CHANNEL, "x"), at=AT)


async def _save_plan(store: Store) -> None:
    plan = await a_delivery_plan(store, [2], kind=DeliveryKind.LISTING)
    await store.save_plan(plan, at=AT, lease=LEASE)


async def _replace_plan(store: Store) -> None:
    plan = await a_delivery_plan(store, [3], days=1)
    await store.replace_plan(await _of(store, 1), replace(plan, decisions=()), at=AT, lease=LEASE)


async def _keep_vector(store: Store) -> None:
    paper = (await store.papers(limit=1)).papers[0]
    vector = PaperVector(
        paper=paper.id, sign=text_sign(paper.title, paper.abstract), vector=np.array([1.0], dtype=np.float32)
    )
    await store.keep_vectors("a/model", [vector], at=AT)


async def _withdraw(store: Store) -> None:
    await _intend(store)
    delivery = await _of(store, 1)
    await store.withdraw(delivery, delivery.plan[0].key)


async def _stand_ins(store: Store) -> StandIns:
    (found,) = await store.stand_ins(at=AT, since=AT, limit=9)
    return found


async def _claim_stand_ins(store: Store) -> None:
    await store.claim_stand_ins(await _stand_ins(store), look_at=AT + timedelta(days=1))


async def _keep_stand_ins(store: Store) -> None:
    await store.keep_stand_ins(replace(await _stand_ins(store), is_improved=True))


async def _forget_stand_ins(store: Store) -> None:
    await store.forget_stand_ins((await _stand_ins(store)).delivery)


async def _claim(store: Store) -> None:
    await store.claim_delivery(await _of(store, 1), at=AT + timedelta(days=9), lease=LEASE)


async def _renew(store: Store) -> None:
    await store.renew_lease(await _of(store, 1), at=AT, lease=LEASE)


async def _release(store: Store) -> None:
    await store.release_delivery(await _of(store, 1), at=AT)


async def _record(store: Store, days: int = 5) -> None:
    (look,) = await store.looks(CHANNEL)
    looked = decide(look, Batches(arrivals=frozenset(), missing=(), traits=SOURCES), AT)
    due = DueDay(day=DAY + timedelta(days=days), due_at=AT, opened_at=AT)
    await store.record_looks([replace(looked, days=(due,))])


async def _close(store: Store) -> None:
    await store.close_delivery(await _of(store, 1), at=AT, failure=Failure(kind="ChatError", sentence="No."))


async def _finish(store: Store) -> None:
    delivery = await _of(store, 1)
    await store.finish_delivery(delivery, at=AT)


_MERGED = a_paper(1, id=PaperId("doi", "10.1000/invented"), identifiers=(a_paper(1).id,))


#: a channel that the bot was removed from, and is back in
_GONE = ChannelRef("slack", "T1", "C8")
_SUMMARY = Summary(paper=a_paper(1).id, version=1, language="en", gist="It counts.", made_by="extract")
_STATE = SourceState(source="arxiv", scope="cs.CL", state=State.QUIET, checked_at=AT)
_REPORT = Report(source="arxiv", scope="cs.LG", state=State.QUIET)
_BACKFILL = Backfill(source="arxiv", scope="cs.CL", since=DAY, until=DAY)
_ORIGIN = Origin(id="one", host="attic", pid=7, machine="boot")
_SERVICE = Service(origin=_ORIGIN, version="0.1.0", started_at=AT, seen_at=AT, platforms=())
_CLAIM = Claim(installation="slack", origin=_ORIGIN, since=AT, until=AT + timedelta(minutes=1))
_ALERT = Alert(
    key="platform slack", sentence="It is down.", since=AT, resolved_at=AT, resolution_told_at=AT, told_at=AT
)

_ANN = Person(user=UserRef("slack", "T1", "A"))
_PENDING = PendingChange(key="key", channel=CHANNEL, person=_ANN.user, before=None, after=READER, at=AT)

#: every way to write
WRITES: dict[str, Act] = {
    "add": lambda store: store.add(a_listing([a_paper(n, abstract="many words " * 50) for n in range(300)]), at=AT),
    "split": lambda store: store.split(_MERGED.id, at=AT),
    "save_summaries": lambda store: store.save_summaries([_SUMMARY]),
    "record_usage": lambda store: store.record_usage(Usage(model="m"), purpose=Purpose.SUMMARY, channel=None, at=AT),
    "save_source_state": lambda store: store.save_source_state(_STATE),
    "forget_refreshes": lambda store: store.forget_refreshes(before=AT + timedelta(1)),
    "save_backfill": lambda store: store.save_backfill(replace(_BACKFILL, cursor="2"), at=AT),
    "forget_backfill": lambda store: store.forget_backfill(_BACKFILL),
    "mark_enriched": lambda store: store.mark_enriched("crossref", [a_paper(1).id], at=AT),
    "save_subscription": lambda store: store.save_subscription(Subscription(channel=CHANNEL, name="new"), at=AT),
    "remove_subscription": lambda store: store.remove_subscription(CHANNEL, READER.name, at=AT),
    "save_plan": _save_plan,
    "change_subscriptions": lambda store: store.change_subscriptions(CHANNEL, lambda one: replace(one, size=3), at=AT),
    "lose_channel": lambda store: store.lose_channel(CHANNEL, Absence(reason=AbsenceReason.KICKED, since=AT)),
    "move_channel": lambda store: store.move_channel(
        ChannelMoved(channel=CHANNEL, to=ChannelRef("slack", "T1", "C9"), keeps_messages=True)
    ),
    "claim_looks": lambda store: store.claim_looks(at=AT + timedelta(days=9), until=AT + timedelta(days=10), limit=9),
    "record_looks": _record,
    "look_again": lambda store: store.look_again(at=AT - timedelta(days=9)),
    "forget_days": lambda store: store.forget_days(before=AT + timedelta(days=9)),
    "close_delivery": _close,
    "take_updates": lambda store: store.take_updates("telegram:1", [WaitingUpdate(number=2, content="{}")], at=AT),
    "waiting_updates": lambda store: store.waiting_updates("telegram:1", since=AT + timedelta(days=9)),
    "try_update": lambda store: store.try_update("telegram:1", 1),
    "update_done": lambda store: store.update_done("telegram:1", 1),
    "save_service": lambda store: store.save_service(replace(_SERVICE, version="0.2.0")),
    "remove_service": lambda store: store.remove_service(_ORIGIN.id),
    "forget_services": lambda store: store.forget_services(before=AT + timedelta(days=9)),
    "claim_installation": lambda store: store.claim_installation(replace(_CLAIM, installation="discord"), at=AT),
    "release_installation": lambda store: store.release_installation(_CLAIM.installation, _ORIGIN.id),
    "save_alerts": lambda store: store.save_alerts([replace(_ALERT, key="disk")]),
    "forget_alerts": lambda store: store.forget_alerts(before=AT + timedelta(days=9)),
    "claim_delivery": _claim,
    "renew_lease": _renew,
    "release_delivery": _release,
    "replace_plan": _replace_plan,
    "claim_stand_ins": _claim_stand_ins,
    "keep_stand_ins": _keep_stand_ins,
    "forget_stand_ins": _forget_stand_ins,
    "intend": _intend,
    "withdraw": _withdraw,
    "record_sent": _record_sent,
    "finish_delivery": _finish,
    "claim_digest_order": lambda store: store.claim_digest_order(CHANNEL, at=AT, since=AT),
    "remember_message": lambda store: store.remember_message(MessageRef(CHANNEL, "y"), [a_paper(1).id], at=AT),
    "add_bookmark": lambda store: store.add_bookmark("slack:T1/B", a_paper(1).id, "x", at=AT, public=False),
    "remove_bookmark": lambda store: store.remove_bookmark("slack:T1/A", a_paper(1).id),
    "annotate": lambda store: store.annotate("slack:T1/A", a_paper(1).id, "", AnnotationChange(note="read it"), at=AT),
    "claim_notices": lambda store: store.claim_notices([1], "slack:T1/A", at=AT),
    "release_notices": lambda store: store.release_notices([9], "slack:T1/A"),
    "keep_search": lambda store: store.keep_search("cups and saucers", at=AT),
    "change_settings": lambda store: store.change_settings(
        None, Subscription(channel=CHANNEL, name="newer"), person=_ANN, at=AT
    ),
    "change_signs": lambda store: store.change_signs(CHANNEL, USUAL_SIGNS, Signs(done=("🎉",)), person=_ANN, at=AT),
    "keep_pending": lambda store: store.keep_pending(replace(_PENDING, key="other"), since=AT),
    "forget_pending": lambda store: store.forget_pending("key"),
    "save_rule_list": lambda store: store.save_rule_list("slack:T1", "ours", "cups", at=AT),
    "keep_profile": lambda store: store.keep_profile(CHANNEL, KeptProfile(basis="b", value="{}", at=AT)),
    "forget_profile": lambda store: store.forget_profile(CHANNEL, at=AT),
    "add_seeds": lambda store: store.add_seeds(CHANNEL, [Seed(paper=a_paper(9), at=AT)], most=9),
    "correct": lambda store: store.correct(CHANNEL, Correction(term="cups", at=AT)),
    "note_return": lambda store: store.note_return(_GONE),
    "departures": lambda store: store.departures(before=AT, limit=9),
    "forget_person": lambda store: store.forget_person(UserRef("slack", "T1", "A")),
    "forget_place": lambda store: store.forget_place(CHANNEL, limit=9),
    "forget_ended": lambda store: store.forget_ended(before=AT + timedelta(1), limit=9),
    "keep_vectors": _keep_vector,
    "record_embedder": lambda store: store.record_embedder(EmbedderState(model="a/model", problem="", since=AT)),
    "save_grades": lambda store: store.save_grades("wishes", [a_grade(1)], at=AT),
    "save_full_text": lambda store: store.save_full_text(a_text(_SUMMARY.paper), at=AT),
    "add_feedback": lambda store: store.add_feedback(_feedback(Feeling.LESS)),
    "take_reaction": lambda store: store.take_reaction(_early("other"), at=AT, since=AT),
    "settle_reactions": lambda store: store.settle_reactions(MessageRef(CHANNEL, "parked"), since=AT),
    "clear_reactions": lambda store: store.clear_reactions(
        ReactionClearing(message=MessageRef(CHANNEL, "answer")), at=AT, since=AT
    ),
    "reconcile_reactions": lambda store: store.reconcile_reactions(
        MessageRef(CHANNEL, "answer"), before=(), now=[_early("answer")], at=AT
    ),
    "keep_answer": lambda store: store.keep_answer(
        _early("m").message, a_paper(1).id, a_paper_card(), shown_saves=0, at=AT
    ),
    "keep_tally": lambda store: store.keep_tally(MessageRef(CHANNEL, "answer"), shown_saves=1, at=AT),
    "forget_tally": lambda store: store.forget_tally(MessageRef(CHANNEL, "answer")),
    "claim_tallies": lambda store: store.claim_tallies(at=AT + LEASE, until=AT + 2 * LEASE, limit=9),
    "claim_hint": lambda store: store.claim_hint("slack:T1/A", "first press", at=AT),
}
#: every other method of the store, some of them to a line
READS = {
    "open", "personal_records", "annotations", "untold_events", "messages_showing", "kept_search", "dossier",
    "paper", "papers", "papers_by_id", "newest_papers", "voted_papers", "setting_changes", "pending",
    "rule_lists", "signs", "kept_profile", "workspace_saves", "seeds", "corrections", "papers_titled", "papers_at",
    "search", "summaries", "source_state", "source_states", "subscriptions", "count_subscriptions", "wanted_categories",
    "lost_subscriptions", "ended_subscriptions", "candidates", "chosen_papers", "has_digest", "day_reading", "delivery",
    "delivery_key", "last_delivery", "trace", "message_papers", "bookmarks", "saved_by", "full_text",
    "grades", "vectors", "recent_vectors", "nearest", "papers_to_embed", "embedding_progress", "stand_ins", "refreshes",
    "backfill", "backfills", "papers_to_enrich", "looks", "upcoming", "taught_digests", "scheduled_days", "last_posted",
    "interrupted_deliveries", "interrupted_shipments", "open_deliveries", "open_days", "previous_day", "services",
    "claims", "alerts", "database_id", "connections", "spending", "monthly_spending", "channel_signs",
    "reaction_signs", "words_begun", "recent_messages", "reactions_on",
}  # fmt: skip
