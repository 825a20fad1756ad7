"""The full text of arXiv papers: the HTML that arXiv makes of most of them, else the PDF.

Asks through the polite client, in arXiv's lane, for the very version that is on record. Whether the paper's licence
lets its text be used is `core.summarise`'s to decide, before anybody asks here.
"""

from __future__ import annotations

import asyncio
from typing import Final
from urllib.parse import urlencode

from adapters.sources.arxiv_parts import HOSTS, NAME, refuse_busy, xml_root
from adapters.sources.fulltext.extraction import LONGEST_S, extract
from adapters.sources.http import PoliteClient
from adapters.sources.text import one_line
from core.errors import BadFeed, NotFound
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from core.summarise.fulltext import FullText, TextForm, limit_full_text
from core.summarise.ports import FullTextSource

#: bytes that are read of a page and of a PDF; most have a tenth
MOST_HTML: Final = 20 * 2**20
MOST_PDF: Final = 40 * 2**20
#: of the record that tells a licence
MOST_RECORD: Final = 2**20
#: papers that are read at a time
_AT_ONCE: Final = 2

_LICENCE: Final = ".//{http://arxiv.org/OAI/arXiv/}license"

_MEDIA_TYPES: Final = {TextForm.HTML: "text/html", TextForm.PDF: "application/pdf"}
_MOST: Final = {TextForm.HTML: MOST_HTML, TextForm.PDF: MOST_PDF}


class ArxivFullText(FullTextSource):
    """Full texts at arxiv.org, or at a mirror of it."""

    def __init__(
        self,
        client: PoliteClient,
        *,
        base_url: str = "https://arxiv.org",
        oai_base_url: str = "https://oaipmh.arxiv.org",
        longest_s: float = LONGEST_S,
    ) -> None:
        """`longest_s` is that of `extract`."""
        self._client = client
        self._base_url = base_url.rstrip("/")
        self._oai_base_url = oai_base_url.rstrip("/")
        self._longest_s = longest_s
        self._turns = asyncio.Semaphore(_AT_ONCE)

    def has(self, paper: Paper) -> bool:
        """True for a paper with an arXiv number."""
        return _number(paper) is not None

    async def licence(self, paper: Paper) -> str | None:
        """The licence in arXiv's archive; the API, which finds single papers, does not have it."""
        id = _number(paper)
        if id is None:
            return None
        question = {"verb": "GetRecord", "metadataPrefix": "arXiv", "identifier": f"oai:arXiv.org:{id.value}"}
        answer = await self._client.get(
            f"{self._oai_base_url}/oai?{urlencode(question, safe=':/')}",
            accept="application/xml, text/xml;q=0.9",
            readable=(400,),
            other_hosts=HOSTS,
            max_bytes=MOST_RECORD,
        )
        refuse_busy(answer)
        return one_line(xml_root(answer.body, "answer").findtext(_LICENCE, "")) or None

    async def full_text(self, paper: Paper) -> FullText:
        """The HTML; where there is none, or it cannot be read, the PDF. Raises as the port says."""
        async with self._turns:  # documents are large, and no more of them are in memory
            return await self._first_form(paper)

    async def _first_form(self, paper: Paper) -> FullText:
        id = _number(paper)
        if id is None:
            raise NotFound(f"{paper.id} is not at arXiv.")
        troubles: list[BadFeed | NotFound] = []
        for form in (TextForm.HTML, TextForm.PDF):
            try:
                return await self._read(paper, id, form)
            except (BadFeed, NotFound) as error:
                troubles.append(error)
        # a document that cannot be read says more than a page that is missing
        raise next((trouble for trouble in reversed(troubles) if isinstance(trouble, BadFeed)), troubles[-1])

    async def _read(self, paper: Paper, id: PaperId, form: TextForm) -> FullText:
        what = f"The {form.value.upper()} of {id}v{paper.version}"
        answer = await self._client.get(
            f"{self._base_url}/{form.value}/{id.value}v{paper.version}",
            accept=_MEDIA_TYPES[form],
            readable=(404,),
            other_hosts=HOSTS,
            max_bytes=_MOST[form],
        )
        if answer.status == 404:
            raise NotFound(f"{what} is not there.")
        report = await extract(form, answer.body, what=what, longest_s=self._longest_s)
        return limit_full_text(paper.id, paper.version, form, report.text_sections(), report.text_figures())


def _number(paper: Paper) -> PaperId | None:
    return next((id for id in (paper.id, *paper.identifiers) if id.scheme == NAME), None)
