"""The JSON that scripts rely on: values -> plain dictionaries, in the shapes the documentation promises. Pure.

Texts of papers stand in it as people read them in a channel (`core.text.readable`): TeX as Unicode, on one line. What a
source wrote stays in the database.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from bot.output.contract_embeddings import embeddings
from core.channels import Subscription
from core.deliver.problems import sentences
from core.text.readable import readable
from core.text.times import show_weekdays

if TYPE_CHECKING:  # each command loads what it needs
    from bot.operation.status import Status
    from bot.tasks import Timetable
    from core.converse.explain import Explanation
    from core.converse.lists.feedback import Bookmark
    from core.deliver.appointments import Appointment, ScheduledDay
    from core.deliver.briefings import ChannelBriefing
    from core.deliver.content import Digest
    from core.deliver.digest import Result
    from core.ingest.state import Report, SourceState
    from core.operate.services import PlatformState, Service
    from core.papers.paper import Dossier, Paper, Signals, Summary
    from core.papers.ports import PaperPage
    from core.papers.search import Found, Hit
    from core.summarise.answering import Answer
    from core.summarise.ports import MonthlySpending, Spending

Json = dict[str, Any]


#: what JSON lets through as it is, and a terminal would obey or hide; halves of characters cannot be written at all
_UNSEEN: Final = re.compile("[\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def dump(value: Json) -> str:
    """One JSON document, readable and in Unicode; what nobody sees is escaped, and reads back as it was."""
    told = json.dumps(value, ensure_ascii=False, indent=2, default=_plain)
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", told)


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def reports(reports: Sequence[Report], took_ms: float) -> Json:
    """What `paperboy ingest` did."""
    return {"reports": [_report(one) for one in reports], "took_ms": round(took_ms)}


def _report(one: Report) -> Json:
    return {
        "source": one.source,
        "scope": one.scope,
        "state": one.state.value,
        "fetched": one.fetched,
        "new": one.stored.new,
        "updated": one.stored.updated,
        "known": one.stored.known,
        "merged": one.stored.merged,
        "failed": one.failed,
        "error": sentences(one.problems) or None,
        "retry_after_s": one.retry_after_s,
    }


def paper(one: Paper) -> Json:
    """One paper."""
    return {
        "id": str(one.id),
        "version": one.version,
        "title": readable(one.title),
        "abstract": readable(one.abstract),
        "authors": [readable(name) for name in one.authors],
        "categories": list(one.categories),
        "published": one.published,
        "announced": one.announced,
        "announce_type": one.announce_type.value,
        "url": one.url,
        "pdf_url": one.pdf_url or None,
        "doi": one.doi,
        "journal": readable(one.journal) if one.journal else one.journal,
        "comment": readable(one.comment) or None,
        "identifiers": [str(identifier) for identifier in one.identifiers],
        "sources": list(one.sources),
        "signals": _signals(one.signals),
        "licence": one.licence,
    }


def summary(one: Summary) -> Json:
    """A paper's summary."""
    return {
        "gist": readable(one.gist),
        "motivation": readable(one.motivation),
        "method": readable(one.method),
        "result": readable(one.result),
        "conclusion": readable(one.conclusion),
        "novelty": readable(one.novelty),
        "readers": readable(one.readers),
        "language": one.language,
        "depth": one.depth.value,
        "made_by": one.made_by,
        "evidence": [
            {"claim": readable(evidence.claim), "quote": readable(evidence.quote)} for evidence in one.evidence
        ],
    }


def paper_with_summary(one: Paper, told: Summary, dossier: Dossier | None) -> Json:
    """What `paperboy paper` prints."""
    return {**paper(one), "summary": summary(told), **(_origin(dossier) if dossier else {})}


def _origin(dossier: Dossier) -> Json:
    """Where each field came from, how the signals went, and what happened to the paper since."""
    return {
        "provenance": dict(dossier.provenance),
        "accounts": [{"source": ", ".join(one.sources), "id": str(one.id)} for one in dossier.records],
        "readings": [{"source": one.source, "at": one.at, **_signals(one.signals)} for one in dossier.readings],
        "events": [
            {"kind": one.kind.value, "detail": one.detail, "source": one.source, "at": one.at} for one in dossier.events
        ],
    }


