"""What addresses say: identifiers of papers, and which addresses are one page."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.papers.addresses import addresses_in, clean_address, identifier_in, page, pages
from core.papers.identifiers import PaperId, Reference, dois_in

SICI = "10.1002/(SICI)1234-5678(199806)49:8<693::AID-XYZ4>3.0.CO;2-O"
AMS = "10.1175/1234-5678(1963)020<0130:DNF>2.0.CO;2"
BIOONE = "10.1650/0010-5678(2002)104[0001:ABCDEF]2.0.CO;2"


@pytest.mark.parametrize(
    ("address", "id"),
    [
        ("https://www.nature.com/articles/s41592-026-00001-2.pdf", "doi:10.1038/s41592-026-00001-2"),
        ("https://www.nature.com/articles/s41592-026-00001-2/figures/3", "doi:10.1038/s41592-026-00001-2"),
        ("https://www.nature.com/articles/nature12345", "doi:10.1038/nature12345"),
        ("https://pubs.acs.org/doi/abs/10.1021/acs.joc.6c00001", "doi:10.1021/acs.joc.6c00001"),
        ("https://pubs.acs.org/doi/pdf/10.1021/acs.joc.6c00001?ref=article_openPDF", "doi:10.1021/acs.joc.6c00001"),
        ("pubs.acs.org/doi/10.1021/acs.joc.6c00001", "doi:10.1021/acs.joc.6c00001"),
        ("https://onlinelibrary.wiley.com/doi/epdf/10.1002/anie.202600001", "doi:10.1002/anie.202600001"),
        (
            "https://x.onlinelibrary.wiley.com/doi/10.1111/j.1234-5678.2010.00001.x/full",
            "doi:10.1111/j.1234-5678.2010.00001.x",
        ),
        ("https://www.science.org/doi/10.1126/science.abc0001", "doi:10.1126/science.abc0001"),
        ("https://link.springer.com/content/pdf/10.1007%2Fs10000-026-00001-9.pdf", "doi:10.1007/s10000-026-00001-9"),
        (
            "https://link.springer.com/article/10.1007/s10000-026-00001-9/fulltext.html#Sec1",
            "doi:10.1007/s10000-026-00001-9",
        ),
        ("https://x.biomedcentral.com/articles/10.1186/s10000-026-0001-9", "doi:10.1186/s10000-026-0001-9"),
        ("https://journals.aps.org/prl/abstract/10.1103/PhysRevLett.136.010101", "doi:10.1103/physrevlett.136.010101"),
        ("https://link.aps.org/doi/10.1103/PhysRevB.1.1", "doi:10.1103/physrevb.1.1"),
        ("https://iopscience.iop.org/article/10.1088/1361-648X/ab0001/meta", "doi:10.1088/1361-648x/ab0001"),
        ("https://academic.oup.com/bib/article/doi/10.1093/bib/bbac001/6512345", "doi:10.1093/bib/bbac001"),
        ("https://www.tandfonline.com/doi/full/10.1080/12345678.2026.0000001", "doi:10.1080/12345678.2026.0000001"),
        ("https://journals.sagepub.com/doi/pdf/10.1177/0123456789012345", "doi:10.1177/0123456789012345"),
        ("https://www.pnas.org/doi/epub/10.1073/pnas.2600001123", "doi:10.1073/pnas.2600001123"),
        (
            "https://journals.plos.org/plosone/article?id=10.1371/journal.pone.0000001",
            "doi:10.1371/journal.pone.0000001",
        ),
        (
            "https://journals.plos.org/plosone/article/file?id=10.1371/journal.pone.0000001&type=printable",
            "doi:10.1371/journal.pone.0000001",
        ),
        (
            "https://www.plosone.org/article/info%3Adoi%2F10.1371%2Fjournal.pone.0000001",
            "doi:10.1371/journal.pone.0000001",
        ),
        ("https://www.mdpi.com/1424-8220/26/3/1001/htm", "doi:10.3390/s26031001"),
        ("https://www.frontiersin.org/articles/10.3389/fxyz.2026.00001/full", "doi:10.3389/fxyz.2026.00001"),
        ("https://elifesciences.org/articles/12345v1", "doi:10.7554/elife.12345"),
        ("https://aclanthology.org/2020.acl-main.1/", "doi:10.18653/v1/2020.acl-main.1"),
        ("https://www.aclweb.org/anthology/D18-1001.pdf", "doi:10.18653/v1/d18-1001"),
        ("https://dl.acm.org/doi/pdf/10.1145/1234567.1234568", "doi:10.1145/1234567.1234568"),
        ("https://dl.acm.org/citation.cfm?id=1234567.1234568&dl=ACM", "doi:10.1145/1234567.1234568"),
        (
            "https://www.thelancet.com/journals/lancet/article/PIIS0140-6736(20)00001-5/fulltext",
            "doi:10.1016/s0140-6736(20)00001-5",
        ),
        ("https://pubs.rsc.org/en/content/articlelanding/2020/sc/c9sc00001a", "doi:10.1039/c9sc00001a"),
        ("https://papers.ssrn.com/sol3/papers.cfm?abstract_id=1234567", "doi:10.2139/ssrn.1234567"),
        ("https://www.biorxiv.org/content/early/2018/01/02/000123.full.pdf", "doi:10.1101/000123"),
        ("https://www.biorxiv.org/cgi/content/short/2020.01.02.000001v2", "doi:10.1101/2020.01.02.000001"),
        (
            "https://www.biorxiv.org/content/biorxiv/early/2020/01/02/2020.01.02.000001.full.pdf",
            "doi:10.1101/2020.01.02.000001",
        ),
        ("https://pubmed.ncbi.nlm.nih.gov/12345678/?fc=20260203&v=2", "pmid:12345678"),
        ("https://www.ncbi.nlm.nih.gov/pubmed/12345678", "pmid:12345678"),
        ("https://europepmc.org/article/MED/12345678", "pmid:12345678"),
        ("https://api.semanticscholar.org/arXiv:2601.00001", "arxiv:2601.00001"),
        ("https://papers.cool/arxiv/2601.00001", "arxiv:2601.00001"),
        ("https://www.alphaxiv.org/zh/overview/2601.00001v1", "arxiv:2601.00001"),
        ("http://xxx.lanl.gov/abs/hep-th/9901001", "arxiv:hep-th/9901001"),
        ("http://cn.arxiv.org/pdf/math.GT/0301001.pdf", "arxiv:math/0301001"),
        ("http://arxiv.org/PS_cache/hep-th/pdf/9901/9901001v1.pdf", "arxiv:hep-th/9901001"),
        ("https://arxiv.org/ftp/arxiv/papers/2601/2601.00001.pdf", "arxiv:2601.00001"),
        ("https://arxiv.org/abs/hep-th%2F9901001", "arxiv:hep-th/9901001"),
        ("https://ui.adsabs.harvard.edu/abs/2026arXiv260100001E/abstract", "arxiv:2601.00001"),
        ("https://doi-org.proxy.lib.example.edu/10.1000/abc", "doi:10.1000/abc"),
        ("https://www-nature-com.ezproxy.example.edu/articles/s41592-026-00001-2", "doi:10.1038/s41592-026-00001-2"),
        ("https://login.ezproxy.example.edu/login?url=https://doi.org/10.1000/abc", "doi:10.1000/abc"),
        ("https://scholar.google.com/scholar?q=10.1000/abc", "doi:10.1000/abc"),
        ("https://www.google.com/url?q=https%3A%2F%2Farxiv.org%2Fabs%2F2601.00001&sa=D", "arxiv:2601.00001"),
        ("https://web.archive.org/web/2026/https://arxiv.org/abs/2601.00001", "arxiv:2601.00001"),
        ("https://doi.org/10.1002/(SICI)1234-5678(199806)49:8%3C693::AID-XYZ4%3E3.0.CO;2-O", f"doi:{SICI.lower()}"),
        (f"https://onlinelibrary.wiley.com/doi/abs/{SICI}", f"doi:{SICI.lower()}"),
        (f"https://onlinelibrary.wiley.com/doi/{SICI};jsessionid=ABC.f01t01", f"doi:{SICI.lower()}"),
    ],
)
def test_addresses_that_hold_an_identifier(address: str, id: str) -> None:
    """Publishers' addresses in their usual forms are the identifier that they hold."""
    assert str(PaperId.parse(address)) == id


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/abs/2601.00001",
        "https://arxiv.org/list/cs.CL/new",
        "https://arxiv.org/abs/foo/0301001",
        "https://notarxiv.org/abs/2601.00001",
        "https://www.nature.com.evil.example/articles/s41592-026-00001-2",
        "https://www.nature.com/articles/palcomms2015001",
        "https://www.mdpi.com/1424-8220/3/5/146",
        "https://www.mdpi.com/0000-0000/3/5/146",
        "https://aclanthology.org/2022.lrec-1.1/",
        "https://aclanthology.org/P15-1001/",
        "https://academic.oup.com/nar/article/49/D1/D480/6000001",
        "https://www.sciencedirect.com/science/article/pii/S0123456789012345",
        "https://ieeexplore.ieee.org/document/12345678",
        "https://openreview.net/forum?id=aBcD1",
        "https://eprint.iacr.org/2026/0001",
        "https://www.biorxiv.org/cgi/content/short/2026.01.02.000001v2",
        "https://press.example/10.1000/full",
        "https://letters.example/article.php?id=7",
        "https://paperswithcode.com/paper/an-invented-paper",
    ],
)
def test_what_is_merely_an_address(address: str) -> None:
    """Where an identifier is not certain, there is none: the address stands for itself."""
    assert identifier_in(address) == ""
    assert Reference.parse(address) == Reference(PaperId("url", address), None)


