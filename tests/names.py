"""Names that say nothing: bare participles and pronouns, counted. `make check` runs it, and the figures may only fall.

`told`, `found` or `one` make a reader go and look what they stand for; `events`, `matches` or `paper` do not. What is
counted is every binding of such a name in the product: functions, classes, parameters, fields and variables.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
_FOLDERS: Final = ("bot", "core", "adapters", "storage")
#: a migration is as it was
_PAST: Final = "versions"
_PRONOUNS: Final = frozenset(
    (
        *("all", "alone", "anew", "any", "again", "both", "each", "it", "mine", "one", "other", "others", "ours"),
        *("rest", "such", "that", "theirs", "them", "these", "they", "this", "those", "together"),
    )
)
_IRREGULAR: Final = frozenset(
    (
        *("begun", "brought", "built", "caught", "chosen", "done", "drawn", "found", "given", "gone", "heard", "held"),
        *("kept", "known", "left", "lost", "made", "meant", "met", "said", "seen", "sent", "shown", "taken", "told"),
        "written",
    )
)
_NOUNS: Final = frozenset(["embed", "feed", "need", "seed", "speed", "hundred"])
#: how many there may be; whoever removes some lowers it
MOST_PARTICIPLES: Final = 155
MOST_PRONOUNS: Final = 14


def is_participle(name: str) -> bool:
    """True of one word alone that is a past participle."""
    word = name.strip("_").lower()
    return word in _IRREGULAR or (word.endswith("ed") and len(word) > 4 and "_" not in word and word not in _NOUNS)


def is_pronoun(name: str) -> bool:
    """True of one word alone that stands for something else."""
    return name.strip("_").lower() in _PRONOUNS


def bindings() -> Iterator[str]:
    """Every name that the product binds, as often as it does."""
    for folder in _FOLDERS:
        for module in sorted((ROOT / folder).rglob("*.py")):
            if _PAST not in module.parts:
                yield from _bound(ast.parse(module.read_text(encoding="utf-8")))


def _bound(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def main() -> None:
    """Print the figures, and the commonest; exit with 1 where there are more than there may be."""
    names = list(bindings())
    participles, pronouns = Counter(filter(is_participle, names)), Counter(filter(is_pronoun, names))
    for what, counts, most in (("participles", participles, MOST_PARTICIPLES), ("pronouns", pronouns, MOST_PRONOUNS)):
        common = ", ".join(f"{name} {count}" for name, count in counts.most_common(5))
        sys.stdout.write(f"Bare {what} as names: {counts.total()} of {most} ({len(counts)} distinct; {common}).\n")
    sys.exit(participles.total() > MOST_PARTICIPLES or pronouns.total() > MOST_PRONOUNS)


if __name__ == "__main__":
    main()
