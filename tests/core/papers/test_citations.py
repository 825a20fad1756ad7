"""Exports of reading lists, judged by programs that read them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import bibtexparser
import pytest
import rispy
from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
from citeproc.source.json import CiteProcJSON
from hypothesis import given, settings
from hypothesis import strategies as st
from pybtex.database import Person, parse_string

from core.errors import UsageError
from core.papers.citations import bibtex
from core.papers.citations.entry import Entry, EntryKind, Keepsake, entry_of
from core.papers.citations.export import FORMATS, export, parse_format
from core.papers.citations.keys import citation_keys
from core.papers.citations.people import Creator, creator_of
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from core.text.readable import readable
from tests.fakes.papers import a_paper
from tests.fakes.recordings import recorded_papers
from tests.shared import needs_shared


def exported(name: str, *papers: Paper) -> str:
    return export([Keepsake(paper=paper) for paper in papers], FORMATS[name])


def entries(papers: Sequence[Paper]) -> list[Entry]:
    keys = citation_keys(papers)
    return [entry_of(Keepsake(paper=paper), key) for paper, key in zip(papers, keys, strict=True)]


def bibtex_fields(text: str) -> dict[str, dict[str, str]]:
    """The fields of each entry by its key, as bibtexparser reads them; every block must be one that it can read."""
    library = bibtexparser.parse_string(text)
    assert not library.failed_blocks
    return {entry.key: {field.key: str(field.value) for field in entry.fields} for entry in library.entries}


def without_braces(text: str) -> str:
    return re.sub(r"[{}]", "", text)


def parts_of(person: Person) -> tuple[str, ...]:
    given = [*person.first_names, *person.middle_names]
    parts = (given, person.prelast_names, person.last_names, person.lineage_names)
    return tuple(without_braces(" ".join(part)) for part in parts)


def parts_meant(creator: Creator) -> tuple[str, ...]:
    parts = (creator.given_names, creator.particle, creator.family, creator.suffix)
    return tuple(without_braces(bibtex.tex(part)) for part in parts)


def check_bibtex(papers: Sequence[Paper]) -> None:
    """Two programs read every field as it was meant: bibtexparser, and pybtex, which also takes names apart."""
    text = exported("bibtex", *papers)
    fields, judged = bibtex_fields(text), parse_string(text, "bibtex").entries
    assert list(fields) == list(judged) == [entry.key for entry in entries(papers)]
    for entry in entries(papers):
        told, other = fields[entry.key], judged[entry.key]
        assert [parts_of(one) for one in other.persons.get("author", ())] == [
            parts_meant(one) for one in entry.creators
        ]
        assert without_braces(told.get("title", "")) == without_braces(bibtex.tex(entry.title))
        wanted = {
            "doi": entry.doi,
            "eprint": entry.arxiv,
            "archiveprefix": "arXiv" if entry.arxiv else "",
            "primaryclass": entry.primary_class,
            "year": str(entry.year or ""),
            "abstract": bibtex.tex(entry.abstract),
            "booktitle" if entry.kind is EntryKind.CONFERENCE else "journal": bibtex.tex(entry.venue),
        }
        for name, value in wanted.items():
            assert (told.get(name, ""), other.fields.get(name, "")) == (value, value), (entry.key, name)


def check_ris(papers: Sequence[Paper]) -> None:
    for entry, told in zip(entries(papers), rispy.loads(exported("ris", *papers)), strict=True):
        assert (told["id"], told["title"]) == (entry.key, readable(entry.title))
        assert len(told.get("authors", ())) == len(entry.creators)
        assert told.get("doi", "") == entry.doi
        assert told.get("year", "") == str(entry.year or "")
        assert told.get("secondary_title", "") == entry.venue
        assert told.get("abstract", "") == readable(entry.abstract)


def check_csl(papers: Sequence[Paper]) -> None:
    for entry, told in zip(entries(papers), json.loads(exported("csl-json", *papers)), strict=True):
        assert (told["id"], told["title"]) == (entry.key, readable(entry.title))
        assert [one.get("family") or one["literal"] for one in told.get("author", ())] == [
            one.family for one in entry.creators
        ]
        assert told.get("issued", {}).get("date-parts", [[None]])[0][0] == entry.year


def check_all_formats(papers: Sequence[Paper]) -> None:
    check_bibtex(papers)
    check_ris(papers)
    check_csl(papers)
    lines = exported("markdown", *papers).splitlines()
    assert len([line for line in lines if line.startswith("- ")]) == len(papers)


@needs_shared
def test_recorded_papers() -> None:
    """Recorded papers are exported in each format, and come back field by field; one of them is one bullet."""
    papers = recorded_papers(is_short=True)
    assert len(papers) > 100
    check_all_formats(papers[::6])


@needs_shared
@pytest.mark.slow
def test_every_recorded_paper() -> None:
    """So is every recorded paper of every source."""
    papers = recorded_papers()
    assert len(papers) > 600
    check_all_formats(papers)


texts = st.text(max_size=30) | st.text(alphabet="aB {}$\\%&_#^~\"'@,=(.)-\n", max_size=30)


@given(texts, texts, texts, texts)
@settings(max_examples=30)
def test_any_text(title: str, name: str, abstract: str, venue: str) -> None:
    """Whatever a paper's texts hold, its entry can be read, and has all its fields and authors."""
    paper = replace(a_paper(1), title=title or "x", authors=(name or "x", "Lee, Ann"), abstract=abstract, journal=venue)
    text = exported("bibtex", paper)
    (fields,) = bibtex_fields(text).values()
    (judged,) = parse_string(text, "bibtex").entries.values()
    assert {*judged.fields, "author"} == fields.keys()
    assert len(judged.persons["author"]) == 2
    assert len(rispy.loads(exported("ris", paper))) == 1
    assert len(json.loads(exported("csl-json", paper))) == 1


