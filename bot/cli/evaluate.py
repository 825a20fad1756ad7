"""`paperboy eval`: how good the program is at its tasks, on labelled data that lies elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.common import AsJson, day_of, run_with_app
from core.errors import UsageError

if TYPE_CHECKING:
    from datetime import date

    from bot.wire import App

evaluate = typer.Typer(help="Measure the program on labelled data.", no_args_is_help=True)

Data = Annotated[Path, typer.Option("--data", metavar="DIR", exists=True, help="Where the labelled data lie.")]


@evaluate.command("matching")
def eval_matching(data: Data, as_json: AsJson = False) -> None:
    """Are records of one paper told from records of two? EndNote XML with marked duplicates, or labelled pairs."""
    from bot.evaluate import report
    from bot.evaluate.matching import measure
    from bot.output import screen
    from core.ingest.refresh import Progress

    with screen.progress(is_shown=not as_json) as tell:
        measurements = measure(data, lambda count, total, name: tell(Progress(done=count, total=total, what=name)))
    if as_json:
        screen.data(report.matching(measurements))
    else:
        screen.out.print(report.matching_table(measurements))


@evaluate.command("summaries")
def eval_summaries(
    context: typer.Context,
    data: Data,
    split: Annotated[str, typer.Option("--split", metavar="NAME", help="The file NAME.jsonl there.")] = "dev",
    with_model: Annotated[bool, typer.Option("--model", help="How faithful are the configured models, too?")] = False,
    limit: Annotated[int, typer.Option(min=1, help="Papers that the models summarise, the first ones.")] = 100,
    language: Annotated[str, typer.Option(help="The language that the models write in.")] = "en",
    as_json: AsJson = False,
) -> None:
    """How near are gists to the TL;DRs that people wrote? Files of SciTLDR's shape."""
    from bot.evaluate import report, writing
    from bot.evaluate.summaries import measure, read_examples
    from bot.output import screen
    from core.errors import BadSetting
    from core.ingest.refresh import Progress
    from core.summarise.languages import parse_language
    from core.summarise.ports import Purpose

    tag = parse_language(language).tag
    examples = read_examples(data / f"{split}.jsonl")

    async def ask(app: App) -> writing.Rates:
        """Within the caps, and on record, as every other call."""
        if app.requests is None:
            raise BadSetting("No model is configured.", hint="Set model.name; docs/models.md says how.")
        papers = [example.paper for example in examples[:limit]]
        with screen.progress(is_shown=not as_json) as tell:
            async with app.requests.calls.work(Purpose.CHECK, None) as work:
                return await writing.measure(
                    papers,
                    work.models,
                    language=tag,
                    tell=lambda count, total: tell(Progress(done=count, total=total, what="asking the models")),
                )

    with screen.progress(is_shown=not as_json) as tell:
        measurement = measure(examples, lambda count, total: tell(Progress(done=count, total=total, what=split)))
    rates = run_with_app(context, ask) if with_model else None
    if as_json:
        screen.data(report.summaries(measurement) | ({"model": writing.figures(rates)} if rates else {}))
        return
    screen.out.print(report.summaries_table(measurement))
    if rates:
        screen.out.print(writing.table(rates))


@evaluate.command("search")
def eval_search(context: typer.Context, data: Data, as_json: AsJson = False) -> None:
    """Does the search put relevant papers on top? corpus.jsonl, queries.jsonl and qrels.tsv, as BEIR has them.

    Where embeddings.model is set, meanings are compared as well.
    """
    import asyncio

    from bot.clock import SystemClock
    from bot.evaluate import retrieval_report as report
    from bot.evaluate.retrieval import PATIENCE_S, measure, read_collection
    from bot.output import screen
    from bot.wire import meanings_of
    from core.ingest.refresh import Progress

    settings = context.obj.read_settings()
    with screen.progress(is_shown=not as_json) as tell:
        collection = read_collection(data)
        work = measure(
            collection,
            lambda count, total, what: tell(Progress(done=count, total=total, what=what)),
            meanings_of=lambda store: meanings_of(settings, store, SystemClock(), query_patience_s=PATIENCE_S),
        )
        measurement = asyncio.run(work)
    if as_json:
        screen.data(report.figures(measurement))
    else:
        screen.out.print(report.table(measurement))


class Protocol(StrEnum):
    """What is measured of the ranker."""

    DAILY = "daily"
    LIBRARY = "library"
    COLD = "cold"


@evaluate.command("ranking")
def eval_ranking(
    data: Data,
    protocol: Annotated[Protocol, typer.Option(help="daily lists, libraries, or papers nobody has saved yet.")],
    test_from: Annotated[str | None, typer.Option(metavar="DAY", help="daily: the first test day.")] = None,
    test_until: Annotated[str | None, typer.Option(metavar="DAY", help="daily: the last test day.")] = None,
    bookmarks: Annotated[int, typer.Option(min=1, help="library: bookmarks of each person that are known.")] = 10,
    ablation: Annotated[bool, typer.Option("--ablate", help="Also measure with each part left out.")] = False,
    plot: Annotated[Path | None, typer.Option(metavar="FILE", dir_okay=False, help="Draw the figures as SVG.")] = None,
    as_json: AsJson = False,
) -> None:
    """Does what was learned put on top what people pick? A year of listings, or libraries of citeulike-t's shape."""
    from bot.evaluate import ranking_report as report
    from bot.output import screen
    from core.ingest.refresh import Progress

    def teller(tell: Callable[[Progress], None], what: str) -> Callable[[int, int], None]:
        return lambda count, total: tell(Progress(done=count, total=total, what=what))

    began, cpu_began = perf_counter(), process_time()
    with screen.progress(is_shown=not as_json) as tell:
        if protocol is Protocol.DAILY:
            from bot.evaluate import daily

            first, last = _test_days(test_from, test_until)
            listings = daily.read_listings(data, teller(tell, "reading"))
            measurement = daily.measure(
                listings,
                test_from=first,
                test_until=last,
                with_ablation=ablation,
                tell=teller(tell, "learning day by day"),
            )
            result = report.of_daily(measurement)
        else:
            from bot.evaluate import libraries

            if test_from or test_until:
                raise UsageError(f"the {protocol} protocol has no days", hint="leave out --test-from and --test-until")
            recalls = libraries.measure(
                data,
                bookmarks=bookmarks if protocol is Protocol.LIBRARY else None,
                with_ablation=ablation,
                tell=teller(tell, "ranking"),
            )
            result = report.of_recalls(recalls)
    took_s, cpu_s = round(perf_counter() - began, 1), round(process_time() - cpu_began, 1)
    if plot:
        _write(plot, result.svg)
    if as_json:
        screen.data(result.json | {"took_s": took_s, "cpu_s": cpu_s})
        return
    for part in (*result.tables, result.plot):
        screen.out.print(part)
        screen.out.print()
    screen.out.print(f"took {took_s:.0f} s, {cpu_s:.0f} s of CPU", style="dim", highlight=False)


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}", hint="name another file") from error


def _test_days(test_from: str | None, test_until: str | None) -> tuple[date, date]:
    first, last = day_of(test_from), day_of(test_until)
    if first is None or last is None:
        raise UsageError("the daily protocol needs test days", hint="give --test-from DAY and --test-until DAY")
    if last < first:
        raise UsageError(f"{last} is before {first}", hint="--test-until is the last test day")
    return first, last
