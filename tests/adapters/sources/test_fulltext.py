from __future__ import annotations

import gzip
import zlib
from io import BytesIO

import pytest
from aiohttp import web

from adapters.sources.fulltext.arxiv import ArxivFullText
from core.errors import BadFeed, NotFound, Throttled
from core.papers.identifiers import PaperId
from core.summarise.fulltext import MOST_CHARACTERS, Figure, FullText, TextForm, TextSection, paragraphs_of
from tests.fakes.fulltexts import PAGE, a_pdf, pdf_of
from tests.fakes.loopback import Handler, replies, serving
from tests.fakes.papers import a_paper
from tests.fakes.polite_client import client

PAPER = a_paper(7, version=2)
LINES = (
    "Abstract",
    "We count lanterns at night and find that fog hides many of them.",
    "1 Introduction",
    "Lanterns are hard to count, because fog hides them from every one who",
    "looks.",
    "Figure 1: A lantern in fog.",
    "2 Method",
    "We look at 412 nights, and count what we see on each one of these nights.",
    "References",
    "Ng. Lanterns. 2020.",
)


def serves(html: bytes | str | int, pdf: bytes | int = 404) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        given = html if request.path == "/html/2602.00007v2" else pdf
        if request.path not in ("/html/2602.00007v2", "/pdf/2602.00007v2"):
            given = 418
        if isinstance(given, int):
            return web.Response(status=given)
        return web.Response(body=BytesIO(given.encode() if isinstance(given, str) else given))

    return answer


async def read(html: bytes | str | int, pdf: bytes | int = 404, *, longest_s: float = 30.0) -> FullText:
    async with serving(serves(html, pdf)) as server, client() as polite:
        return await ArxivFullText(polite, base_url=server.url, longest_s=longest_s).full_text(PAPER)


async def test_html_becomes_sections_figures_and_tables() -> None:
    """A page of LaTeXML's gives the sections with their numbers, formulas as TeX, and captions with a table's rows."""
    text = await read(PAGE)
    assert (text.paper, text.version, text.form, text.is_cut) == (PAPER.id, 2, TextForm.HTML, False)
    assert text.sections == (
        TextSection(title="Abstract", paragraphs=("We count lanterns at night.",)),
        TextSection(title="1 Introduction", paragraphs=("Lanterns are hard to count in fog (Ng, 2020).",)),
        TextSection(title="2.1 Data", paragraphs=(r"We use $\alpha\leq 5$ lamps on 412 nights. $E=mc^{2}$",)),
    )
    assert text.figures == (
        Figure(label="Figure 1", caption="A lantern in fog."),
        Figure(label="Table 1", caption="Lanterns by night.", content="Night | Count\nfirst | 17"),
    )


async def test_where_there_is_no_html_the_pdf_is_read() -> None:
    """A PDF gives sections by its headings and figures by their captions, and ends with the references."""
    text = await read(404, a_pdf(LINES))
    assert text.form is TextForm.PDF
    assert [section.title for section in text.sections] == ["Abstract", "1 Introduction", "2 Method"]
    assert text.sections[1].paragraphs[0].endswith("hides them from every one who looks.")
    assert text.figures == (Figure(label="Figure 1", caption="A lantern in fog."),)


async def test_html_that_is_no_paper_leads_to_the_pdf() -> None:
    """A page that says that there is no HTML is no paper."""
    assert (await read("<p>No HTML for this paper</p>", a_pdf(LINES))).form is TextForm.PDF


async def test_a_paper_that_is_not_there() -> None:
    """Neither form is there: NotFound says so."""
    with pytest.raises(NotFound, match=r"The PDF of arxiv:2602\.00007v2 is not there"):
        await read(404)


async def test_a_licence_that_was_not_told() -> None:
    """arXiv's archive tells the licence of a single paper; a paper that it does not know has none."""
    record = (
        '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><GetRecord><record><metadata>'
        '<arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>2602.00007</id><license>http://a.example/by</license></arXiv>'
        "</metadata></record></GetRecord></OAI-PMH>"
    )
    unknown = '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><error code="idDoesNotExist"/></OAI-PMH>'
    for body, licence in ((record, "http://a.example/by"), (unknown, None)):
        async with serving(replies(web.Response(body=body))) as server, client() as polite:
            assert await ArxivFullText(polite, oai_base_url=server.url).licence(PAPER) == licence
        assert server.requests[0][1].query["identifier"] == "oai:arXiv.org:2602.00007"


