from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.papers import imprint
from core.papers.bylines import names_in
from core.papers.imprint import BORDER, Description, is_imprint, read

PROSE = "We light lanterns and count the moths."


def described(*paragraphs: str, title: str = "Lanterns at night", authors: tuple[str, ...] = ()) -> Description:
    return read([paragraphs], title=title, authors=authors)


@pytest.mark.parametrize(
    "text",
    [
        "Invented Materials, Volume 38, Issue 5, 3 February 2026.",
        "Invented Materials, EarlyView.",
        "Journal of Invented Lamps, Ahead of Print.",
        "Invented Notes, Volume 12, Issue 03, Page 101-120, March 2026.",
        "Volume 12, Issue 3, February 2026, Page 1-20",
        "Volume , Issue , June 2026",
        "Ann Invent. 2026 Feb 3. doi: 10.1000/ann.2026.1. Online ahead of print.",
        "PMID:39999999 | DOI:10.1000/ann.2026.1",
        "Invent. Sci., 2026, 17, 123-130",
        "Atmos. Invent. Phys., 26, 1–20, https://doi.org/10.5194/inv-26-1-2026, 2026",
        "[Invent. Rev. B 136, 020101] Published Tue Feb 03, 2026",
        "DOI: 10.1039/D5XX00001A, Edge Article",
        "Invented Letters, Published online: 03 February 2026; doi:10.1038/s00000-026-00001-x",
        "27(1):1−40, 2026.",
        "Available online 3 February 2026",
    ],
)
def test_imprints_are_known_by_their_shape(text: str) -> None:
    """Journal, volume, pages, dates and identifiers without a sentence are an imprint, and no abstract."""
    assert is_imprint(text)
    assert described(text).abstract == ""
    assert described(text, PROSE).abstract == described(PROSE, text).abstract == PROSE


@pytest.mark.parametrize(
    "text",
    [
        PROSE,
        "In 2026 we lit 12 lanterns (doi: 10.1000/1).",
        "Article 5 of the treaty is about lanterns.",
        "By lighting lanterns, we count moths.",
        "Abstract interpretation proves that lanterns are lit.",
        "Abstract Meaning Representation is a graph of a sentence.",
        "Source: lanterns are a source of light. They shine.",
        "我们点亮灯笼并数飞蛾 doi:10.1000/1",
        "등불을 켜고 나방을 센다. 10.1000/1",
        "Author(s): Ann Example We light lanterns and count the moths.",
        "Summary statistics of moths are given. Code: https://code.example/moths",
        "BERT, GPT-4 and LLaMA see moths.",
    ],
)
def test_prose_is_no_imprint(text: str) -> None:
    """A sentence stays as it is, whatever it names."""
    assert described(text) == Description(abstract=text)


@pytest.mark.parametrize(
    ("paragraphs", "authors", "abstract"),
    [
        (["Author(s): Ann Example, Bo Probe, and Cy Sample", PROSE], "Ann Example, Bo Probe, Cy Sample", PROSE),
        (["by Ann Example, Bo van der Probe", PROSE], "Ann Example, Bo van der Probe", PROSE),
        (["Publication date: January 2026 Source: Lamps, Volume 401 Author(s): A. Example"], "A. Example", ""),
        (["Ann Example, Bo Probe; 27(1):1-40, 2026. Abstract: " + PROSE], "Ann Example, Bo Probe", PROSE),
        (["Ann B. Example, Bo Probe in Proceedings of the 8th Invented Workshop"], "Ann B. Example, Bo Probe", ""),
        (
            ["Ann Example. Source: The Annals of Lamps, Volume 47, Number 1, 1--33. Abstract: " + PROSE],
            "Ann Example",
            PROSE,
        ),
        (["Authors: A. Example and B. Probe.", "Journal: Lamps", PROSE], "A. Example, B. Probe", PROSE),
        (["Ann Example, Bo Probe - Invented Lamps, 2026", PROSE], "Ann Example, Bo Probe", PROSE),
        (["Ann Example (Invented University), Bo Probe", "Lamps 12, 34 (2026)", PROSE], "Ann Example, Bo Probe", PROSE),
        (["Cy Sample"], "Cy Sample", ""),
        (["张三, 李四", PROSE], "张三, 李四", PROSE),
        (["Invent. Sci., 2026, 17, 123-130", "Ann Example, Bo Probe", PROSE], "Ann Example, Bo Probe", PROSE),
    ],
)
def test_authors_are_read_from_an_imprint(paragraphs: list[str], authors: str, abstract: str) -> None:
    """Where nothing else names them, authors are read from the line that does, and it is no part of the abstract."""
    assert described(*paragraphs) == Description(abstract=abstract, authors=tuple(authors.split(", ")))


