"""No call of the store goes through a whole table: the store is to work with a million papers."""

from __future__ import annotations

import logging
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest
from sqlalchemy import event

from core.channels import Subscription, UserRef
from core.choose.profile.signs import Correction, KeptProfile, Seed
from core.converse.lists.feedback import AnnotationChange, Feedback
from core.converse.ports import Store
from core.converse.settings.changes import PendingChange, Person
from core.deliver.ledger import Failure
from core.deliver.schedule import DayReason, DayState
from core.ingest.listing import Listing
from core.ingest.state import Backfill, Report, SourceState, State
from core.papers.embedding import PaperVector, text_sign
from core.papers.identifiers import PaperId
from core.papers.paper import Signals, Summary
from core.papers.search import parse_query
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling, Reaction, ReactionClearing
from core.summarise.ports import Purpose, Usage
from tests.fakes.fulltexts import a_text
from tests.fakes.grades import a_grade
from tests.fakes.ledger import CHANNEL, LEASE, READER, finished, listed, planned, subscribed
from tests.fakes.papers import AT, DAY, a_listing, a_paper
from tests.fakes.posts import a_paper_card
from tests.fakes.stores import SqlStore

#: what the planner goes through that is not a table of ours: what a subquery found, and the search index
NOT_TABLES = ("found", "anon_", "each_category", "latest", "VIRTUAL TABLE", "CONSTANT ROW")
TROUBLE = Failure(kind="ChatUnavailable", sentence="Down.")
#: all bookmarks, asked for as such
WHOLE = "SCAN bookmarks USING INDEX bookmarks_at"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "paperboy.db"


async def _everything(store: Store) -> None:
    """Call every method that looks something up."""
    await subscribed(store)
    await listed(store, [1, 2, 3])
    await listed(store, [1, 2], version=2)
    await finished(store, [1], kept=[2])
    await listed(store, [4], days=1)
    await store.add(a_listing([a_paper(1, version=3, categories=("cs.LG",))]), at=AT)
    await store.papers_titled(a_paper(1).title)
    await store.papers_at("https://example.org/1")
    await store.add(a_listing([a_paper(5, id=PaperId("url", "https://example.org/5?visit=1"))]), at=AT)
    delivery = await planned(store, [], days=2)
    await store.renew_lease(delivery, at=AT, lease=LEASE)
    await store.release_delivery(delivery, at=AT)
    await store.claim_delivery(delivery, at=AT, lease=LEASE)
    await store.interrupted_deliveries(at=AT, limit=5)
    await store.open_deliveries(READER)
    await store.chosen_papers(CHANNEL, since=DAY)
    await store.day_reading(READER, DAY)
    held = await store.claim_delivery(delivery, at=AT + timedelta(1), lease=LEASE)
    assert held
    await store.release_delivery(held, at=AT, failure=TROUBLE, retry_at=AT)
    await store.close_delivery(held, at=AT, failure=TROUBLE)
    await store.claim_delivery(delivery, at=AT, lease=LEASE, reopens=True)
    for subscription in (READER, Subscription(channel=CHANNEL, name="new", categories=("cs.CL", "math"))):
        await store.candidates(subscription)
        await store.candidates(subscription, listing_day=DAY)
    for one in await store.stand_ins(at=AT, since=AT, limit=5):
        await store.claim_stand_ins(one, look_at=AT)
        await store.keep_stand_ins(one)
        await store.forget_stand_ins(one.delivery)
    await store.stand_ins(at=AT, since=AT + timedelta(1), limit=5)
    await store.trace(CHANNEL, a_paper(1).id, READER.name)
    await store.last_delivery(READER)
    await store.papers(limit=5)
    await store.papers(category="cs", limit=5)
    await store.papers(day=DAY, category="cs.CL", limit=5)
    await store.save_summaries([Summary(paper=a_paper(1).id, version=1, language="en", gist="x", made_by="extract")])
    await store.summaries([a_paper(1).id], "en")
    await store.record_usage(Usage(model="m"), purpose=Purpose.SUMMARY, channel=CHANNEL, at=AT)
    await store.spending(since=DAY)
    await store.spending(since=DAY, channel=CHANNEL)
    await store.monthly_spending(since=DAY)
    for typed in ("paper in:cs.CL since:7d", "since:7d", "in:cs.CL", "zebra paper", "paper"):
        await store.search(parse_query(typed, today=DAY))
    await store.add_bookmark("slack:T1/A", a_paper(1).id, str(CHANNEL), at=AT + timedelta(1), public=True)
    await store.bookmarks(user="slack:T1/A")
    await store.bookmarks(channel=str(CHANNEL))
    await store.bookmarks()
    await store.add_bookmark("slack:T1/A", a_paper(1).id, str(CHANNEL), at=AT + timedelta(1), public=False)
    await store.remove_bookmark("slack:T1/A", a_paper(1).id, channel=str(CHANNEL))
    await store.remove_bookmark("slack:T1/A", a_paper(1).id)
    user = UserRef("slack", "T1", "A")
    feedback = Feedback(user=user, paper=a_paper(1).id, feeling=Feeling.MORE, where=CHANNEL, at=AT, public=True)
    await store.add_feedback(feedback)
    for _ in range(2):
        await store.claim_digest_order(CHANNEL, at=AT, since=AT - timedelta(1))
    await store.save_full_text(a_text(feedback.paper), at=AT)
    await store.full_text(feedback.paper, 1)
    await _people(store)
    await _merged(store)
    await _sources(store)
    await _schedule(store)


