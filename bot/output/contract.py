"""The JSON that scripts rely on: values -> plain dictionaries, in the shapes the documentation promises. Pure.

Texts of papers stand in it as people read them in a channel (`core.text.readable`): TeX as Unicode, on one line. What a
source wrote stays in the database.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from bot.output import contract_processes
from bot.output.contract_embeddings import embeddings
from core.channels import Subscription
from core.deliver.problems import sentences
from core.text.invisible import HALVES, HIDING, any_character
from core.text.readable import readable
from core.text.times import show_weekdays

if TYPE_CHECKING:  # each command loads what it needs
    from bot.operation.status import Status
    from bot.tasks import Timetable
    from core.converse.explain import Explanation
    from core.converse.lists.feedback import Bookmark
    from core.deliver.appointments import Appointment, ScheduledDay
    from core.deliver.content import Digest
    from core.deliver.digest import Result
    from core.ingest.state import Report, SourceState
    from core.papers.paper import Dossier, Paper, Signals, Summary
    from core.papers.ports import PaperPage
    from core.papers.search import Found, Hit
    from core.summarise.answering import Answer
    from core.summarise.ports import MonthlySpending, Spending

Json = dict[str, Any]


#: what JSON lets through as it is, and a terminal would obey or hide; halves of characters cannot be written at all
_UNSEEN: Final = any_character("\x7f-\x9f", HIDING, HALVES)


def dump(value: Json) -> str:
    """One JSON document, readable and in Unicode; what nobody sees is escaped, and reads back as it was."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=_plain)
    return _UNSEEN.sub(lambda match: json.dumps(match[0])[1:-1], text)


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def reports(reports: Sequence[Report], took_ms: float) -> Json:
    """What `paperboy ingest` did."""
    return {"reports": [_report(report) for report in reports], "took_ms": round(took_ms)}


def _report(report: Report) -> Json:
    return {
        "source": report.source,
        "scope": report.scope,
        "state": report.state.value,
        "fetched": report.fetched,
        "new": report.stored.new,
        "updated": report.stored.updated,
        "known": report.stored.known,
        "merged": report.stored.merged,
        "failed": report.failed,
        "error": sentences(report.problems) or None,
        "retry_after_s": report.retry_after_s,
    }


def paper(paper: Paper) -> Json:
    """One paper."""
    return {
        "id": str(paper.id),
        "version": paper.version,
        "title": readable(paper.title),
        "abstract": readable(paper.abstract),
        "authors": [readable(name) for name in paper.authors],
        "categories": list(paper.categories),
        "published": paper.published,
        "announced": paper.announced,
        "announce_type": paper.announce_type.value,
        "url": paper.url,
        "pdf_url": paper.pdf_url or None,
        "doi": paper.doi,
        "journal": readable(paper.journal) if paper.journal else paper.journal,
        "comment": readable(paper.comment) or None,
        "identifiers": [str(identifier) for identifier in paper.identifiers],
        "sources": list(paper.sources),
        "signals": _signals(paper.signals),
        "licence": paper.licence,
    }


def summary(summary: Summary) -> Json:
    """A paper's summary."""
    return {
        "gist": readable(summary.gist),
        "motivation": readable(summary.motivation),
        "method": readable(summary.method),
        "result": readable(summary.result),
        "conclusion": readable(summary.conclusion),
        "novelty": readable(summary.novelty),
        "readers": readable(summary.readers),
        "language": summary.language,
        "depth": summary.depth.value,
        "made_by": summary.made_by,
        "evidence": [
            {"claim": readable(evidence.claim), "quote": readable(evidence.quote)} for evidence in summary.evidence
        ],
    }


def paper_with_summary(stored_paper: Paper, paper_summary: Summary, dossier: Dossier | None) -> Json:
    """What `paperboy paper` prints."""
    return {**paper(stored_paper), "summary": summary(paper_summary), **(_origin(dossier) if dossier else {})}