@given(st.text(alphabet="a{}$\\%&_#^~B \"'@,=", max_size=40))
@settings(max_examples=60)
def test_any_tex(text: str) -> None:
    """Braces of a field balance whatever they were, and no sign of TeX stands alone."""
    told = bibtex.tex(text)
    assert re.sub(r"\\.", "", told).count("{") == re.sub(r"\\.", "", told).count("}")
    assert not re.search(r"(?<!\\)[%&#]", re.sub(r"\$[^$]*\$", "", told))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Learning $K$-means at 5% & more", r"Learning {$K$}-means at 5\% \& more"),
        ("A_b #1 costs $5", r"A\_b \#1 costs \$5"),
        ("Between $5 and about $10", r"Between \$5 and about \$10"),
        (r"Already 5\% \& {\em kept}", r"Already 5\% \& {\em kept}"),
        ("An { open brace", r"An \textbraceleft{} open brace"),
        ("${$}", r"\$\textbraceleft{}\$\textbraceright{}"),
        (r"One line\\another\\", "One line another "),
        ("Gödel, 歩く, Ωmega", "Gödel, 歩く, Ωmega"),
        ("Attention\nis\u202e all", "Attention is all"),
    ],
)
def test_tex(text: str, told: str) -> None:
    """Formulas and commands stay; signs that stand for themselves are escaped; letters stay letters."""
    assert bibtex.tex(text) == told


def test_capitals() -> None:
    """Styles that write titles small leave the capitals of names and acronyms alone."""
    title = "BERT and mRNA for GPT-4 In a Day"
    assert bibtex.tex(title, keeps_capitals=True) == "{BERT} and {mRNA} for {GPT-4} In a Day"