def _signals(one: Signals) -> Json:
    return {
        "upvotes": one.upvotes,
        "comments": one.comments,
        "code_url": one.code_url,
        "stars": one.stars,
        "citations": one.citations,
        "keywords": list(one.keywords) if one.keywords else None,
    }


def papers(page: PaperPage) -> Json:
    """What `paperboy papers` prints."""
    return {"total": page.total, "papers": [paper(one) for one in page.papers]}


def found(page: Found, took_ms: float) -> Json:
    """What `paperboy search` prints."""
    return {
        "query": page.query.typed,
        "total": page.total,
        "took_ms": round(took_ms, 1),
        "hits": [_hit(one) for one in page.hits],
        **({"troubles": list(page.troubles)} if page.troubles else {}),
    }


def _hit(one: Hit) -> Json:
    return {
        "id": str(one.id),
        "title": readable(one.title),
        "score": round(one.score, 4),
        "published": one.published,
        "snippet": readable(one.snippet),
        "url": one.url,
    }


def subscription(one: Subscription) -> Json:
    """One subscription."""
    return {
        "channel": str(one.channel),
        "name": one.name,
        "categories": list(one.categories),
        "rule": one.rule,
        "interest": one.interest,
        "authors": list(one.authors),
        "at": f"{one.at.at:%H:%M}",
        "zone": one.at.zone,
        "weekdays": show_weekdays(one.at.weekdays),
        "size": one.size,
        "language": one.language,
        "depth": one.depth.value,
        "layout": one.layout.value,
        "zone_chosen": one.at.is_zone_known,
        "patience_min": one.patience_min,
        "quiet_day": one.quiet_day.value,
        "late_day": one.late_day.value,
        "brief": one.has_briefing,
        "rerank": one.has_reranking,
        "explore": one.explores,
        "managers": one.changers.value,
        "paused": one.paused,
        "paused_until": one.at.not_before,
        "paused_because": one.absence.reason.value if one.absence else None,
        "paused_since": one.absence.since if one.absence else None,
        "set_up_by": str(one.set_up_by) if one.set_up_by else None,
    }


def timetable(one: Timetable) -> Json:
    """One subscription with its next and last deliveries."""
    return {**subscription(one.subscription), "next_at": one.next_at, "last_at": one.last_at}


def digest(result: Result) -> Json:
    """What `paperboy digest` and `paperboy demo` print."""
    from bot.output.contract_choice import choice
    from bot.output.contract_days import fitting, nothing, state_of  # loads what composes

    one = result.digest
    told = {**_digest(one), **choice(one), **fitting(one)}
    return {"state": state_of(result), **told, "nothing": nothing(result.empty)}


