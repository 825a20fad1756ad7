"""Is it set up right? Each check tells what it found and, where something is wrong, what to do."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.settings import Settings
from bot.wire import App, build
from core.channels import Subscription
from core.errors import PaperboyError
from core.listings import Refresh, SourceState, State
from core.ports import Chat, PaperSource

#: a small category: asking for its listing costs the source little
PROBE: Final = "econ.TH"
#: how far back refreshes are counted, and how many at most
HISTORY: Final = timedelta(days=7)
MOST_REFRESHES: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str
    hint: str = ""


async def examine(settings: Settings) -> tuple[Check, ...]:
    """All checks; those that need the database are left out where it does not open."""
    checks = [_python(), _contact(settings), _clock(settings)]
    if settings.without_effect:
        names = ", ".join(settings.without_effect)
        checks.append(Check(name="settings", ok=True, detail=f"without effect in this version: {names}"))
    try:
        async with build(settings) as app:
            checks += [check async for check in _inside(app)]
    except PaperboyError as error:
        checks.append(Check(name="database", ok=False, detail=str(error), hint=error.hint))
    return tuple(checks)


def _python() -> Check:
    return Check(name="python", ok=True, detail=".".join(map(str, sys.version_info[:3])))


def _contact(settings: Settings) -> Check:
    if settings.contact:
        return Check(name="contact", ok=True, detail=f"sources can write to {settings.contact}")
    hint = 'Set contact = "you@example.org": sources write there before they block a reader.'
    return Check(name="contact", ok=True, detail="not set", hint=hint)


def _clock(settings: Settings) -> Check:
    if settings.clock.now:
        return Check(name="clock", ok=True, detail=f"starts at {settings.clock.now:%Y-%m-%d %H:%M %Z} by clock.now")
    return Check(name="clock", ok=True, detail="the machine's")


async def _inside(app: App) -> AsyncIterator[Check]:
    papers = await app.store.papers(limit=1)
    yield Check(name="database", ok=True, detail=f"open and up to date, {papers.total:,} papers")
    subscriptions = await app.store.subscriptions()
    hint = "" if subscriptions else "paperboy channels add terminal:main --category cs.CL"
    yield Check(name="channels", ok=True, detail=f"{len(subscriptions)} subscribed", hint=hint)
    for chat in app.chats.values():
        yield await _platform(chat)
    for source, scope in _probes(app, subscriptions):
        yield await _source(source, scope)
    history = await app.store.refreshes(since=app.clock.now() - HISTORY, limit=MOST_REFRESHES)
    for state in await app.store.source_states():
        yield _state(state, [one for one in history if _of(one) == (state.source, state.scope)])


def _of(refresh: Refresh) -> tuple[str, str]:
    """Which part of which source a refresh was of."""
    return (refresh.report.source, refresh.report.scope)


def _probes(app: App, subscriptions: Sequence[Subscription]) -> Iterator[tuple[PaperSource, str]]:
    """One small question to each source that a refresh asks; arXiv is asked for a small category."""
    asked: set[str] = set()
    wanted = app.origins.wanted(subscriptions)
    for source, scope in ((app.origins.sources["arxiv"], PROBE), *wanted):
        if source.name not in asked:
            asked.add(source.name)
            yield source, scope


def _state(state: SourceState, history: Sequence[Refresh]) -> Check:
    """How the last refresh of a scope went, and how those of the last days did."""
    detail = f"{state.state}, checked {state.checked_at:%Y-%m-%d %H:%M} UTC"
    if len(history) > 1:
        counts = Counter(one.report.state for one in history)
        told = ", ".join(f"{counts[each]} {each}" for each in State if counts[each])
        detail = f"{detail}; in {HISTORY.days} days: {told}"
    return Check(
        name=f"{state.source} {state.scope}",
        ok=not state.state.is_trouble,
        detail=f"{detail}. {state.error}" if state.error else detail,
        hint=f"paperboy ingest tries again{_from(state)}" if state.state.is_trouble else "",
    )


def _from(state: SourceState) -> str:
    """When, where the source asked us to wait."""
    return f" from {state.wait_until:%H:%M} UTC on" if state.wait_until else ""


async def _platform(chat: Chat) -> Check:
    """Log in with the platform's token, and out again."""
    try:
        async with chat.opened():
            return Check(name=chat.platform, ok=True, detail=f"connected as {await chat.whoami()}")
    except PaperboyError as error:
        hint = error.hint or f"docs/{chat.platform}.md tells how to set it up."
        return Check(name=chat.platform, ok=False, detail=str(error), hint=hint)


async def _source(source: PaperSource, scope: str) -> Check:
    """Ask a source for one small listing, without storing anything."""
    try:
        listing = await source.fetch(scope, None)
    except PaperboyError as error:
        return Check(
            name=source.name, ok=False, detail=str(error), hint=error.hint or "Check the network and try again."
        )
    count = len(listing.announcements)
    return Check(
        name=source.name, ok=True, detail=f"answers ({count} {'entry' if count == 1 else 'entries'} in {scope})"
    )