async def _people(store: Store) -> None:
    """Reactions, tallies, news, settings, and what is learned of a channel."""
    user, paper, message = UserRef("slack", "T1", "A"), a_paper(1), MessageRef(CHANNEL, "answer")
    saved = Reaction(user=user, message=message, feeling=Feeling.BOOKMARK, added=True)
    await store.take_reaction(saved, at=AT, since=AT)
    await store.remember_message(message, [paper.id], at=AT)
    await store.settle_reactions(message, since=AT)
    await store.keep_answer(message, paper.id, a_paper_card(), shown_saves=0, at=AT)
    for feeling in (Feeling.BOOKMARK, Feeling.MORE, Feeling.DONE):
        for added in (True, False):
            await store.take_reaction(replace(saved, feeling=feeling, added=added), at=AT, since=AT)
    await store.clear_reactions(ReactionClearing(message=message, emoji="👍"), at=AT, since=AT)
    await store.recent_messages(CHANNEL, since=AT, limit=5)
    known = await store.reactions_on(message)
    await store.reconcile_reactions(message, before=known, now=[saved], at=AT)
    await store.claim_tallies(at=AT + LEASE, until=AT + LEASE, limit=5)
    await store.keep_tally(message, shown_saves=0, at=AT)
    await store.forget_tally(message)
    await store.saved_by(CHANNEL, paper.id)
    await store.messages_showing([paper], CHANNEL)
    await store.annotate(str(user), paper.id, "", AnnotationChange(note="read it"), at=AT)
    await store.annotations(user=str(user))
    await store.annotations(channel=str(CHANNEL))
    await store.untold_events(since=AT, limit=5)
    await store.claim_notices([1], str(user), at=AT)
    await store.release_notices([1], str(user))
    await store.claim_hint(str(user), "hint", at=AT)
    await store.has_digest(CHANNEL)
    await store.kept_search(await store.keep_search("cups", at=AT))
    person, began = Person(user=user), Subscription(channel=CHANNEL, name="begun")
    pending = PendingChange(key="key", channel=CHANNEL, person=user, before=None, after=began, at=AT)
    await store.keep_pending(pending, since=AT)
    for key in ("key", ""):
        await store.pending(key, CHANNEL, person=user, since=AT)
    await store.forget_pending("key")
    for before, after in ((None, began), (began, replace(began, name="renamed"))):
        await store.change_settings(before, after, person=person, at=AT)
    await store.setting_changes(CHANNEL)
    await store.save_rule_list("slack:T1", "ours", "", at=AT)
    await store.rule_lists("slack:T1")
    await _learned(store)


async def _learned(store: Store) -> None:
    await store.signs(CHANNEL, limit=5)
    await store.signs(CHANNEL, limit=5, reader=UserRef("slack", "T1", "A"))
    for number in (1, 2):
        await store.add_seeds(CHANNEL, [Seed(paper=a_paper(number), at=AT)], most=1)
    await store.seeds(CHANNEL)
    await store.correct(CHANNEL, Correction(term="cups", at=AT))
    await store.corrections(CHANNEL)
    await store.keep_profile(CHANNEL, KeptProfile(basis="b", value="{}", at=AT))
    await store.kept_profile(CHANNEL)
    await store.forget_profile(CHANNEL, at=AT)
    await store.save_grades("wishes", [a_grade(1)], at=AT)
    await store.grades("wishes", [a_paper(1).id], since=AT)
    paper, vector = (await store.papers(limit=1)).papers[0], np.array([1.0], dtype=np.float32)
    sign = text_sign(paper.title, paper.abstract)
    await store.keep_vectors("a/model", [PaperVector(paper=paper.id, sign=sign, vector=vector)], at=AT)
    await store.vectors([paper.id], "a/model")
    for typed in ("paper in:cs.CL", "paper since:7d"):
        await store.nearest(parse_query(typed, today=DAY), vector, "a/model", limit=5)
    await store.papers_to_embed("a/model", limit=5)


async def _schedule(store: Store) -> None:
    await store.wanted_categories()
    await store.lost_subscriptions()
    await store.claim_looks(at=AT, until=AT + LEASE, limit=5)
    await store.upcoming(limit=5)
    await store.scheduled_days(DayState.OPEN, until=AT, reasons=[DayReason.WAITING], limit=5)
    await store.scheduled_days(DayState.MISSED, since=AT, closed_after=AT, limit=5)
    await store.look_again(at=AT, only_open=True)
    await store.forget_days(before=AT)