@pytest.mark.parametrize(
    "typed",
    [
        "{}",
        "<{}>",
        "“{}”",
        "({}).",
        "[{}]",
        "`{}`",
        "*{}*",
        "{},",
        "{}!",
        "\u200b{}\ufeff",
        "\u2068{}\u2069",
        "\u00a0{}\u00a0",
        "'{}'",
    ],
)
@pytest.mark.parametrize(
    ("written", "id"),
    [
        (SICI, f"doi:{SICI.lower()}"),
        (f"doi:{AMS}", f"doi:{AMS.lower()}"),
        (f"https://doi.org/{BIOONE}", f"doi:{BIOONE.lower()}"),
        ("10.1016/S0140-6736(20)00001-5", "doi:10.1016/s0140-6736(20)00001-5"),
        ("hep-th/9901001", "arxiv:hep-th/9901001"),
        ("arXiv:math.GT/0301001v2", "arxiv:math/0301001"),
        ("PMID: 12345678", "pmid:12345678"),
        ("https://letters.example/a_(b)", "url:https://letters.example/a_(b)"),
        ("https://letters.example/?a=1", "url:https://letters.example/?a=1"),
    ],
)
def test_typed_in_a_sentence(typed: str, written: str, id: str) -> None:
    """Quotes, brackets, marks of a sentence and invisible characters around an identifier are not of it."""
    assert str(PaperId.parse(typed.format(written))) == id


