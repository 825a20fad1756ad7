"""`make catalogue`: writes the template of all catalogues from the source's sentences, and brings catalogues up to it.

Without line numbers and dates, so that it changes only when a sentence does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from core.speech import CATALOGUES

ROOT: Final = Path(__file__).parents[1]
TEMPLATE: Final = CATALOGUES / "paperboy.pot"
_FOLDERS: Final = ("core", "adapters", "bot")
#: what asks the catalogues, with how many of its first arguments are messages
ASKS: Final = MappingProxyType({"_": 1, "N_": 1, "plural": 2})


def template() -> bytes:
    """Every sentence with the modules that say it, in their order."""
    catalogue = Catalog(project="Paperboy", header_comment="# What Paperboy says. Made by `make catalogue`.")
    for module in _modules():
        source = module.read_text(encoding="utf-8")
        for message in messages_in(ast.parse(source)) if "core.speech" in source else ():
            catalogue.add(message, locations=[(module.relative_to(ROOT).as_posix(), None)])
    return _written(catalogue)


def messages_in(node: ast.AST) -> Iterator[str | tuple[str, ...]]:
    """What a module asks the catalogues for, in its order; Babel's own extractor passes over what f-strings hold."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ASKS:
        said = [arg.value for arg in node.args[: ASKS[node.func.id]] if isinstance(arg, ast.Constant)]
        if len(said) == ASKS[node.func.id]:
            yield tuple(said) if len(said) > 1 else said[0]
    for child in ast.iter_child_nodes(node):
        yield from messages_in(child)


def _modules() -> Iterator[Path]:
    for folder in _FOLDERS:
        yield from sorted((ROOT / folder).rglob("*.py"))


def _written(catalogue: Catalog) -> bytes:
    written = BytesIO()
    write_po(written, catalogue, width=110, omit_header=catalogue.locale is None, include_lineno=False)
    return written.getvalue()


def main() -> None:
    """Write the template, and merge it into each catalogue: new sentences stay empty there, gone ones go."""
    TEMPLATE.parent.mkdir(exist_ok=True)
    TEMPLATE.write_bytes(template())
    current = read_po(BytesIO(TEMPLATE.read_bytes()))
    for path in sorted(CATALOGUES.glob("*.po")):
        with path.open("rb") as file:
            catalogue = read_po(file, locale=path.stem)
        catalogue.update(current, no_fuzzy_matching=True)
        path.write_bytes(_written(catalogue))


if __name__ == "__main__":
    main()