async def _sources(store: Store) -> None:
    state = SourceState(source="arxiv", scope="cs.CL", state=State.FRESH, checked_at=AT)
    await store.save_source_state(state, report=Report(source="arxiv", scope="cs.CL", state=State.FRESH))
    await store.source_state("arxiv", "cs.CL")
    await store.refreshes(limit=5)
    await store.refreshes(since=AT, limit=5)
    await store.refreshes(source="arxiv", limit=5)
    await store.refreshes(source="arxiv", scope="cs.CL", since=AT, limit=5)
    await store.forget_refreshes(before=AT)
    backfill = Backfill(source="arxiv", scope="cs.CL", since=DAY, until=DAY)
    await store.save_backfill(backfill, at=AT)
    await store.backfill("arxiv", "cs.CL", DAY, DAY)
    await store.forget_backfill(backfill)
    await store.mark_enriched("crossref", [a_paper(1).id], at=AT)
    await store.papers_to_enrich("crossref", before=AT, limit=5)


async def _merged(store: Store) -> None:
    """Papers that turn out to be one, by name and by title, one that is re-keyed, and a split."""
    doi, title = PaperId("doi", "10.1000/x"), "The same title for both of these papers"
    await store.add(a_listing([a_paper(50, id=doi), a_paper(51), a_paper(52, title=title)]), at=AT)
    await store.add(a_listing([a_paper(51, version=2, identifiers=(doi,))]), at=AT)
    await store.add(a_listing([a_paper(53, id=PaperId("url", "https://example.org"), title=title)]), at=AT)
    votes = replace(a_listing([a_paper(51, signals=Signals(upvotes=1))]).announcements[0], is_news=False)
    await store.add(Listing(source="arxiv", scope="daily", announcements=(votes,)), at=AT)
    archive = replace(a_listing([a_paper(54)]).announcements[0], is_history=True)
    early = replace(archive, day=DAY - timedelta(1))
    for line in (archive, early, replace(early, is_history=False)):
        await store.add(Listing(source="arxiv", scope="cs.CL", announcements=(line,)), at=AT)
    await store.split(doi, at=AT)
    await store.dossier(doi)


async def test_look_ups_use_an_index(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The plan of every statement that the store sends searches by an index, or walks one in order."""
    caplog.set_level(logging.INFO, "sqlalchemy.engine")
    async with SqlStore(f"sqlite:///{path}").open() as store:
        caplog.clear()
        await _everything(store)
    sent = {record.getMessage() for record in caplog.records}
    asked = [one for one in sent if one.startswith(("SELECT", "WITH", "UPDATE", "DELETE"))]
    assert len(asked) > 30
    with closing(sqlite3.connect(path)) as connection:
        for statement in asked:
            plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}", ["1"] * statement.count("?"))
            assert [step for *_, step in plan if _is_a_walk(step, statement)] == [], statement


def _is_a_walk(step: str, statement: str) -> bool:
    if not step.startswith("SCAN ") or step == WHOLE or any(word in step for word in NOT_TABLES):
        return False
    stops = " USING " in step and ("LIMIT" in statement or "count(" in statement)
    return not stops


async def test_look_ups_use_an_index_on_postgresql(postgres_url: str) -> None:
    """So they do there: where a planner may not read a whole table for being small, it never has to."""
    sent: dict[str, Any] = {}
    store = SqlStore(postgres_url)
    engine = store.database._connections.reader.sync_engine

    def note(_connection: object, _cursor: object, statement: str, values: Any, _context: object, many: bool) -> None:
        sent[statement] = values[0] if many else values

    async with store.open():
        event.listen(engine, "before_cursor_execute", note)
        await _everything(store)
    asked = {one: values for one, values in sent.items() if one.startswith(("SELECT", "WITH", "UPDATE", "DELETE"))}
    assert len(asked) > 30
    with psycopg.connect(postgres_url) as connection:
        connection.execute("SET enable_seqscan = off")
        for statement, values in asked.items():
            plan = "\n".join(step for (step,) in connection.execute(f"EXPLAIN {statement}", values))
            assert re.findall(r"Seq Scan on \w+", plan) == [], statement


async def test_a_listing_is_looked_up_by_index_without_statistics(postgres_url: str) -> None:
    """What a listing names is looked for in an index, though no ANALYZE has told the planner of the rows there are."""
    reads = "SELECT sum(seq_scan) FROM pg_stat_user_tables WHERE relname IN ('papers', 'announcements')"
    listings = [a_listing([a_paper(number + start) for number in range(250)]) for start in (1, 251, 501, 751)]
    scans = []
    for listing in listings:
        async with SqlStore(postgres_url).open() as store:
            await store.add(listing, at=AT)
            await store.add(listing, at=AT)
        with psycopg.connect(postgres_url) as connection:
            scans += connection.execute(reads).fetchone() or ()
    assert len(set(scans)) == 1, scans
