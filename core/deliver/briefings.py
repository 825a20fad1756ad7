"""Use case: what a channel was brought lately -> a briefing by themes, as a post.

`/brief` and the command line ask for one, and a weekly digest may begin with one. The papers are those that the ledger
has as chosen for the channel's last days; where none were, the best of what is waiting for its next digest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from core.channels import Subscription
from core.choose.reasons import Reason
from core.deliver import choosing
from core.deliver.compose import SAMPLE_LABEL, say
from core.deliver.content import Digest, Item
from core.deliver.meanings import Meanings
from core.deliver.ports import DigestStore
from core.deliver.themes import briefing_blocks
from core.papers.paper import Paper, Summary
from core.posts.tree import Audience, Heading, Note, Post, text
from core.speech import _, plural
from core.summarise.briefing import MOST_PAPERS, PATIENCE_S, Briefing, SummarisedPaper, write_briefing
from core.summarise.ports import Spending
from core.summarise.summaries import Summariser

#: days that a briefing covers unless somebody says how many, and at most
DAYS: Final = 7
MOST_DAYS: Final = 31
#: briefings that are not written again
MOST_REMEMBERED: Final = 100
#: how many papers that wait for a digest are briefed on
_MOST_WAITING: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """What a channel was brought in some days, or would be next."""

    #: the best first, at most `MOST_PAPERS`
    items: tuple[Item, ...]
    #: how many there were
    total: int
    #: True where they were posted, False where they wait for the next digest
    is_posted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelBriefing:
    """A briefing, and what it is about."""

    recent: Recent
    #: how many it covers
    days: int
    briefing: Briefing


class BriefingMemory:
    """What models wrote lately of the same summaries, whoever asked: the next one who asks costs nothing."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._most = most
        #: what was read in which language -> what was written, the oldest first
        self._briefings: dict[tuple[str, tuple[Summary, ...]], Briefing] = {}

    def find(self, items: Sequence[Item], language: str) -> Briefing | None:
        """What was written of these."""
        return self._briefings.get(_key(items, language))

    def keep(self, items: Sequence[Item], language: str, briefing: Briefing) -> None:
        """Remember a briefing that lacks nothing, in the place of the oldest."""
        if briefing.lack is None:
            self._briefings[_key(items, language)] = replace(briefing, spending=Spending())
        while len(self._briefings) > self._most:
            del self._briefings[next(iter(self._briefings))]


def _key(items: Sequence[Item], language: str) -> tuple[str, tuple[Summary, ...]]:
    return language, tuple(item.summary for item in items)


async def brief(
    subscription: Subscription,
    *,
    days: int,
    today: date,
    store: DigestStore,
    summariser: Summariser,
    memory: BriefingMemory | None = None,
    within_s: float = PATIENCE_S,
    meanings: Meanings | None = None,
) -> ChannelBriefing:
    """The briefing on the channel's last `days` days; one that is in the memory is not written again.

    Raises StoreError.
    """
    recent = await _recent(
        subscription, today - timedelta(days=days - 1), store=store, summariser=summariser, meanings=meanings
    )
    memory = memory or BriefingMemory()
    briefing = memory.find(recent.items, subscription.language)
    if briefing is None:
        briefing = await _brief_on(recent.items, subscription, summariser, within_s)
        memory.keep(recent.items, subscription.language, briefing)
    return ChannelBriefing(recent=recent, days=days, briefing=briefing)


async def with_briefing(digest: Digest, summariser: Summariser, *, within_s: float) -> Digest:
    """A weekly digest with a briefing on its papers, where the channel wants one; any other as it is."""
    subscription = digest.subscription
    if not (subscription.has_briefing and len(subscription.at.weekdays) == 1 and len(digest.items) > 1):
        return digest
    briefing = await _brief_on(digest.items, subscription, summariser, within_s)
    # the digest tells what all of it cost
    return replace(
        digest, briefing=replace(briefing, spending=Spending()), spending=digest.spending + briefing.spending
    )


def briefing_post(channel_briefing: ChannelBriefing) -> Post:
    """The briefing for who asked."""
    recent, days = channel_briefing.recent, channel_briefing.days
    when = _("today") if days == 1 else plural("in the last {count} day", "in the last {count} days", days)
    if not recent.items:
        return say(_("Nothing was posted here {when}, and no paper is waiting for the next digest.", when=when))
    papers = plural("{count} paper", "{count} papers", recent.total)
    if recent.total != len(recent.items):
        papers = _("The best {best} of {papers}", best=len(recent.items), papers=papers)
    if not recent.is_posted:
        title, coverage = _("Briefing: what is waiting"), _("{papers} waiting for the next digest", papers=papers)
    else:
        last_days = plural("Briefing: the last {count} day", "Briefing: the last {count} days", days)
        title = _("Briefing: today") if days == 1 else last_days
        coverage = _("{papers} posted here {when}", papers=papers, when=when)
    is_sample = any(item.paper.id.scheme == "sample" for item in recent.items)
    return Post(
        blocks=(
            Heading(spans=(text(title),)),
            *((Note(spans=(text(_(SAMPLE_LABEL)),), warning=True),) if is_sample else ()),
            Note(spans=(text(coverage),)),
            *briefing_blocks(channel_briefing.briefing, recent.items),
        ),
        audience=Audience.ASKER,
        fallback=plural("Briefing: {count} paper", "Briefing: {count} papers", len(recent.items)),
    )


async def _brief_on(
    items: Sequence[Item], subscription: Subscription, summariser: Summariser, within_s: float
) -> Briefing:
    return await write_briefing(
        [SummarisedPaper(paper=item.paper, summary=item.summary) for item in items],
        language=subscription.language,
        calls=summariser.calls,
        channel=subscription.channel,
        within_s=within_s,
    )


async def _recent(
    subscription: Subscription,
    since: date,
    *,
    store: DigestStore,
    summariser: Summariser,
    meanings: Meanings | None,
) -> Recent:
    """The chosen papers of the channel's days; where none were, the best candidates of the subscription."""
    entries: list[tuple[Paper, float, tuple[Reason, ...]]]
    decisions = await store.chosen_papers(subscription.channel, since=since)
    if decisions:
        best = sorted(decisions, key=lambda decision: -decision.score)
        papers = {
            paper.id: paper for paper in await store.papers_by_id([decision.paper for decision in best[:MOST_PAPERS]])
        }
        entries = [
            (papers[decision.paper], decision.score, decision.reasons) for decision in best if decision.paper in papers
        ]
    else:
        candidates = await store.candidates(subscription)
        choice = await choosing.choose(candidates, subscription, day=since, store=store, meanings=meanings)
        entries = [(entry.paper, entry.score, entry.reasons) for entry in choice.fitting[:_MOST_WAITING]]
    summaries = await summariser.at_hand(
        [paper for paper, _score, _reasons in entries], language=subscription.language, depth=subscription.depth
    )
    items = [
        Item(paper=paper, score=score, reasons=reasons, summary=summaries[paper.id].summary)
        for paper, score, reasons in entries
    ]
    return Recent(items=tuple(items), total=len(decisions) or len(items), is_posted=bool(decisions))