@pytest.mark.parametrize(
    ("name", "told", "as_ris"),
    [
        ("Ludwig van der Berg", "van der Berg, Ludwig", "van der Berg, Ludwig"),
        ("Sammy Davis Jr.", "Davis, Jr., Sammy", "Davis, Sammy, Jr."),
        ("Davis, Jr., Sammy", "Davis, Jr., Sammy", "Davis, Sammy, Jr."),
        ("Davis, Sammy, III", "Davis, III, Sammy", "Davis, Sammy, III"),
        ("The ATLAS Collaboration", "{The ATLAS Collaboration}", "The ATLAS Collaboration"),
        ("ATLAS Collaboration", "{ATLAS Collaboration}", "ATLAS Collaboration"),
        ("Yann Le Cun", "Le Cun, Yann", "Le Cun, Yann"),
        ("王伟", "王伟", "王伟"),
        ("EXAMPLE Ann", "EXAMPLE, Ann", "EXAMPLE, Ann"),
        ("Nikitha SR", "Nikitha, SR", "Nikitha, SR"),
        ("Roberta e Silva da Rocha", "e {Silva da Rocha}, Roberta", "e Silva da Rocha, Roberta"),
        ("José García-López", "García-López, José", "García-López, José"),
        ("Simon and Garfunkel", None, None),
    ],
)
def test_names(name: str, told: str | None, as_ris: str | None) -> None:
    """Particles, suffixes and groups stand where programs expect them; a name with `and` in it is still one name."""
    paper = replace(a_paper(1), authors=(name,))
    (entry,) = parse_string(exported("bibtex", paper), "bibtex").entries.values()
    assert len(entry.persons["author"]) == 1
    if told:
        assert bibtex.author(creator_of(name)) == told
        assert rispy.loads(exported("ris", paper))[0]["authors"] == [as_ris]


def test_a_group_is_written_in_braces_of_its_own() -> None:
    """A collaboration among people is one name."""
    paper = replace(a_paper(1), authors=("ATLAS Collaboration", "Ann Lee"))
    assert "author = {{ATLAS Collaboration} and Lee, Ann}," in exported("bibtex", paper)
    alone = replace(paper, authors=("ATLAS Collaboration",))
    assert "author = {{ATLAS Collaboration}}," in exported("bibtex", alone)


class TestKinds:
    paper = Paper(
        id=PaperId("arxiv", "2601.15529"),
        title="On lanterns",
        authors=("Ann Lee",),
        categories=("cs.CL", "cs.LG"),
        published=datetime(2026, 1, 21, tzinfo=UTC),
    )

    def test_preprint(self) -> None:
        """A preprint on arXiv has its number, class, year and month, and no journal."""
        assert bibtex_fields(exported("bibtex", self.paper))["lee2026lanterns"] == {
            "title": "On lanterns",
            "author": "Lee, Ann",
            "year": "2026",
            "month": "jan",
            "eprint": "2601.15529",
            "archiveprefix": "arXiv",
            "primaryclass": "cs.CL",
            "url": "https://arxiv.org/abs/2601.15529",
        }
        assert rispy.loads(exported("ris", self.paper))[0]["type_of_reference"] == "UNPB"
        (item,) = json.loads(exported("csl-json", self.paper))
        assert (item["type"], item["publisher"], item["issued"]) == (
            "article",
            "arXiv",
            {"date-parts": [[2026, 1, 21]]},
        )

    def test_journal(self) -> None:
        """A published paper is an article of its journal and year, and keeps its number on arXiv."""
        paper = replace(self.paper, journal="Phys. Rev. D 76, 013009 (2027)", doi="10.1103/physrevd.76.013009")
        (fields,) = bibtex_fields(exported("bibtex", paper)).values()
        assert exported("bibtex", paper).startswith("@article{lee2027lanterns,")
        assert (fields["journal"], fields["year"], fields["eprint"]) == (paper.journal, "2027", "2601.15529")
        assert "month" not in fields
        assert rispy.loads(exported("ris", paper))[0]["type_of_reference"] == "JOUR"

    def test_conference(self) -> None:
        """A paper of a conference is in its proceedings."""
        paper = replace(self.paper, journal="Proceedings of the 40th Conference on Lanterns")
        text = exported("bibtex", paper)
        assert text.startswith("@inproceedings{")
        assert "  booktitle = {Proceedings of the 40th Conference on Lanterns}," in text

    def test_nothing_known(self) -> None:
        """A paper without authors, date and page is still an entry."""
        paper = Paper(id=PaperId("doi", "10.1000/x"), title="所感")
        (fields,) = bibtex_fields(exported("bibtex", paper)).values()
        assert fields == {"title": "所感", "doi": "10.1000/x", "url": "https://doi.org/10.1000/x"}
        assert exported("markdown", paper) == "- [所感](https://doi.org/10.1000/x). doi:10.1000/x.\n"


