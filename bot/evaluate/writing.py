"""`paperboy eval summaries --model`: how faithful is what the configured models write?

Every paper is summarised exactly as the service does it, with its checks, its repair and its fallbacks. `measure` gives
the figures, `figures` the JSON, `table` what people see.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rich.table import Table

from bot.output.contract import Json
from core.channels import Depth
from core.papers.paper import Paper
from core.summarise.flaws import QUOTE_FLAWS, Flaw
from core.summarise.ports import LanguageModel, Usage
from core.summarise.write import Attempt, Writing, write_summary

#: papers that are summarised at a time
AT_ONCE: Final = 8

#: told now and then how far it is: done, of how many
Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """How models did on some papers. Shares are percent."""

    papers: int
    #: papers whose first answer had nothing wrong in it
    valid_at_first: float
    #: those, and the ones where nothing was wrong after a repair of the first model
    valid_after_repair: float
    #: papers with a summary by the first model, by a later one, and by none, so that the extractive one serves
    by_first_model: float
    by_fallback: float
    extractive: float
    #: of the claims in first answers, those with a quote and with numbers of the paper, in the right language
    quotes_found: float
    numbers_found: float
    right_language: float
    #: flaw or error -> how often in all answers, the most frequent first
    flaws: tuple[tuple[str, int], ...]
    calls: int
    #: per paper with a summary by a model, of all calls
    input_tokens: float
    cached_tokens: float
    output_tokens: float
    #: US dollars of all calls; None where a call's price is not known
    cost_usd: float | None
    seconds: float


async def measure(
    papers: Sequence[Paper],
    models: Sequence[LanguageModel],
    *,
    language: str = "en",
    depth: Depth = Depth.PARTS,
    tell: Tell = lambda count, total: None,
) -> Rates:
    """Have every paper summarised, some at a time, and count."""
    start = time.perf_counter()
    writings: list[Writing] = []
    waiting = iter(papers)

    async def work() -> None:
        for paper in waiting:
            writings.append(await write_summary(paper, language=language, depth=depth, models=models))
            tell(len(writings), len(papers))

    async with asyncio.TaskGroup() as group:
        for _ in range(min(AT_ONCE, len(papers))):
            group.create_task(work())
    return count(writings, seconds=time.perf_counter() - start)


def count(writings: Sequence[Writing], *, seconds: float = 0.0) -> Rates:
    """The rates of what was written."""
    firsts = [writing.attempts[0] for writing in writings if writing.attempts]
    last_attempts = [_last_of_first_model(writing.attempts) for writing in writings if writing.attempts]
    makers = [(writing.summary.made_by, writing.attempts[0].model) for writing in writings if writing.summary]
    usages = [usage for writing in writings for usage in writing.usages]
    costs = [usage.cost_usd for usage in usages]
    return Rates(
        papers=len(writings),
        valid_at_first=_percent(sum(first.is_sound for first in firsts), len(writings)),
        valid_after_repair=_percent(sum(last.is_sound for last in last_attempts), len(writings)),
        by_first_model=_percent(sum(maker == first for maker, first in makers), len(writings)),
        by_fallback=_percent(sum(maker != first for maker, first in makers), len(writings)),
        extractive=_percent(len(writings) - len(makers), len(writings)),
        quotes_found=_share_without(firsts, QUOTE_FLAWS),
        numbers_found=_share_without(firsts, frozenset({Flaw.NUMBER})),
        right_language=_share_without(firsts, frozenset({Flaw.LANGUAGE})),
        flaws=tuple(Counter(_flaws(writings)).most_common()),
        calls=sum(len(writing.attempts) for writing in writings),
        input_tokens=_per_summary(usages, "input_tokens", len(makers)),
        cached_tokens=_per_summary(usages, "cached_tokens", len(makers)),
        output_tokens=_per_summary(usages, "output_tokens", len(makers)),
        cost_usd=None if None in costs else sum(cost for cost in costs if cost is not None),
        seconds=seconds,
    )


def figures(rates: Rates) -> Json:
    """The rates for scripts: the field `model` of `paperboy eval summaries --model --json`."""
    return {
        "papers": rates.papers,
        "valid_at_first": round(rates.valid_at_first, 1),
        "valid_after_repair": round(rates.valid_after_repair, 1),
        "by_first_model": round(rates.by_first_model, 1),
        "by_fallback": round(rates.by_fallback, 1),
        "extractive": round(rates.extractive, 1),
        "quotes_found": round(rates.quotes_found, 1),
        "numbers_found": round(rates.numbers_found, 1),
        "right_language": round(rates.right_language, 1),
        "flaws": dict(rates.flaws),
        "calls": rates.calls,
        "tokens_per_summary": {
            "input": round(rates.input_tokens),
            "cached": round(rates.cached_tokens),
            "output": round(rates.output_tokens),
        },
        "cost_usd": rates.cost_usd,
        "seconds": round(rates.seconds, 1),
    }


def table(rates: Rates) -> Table:
    """The rates for people."""
    table = Table("Summaries by models", "", box=None, header_style="bold", pad_edge=False)
    table.columns[1].justify = "right"
    table.add_row("papers", f"{rates.papers:,}")
    for name, share in (
        ("sound at the first try", rates.valid_at_first),
        ("sound after one repair", rates.valid_after_repair),
        ("written by the first model", rates.by_first_model),
        ("written by a fallback", rates.by_fallback),
        ("left to the extractive summary", rates.extractive),
        ("claims whose quote stands in the paper", rates.quotes_found),
        ("claims whose numbers stand in the paper", rates.numbers_found),
        ("claims in the right language", rates.right_language),
    ):
        table.add_row(name, f"{share:.1f} %")
    tokens = f"{rates.input_tokens:,.0f} ({rates.cached_tokens:,.0f} kept) + {rates.output_tokens:,.0f}"
    table.add_row("tokens per summary, read + written", tokens)
    table.add_row("cost", "unknown" if rates.cost_usd is None else f"${rates.cost_usd:.4f}")
    for flaw, times in rates.flaws:
        table.add_row(f"  {flaw}", f"{times:,}")
    return table


def _last_of_first_model(attempts: Sequence[Attempt]) -> Attempt:
    return [attempt for attempt in attempts if attempt.model == attempts[0].model][-1]


def _share_without(attempts: Sequence[Attempt], flaws: frozenset[Flaw]) -> float:
    """Of all claims, those that have none of these flaws; a whole answer in the wrong language is all of its claims."""
    claims = sum(attempt.claims for attempt in attempts)
    flawed_claims = 0
    for attempt in attempts:
        parts = {failure.part for failure in attempt.failures if failure.flaw in flaws}
        flawed_claims += attempt.claims if "" in parts else len(parts)
    return _percent(claims - flawed_claims, claims)


def _flaws(writings: Sequence[Writing]) -> Iterator[str]:
    for writing in writings:
        for attempt in writing.attempts:
            yield from (failure.flaw.value for failure in attempt.failures)
            if attempt.error:
                yield type(attempt.error).__name__


def _per_summary(usages: Sequence[Usage], field: str, summaries: int) -> float:
    return sum(getattr(usage, field) for usage in usages) / summaries if summaries else 0.0


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0
