"""What publishers write around titles and abstracts, in the feeds of a dozen of them, read by the sources."""

from __future__ import annotations

import ast
import json
import re
from datetime import date
from html import escape
from pathlib import Path

import pytest

from adapters.sources import arxiv_api, biorxiv, crossref, feeds, indexes
from core.papers.paper import Paper
from tests.shared import SHARED, needs_shared

CASES = SHARED / "data" / "cases"
TODAY = date(2026, 2, 6)
SPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:dcterms="http://purl.org/dc/terms/"'
)
PROSE = "We light lanterns and count moths."


def papers(file: Path) -> list[Paper]:
    """The papers of a feed."""
    return [one.paper for one in feeds.parse(file.read_bytes(), file.stem, TODAY).announcements]


def entry(more: str, title: str = "Lanterns at night") -> Paper:
    """The one paper of a feed with one entry."""
    item = f"<item><title>{title}</title><link>https://lamps.example/1</link>{more}</item>"
    feed = f"<rss version='2.0' {SPACES}><channel><title>Lamps</title>{item}</channel></rss>"
    return feeds.parse(feed.encode(), "lamps", TODAY).announcements[0].paper


@pytest.mark.parametrize(
    "more",
    [
        f"<description>Lamps, Volume 3, Issue 5, 3 May 2026.</description><content:encoded>{PROSE}</content:encoded>",
        f"<content:encoded>{escape(f'<h2>Abstract</h2><p>{PROSE}</p>')}</content:encoded><description>EarlyView</description>",
        f"<description>Vol. 3, No. 5</description><dc:description>{PROSE}</dc:description>",
        f"<description>Vol. 3, No. 5</description><dcterms:abstract>{PROSE}</dcterms:abstract>",
        f"<description>Lamps, Ahead of Print. &lt;br/&gt;{PROSE}</description>",
        f"<description><p>Authors: A. Example</p><p>{PROSE}</p><br />[Lamps 6, 2] Published Feb 03, 2026</description>",
        f"<description>O_ST_ABSAbstractC_ST_ABS{PROSE}</description>",
    ],
)
def test_the_abstract_is_the_prose_wherever_it_is(more: str) -> None:
    """Whichever element holds the prose, beside an imprint in another or in the same one, it is the abstract."""
    assert entry(more).abstract == PROSE


def test_authors_come_from_where_they_are() -> None:
    """Those that an element of their own tells count, then those in the title, then those in the description."""
    told = "<description>Author(s): Cy Sample, Di Test</description>"
    creator = "<dc:creator>Ann Example</dc:creator>"
    title = "Lanterns at night -- by Bo Probe"
    assert entry(told).authors == ("Cy Sample", "Di Test")
    assert entry(told, title).authors == ("Bo Probe",)
    assert entry(told + creator, title).authors == ("Ann Example",)
    assert entry(told, title).title == "Lanterns at night"


def test_crossref_tells_a_formula_once() -> None:
    """A title and an abstract in JATS have each formula once, in its place in the sentence."""
    tex, math = (
        r"<jats:tex-math>$$\beta _2$$</jats:tex-math>",
        "<mml:math><mml:msub><mml:mi>β</mml:mi><mml:mn>2</mml:mn></mml:msub></mml:math>",
    )
    formula = f"<jats:inline-formula><jats:alternatives>{tex}{math}</jats:alternatives></jats:inline-formula>"
    work = {"DOI": "10.1000/1", "title": [f"Light of{math}-lamps"], "abstract": f"<jats:p>Rate {formula}.</jats:p>"}
    (one,) = crossref.parse(json.dumps({"message-type": "work", "message": work}).encode()).announcements
    assert (one.paper.title, one.paper.abstract) == ("Light of β₂-lamps", "Rate β₂.")