@pytest.mark.parametrize(
    ("paragraphs", "abstract"),
    [
        (["by Ann Example, The Lamp Staff " + PROSE], PROSE),
        (["by Ann Example, The Lamp Staff"], ""),
        (["Lanterns at night", "Ann Example, The Lamp Staff", PROSE], PROSE),
        (["Invent. Lamps, Vol. 26, Pages 1001: Lanterns at night", "Invent. Lamps doi: 10.1000/1", PROSE], PROSE),
        (["Journal of the Invented Society", "DOI: 10.1000/jis.6c00123"], ""),
        (["Abstract", PROSE], PROSE),
        (["AbstractWe light lanterns."], "We light lanterns."),
        ([PROSE, "The post Lanterns at night appeared first on Lamps."], PROSE),
        ([PROSE, "© 2026 Invented Press. All rights reserved."], PROSE),
        ([PROSE + " © 2026 The Authors. Published by Invented Press."], PROSE),
        ([PROSE + " [Invent. Rev. 136, 020101] Published Tue Feb 03, 2026"], PROSE),
        (["No abstract available"], ""),
        (["We light [...] Read more"], "We light [...]"),
        (["Invented Letters, Published online: 3 March 2026; doi:10.1038/s00000-026-00001-xWe light."], "We light."),
        (["arXiv:2602.00001v1 Announce Type: replace-cross Abstract: " + PROSE], PROSE),
    ],
)
def test_what_is_said_elsewhere_is_no_abstract(paragraphs: list[str], abstract: str) -> None:
    """Title, known authors, headings and notices around an abstract go."""
    assert described(*paragraphs, authors=("Ann Example", "The Lamp Staff")).abstract == abstract


@pytest.mark.parametrize(
    ("told", "abstract"),
    [
        ([["Invented Materials, Volume 38, Issue 5."], [PROSE]], PROSE),
        ([[PROSE], ["x"]], PROSE),
        ([["x"], [PROSE * 3]], PROSE * 3),
        ([["We light lanterns…"], [PROSE]], PROSE),
        ([["We light lanterns [...]"], [PROSE]], PROSE),
        ([[PROSE], ["Something else entirely, which is a little longer."]], PROSE),
        ([[], [""]], ""),
    ],
)
def test_the_best_description_counts(told: list[list[str]], abstract: str) -> None:
    """The first prose counts, but not a teaser that another one goes on with, nor a word beside an abstract."""
    assert read(told, title="Lanterns").abstract == abstract


def test_paragraphs_are_parted_where_the_markup_parts_them() -> None:
    """Blocks of HTML and JATS are paragraphs; lines are, where there is no block."""
    assert imprint.with_borders("<p>One</p>two\nthree").count(BORDER) == 2
    assert imprint.with_borders("<jats:p>One</jats:p>").count(BORDER) == 2
    assert imprint.with_borders("One\ntwo <b>three</b>").split(BORDER) == ["One", "two <b>three</b>"]


WORDS = st.lists(
    st.sampled_from(["moths", "shine", "brightly", "2026", "Volume 3", "Ann", "(doi)", "因此"]), max_size=30
)


@given(st.lists(WORDS.map(" ".join), max_size=6))
def test_a_real_abstract_is_never_emptied(paragraphs: list[str]) -> None:
    """A paragraph with words of a sentence stays whole, and reading again what was read changes nothing."""
    found = described(*paragraphs)
    sentences = [one for one in paragraphs if "moths" in one or "brightly" in one]
    assert all(" ".join(one.split()[-2:]) in " ".join(found.abstract.split()) for one in sentences)
    assert not sentences or described(found.abstract).abstract == found.abstract


@given(st.lists(st.text(max_size=80), max_size=5), st.text(max_size=20), st.lists(st.text(max_size=10), max_size=3))
def test_anything_is_read(paragraphs: list[str], title: str, authors: list[str]) -> None:
    """Whatever an entry says, reading it gives a description made of its own words."""
    found = read([paragraphs], title=title, authors=authors)
    assert set(found.abstract) <= set(" ".join(paragraphs)) | {" "}


@pytest.mark.parametrize(
    "piece",
    [
        "Ann Example, ",
        "Volume 3, ",
        "doi:10.1000/1",
        "[x] Published ",
        " Source: ",
        ". ; ",
        "by ",
        "© 2026 ",
        "A" * 9,
        "…",
    ],
)
def test_hostile_descriptions_take_linear_time(piece: str) -> None:
    """A hundred thousand characters of anything are read in a fraction of a second, in one paragraph or many."""
    text = piece * (100_000 // len(piece))
    began = time.process_time()
    read([[text], text.split(" ")], title=text[:500], authors=["Ann Example"] * 5_000)
    assert time.process_time() - began < 1.0


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Ann Example, Bo van der Probe and C. Sample", ("Ann Example", "Bo van der Probe", "C. Sample")),
        ("Example, A., Probe, B. C.", ("A. Example", "B. C. Probe")),
        ("Ann Example et al.", ("Ann Example",)),
        ("Ann lights lanterns", ()),
        ("Lanterns", ()),
        ("Ann Example 2026", ()),
        ("Ann Example. Bo Probe sees.", ()),
    ],
)
def test_lines_of_names(line: str, names: tuple[str, ...]) -> None:
    """A line is one of authors where every part of it has the shape of a name."""
    assert names_in(line) == names
