"""Rows and values: whatever is written is read back."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from core.channels import ChannelRef, DeliveryTime, Layout, Subscription
from core.choose.reasons import Reason, ReasonKind
from core.choose.verdicts import Contribution, Decision, Fate, Fit, Standing
from core.ingest import problems
from core.ingest.listing import Validators
from core.ingest.state import Backfill, Phase, Refresh, Report, SourceState, State
from core.papers.identifiers import PaperId
from core.papers.identity.changes import Stored
from core.papers.paper import AnnounceType, Evidence, Paper, Signals, Summary
from core.posts.messages import Outgoing
from core.text.storable import LONGEST_KEY, safe, short
from storage import rows
from storage.deliveries import decision_rows, ledger_rows
from storage.papers import summary_rows
from storage.sources import refresh_rows
from storage.tables import SafeText

texts = st.text(max_size=40)
moments = st.datetimes(timezones=st.just(UTC))
identifiers = st.builds(PaperId, st.sampled_from(["arxiv", "doi", "url"]), texts.map(safe))
papers = st.builds(
    Paper,
    id=identifiers,
    version=st.integers(1, 999),
    title=texts,
    abstract=texts,
    authors=st.lists(texts).map(tuple),
    categories=st.lists(texts).map(tuple),
    published=st.none() | moments,
    announced=st.dates(),
    announce_type=st.sampled_from(AnnounceType),
    url=texts,
    pdf_url=texts,
    doi=st.none() | texts,
    journal=st.none() | texts,
    licence=st.none() | texts,
    comment=texts,
    identifiers=st.lists(identifiers).map(tuple),
    sources=st.lists(texts).map(tuple),
    signals=st.builds(
        Signals,
        upvotes=st.none() | st.integers(),
        stars=st.none() | st.integers(),
        code_url=st.none() | texts,
        keywords=st.none() | st.lists(texts, min_size=1, max_size=3).map(tuple),
    ),
)
#: as a database can hold them: JSON has its own way to write what it cannot
safe_texts = texts.map(safe)
failures = st.builds(problems.Failure, cause=st.sampled_from(problems.Cause), detail=safe_texts)
waits = st.builds(problems.WaitRequest, detail=safe_texts)
bugs = st.builds(problems.Bug, exception=safe_texts)
unreadable = st.builds(
    problems.UnreadableEntries,
    count=st.integers(1),
    total=st.none() | st.integers(1),
    where=safe_texts,
    reason=safe_texts,
    are_records=st.booleans(),
)
obstacles = failures | waits | bugs
some_problems = st.lists(
    obstacles
    | unreadable
    | st.builds(problems.DamagedListing, detail=safe_texts)
    | st.builds(problems.CutListing)
    | st.builds(
        problems.EmptyListing, papers=st.integers(0), has_other_place=st.booleans(), unchecked=st.none() | obstacles
    )
    | st.builds(problems.OldListing, expected=st.none() | st.dates(), papers=st.integers(0))
    | st.builds(problems.SecondReading, papers=st.integers(0), new=st.integers(0))
    | st.builds(
        problems.MissedDays,
        since=st.dates(),
        until=st.dates(),
        causes=st.lists(obstacles | unreadable, max_size=2).map(tuple),
    )
    | st.builds(problems.UnreadDays, since=st.dates(), until=st.dates())
    | st.builds(problems.Interruption, cause=obstacles)
    | st.builds(problems.NeverRead)
    | st.builds(problems.EarlierProblem, sentence=safe_texts),
    max_size=3,
).map(tuple)
states = st.builds(
    SourceState,
    source=texts,
    scope=texts,
    state=st.sampled_from(State),
    checked_at=moments,
    fresh_at=st.none() | moments,
    listing_day=st.none() | st.dates(),
    listed=st.integers(0),
    validators=st.builds(Validators, etag=st.none() | texts, last_modified=st.none() | texts),
    problems=some_problems,
    came_otherwise=st.booleans(),
    wait_until=st.none() | moments,
    troubles=st.integers(0),
)
counts = st.builds(Stored, new=st.integers(0), updated=st.integers(0), known=st.integers(0), merged=st.integers(0))
reports = st.builds(
    Report,
    source=texts,
    scope=texts,
    state=st.sampled_from(State),
    fetched=st.integers(0),
    stored=counts,
    failed=st.integers(0),
    problems=some_problems,
    retry_after_s=st.none() | st.floats(0, 3600),
)
backfills = st.builds(
    Backfill,
    source=texts,
    scope=texts,
    since=st.dates(),
    until=st.dates(),
    phase=st.sampled_from(Phase),
    cursor=texts,
    fetched=st.integers(0),
    stored=counts,
    failed=st.integers(0),
)
subscriptions = st.builds(
    Subscription,
    channel=st.builds(ChannelRef, st.just("slack"), texts),
    name=st.from_regex(r"[a-z0-9_-]{1,40}", fullmatch=True),
    categories=st.lists(texts).map(tuple),
    rule=texts,
    interest=texts,
    authors=st.lists(texts).map(tuple),
    at=st.builds(DeliveryTime, at=st.times(), zone=texts, weekdays=st.frozensets(st.integers(0, 6))),
    size=st.integers(1, 50),
    language=texts,
    layout=st.sampled_from(Layout),
    paused=st.booleans(),
)


def read(values: dict[str, Any], **more: object) -> SimpleNamespace:
    """The row that a database would give."""
    return SimpleNamespace(**values, **more)


@given(papers)
def test_paper(paper: Paper) -> None:
    """A paper is its row."""
    row = read(rows.paper_values(paper, mark=None, first_seen=datetime(2026, 2, 4, tzinfo=UTC)))
    assert rows.paper_of(row) == paper


@given(states)
def test_source_state(state: SourceState) -> None:
    """A source's state is its row, and the JSON in a delivery's."""
    assert refresh_rows.source_state_of(read(refresh_rows.source_state_values(state))) == state


@given(reports, moments)
def test_refresh(report: Report, at: datetime) -> None:
    """A report is a row of the history."""
    assert refresh_rows.refresh_of(read(refresh_rows.refresh_values(report, at=at))) == Refresh(report=report, at=at)


@given(backfills, moments)
def test_backfill(backfill: Backfill, at: datetime) -> None:
    """A backfill on its way is its row."""
    assert refresh_rows.backfill_of(read(refresh_rows.backfill_values(backfill, at=at))) == backfill


@given(subscriptions)
def test_subscription(subscription: Subscription) -> None:
    """A subscription is its JSON."""
    assert rows.subscription_of(rows.subscription_text(subscription)) == subscription


@given(st.builds(Evidence, claim=texts.map(safe), quote=texts.map(safe)), texts)
def test_summary(evidence: Evidence, gist: str) -> None:
    """A summary is its row."""
    paper = PaperId("arxiv", "2602.00001")
    summary = Summary(paper=paper, version=2, language="zh", gist=gist, evidence=(evidence,), made_by="a model")
    assert summary_rows.summary_of(read(summary_rows.summary_values(summary, paper_id=7)), paper=paper) == summary


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(texts, json_values), st.lists(identifiers).map(tuple), st.none() | texts)
def test_message(payload: dict[str, Any], shows: tuple[PaperId, ...], parent: str | None) -> None:
    """A planned message is its row, whatever its payload."""
    outgoing = Outgoing(key="1/0", parent_key=parent, papers=shows, payload=payload)
    assert ledger_rows.outgoing_of(read(ledger_rows.message_values(outgoing, delivery_id=1, position=0))) == outgoing


a_reason = st.builds(Reason, kind=st.sampled_from(ReasonKind), text=texts, subject=texts) | st.builds(
    Reason, text=texts
)


a_standing = st.builds(
    Standing, fate=st.sampled_from(Fate), fit=st.none() | st.sampled_from(Fit), like=st.none() | identifiers
)


@given(st.lists(a_reason).map(tuple), st.floats(0, 1), st.booleans(), a_standing, texts)
def test_decision(reasons: tuple[Reason, ...], score: float, chosen: bool, standing: Standing, words: str) -> None:
    """A decision is its row, joined with the key of its paper."""
    decision = Decision(
        paper=PaperId("doi", "10.1000/a:b"),
        score=score,
        reasons=reasons,
        place=3,
        chosen=chosen,
        standing=standing,
        contributions=(Contribution(feature="interest", value=score, amount=score, words=words),),
        left_out=(words,),
    )
    row = read(decision_rows.decision_values(decision, delivery_id=1, paper_id=2), key="doi:10.1000/a:b")
    assert decision_rows.decision_of(row) == decision


def test_a_decision_of_an_older_database() -> None:
    """A decision of a version that kept no standing loads, and says nothing of it."""
    decision = Decision(paper=PaperId("arxiv", "1"), score=0.5, reasons=(), place=3, chosen=True)
    row = read(decision_rows.decision_values(decision, delivery_id=1, paper_id=2), key="arxiv:1")
    assert row.standing is None and decision_rows.decision_of(row) == decision


def test_reasons_of_an_older_database() -> None:
    """Reasons that were stored as sentences are still told, and convince nobody."""
    assert decision_rows.reasons_of('["code linked", "by Ann Lee"]') == (
        Reason(text="code linked"),
        Reason(text="by Ann Lee"),
    )


@given(st.text(st.characters(), max_size=60))
def test_safe_text(text: str) -> None:
    """Safe text can be encoded, holds no NUL, is as it was where that was so before, and stays as it is."""
    clean = safe(text)
    clean.encode()
    assert "\0" not in clean and safe(clean) == clean
    assert clean == text or "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text)


@given(st.text(st.characters(), min_size=300, max_size=700), st.text(st.characters(), min_size=1, max_size=4))
def test_short_text(text: str, end: str) -> None:
    """Short text is safe, fits into an index twice, stays as it is, and is another one where the text is."""
    cut = short(text)
    assert len(cut.encode()) <= LONGEST_KEY and short(cut) == cut == safe(cut)
    assert (cut == safe(text)) == (len(safe(text).encode()) <= LONGEST_KEY)
    assert (short(text + end) == cut) == (safe(text + end) == safe(text))


def test_none_is_not_text() -> None:
    """A missing text stays missing."""
    assert SafeText().process_bind_param(None, dialect=None) is None  # type: ignore[arg-type]  # it is not looked at


def test_places() -> None:
    """A paper is listed in its categories and their archives, in lower case, each once."""
    assert rows.places(("cs.CL", "cs.LG", "math-ph", "")) == ("cs.cl", "cs", "cs.lg", "math-ph")
