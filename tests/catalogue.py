"""`make catalogue`: writes the template of all catalogues from the source's sentences, and brings catalogues up to it.

Without line numbers and dates, so that it changes only when a sentence does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import Final, NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from core.speech import CATALOGUES

ROOT: Final = Path(__file__).parents[1]
TEMPLATE: Final = CATALOGUES / "paperboy.pot"
_FOLDERS: Final = ("core", "adapters", "storage", "bot")
#: what asks the catalogues, with how many of its first arguments are messages
ASKS: Final = MappingProxyType({"_": 1, "N_": 1, "plural": 2})


class Message(NamedTuple):
    """A message that a module asks the catalogues for, and the call that does."""

    #: as it is written; two forms of one that goes with a number
    forms: tuple[str, ...]
    call: ast.Call

    @property
    def misplaced(self) -> set[str]:
        """Places without a value, and values without a place.

        A message without any value may have places: spans are put into them. What `**` brings is not known here.
        """
        values = {keyword.arg for keyword in self.call.keywords}
        if None in values or (not values and len(self.forms) == 1):
            return set()
        places = {place for form in self.forms for _, place, _, _ in Formatter().parse(form) if place is not None}
        return places.symmetric_difference(values) - ({"count"} if len(self.forms) > 1 else set())


def template() -> bytes:
    """Every sentence with the modules that say it, in their order."""
    catalogue = Catalog(project="Paperboy", header_comment="# What Paperboy says. Made by `make catalogue`.")
    for path, messages in messages_by_module():
        for message in messages:
            catalogue.add(message.forms if len(message.forms) > 1 else message.forms[0], locations=[(path, None)])
    return _written(catalogue)


@cache
def messages_by_module() -> tuple[tuple[str, tuple[Message, ...]], ...]:
    """Each module that may ask the catalogues, with what it asks for, in its order."""
    modules = (module for folder in _FOLDERS for module in sorted((ROOT / folder).rglob("*.py")))
    sources = ((module.relative_to(ROOT).as_posix(), module.read_text(encoding="utf-8")) for module in modules)
    return tuple((path, tuple(messages_in(ast.parse(text)))) for path, text in sources if "core.speech" in text)


def messages_in(node: ast.AST) -> Iterator[Message]:
    """What a module asks the catalogues for, in its order; Babel's own extractor passes over what f-strings hold."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ASKS:
        forms = tuple(arg.value for arg in node.args[: ASKS[node.func.id]] if isinstance(arg, ast.Constant))
        if len(forms) == ASKS[node.func.id]:
            yield Message(forms=forms, call=node)
    for child in ast.iter_child_nodes(node):
        yield from messages_in(child)


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