def _digest(one: Digest) -> Json:
    return {
        "channel": str(one.subscription.channel),
        "name": one.subscription.name,
        "day": one.day,
        "sample": one.is_sample,
        "counts": asdict(one.counts),
        "sources": [_source(state) for state in one.sources],
        "spending": _spending(one.spending),
        "items": [
            {
                "id": str(item.paper.id),
                "title": readable(item.paper.title),
                "score": round(item.score, 4),
                "reasons": [one.text for one in item.reasons],
                "summary": summary(item.summary),
                "stand_in": item.lack.value if item.lack else None,
                "fit": item.standing.fit.value if item.standing and item.standing.fit else None,
                "explored": item.is_explored,
                "siblings": [str(paper.id) for paper in item.siblings],
            }
            for item in one.items
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


def status(one: Status) -> Json:
    """What `paperboy status` prints."""
    return {
        "services": [_service(service, one.at) for service in one.services],
        "platforms": [
            {"platform": name, **_platform(state), "host": service.origin.host, "pid": service.origin.pid}
            for name, (state, service) in one.platforms.items()
        ],
        "sources": [_source(state) for state in one.sources],
        "deliveries": {
            "next": [_appointment(each) for each in one.next],
            "late": [_day(each, one.at) for each in one.late.days],
            "failed": [_day(each, one.at) for each in one.failed.days],
        },
        "counts": {"subscriptions": one.subscriptions, "late": one.late.total, "failed": one.failed.total},
        "spending": {"months": spending(one.spending)},
        "embeddings": embeddings(one.embeddings),
    }


def spending(months: Sequence[MonthlySpending]) -> list[Json]:
    """What language models cost, by month and model."""
    return [{"month": f"{one.month:%Y-%m}", "model": one.model, **_spending(one.spending)} for one in months]


def _spending(one: Spending) -> Json:
    return {
        "calls": one.calls,
        "input_tokens": one.input_tokens,
        "cached_tokens": one.cached_tokens,
        "output_tokens": one.output_tokens,
        "cost_usd": round(one.cost_usd, 6),
        "unpriced_calls": one.unpriced_calls,
    }


def _service(one: Service, now: datetime) -> Json:
    return {
        "host": one.origin.host,
        "pid": one.origin.pid,
        "version": one.version,
        "state": "lost" if one.is_lost(now) else "running",
        "started_at": one.started_at,
        "seen_at": one.seen_at,
        "platforms": {name: _platform(state) for name, state in one.platforms},
    }


def _appointment(one: Appointment) -> Json:
    subscription = one.subscription
    return {
        "channel": str(subscription.channel),
        "name": subscription.name,
        "due_at": one.due_at,
        "local": subscription.at.local_time(one.due_at),
        "zone": subscription.at.zone,
    }


def _day(one: ScheduledDay, now: datetime) -> Json:
    return {
        "channel": str(one.subscription.channel),
        "name": one.subscription.name,
        "day": one.day.day,
        "due_at": one.day.due_at,
        "late_s": round((now - one.day.due_at).total_seconds()),
        "state": one.day.state.value,
        "reason": one.day.reason.value,
    }


def _platform(state: PlatformState) -> Json:
    known = {"state": state.health.value, "detail": state.detail, "since": state.since}
    return known | {"failures": state.failures, "refused": state.refused}


def briefing(one: ChannelBriefing) -> Json:
    """What `paperboy brief` prints."""
    from core.deliver.themes import read_first

    items = {item.paper.id: item for item in one.recent.items}
    return {
        "days": one.days,
        "is_posted": one.recent.is_posted,
        "total": one.recent.total,
        "lack": one.briefing.lack.value if one.briefing.lack else None,
        "themes": [
            {
                "label": theme.label,
                "made_by": theme.made_by or None,
                "papers": [str(paper) for paper in theme.papers],
                "read_first": str(read_first([items[paper] for paper in theme.papers]).paper.id),
                "sentences": [
                    {"tone": said.tone.value, "text": said.text, "papers": [str(paper) for paper in said.papers]}
                    for said in theme.statements
                ],
            }
            for theme in one.briefing.themes
        ],
    }


def why(one: Explanation) -> Json:
    """What `paperboy why` prints."""
    return {
        "channel": str(one.subscription.channel),
        "name": one.subscription.name,
        "paper": str(one.paper.id) if one.paper else one.identifier,
        "posted": one.is_posted,
        "stages": [{"stage": stage.name, "passed": stage.is_passed, "detail": stage.detail} for stage in one.stages],
    }


def answer(one: Answer) -> Json:
    """What `paperboy ask` prints."""
    source, text = one.source, one.source.text
    return {
        "paper": str(source.paper.id),
        "question": one.question,
        "read": text.form.value,
        "version": text.version,
        "lack": source.lack.value if source.lack else None,
        "detail": source.detail,
        "made_by": one.made_by or None,
        "problem": one.problem,
        "statements": [
            {"text": told.text, "quote": told.evidence.text, "section": told.evidence.section}
            for told in one.statements
        ],
        "passages": [{"text": passage.text, "section": passage.section} for passage in one.passages],
        "figures": [{"label": figure.label, "caption": figure.caption} for figure in one.figures.found],
        "missing_figures": list(one.figures.missing),
    }


def bookmark(one: Bookmark) -> Json:
    """One bookmark."""
    return {
        "user": one.user,
        "channel": one.channel,
        "at": one.at,
        "public": one.public,
        "paper": paper(one.paper),
    }
