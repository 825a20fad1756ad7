"""Invented full texts: a page as LaTeXML writes it, PDFs made by hand, values; and a source that gives them."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import NotFound, PaperboyError
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from core.summarise.fulltext import Figure, FullText, TextForm, TextSection
from core.summarise.ports import FullTextSource

CC_BY = "http://creativecommons.org/licenses/by/4.0/"
ARXIV_ONLY = "http://arxiv.org/licenses/nonexclusive-distrib/1.0/"

PAGE = r"""<!DOCTYPE html><html><head><title>Lanterns</title><style>p { color: red }</style></head><body>
<nav class="ltx_page_navbar"><p>Table of contents</p></nav>
<article class="ltx_document ltx_authors_1line">
<h1 class="ltx_title ltx_title_document">Counting lanterns</h1>
<div class="ltx_authors"><p>Ada Ng, Bo Lind</p></div>
<div class="ltx_abstract"><h6 class="ltx_title ltx_title_abstract">Abstract</h6>
<p class="ltx_p">We count lanterns at night.</p></div>
<section id="S1" class="ltx_section"><h2 class="ltx_title ltx_title_section">
<span class="ltx_tag ltx_tag_section">1 </span>Introduction</h2>
<div class="ltx_para"><p class="ltx_p">Lanterns are hard to count<span class="ltx_note ltx_role_footnote">a note</span>
in fog <cite class="ltx_cite">(<a href="#b1">Ng, 2020</a>)</cite>.</p></div></section>
<section id="S2" class="ltx_section"><h2 class="ltx_title ltx_title_section"><span class="ltx_tag">2 </span>Method</h2>
<section id="S2.SS1" class="ltx_subsection"><h3 class="ltx_title ltx_title_subsection">
<span class="ltx_tag">2.1 </span>Data</h3>
<div class="ltx_para"><p class="ltx_p">We use <math class="ltx_Math" alttext="\displaystyle\alpha\leq 5"><semantics>
<mi>a</mi>
<annotation encoding="application/x-tex">x</annotation></semantics></math> lamps on 412 nights.</p>
<table class="ltx_equation ltx_eqn_table"><tr><td><math alttext="E=mc^{2}"></math></td></tr></table></div>
<figure class="ltx_figure"><figure class="ltx_figure"><figcaption class="ltx_caption">(a) Left</figcaption></figure>
<figcaption class="ltx_caption">
<span class="ltx_tag ltx_tag_figure">Figure 1: </span>A lantern in fog.</figcaption></figure>
<figure class="ltx_table"><figcaption class="ltx_caption">
<span class="ltx_tag">Table 1: </span>Lanterns by night.</figcaption>
<table class="ltx_tabular"><tr><td>Night</td><td>Count</td></tr><tr><td>first</td><td>17</td></tr></table></figure>
</section></section>
<section class="ltx_bibliography"><h2 class="ltx_title">References</h2><p>Ng. Lanterns. 2020.</p></section>
</article><footer><p>Made by LaTeXML</p></footer></body></html>"""


def a_pdf(*pages: Sequence[str]) -> bytes:
    """A PDF with these lines of text on its pages."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    kids = []
    for lines in pages:
        moves = "".join(f"({line}) Tj T* " for line in lines)
        stream = f"BT /F1 10 Tf 14 TL 50 750 Td {moves}ET"
        kids.append(f"{len(objects) + 1} 0 R")
        font = "<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800]"
            f" /Contents {len(objects) + 2} 0 R /Resources {font} >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    return pdf_of([one.encode("latin-1") for one in objects])


def pdf_of(objects: Sequence[bytes]) -> bytes:
    """A PDF of these objects, the first being its catalogue."""
    body, offsets = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    trailer = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (size, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n%s%s" % (size, table, trailer)


def a_text(paper: PaperId, version: int = 1) -> FullText:
    """A short paper on lanterns."""
    return FullText(
        paper=paper,
        version=version,
        form=TextForm.HTML,
        sections=(
            TextSection(
                title="1 Introduction", paragraphs=("Lanterns are hard to count in fog. Nobody has tried it.",)
            ),
            TextSection(
                title="2 Method",
                paragraphs=(
                    "We count lanterns with a camera on a pole. The camera takes one picture every second.",
                    "We recorded 412 nights in three harbours. Figure 1 shows one of them.",
                ),
            ),
            TextSection(
                title="3 Results",
                paragraphs=("The camera misses 3 of 100 lanterns. In heavy fog it misses 21 of 100 lanterns.",),
            ),
            TextSection(title="4 Limitations", paragraphs=("All harbours are small, and we saw no snow.",)),
        ),
        figures=(
            Figure(label="Figure 1", caption="A harbour at night, with the camera on its pole."),
            Figure(label="Table 1", caption="Lanterns that were missed.", content="fog | missed\nheavy | 21"),
        ),
    )


class FakeFullTexts(FullTextSource):
    """Gives the texts that it was told of."""

    def __init__(self, *texts: FullText) -> None:
        self._texts = {text.paper: text for text in texts}
        self._error: PaperboyError | None = None
        #: by paper, for those that are told without one
        self.licences: dict[PaperId, str] = {}
        #: the papers that it was asked for, in order
        self.requests: list[PaperId] = []

    def fails_with(self, error: PaperboyError) -> None:
        """From now on, nothing but this."""
        self._error = error

    def has(self, paper: Paper) -> bool:
        return paper.id.scheme == "arxiv"

    async def licence(self, paper: Paper) -> str | None:
        return self.licences.get(paper.id)

    async def full_text(self, paper: Paper) -> FullText:
        self.requests.append(paper.id)
        if self._error:
            raise self._error
        if paper.id not in self._texts:
            raise NotFound(f"{paper.id} is not there.")
        return self._texts[paper.id]