class TestKeys:
    def test_collisions(self) -> None:
        """Of papers with the same surname, year and word, later ones get a letter, and none changes when more come."""
        papers = [replace(a_paper(number), title="On lanterns", authors=("Ann Lee",)) for number in range(1, 31)]
        keys = citation_keys(papers)
        assert len(set(keys)) == 30
        assert keys[1:3] == (f"{keys[0]}a", f"{keys[0]}b")
        assert citation_keys(papers[:7]) == keys[:7]

    def test_of_a_part(self) -> None:
        """An export of a part of a list uses the keys of the whole list."""
        whole = [Keepsake(paper=replace(a_paper(n), title="On lanterns", authors=("Ann Lee",))) for n in (1, 2)]
        part = export(whole[1:], FORMATS["bibtex"], of=whole)
        assert list(bibtex_fields(part)) == [citation_keys([one.paper for one in whole])[1]]

    def test_letters(self) -> None:
        """Keys are plain ASCII, whatever the name; one that has no Latin letter is called by its identifier."""
        names = ("Jürgen Müller", "王伟", "O'Neill, Ann", "van der Berg, Ludwig")
        keys = citation_keys([replace(a_paper(7), title="Lanterns", authors=(name,)) for name in names])
        assert all(re.fullmatch("[a-z0-9]+", key) for key in keys)
        assert [key[:9] for key in (keys[0], keys[2], keys[3])] == ["muller202", "oneill202", "vanderber"]


def test_notes_and_tags() -> None:
    """What people keep beside a paper goes along, and cannot break out of its place."""
    kept = Keepsake(paper=a_paper(1), notes=("50% done }\nTY  - BOOK",), tags=("to-read",))
    (fields,) = bibtex_fields(export([kept], FORMATS["bibtex"])).values()
    assert (fields["annote"], fields["keywords"]) == (r"50\% done \textbraceright{} TY - BOOK", "to-read")
    (record,) = rispy.loads(export([kept], FORMATS["ris"]))
    assert (record["notes"], record["keywords"]) == (["50% done } TY - BOOK"], ["to-read"])
    assert "  - Tags: to-read" in export([kept], FORMATS["markdown"])


def test_markdown_is_escaped() -> None:
    """A title cannot add mark-up, links or pages of its own."""
    paper = replace(a_paper(1), title="[x](javascript:1) *a* <b> `c`", url="javascript:1")
    assert exported("markdown", paper).startswith(r"- \[x\](javascript:1) \*a\* \<b\> \`c\`.")


@pytest.mark.parametrize(
    ("typed", "name"), [("", "bibtex"), ("BibTeX", "bibtex"), ("bib", "bibtex"), ("zotero", "ris"), ("md", "markdown")]
)
def test_formats(typed: str, name: str) -> None:
    """Formats go by several names; without one it is BibTeX."""
    assert parse_format(typed).name == name


def test_unknown_format() -> None:
    """A format that does not exist is told with the nearest one that does."""
    with pytest.raises(UsageError) as told:
        parse_format("bibtx")
    assert told.value.hint == "Did you mean bibtex?"


def test_csl_is_cited() -> None:
    """A citation processor cites people with their particles, and groups by their names."""
    paper = replace(a_paper(1), title="On lanterns", authors=("Ludwig van der Berg Jr.", "ATLAS Collaboration"))
    source = CiteProcJSON(json.loads(exported("csl-json", paper)))
    bibliography = CitationStylesBibliography(
        CitationStylesStyle("harvard-cite-them-right", validate=False), source, formatter.plain
    )
    (key,) = source
    bibliography.register(Citation([CitationItem(key)]))
    (line,) = map(str, bibliography.bibliography())
    assert "van der Berg, L." in line
    assert "ATLAS Collaboration" in line
    assert "On lanterns" in line