@needs_shared
def test_a_journals_line_gives_way_to_the_text() -> None:
    """The journal, volume and date of an entry are no abstract where another element has one."""
    (one,) = papers(CASES / "04-wiley-abstract" / "wiley.xml")
    assert one.title == "Soft Robots That Fold"
    assert one.abstract == "Graphical abstract text here: a folding robot is driven by light."


@needs_shared
@pytest.mark.parametrize(
    ("file", "title", "authors"),
    [
        ("acs", "Cobalt Catalysts for the Slow Oxidation of Tea", ("Yan Example", "Guo Probe", "Ji Sample")),
        ("nber", "Do Umbrellas Cause Rain in Small Towns?", ("Ann Example", "Bo Probe")),
        ("mdpi", "Listening to Bread While It Cools", ("Ann Example", "Bo Probe", "Cy Sample")),
    ],
)
def test_titles_come_without_furniture(file: str, title: str, authors: tuple[str, ...]) -> None:
    """Titles are those that the same papers have elsewhere, and names in them are authors."""
    (one,) = papers(CASES / "05-title-furniture" / f"{file}.xml")
    assert (one.title, one.authors) == (title, authors)
    preprints = arxiv_api.parse((CASES / "05-title-furniture" / "api.xml").read_bytes()).announcements
    assert [each.paper.title for each in preprints if indexes.find_by_title(one, [each.paper])] == [title]


@needs_shared
def test_biorxivs_markers_become_text() -> None:
    """Headings and lists of an abstract read as text, and its figure is gone."""
    listing = biorxiv.parse((CASES / "07-biorxiv-markers" / "bio.json").read_bytes())
    assert [one.paper.abstract for one in listing.announcements] == [
        "Background Glia are many. Results We counted them (p<0.05) in CO2.",
        "Highlights First point of it. Second point of it. The text proper begins.",
    ]


@needs_shared
def test_crossrefs_formulas_are_told_once() -> None:
    """The works that the case's server holds read as sentences."""
    source = (CASES / "08-crossref-formula-twice" / "server.py").read_text()
    held = re.search(r"^W = (\{.*?^\})", source, re.DOTALL | re.MULTILINE)
    assert held
    works = ast.literal_eval(held[1])
    told = {
        work["DOI"]: crossref.parse(json.dumps({"message-type": "work", "message": work}).encode())
        for work in works.values()
    }
    read = {doi: listing.announcements[0].paper for doi, listing in told.items()}
    assert read["10.5555/sol.1"].title == "Invented Solitons in N-Coupled Ponds"
    assert read["10.5555/sol.2"].abstract == "Cells grow with rate α₁ in light (p<0.05)."
    assert read["10.5555/sol.3"].title == "Search for the Bₛ⁰ meson in pp collisions"


THREE = ("Ann Example", "Bo Probe", "Cy Sample")


@needs_shared
@pytest.mark.parametrize(
    ("file", "abstracts", "authors"),
    [
        ("aclanthology", [""], [("Ann B. Example", "Bo Probe", "Cy Sample")]),
        ("aps", ["We squeeze nickelates gently."], [THREE]),
        ("jmlr", ["Corn has kernels.", ""], [("Ann Example", "Bo Probe"), ("Cy Sample",)]),
        ("mdpi", ["Bread makes sounds while it cools."], [THREE]),
        ("plos", ["Snails eat lettuce in the rain.", ""], [("Ann Example", "Bo Probe"), ("The PLOS ONE Staff",)]),
        ("science", [""], [("Michael Example",)]),
        ("sciencedirect", ["", ""], [("Ann Example", "Bo van der Probe", "Cy Sample"), ()]),
        ("tandf", [""], None),
    ],
)
def test_imprints_are_no_abstracts(file: str, abstracts: list[str], authors: list[tuple[str, ...]] | None) -> None:
    """The abstract is the prose alone, or empty, and the authors are those that the imprint names."""
    read = papers(CASES / "09-imprint-as-abstract" / f"{file}.xml")
    assert [one.abstract for one in read] == abstracts
    assert authors is None or [one.authors for one in read] == authors