async def test_a_source_that_asks_to_wait_is_not_asked_for_the_pdf() -> None:
    """Being sent away ends the reading: arXiv is not asked again for the other form."""

    async def busy(_: web.Request) -> web.StreamResponse:
        return web.Response(status=429, headers={"Retry-After": "600"})

    async with serving(busy) as server, client() as polite:
        with pytest.raises(Throttled):
            await ArxivFullText(polite, base_url=server.url).full_text(PAPER)
    assert len(server.requests) == 1


async def test_other_papers_are_not_asked_for() -> None:
    """A paper without an arXiv number is not at arXiv; one that has it as another name is."""
    source = ArxivFullText(client())
    elsewhere = a_paper(id=PaperId("doi", "10.1101/2026.01.01"))
    assert not source.has(elsewhere)
    assert source.has(a_paper(id=PaperId("doi", "10.1101/2026.01.01"), identifiers=(PAPER.id,)))
    with pytest.raises(NotFound):
        await source.full_text(elsewhere)


def bomb() -> bytes:
    """A PDF whose page is five gigabytes of nothing, in five megabytes."""
    packer = zlib.compressobj(9)
    first, block = packer.compress(b""), packer.compress(bytes(2**26)) + packer.flush(zlib.Z_FULL_FLUSH)
    more = zlib.compressobj(9, wbits=-15)
    block_again = more.compress(bytes(2**26)) + more.flush(zlib.Z_FULL_FLUSH)
    packed = first + block + block_again * 79 + packer.flush()
    return pdf_of(
        (
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>",
            b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed),
        )
    )


LOOP = pdf_of(
    (b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Parent 2 0 R /Count 999999 >>")
)


@pytest.mark.parametrize(
    ("pdf", "says"),
    [
        (a_pdf((), ()), "holds no text that can be read: its pages are pictures"),
        (b"%PDF-1.7 and then nothing", "is no PDF of a paper"),
        (b"\x00" * 9_999, "is no PDF of a paper"),
        (LOOP, "holds no text"),
        (a_pdf(LINES)[:400], "is no PDF of a paper|holds no text"),
    ],
    ids=["pictures", "broken", "zeros", "loop", "cut"],
)
async def test_hostile_pdfs(pdf: bytes, says: str) -> None:
    """A PDF that cannot be read costs its own process alone, and the error says what is wrong with it."""
    with pytest.raises(BadFeed, match=says):
        await read(404, pdf)


@pytest.mark.slow
async def test_a_pdf_that_wants_all_memory() -> None:
    """A page of five gigabytes ends in an honest error."""
    with pytest.raises(BadFeed):
        await read(404, bomb())


async def test_a_document_that_takes_too_long() -> None:
    """The process is killed when its time is over."""
    with pytest.raises(BadFeed, match="takes too long to read"):
        await read(404, a_pdf(LINES), longest_s=0.001)


async def test_a_deeply_nested_page() -> None:
    """Thousands of elements within one another are read, and nothing overflows."""
    deep = "<div>" * 5_000 + '<p class="ltx_p">Found at last.</p>' + "</div>" * 5_000
    text = await read(f'<article class="ltx_document">{deep}</article>')
    assert text.sections[0].paragraphs == ("Found at last.",)


async def test_a_page_that_is_too_long_is_cut() -> None:
    """What is kept of a text is bounded, and the text says that it was cut."""
    many = f'<p class="ltx_p">{"Words " * 1_100}</p>' * 80
    text = await read(f'<article class="ltx_document">{many}</article>')
    assert text.is_cut
    assert sum(len(paragraph) for _, paragraph in paragraphs_of(text)) == MOST_CHARACTERS


async def test_a_packed_bomb() -> None:
    """A page that unpacks to more than may be read is refused, and the PDF is no way around it."""
    packed = gzip.compress(bytes(21 * 2**20))

    async def bomb(_: web.Request) -> web.StreamResponse:
        return web.Response(body=packed, headers={"Content-Encoding": "gzip"})

    async with serving(bomb) as server, client() as polite:
        with pytest.raises(BadFeed):
            await ArxivFullText(polite, base_url=server.url).full_text(PAPER)
