"""What identifies an entry of a journal's feed, wherever its publisher put it."""

from __future__ import annotations

from datetime import date
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources.feeds import parse
from core.ingest.listing import Listing
from core.papers.identifiers import PaperId

TODAY = date(2026, 2, 4)


def read(body: str | bytes) -> Listing:
    return parse(body.encode() if isinstance(body, str) else body, "invented", TODAY)


def rss(*items: str) -> str:
    return f'<rss version="2.0"><channel><title>Invented Letters</title>{"".join(items)}</channel></rss>'


def item(title: str = "Lanterns", link: str = "https://letters.example/1", more: str = "") -> str:
    return f"<item><title>{escape(title)}</title><link>{escape(link)}</link>{more}</item>"


SICI = "10.1002/(sici)1234-5678(199806)49:8<693::aid-xyz4>3.0.co;2-o"
SPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/"'
    ' xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
)


@pytest.mark.parametrize(
    ("link", "guid", "id"),
    [
        ("https://letters.example/1#x", "", "url:https://letters.example/1"),
        ("https://letters.example/1?id=7&utm_medium=rss", "", "url:https://letters.example/1?id=7"),
        ("https://doi.org/10.1000/ABC", "", "doi:10.1000/abc"),
        ("https://press.example/doi/full/10.1000/abc?rss=1", "", "doi:10.1000/abc"),
        ("https://www.biorxiv.org/content/10.1101/2026.01.02.000001v2?rss=1", "", "doi:10.1101/2026.01.02.000001"),
        ("https://arxiv.org/abs/2602.00001v2", "", "arxiv:2602.00001"),
        ("https://letters.example/1", "oai:arXiv.org:2602.00001v1", "arxiv:2602.00001"),
        ("https://www.nature.com/articles/s41586-026-00001-x", "", "doi:10.1038/s41586-026-00001-x"),
        ("https://www.nature.com/articles/d41586-026-00001-x?x=1", "", "doi:10.1038/d41586-026-00001-x"),
        ("https://www.nber.org/papers/w12345", "", "doi:10.3386/w12345"),
        ("https://press.example/10.1000/full", "", "url:https://press.example/10.1000/full"),
        ("https://press.example/10.1000/a%20b", "", "url:https://press.example/10.1000/a%20b"),
        ("https://www.nature.com/articles/", "", "url:https://www.nature.com/articles/"),
        (
            "https://www.nature.com.evil.example/articles/s41586-026-00001-x",
            "",
            "url:https://www.nature.com.evil.example/articles/s41586-026-00001-x",
        ),
        ("https://press.example/doi/abs/10.1000/abc?af=R", "", "doi:10.1000/abc"),
        ("https://press.example/doi/10.1000%2FABC", "", "doi:10.1000/abc"),
        ("https://press.example/articles/10.1000/abc.2026.1/full", "", "doi:10.1000/abc.2026.1"),
        ("https://press.example/article?id=10.1000/abc.1&x=2", "", "doi:10.1000/abc.1"),
        ("https://press.example/content/10.1000/abc.full.pdf", "", "doi:10.1000/abc"),
        ("https://www.medrxiv.org/content/10.64898/2026.01.02.26000001v3", "", "doi:10.64898/2026.01.02.26000001"),
        ("https://arxiv.org/pdf/hep-th/0001001v3", "", "arxiv:hep-th/0001001"),
        ("https://letters.example/1", "doi:10.1000/GUID", "doi:10.1000/guid"),
        ("https://letters.example/1", "https://doi.org/10.1000/GUID", "doi:10.1000/guid"),
        ("https://letters.example/1", "sample:3", "guid:letters.example/sample:3"),
        ("https://letters.example/1", "1201.56789", "guid:letters.example/1201.56789"),
        ("https://www.letters.example/1", "let 1  201", "guid:letters.example/let_1_201"),
        ("https://letters.example/1", "hep-th/9901001", "arxiv:hep-th/9901001"),
        ("https://letters.example/1", "arXiv:math.GT/0301001v2", "arxiv:math/0301001"),
        ("https://letters.example/1", "pubmed:12345678", "pmid:12345678"),
        ("https://pubmed.ncbi.nlm.nih.gov/12345678/?fc=1&ff=2", "", "pmid:12345678"),
        (
            "https://press.example/doi/10.1002/(SICI)1234-5678(199806)49:8%3C693::AID-XYZ4%3E3.0.CO;2-O?af=R",
            "",
            f"doi:{SICI}",
        ),
        ("https://letters.example/1", f"doi:{SICI}", f"doi:{SICI}"),
        ("", "urn:uuid:00000000-1111-2222-3333-444444444444", "guid:urn:uuid:00000000-1111-2222-3333-444444444444"),
        ("", "https://letters.example/9", "url:https://letters.example/9"),
    ],
)
def test_finds_what_identifies_an_entry(link: str, guid: str, id: str) -> None:
    """A DOI or an arXiv identifier wherever it stands, else the entry's own address."""
    listing = read(rss(item(link=link, more=f'<guid isPermaLink="false">{escape(guid)}</guid>')))
    assert [str(one.paper.id) for one in listing.announcements] == [id]


