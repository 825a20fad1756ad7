"""A reading list as a file that other programs import."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.errors import UsageError
from core.papers.citations import bibtex, csl_json, markdown, ris
from core.papers.citations.entry import Entry, Keepsake, entry_of
from core.papers.citations.keys import citation_keys
from core.speech import _
from core.text.nearest import nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format of bibliographies."""

    #: as it is typed
    name: str
    #: as people know it
    title: str
    #: of files
    suffix: str
    mime: str
    write: Callable[[Iterable[Entry]], str]


FORMATS: Final[Mapping[str, Format]] = {
    format.name: format
    for format in (
        Format(name="bibtex", title="BibTeX", suffix="bib", mime="application/x-bibtex", write=bibtex.write),
        Format(name="ris", title="RIS", suffix="ris", mime="application/x-research-info-systems", write=ris.write),
        Format(
            name="csl-json",
            title="CSL-JSON",
            suffix="json",
            mime="application/vnd.citationstyles.csl+json",
            write=csl_json.write,
        ),
        Format(
            name="markdown",
            title="Markdown",  # not said: a name
            suffix="md",
            mime="text/markdown",
            write=markdown.write,
        ),
    )
}
_OTHER_NAMES: Final = {"bib": "bibtex", "biblatex": "bibtex", "latex": "bibtex", "csl": "csl-json", "json": "csl-json"}
_ALSO: Final = {**_OTHER_NAMES, "zotero": "ris", "endnote": "ris", "mendeley": "ris", "md": "markdown"}


def parse_format(text: str) -> Format:
    """The format of that name; BibTeX where none is named. Raises UsageError, naming the nearest one."""
    name = text.strip().lower()
    if format := FORMATS.get(_ALSO.get(name, name or "bibtex")):
        return format
    near = nearest(name, (*FORMATS, *_ALSO))
    hint = _("These can be had: {formats}.", formats=", ".join(FORMATS))
    if near:
        hint = _("Did you mean {suggestion}?", suggestion=near)
    raise UsageError(_("There is no format '{name}'.", name=name[:40]), hint=hint)


def export(keepsakes: Sequence[Keepsake], format: Format, *, of: Sequence[Keepsake] = ()) -> str:
    """What was kept, as the text of a file, in the order given.

    `of` is the whole list, in the order in which papers were saved: an export of a part of it uses the same keys.
    """
    papers = [keepsake.paper for keepsake in of or keepsakes]
    keys = dict(zip((paper.id for paper in papers), citation_keys(papers), strict=True))
    return format.write(entry_of(keepsake, keys[keepsake.paper.id]) for keepsake in keepsakes)