@pytest.mark.parametrize("link", ["[a paper]({})", '[a paper]({} "title")', "<{}|a paper>", "<{}>"])
def test_links_as_they_are_written(link: str) -> None:
    """A link in the manner of Markdown or Slack is its address."""
    assert PaperId.parse(link.format("https://arxiv.org/abs/2601.00001")) == PaperId("arxiv", "2601.00001")
    assert PaperId.parse(link.format("https://a.example/1")) == PaperId("url", "https://a.example/1")


def test_dois_in_a_text() -> None:
    """A DOI that a text names is whole, also one of unusual characters, and ends where the sentence does."""
    text = f"One (doi:{SICI}). Two https://doi.org/{AMS}; three DOI: {BIOONE}, doi:10.1000/S0(1)2; <b>doi:10.1000/z</b>"
    assert dois_in(text) == (SICI.lower(), AMS.lower(), BIOONE.lower(), "10.1000/s0(1)2", "10.1000/z")


@pytest.mark.parametrize(
    "other",
    [
        "http://letters.example/1/a",
        "https://www.letters.example/1/a/",
        "https://letters.example:443/1/a#top",
        "https://LETTERS.example/1/a?utm_source=x&fbclid=1",
        "https://letters.example/1/a;jsessionid=0FA",
        "letters.example/1/a?rss=1",
    ],
)
def test_addresses_of_one_page(other: str) -> None:
    """Scheme, `www.`, a slash at the end, a fragment, a session and tracking make no other page."""
    assert page(other) == page("https://letters.example/1/a") == "letters.example/1/a"
    assert page("https://letters.example/1/A") != page("https://letters.example/1/a")


@pytest.mark.parametrize(
    ("address", "other"),
    [
        ("https://eprint.iacr.org/2026/0001", "http://ia.cr/2026/0001"),
        ("https://eprint.iacr.org/2026/0001", "https://eprint.iacr.org/2026/0001.pdf"),
        ("https://openreview.net/forum?id=aB-1", "https://openreview.net/pdf?id=aB-1&noteId=x"),
        (
            "https://ieeexplore.ieee.org/document/1234567/",
            "https://ieeexplore.ieee.org/stamp/stamp.jsp?tp=&arnumber=1234567",
        ),
        (
            "https://www.ncbi.nlm.nih.gov/pmc/articles/PMC1234567/",
            "https://pmc.ncbi.nlm.nih.gov/articles/PMC1234567/pdf/a.pdf",
        ),
        ("https://pmc.ncbi.nlm.nih.gov/articles/PMC1234567", "https://europepmc.org/article/PMC/PMC1234567"),
        (
            "https://www.sciencedirect.com/science/article/pii/S0123456789012345",
            "https://linkinghub.elsevier.com/retrieve/pii/S0123456789012345",
        ),
        (
            "https://www.semanticscholar.org/paper/A-title/" + "a1" * 20,
            "https://semanticscholar.org/paper/" + "a1" * 20,
        ),
    ],
)
def test_other_addresses_of_one_page(address: str, other: str) -> None:
    """Sites that show one paper in several places tell so by its number in the address."""
    assert page(address) == page(other)


def test_a_pdf_beside_its_page() -> None:
    """A PDF is looked for itself, and then as its page."""
    assert pages("https://letters.example/1/a.pdf") == ("letters.example/1/a.pdf", "letters.example/1/a")


def test_addresses_in_a_text() -> None:
    """What closes a sentence or a bracket is not of the address; brackets within it are."""
    text = "See https://a.example/1, (https://b.example/x_(y)) and <https://c.example/?q=1>."
    assert addresses_in(text) == ("https://a.example/1", "https://b.example/x_(y)", "https://c.example/?q=1")


@given(st.text(max_size=80) | st.text(alphabet=string.ascii_lowercase + "/:.?=&%#;()<>10-", max_size=60))
def test_any_text_is_an_address_or_is_not(text: str) -> None:
    """Nothing is raised, whatever is taken for an address, and a clean address is clean."""
    for address in (text, f"https://{text}", f"https://arxiv.org/{text}"):
        identifier_in(address)
        page(address)
        assert clean_address(clean_address(address)) == clean_address(address)