def test_what_an_address_has_after_the_doi_is_no_other_doi() -> None:
    """Some publishers write the article's number behind the DOI; where the DOI is told, that is no second one."""
    link = "https://press.example/doi/10.1000/invented/7654321?rss=1"
    (one,) = read(rss(item(link=link, more="<dc:identifier>doi:10.1000/invented</dc:identifier>"))).announcements
    assert (one.paper.id, one.paper.identifiers) == (PaperId("doi", "10.1000/invented"), ())


def test_an_entry_that_moves_is_the_same_paper() -> None:
    """An identifier that is an address stays when the link changes, and tells entries with one link apart."""
    guid = "<guid>https://letters.example/papers/{}</guid>"
    before, other = read(rss(item(more=guid.format(1)), item("Moths", more=guid.format(2)))).announcements
    (after,) = read(rss(item(link="https://letters.example/archive/lanterns", more=guid.format(1)))).announcements
    assert str(before.paper.id) == "url:https://letters.example/papers/1"
    assert after.paper.id == before.paper.id != other.paper.id
    assert after.paper.url == "https://letters.example/archive/lanterns"


def test_an_identifier_that_only_a_fragment_tells_apart_is_no_address() -> None:
    """Where an identifier is one page for all entries, the link tells them apart."""
    entries = [
        item(f"Part {n}", f"https://letters.example/{n}", f"<guid>https://letters.example/#{n}</guid>") for n in "12"
    ]
    assert len(read(rss(*entries)).announcements) == 2


@pytest.mark.parametrize(
    ("told", "id"),
    [
        ("<dc:identifier>doi:10.1000/A</dc:identifier>", "doi:10.1000/a"),
        ("<dc:identifier>10.1000/A</dc:identifier>", "doi:10.1000/a"),
        ("<dc:identifier>https://doi.org/10.1000/A</dc:identifier>", "doi:10.1000/a"),
        ("<dc:identifier>a shelf mark</dc:identifier>", "url:https://letters.example/1"),
        ("<prism:doi>10.1000/P</prism:doi><dc:identifier>doi:10.1000/A</dc:identifier>", "doi:10.1000/p"),
        ("<description>Lanterns. doi:10.1000/t.1.</description>", "doi:10.1000/t.1"),
        ("<description>&lt;a href='x'&gt;doi:10.1000/t&lt;/a&gt;We light</description>", "doi:10.1000/t"),
        ("<description>See (https://doi.org/10.1000/t).</description>", "doi:10.1000/t"),
        ("<description>doi:10.1000/...</description>", "url:https://letters.example/1"),
        ("<description>Unlike doi:10.1000/t and doi:10.1000/u</description>", "url:https://letters.example/1"),
        ("<description>Light.</description><content:encoded>doi:10.1000/c</content:encoded>", "doi:10.1000/c"),
        ("<prism:doi>10.1000/P</prism:doi><description>Unlike doi:10.1000/t</description>", "doi:10.1000/p"),
    ],
)
def test_finds_the_doi_from_wherever_it_is(told: str, id: str) -> None:
    """Elements made for it come first; the text counts only where nothing else tells, and names one DOI alone."""
    listing = read(rss(item(more=told)).replace("<rss", f"<rss {SPACES}"))
    assert [str(one.paper.id) for one in listing.announcements] == [id]


PIECES = st.sampled_from(
    [
        *("10.1000/", "10.1038", "doi:", "https://", "doi.org/", "nature.com/articles/", "/full", ".pdf", "%2F", "%00"),
        *(
            "arXiv:",
            "2602.00001",
            "v2",
            "?id=",
            "/doi/abs/",
            " ",
            "[",
            ")",
            "biorxiv.org/cgi/content/short/",
            "/w1",
            "a",
        ),
    ]
)


@given(st.lists(PIECES, max_size=6).map("".join), st.lists(PIECES, max_size=6).map("".join))
def test_no_identifier_stops_the_others(link: str, text: str) -> None:
    """Whatever stands where an identifier should be, its entry is a paper or a problem, and the next one is read."""
    odd = item(link=link, more=f"<guid>{escape(text)}</guid><description>{escape(text)}</description>")
    listing = read(rss(odd, item("Last", "https://letters.example/last")))
    assert listing.announcements[-1].paper.title == "Last"


BIORXIV = "http://biorxiv.org/cgi/content/short/2026.01.02.000001v2?rss=1"


def test_a_version_is_what_an_identifier_names() -> None:
    """bioRxiv's link names the version, though its DOI stands elsewhere."""
    doi = "<dc:identifier>doi:10.1101/2026.01.02.000001</dc:identifier>"
    (one,) = read(rss(item(link=BIORXIV, more=doi)).replace("<rss", f"<rss {SPACES}")).announcements
    assert (str(one.paper.id), one.paper.version) == ("doi:10.1101/2026.01.02.000001", 2)


