"""Learn the weights of summaries without a model, and write them to `core/summarise/weights.json`.

    python -m bot.evaluate.train_summaries --scitldr DIR --abstracts DIR [--write]

SciTLDR's DIR has `train.jsonl`; that of abstracts has listings as `arxiv-*.jsonl.gz`. It takes some minutes; the same
data give the same file. Without `--write` it only measures: the gist over five folds, the roles on abstracts with
headings that were held back.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Final

from bot.evaluate import learn_gist, learn_roles
from core.summarise.weights import Weights

_FILE: Final = Path(__file__).parents[2] / "core/summarise/weights.json"
_FOLDS: Final = 5


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, or write the weights."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--scitldr", type=Path, required=True, metavar="DIR")
    parser.add_argument("--abstracts", type=Path, required=True, metavar="DIR")
    parser.add_argument("--write", action="store_true", help="write core/summarise/weights.json")
    options = parser.parse_args(arguments)
    forms = list(learn_gist.read_forms(options.scitldr / "train.jsonl"))
    with_headings, plain = learn_roles.read_abstracts(options.abstracts)
    if options.write:
        _FILE.write_text(
            _as_json(Weights(gist=learn_gist.learn(forms), roles=learn_roles.learn(with_headings, plain))), "utf-8"
        )
    else:
        _measure_gist(forms)
        _measure_roles(with_headings, plain)


def _measure_gist(forms: Sequence[learn_gist.Form]) -> None:
    choices = [
        form
        for fold in range(_FOLDS)
        for form in learn_gist.choose(
            [form for form in forms if form.paper % _FOLDS == fold],
            learn_gist.learn([form for form in forms if form.paper % _FOLDS != fold]),
        )
    ]
    figures = (fmean(getattr(form.scores, name) for form in choices) for name in ("rouge1", "rouge2", "rouge_l"))
    _tell(f"gist, {_FOLDS} folds of the training split: {' / '.join(f'{100 * figure:.1f}' for figure in figures)}")


def _measure_roles(with_headings: Sequence[learn_roles.Abstract], plain: Sequence[learn_roles.Abstract]) -> None:
    held_back = [abstract for number, abstract in enumerate(with_headings) if number % _FOLDS == 0]
    weights = learn_roles.learn([abstract for number, abstract in enumerate(with_headings) if number % _FOLDS], plain)
    share = learn_roles.accuracy(held_back, weights)
    _tell(f"roles, {len(held_back)} abstracts with headings held back: {100 * share:.1f} % of their sentences")


def _as_json(weights: Weights) -> str:
    """A line for each weight, so that a change can be reviewed."""
    features = ",\n".join(
        f"      {json.dumps(name)}: {json.dumps(list(role_weights))}"
        for name, role_weights in sorted(weights.roles.features.items())
    )
    gist = {
        "numbers": dict(sorted(weights.gist.numbers.items())),
        "phrases": dict(sorted(weights.gist.phrases.items())),
    }
    gist_lines = json.dumps(gist, indent=2, ensure_ascii=False).replace("\n", "\n  ")
    return (
        f'{{\n  "gist": {gist_lines},\n  "roles": {{\n    "roles": {json.dumps(list(weights.roles.roles))},\n'
        f'    "features": {{\n{features}\n    }}\n  }}\n}}\n'
    )


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