def _origin(dossier: Dossier) -> Json:
    """Where each field came from, how the signals went, and what happened to the paper since."""
    return {
        "provenance": dict(dossier.provenance),
        "accounts": [{"source": ", ".join(record.sources), "id": str(record.id)} for record in dossier.records],
        "readings": [
            {"source": reading.source, "at": reading.at, **_signals(reading.signals)} for reading in dossier.readings
        ],
        "events": [
            {"kind": event.kind.value, "detail": event.detail, "source": event.source, "at": event.at}
            for event in dossier.events
        ],
    }


def _signals(signals: Signals) -> Json:
    return {
        "upvotes": signals.upvotes,
        "comments": signals.comments,
        "code_url": signals.code_url,
        "stars": signals.stars,
        "citations": signals.citations,
        "keywords": list(signals.keywords) if signals.keywords else None,
    }


def papers(page: PaperPage) -> Json:
    """What `paperboy papers` prints."""
    return {"total": page.total, "papers": [paper(row) for row in page.papers]}


def search(page: Found, took_ms: float) -> Json:
    """What `paperboy search` prints."""
    return {
        "query": page.query.typed,
        "total": page.total,
        "took_ms": round(took_ms, 1),
        "hits": [_hit(hit) for hit in page.hits],
        **({"troubles": list(page.troubles)} if page.troubles else {}),
    }


def _hit(hit: Hit) -> Json:
    return {
        "id": str(hit.id),
        "title": readable(hit.title),
        "score": round(hit.score, 4),
        "published": hit.published,
        "snippet": readable(hit.snippet),
        "url": hit.url,
    }


def subscription(subscription: Subscription) -> Json:
    """One subscription."""
    return {
        "channel": str(subscription.channel),
        "name": subscription.name,
        "categories": list(subscription.categories),
        "rule": subscription.rule,
        "interest": subscription.interest,
        "authors": list(subscription.authors),
        "at": f"{subscription.at.at:%H:%M}",
        "zone": subscription.at.zone,
        "weekdays": show_weekdays(subscription.at.weekdays),
        "size": subscription.size,
        "language": subscription.language,
        "depth": subscription.depth.value,
        "layout": subscription.layout.value,
        "zone_chosen": subscription.at.is_zone_known,
        "patience_min": subscription.patience_min,
        "quiet_day": subscription.quiet_day.value,
        "late_day": subscription.late_day.value,
        "brief": subscription.has_briefing,
        "rerank": subscription.has_reranking,
        "explore": subscription.explores,
        "managers": subscription.changers.value,
        "paused": subscription.paused,
        "paused_until": subscription.at.not_before,
        "paused_because": subscription.absence.reason.value if subscription.absence else None,
        "paused_since": subscription.absence.since if subscription.absence else None,
        "set_up_by": str(subscription.set_up_by) if subscription.set_up_by else None,
    }


def timetable(timetable: Timetable) -> Json:
    """One subscription with its next and last deliveries."""
    return {**subscription(timetable.subscription), "next_at": timetable.next_at, "last_at": timetable.last_at}


def digest(result: Result) -> Json:
    """What `paperboy digest` and `paperboy demo` print."""
    from bot.output.contract_choice import choice
    from bot.output.contract_days import fitting, nothing, state_of  # loads what composes

    digest = result.digest
    fields = {**_digest(digest), **choice(digest), **fitting(digest)}
    return {"state": state_of(result), **fields, "nothing": nothing(result.empty)}


def _digest(digest: Digest) -> Json:
    return {
        "channel": str(digest.subscription.channel),
        "name": digest.subscription.name,
        "day": digest.day,
        "sample": digest.is_sample,
        "counts": asdict(digest.counts),
        "sources": [_source(state) for state in digest.sources],
        "spending": _spending(digest.spending),
        "items": [
            {
                "id": str(item.paper.id),
                "title": readable(item.paper.title),
                "score": round(item.score, 4),
                "reasons": [reason.text for reason in item.reasons],
                "summary": summary(item.summary),
                "stand_in": item.lack.value if item.lack else None,
                "fit": item.standing.fit.value if item.standing and item.standing.fit else None,
                "explored": item.is_explored,
                "siblings": [str(paper.id) for paper in item.siblings],
            }
            for item in digest.items
        ],
    }