ELSEWHERE = "https://letters.example/toc/12/3"


def ids(listing: Listing) -> list[str]:
    assert listing.problems == ()
    return [str(one.paper.id) for one in listing.announcements]


@pytest.mark.parametrize(
    "entries",
    [
        [
            item("Moths", f"{ELSEWHERE}/1", f"<guid>{ELSEWHERE}</guid>"),
            item("Bats", f"{ELSEWHERE}/2", f"<guid>{ELSEWHERE}</guid>"),
        ],
        [item("Moths", ELSEWHERE, "<guid>let 1</guid>"), item("Bats", f"{ELSEWHERE}#b", "<guid>let 2</guid>")],
        [item("Moths", f"{ELSEWHERE}#moths"), item("Bats", f"{ELSEWHERE}#bats")],
        [item("Moths", f"{ELSEWHERE}#top"), item("Bats", f"{ELSEWHERE}#top")],
        [item("Moths", ELSEWHERE), item("Bats", ELSEWHERE)],
        [item("Moths", ELSEWHERE, "<guid>1</guid>"), item("Bats", ELSEWHERE, "<guid>1</guid>")],
        [
            item("Moths", more="<guid>doi:10.1000/journal</guid>"),
            item("Bats", "https://letters.example/2", "<guid>doi:10.1000/journal</guid>"),
        ],
        [item("Moths", "", "<guid>doi:10.1000/journal</guid>"), item("Bats", "", "<guid>doi:10.1000/journal</guid>")],
        [item("Moths", f"{ELSEWHERE}?id=1"), item("Bats", f"{ELSEWHERE}?id=2")],
    ],
)
def test_what_several_titles_share_identifies_none_of_them(entries: list[str]) -> None:
    """The same address, name, fragment or DOI under several titles: each is a paper, the same in any order."""
    found = ids(read(rss(*entries)))
    assert len(set(found)) == 2
    assert "doi:10.1000/journal" not in found
    assert ids(read(rss(*entries[::-1]))) == found[::-1]


def test_a_page_of_many_papers_leads_to_each() -> None:
    """Where a fragment is what identifies an entry, its address keeps it."""
    listing = read(rss(item("Moths", f"{ELSEWHERE}#moths"), item("Bats", f"{ELSEWHERE}#bats")))
    assert [one.paper.url for one in listing.announcements] == [f"{ELSEWHERE}#moths", f"{ELSEWHERE}#bats"]


def test_a_link_that_differs_in_its_query_only() -> None:
    """The same title on the same day is the same paper then; another day or title is another."""
    day = "<pubDate>Mon, 02 Feb 2026 06:00:00 GMT</pubDate>"
    later = "<pubDate>Tue, 03 Feb 2026 06:00:00 GMT</pubDate>"
    entries = [
        item("Moths", f"{ELSEWHERE}?visit=1", day),
        item("Moths", f"{ELSEWHERE}?visit=2", day),
        item("Moths", f"{ELSEWHERE}?visit=3", later),
        item("Bats", f"{ELSEWHERE}?visit=4", day),
    ]
    assert ids(read(rss(*entries))) == [f"url:{ELSEWHERE}?visit={number}" for number in (1, 3, 4)]


@pytest.mark.parametrize(
    ("text", "id"),
    [
        (f"Moths. DOI: {SICI}.", f"doi:{SICI}"),
        ("&lt;p&gt;PMID:&lt;a href='https://x.example/1'&gt;12345678&lt;/a&gt;&lt;/p&gt;", "pmid:12345678"),
        ("arXiv:hep-th/9901001v2 Announce Type: new", "arxiv:hep-th/9901001"),
        ("Unlike arXiv:2601.00001 we count.", "url:https://letters.example/1"),
        ("PMID: 12345678 and PMID: 12345679", "url:https://letters.example/1"),
    ],
)
def test_finds_the_number_in_a_text(text: str, id: str) -> None:
    """What a text says of its own paper is found whole; what it says of others is not taken for its own."""
    described = f"<description>{text if '&lt;p' in text else escape(text)}</description>"
    assert ids(read(rss(item(more=described)))) == [id]


def test_an_entry_without_a_link_leads_to_its_home() -> None:
    """Where only the identifier is told, the address is the one that it has everywhere, escaped."""
    entries = [item(str(n), "", f"<guid>{escape(guid)}</guid>") for n, guid in enumerate((SICI, "pmid:12345678"))]
    doi, pubmed = (one.paper for one in read(rss(*entries)).announcements)
    assert doi.url == f"https://doi.org/{SICI.replace('<', '%3C').replace('>', '%3E')}"
    assert PaperId.parse(doi.url) == doi.id == PaperId("doi", SICI)
    assert PaperId.parse(pubmed.url) == pubmed.id == PaperId("pmid", "12345678")
