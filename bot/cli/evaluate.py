"""`paperboy eval`: how good the program is at its tasks, on labelled data that lies elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.common import AsJson, opened

if TYPE_CHECKING:
    from bot.wire import App

evaluate = typer.Typer(help="Measure the program on labelled data.", no_args_is_help=True)

Data = Annotated[Path, typer.Option("--data", metavar="DIR", exists=True, help="Where the labelled data lie.")]


@evaluate.command("matching")
def eval_matching(data: Data, as_json: AsJson = False) -> None:
    """Are records of one paper told from records of two? EndNote XML with marked duplicates, or labelled pairs."""
    from bot import screen
    from bot.evaluate import report
    from bot.evaluate.matching import measure
    from core.ingest.refresh import Progress

    with screen.progress(shown=not as_json) as tell:
        measured = measure(data, lambda done, total, name: tell(Progress(done=done, total=total, what=name)))
    if as_json:
        screen.data(report.matching(measured))
    else:
        screen.out.print(report.matching_table(measured))


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
    from bot import screen
    from bot.evaluate import report, writing
    from bot.evaluate.summaries import measure, read_examples
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
        papers = [one.paper for one in examples[:limit]]
        with screen.progress(shown=not as_json) as tell:
            async with app.requests.calls.work(Purpose.CHECK, None) as work:
                return await writing.measure(
                    papers,
                    work.models,
                    language=tag,
                    tell=lambda done, total: tell(Progress(done=done, total=total, what="asking the models")),
                )

    with screen.progress(shown=not as_json) as tell:
        measured = measure(examples, lambda done, total: tell(Progress(done=done, total=total, what=split)))
    rates = opened(context, ask) if with_model else None
    if as_json:
        screen.data(report.summaries(measured) | ({"model": writing.figures(rates)} if rates else {}))
        return
    screen.out.print(report.summaries_table(measured))
    if rates:
        screen.out.print(writing.table(rates))