def _source(state: SourceState) -> Json:
    return {
        "source": state.source,
        "scope": state.scope,
        "state": state.state.value,
        "checked_at": state.checked_at,
        "listing_day": state.listing_day,
        "listed": state.listed,
        "error": sentences(state.problems) or None,
    }


def status(status: Status) -> Json:
    """What `paperboy status` prints."""
    return {
        "services": contract_processes.services(status),
        "platforms": [
            {
                "platform": name,
                **contract_processes.platform(state),
                "host": service.origin.host,
                "pid": service.origin.pid,
            }
            for name, (state, service) in status.platforms.items()
        ],
        "sources": [_source(state) for state in status.sources],
        "deliveries": {
            "next": [_appointment(day) for day in status.next],
            "late": [_day(day, status.at) for day in status.late.days],
            "failed": [_day(day, status.at) for day in status.missed_days.days],
        },
        "counts": {
            "subscriptions": status.subscriptions,
            "late": status.late.total,
            "failed": status.missed_days.total,
        },
        "spending": {"months": spending(status.spending)},
        "embeddings": embeddings(status.embeddings),
        "claims": contract_processes.claims(status),
        **({} if status.jobs is None else {"jobs": contract_processes.queues(status.jobs)}),
    }


def spending(months: Sequence[MonthlySpending]) -> list[Json]:
    """What language models cost, by month and model."""
    return [{"month": f"{month.month:%Y-%m}", "model": month.model, **_spending(month.spending)} for month in months]


def _spending(spending: Spending) -> Json:
    return {
        "calls": spending.calls,
        "input_tokens": spending.input_tokens,
        "cached_tokens": spending.cached_tokens,
        "output_tokens": spending.output_tokens,
        "cost_usd": round(spending.cost_usd, 6),
        "unpriced_calls": spending.unpriced_calls,
    }


def _appointment(appointment: Appointment) -> Json:
    subscription = appointment.subscription
    return {
        "channel": str(subscription.channel),
        "name": subscription.name,
        "due_at": appointment.due_at,
        "local": subscription.at.local_time(appointment.due_at),
        "zone": subscription.at.zone,
    }


def _day(day: ScheduledDay, now: datetime) -> Json:
    return {
        "channel": str(day.subscription.channel),
        "name": day.subscription.name,
        "day": day.day.day,
        "due_at": day.day.due_at,
        "late_s": round((now - day.day.due_at).total_seconds()),
        "state": day.day.state.value,
        "reason": day.day.reason.value,
    }


def why(explanation: Explanation) -> Json:
    """What `paperboy why` prints."""
    return {
        "channel": str(explanation.subscription.channel),
        "name": explanation.subscription.name,
        "paper": str(explanation.paper.id) if explanation.paper else explanation.identifier,
        "posted": explanation.is_posted,
        "stages": [
            {"stage": stage.name, "passed": stage.is_passed, "detail": stage.detail} for stage in explanation.stages
        ],
    }


def answer(answer: Answer) -> Json:
    """What `paperboy ask` prints."""
    source, text = answer.source, answer.source.text
    return {
        "paper": str(source.paper.id),
        "question": answer.question,
        "read": text.form.value,
        "version": text.version,
        "lack": source.lack.value if source.lack else None,
        "detail": source.detail,
        "made_by": answer.made_by or None,
        "problem": answer.problem,
        "statements": [
            {"text": statement.text, "quote": statement.evidence.text, "section": statement.evidence.section}
            for statement in answer.statements
        ],
        "passages": [{"text": passage.text, "section": passage.section} for passage in answer.passages],
        "figures": [{"label": figure.label, "caption": figure.caption} for figure in answer.figures.present],
        "missing_figures": list(answer.figures.missing),
    }


def bookmark(bookmark: Bookmark) -> Json:
    """One bookmark."""
    return {
        "user": bookmark.user,
        "channel": bookmark.channel,
        "at": bookmark.at,
        "public": bookmark.public,
        "paper": paper(bookmark.paper),
    }
