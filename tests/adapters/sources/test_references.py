"""Files of reference managers: each kind is read for what it names, and a broken one gets a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adapters.sources.references import LARGEST, parse, read_library
from core.errors import BadFeed, PaperboyError, UsageError
from core.papers.identifiers import PaperId
from core.papers.paper import Paper

BIBTEX = r"""
@comment{written by hand}
@string{acl = "Proc. of ACL"}
@article{ng2020, author = {Ng, Ada and Bo Lind and {The Fog Team}}, title = {On {L}anterns in the F{\"o}g},
  abstract = {We light \emph{lanterns}.}, doi = {10.1234/Lantern.1}, journal = acl, year = 2020}
@misc{lind, title={Robots that knit}, author={Lind, B.}, eprint={2601.00007}, archivePrefix={arXiv},
  primaryClass={cs.RO}}
@article{preprint, title={Knitting again}, journal={arXiv preprint arXiv:2601.00008}}
@article{plain, title={Neither number nor address, and a long title}, author={Ng, Ada}}
@book{untitled, author={Ng, Ada}}
@article{broken, title={never closed
"""
RIS = """TY  - JOUR
AU  - Ng, Ada
AU  - Lind, Bo
TI  - On lanterns in the fog
AB  - We light lanterns.
DO  - 10.1234/lantern.1
ER  -

TY  - JOUR
T1  - Robots that knit
UR  - https://arxiv.org/abs/2601.00007v2
ER  -
"""
CSL = [
    {
        "id": "ng2020",
        "type": "article-journal",
        "title": "On lanterns in the fog",
        "abstract": "We light lanterns.",
        "author": [{"family": "Ng", "given": "Ada"}, {"family": "Lind", "given": "Bo"}, {"literal": "The Fog Team"}],
        "DOI": "10.1234/lantern.1",
    },
    {"id": "x", "type": "article", "title": "Robots that knit", "number": "arXiv:2601.00007"},
]
ZOTERO = {
    "items": [
        {
            "itemType": "journalArticle",
            "title": "On lanterns in the fog",
            "abstractNote": "We light <i>lanterns</i>.",
            "creators": [
                {"firstName": "Ada", "lastName": "Ng", "creatorType": "author"},
                {"firstName": "Bo", "lastName": "Lind", "creatorType": "author"},
                {"firstName": "Ed", "lastName": "Itor", "creatorType": "editor"},
            ],
            "DOI": "10.1234/lantern.1",
        },
        {"itemType": "attachment", "title": "Full text"},
        {"data": {"itemType": "preprint", "title": "Robots that knit", "archiveID": "arXiv:2601.00007"}},
    ]
}
RDF = """<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:z="http://www.zotero.org/namespaces/export#"
 xmlns:dcterms="http://purl.org/dc/terms/" xmlns:bib="http://purl.org/net/biblio#" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:foaf="http://xmlns.com/foaf/0.1/">
  <bib:Article rdf:about="#item_1">
    <z:itemType>journalArticle</z:itemType>
    <dcterms:isPartOf><bib:Journal><dc:identifier>ISSN 1234-5678</dc:identifier>
      <dc:identifier>DOI 10.1234/lantern.1</dc:identifier><dc:title>Lights</dc:title></bib:Journal></dcterms:isPartOf>
    <bib:authors><rdf:Seq>
      <rdf:li><foaf:Person><foaf:surname>Ng</foaf:surname><foaf:givenName>Ada</foaf:givenName></foaf:Person></rdf:li>
      <rdf:li><foaf:Person><foaf:surname>Lind</foaf:surname><foaf:givenName>Bo</foaf:givenName></foaf:Person></rdf:li>
    </rdf:Seq></bib:authors>
    <dc:title>On lanterns in the fog</dc:title>
    <dcterms:abstract>We light lanterns.</dcterms:abstract>
  </bib:Article>
  <z:Attachment rdf:about="#item_2"><z:itemType>attachment</z:itemType><dc:title>Full text</dc:title></z:Attachment>
  <rdf:Description rdf:about="https://arxiv.org/abs/2601.00007"><z:itemType>preprint</z:itemType>
    <dc:title>Robots that knit</dc:title></rdf:Description>
</rdf:RDF>"""
LANTERN, ROBOTS = PaperId("doi", "10.1234/lantern.1"), PaperId("arxiv", "2601.00007")


def papers(text: str, encoding: str = "utf-8") -> dict[PaperId, Paper]:
    return {paper.id: paper for paper in parse(text.encode(encoding)).papers}


@pytest.mark.parametrize("text", [RIS, json.dumps(CSL), json.dumps(ZOTERO), RDF], ids=["ris", "csl", "zotero", "rdf"])
def test_each_kind_is_read(text: str) -> None:
    """Title, abstract, authors in reading order and identifier of each paper are read; attachments are no papers."""
    found = papers(text)
    assert list(found) == [LANTERN, ROBOTS]
    lantern = found[LANTERN]
    assert (lantern.title, lantern.abstract) == ("On lanterns in the fog", "We light lanterns.")
    assert lantern.authors[:2] == ("Ada Ng", "Bo Lind")
    assert "Ed Itor" not in lantern.authors
    assert found[ROBOTS].title == "Robots that knit"


def test_bibtex() -> None:
    """BibTeX is read without its TeX, damaged entries are told by their lines, and untitled ones by their keys."""
    found = parse(BIBTEX.encode())
    by_id = {paper.id: paper for paper in found.papers}
    assert by_id[LANTERN].title == "On Lanterns in the Fög"
    assert by_id[LANTERN].abstract == "We light lanterns."
    assert by_id[LANTERN].authors == ("Ada Ng", "Bo Lind", "The Fog Team")
    assert by_id[ROBOTS].categories == ("cs.RO",)
    assert by_id[PaperId("arxiv", "2601.00008")].title == "Knitting again"
    assert [one.id.scheme for one in found.papers] == ["doi", "arxiv", "arxiv", "guid"]
    assert [(one.where, one.reason) for one in found.unread] == [
        ("line 11", "it is no BibTeX"),
        ("untitled", "it has no title"),
    ]


def test_a_list_of_identifiers() -> None:
    """A text of identifiers and addresses is a list of them, with remarks; other words are told."""
    found = parse(b"# mine\n2601.00007, 10.1234/x  # the first\nhttps://arxiv.org/abs/2601.00009\nteapot\n2601.00007\n")
    assert found.references == ("2601.00007", "10.1234/x", "https://arxiv.org/abs/2601.00009")
    assert [one.where for one in found.unread] == ["teapot"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252"])
def test_encodings(encoding: str) -> None:
    """A file is read in whichever of the usual encodings it is."""
    (paper,) = papers("@misc{a, title={Nebel über dem Café}, eprint={2601.00001}}", encoding).values()
    assert paper.title == "Nebel über dem Café"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"\0\1\2\3" * 100, "not a text"),
        (b"%PDF-1.7 some words", "names no paper"),
        (b"[" * 100_000, "begins like JSON"),
        (b'[{"title": "cut off', "begins like JSON"),
        (b"[]", "names no paper"),
        (b"<html><body>Log in</body></html>", "no RDF"),
        (b"<rdf:RDF", "damaged"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'><!ENTITY d '&b;&b;'>]><a>&d;</a>", "damaged"),
        (b"x" * (LARGEST + 1), "larger than 32,000,000 bytes"),
    ],
)
def test_files_that_are_none(body: bytes, sentence: str) -> None:
    """What is no library gets one sentence that tells what is wrong."""
    with pytest.raises(BadFeed, match=sentence):
        parse(body)


@pytest.mark.parametrize(
    "text",
    [
        "@article{" * 2_000,
        "@article{k, title={" + "{" * 50_000,
        '@article{k, title="' + "a" * 300_000,
        "TY  - JOUR\n" + "AU  - x\n" * 10_000,
        "TY  - JOUR\nTI  -\nER  - \n" * 500,
        "TY  - \nER  -\nZZ  - 1\nTY  - JOUR\nTY  - JOUR\n",
        '[{"title": 1}, {"title": ["x"], "author": {"a": 1}}, 7, null, [[]], {"title": "ok", "author": [1]}]',
        '{"items": 7}',
    ],
)
def test_hostile_files(text: str) -> None:
    """Damaged and endless entries cost little, and are told or refused with a sentence."""
    try:
        found = parse(text.encode())
    except PaperboyError as error:
        assert str(error)
    else:
        assert found.papers or found.unread


def test_hostile_words() -> None:
    """Titles, names and abstracts are bounded and in one line, with nothing that cannot be seen."""
    entry = {"title": "A\u202e\n\0" + "b " * 900, "abstract": "c " * 9_000, "author": [{"family": "d" * 700}] * 300}
    (paper,) = parse(json.dumps([entry]).encode()).papers
    assert len(paper.title) <= 1_000
    assert len(paper.abstract) <= 6_000
    assert len(paper.authors) <= 200
    assert "\n" not in paper.title and "\u202e" not in paper.title and "\0" not in paper.title


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """No file, a folder, and a device that never ends are refused with a sentence."""
    for path, sentence in (
        (tmp_path / "no", "There is no file"),
        (tmp_path, "not a file"),
        (Path("/dev/zero"), "not a"),
    ):
        with pytest.raises(UsageError, match=sentence):
            read_library(path)
    (tmp_path / "mine.bib").write_text("")
    with pytest.raises(BadFeed, match=r"mine\.bib: The file is empty"):
        read_library(tmp_path / "mine.bib")
