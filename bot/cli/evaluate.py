"""`paperboy eval`: how good the program is at its tasks, on labelled data that lies elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.common import AsJson

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
    data: Data,
    split: Annotated[str, typer.Option("--split", metavar="NAME", help="The file NAME.jsonl there.")] = "dev",
    as_json: AsJson = False,
) -> None:
    """How near are gists to the TL;DRs that people wrote? Files of SciTLDR's shape."""
    from bot import screen
    from bot.evaluate import report
    from bot.evaluate.summaries import measure, read_examples
    from core.ingest.refresh import Progress

    examples = read_examples(data / f"{split}.jsonl")
    with screen.progress(shown=not as_json) as tell:
        measured = measure(examples, lambda done, total: tell(Progress(done=done, total=total, what=split)))
    if as_json:
        screen.data(report.summaries(measured))
    else:
        screen.out.print(report.summaries_table(measured))
