"""The full text of arXiv papers: the HTML that arXiv makes of most of them, else the PDF.

Asks through the polite client, in arXiv's lane, for the very version that is on record. Whether the paper's licence
lets its text be used is `core.summarise`'s to decide, before anybody asks here.
"""

from __future__ import annotations

from typing import Final

from adapters.sources.arxiv_parts import HOSTS, NAME
from adapters.sources.fulltext.extraction import Extractor
from adapters.sources.http import PoliteClient
from core.errors import BadFeed, NotFound
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from core.summarise.fulltext import FullText, TextForm, bounded
from core.summarise.ports import FullTextSource

#: bytes that are read of a page and of a PDF; most have a tenth
MOST_HTML: Final = 20 * 2**20
MOST_PDF: Final = 40 * 2**20

_ACCEPTED: Final = {TextForm.HTML: "text/html", TextForm.PDF: "application/pdf"}
_MOST: Final = {TextForm.HTML: MOST_HTML, TextForm.PDF: MOST_PDF}


class ArxivFullText(FullTextSource):
    """Full texts at arxiv.org, or at a mirror of it."""

    def __init__(
        self, client: PoliteClient, *, base_url: str = "https://arxiv.org", extractor: Extractor | None = None
    ) -> None:
        self._client = client
        self._base_url = base_url.rstrip("/")
        self._extractor = extractor or Extractor()

    def has(self, paper: Paper) -> bool:
        """True for a paper with an arXiv number."""
        return _number(paper) is not None

    async def full_text(self, paper: Paper) -> FullText:
        """The HTML; where there is none, or it cannot be read, the PDF. Raises as the port says."""
        id = _number(paper)
        if id is None:
            raise NotFound(f"{paper.id} is not at arXiv.")
        troubles: list[BadFeed | NotFound] = []
        for form in (TextForm.HTML, TextForm.PDF):
            try:
                return await self._read(paper, id, form)
            except (BadFeed, NotFound) as error:
                troubles.append(error)
        # that a page is missing says less than that a document cannot be read
        raise next((one for one in reversed(troubles) if isinstance(one, BadFeed)), troubles[-1])

    async def _read(self, paper: Paper, id: PaperId, form: TextForm) -> FullText:
        what = f"The {form.value.upper()} of {id}v{paper.version}"
        answer = await self._client.get(
            f"{self._base_url}/{form.value}/{id.value}v{paper.version}",
            accept=_ACCEPTED[form],
            readable=(404,),
            allowed=HOSTS,
            max_bytes=_MOST[form],
        )
        if answer.status == 404:
            raise NotFound(f"{what} is not there.")
        report = await self._extractor.extract(form, answer.body, what=what)
        return bounded(paper.id, paper.version, form, report.text_sections(), report.text_figures())


def _number(paper: Paper) -> PaperId | None:
    return next((one for one in (paper.id, *paper.identifiers) if one.scheme == NAME), None)
