import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.papers.identifiers import PaperId
from core.papers.identity.likeness import is_match, likelihood
from core.papers.identity.matching import is_preprint_doi, is_same, surname, title_key, title_words
from core.papers.paper import Paper

NUMBERS = count(1)
TITLE = "Folding paper planes for long flights in still air"


def paper(title: str = TITLE, *authors: str, year: int | None = 2025, **told: object) -> Paper:
    published = datetime(year, 3, 1, tzinfo=UTC) if year else None
    base = Paper(
        id=PaperId("sample", str(next(NUMBERS))), title=title, authors=authors or ("Ada Example",), published=published
    )
    return replace(base, **told)


def key(title: str) -> str:
    return title_key(paper(title))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The folding of paper planes for long flights.", "Folding of Paper Planes for Long Flights"),
        ("Short report: Folding paper planes for long flights", "Folding paper planes for long flights"),
        ("RETRACTED ARTICLE: Folding paper planes for long flights", "Folding paper planes for long flights"),
        ("[Folding paper planes for long flights] [Article in French]", "Folding paper planes for long flights"),
        (
            "Folding paper planes for long flights [version 2; peer review: 1 approved]",
            "Folding paper planes for long flights",
        ),
        (r"The $\beta$-fold of a paper plane in flight", "β-fold of a paper plane in flight"),
        (r"The $\varepsilon$-fold of a paper plane in flight", "The ε-fold of a paper plane in flight"),
        ("The [beta]-fold of a paper plane in flight", "The Β-Fold of a Paper Plane in Flight"),
        (r"Folding \emph{paper} planes for $\mathbf{long}$ flights", "Folding paper planes for long flights"),
        ("Folding <i>paper</i> planes for CO<sub>2</sub> flights", "Folding paper planes for CO2 flights"),
        ("Folding &amp; cutting: paper planes for long flights", "Folding and cutting – paper planes for long flights"),
        ("Eﬃcient paper planes for the naïve pilot", "Efficient paper planes for the naive pilot"),
        (r"Na\"ive paper planes, for G\'eza's long flights", "Naïve paper planes for Géza’s long flights"),
        ("Paper planes in the long flight: Part II. Wings", "Paper planes in the long flight, part 2: wings"),
        ("Folding paper planes over ℝ and \N{MATHEMATICAL BOLD CAPITAL D}", "Folding paper planes over R and D"),
    ],
)
def test_spelling(one: str, other: str) -> None:
    """Markup, Greek, ligatures, articles, sections of a journal and notes of a database do not make another paper."""
    assert key(one) == key(other) != ""


@pytest.mark.parametrize(
    "other",
    [
        f"Erratum: {TITLE}",
        f"Reply to: {TITLE}",
        f"Comment on {TITLE}",
        f"Supplementary material: {TITLE}",
        f"{TITLE}: part I",
        f"{TITLE}: part II",
        f"{TITLE}: phase 3",
    ],
)
def test_what_makes_another_paper(other: str) -> None:
    """An erratum, a reply and a part of a series have keys of their own."""
    keys = {key(TITLE), key(other), key(f"{TITLE}: part III")}
    assert len(keys) == 3
    assert not is_match(paper(f"{TITLE}: part III"), paper(f"{TITLE}: part II"))


@pytest.mark.parametrize(
    "title",
    ["", "Editorial", "Deep planes", "Introduction to the special issue", "Letter to the editor: reply 17", "$$$"],
)
def test_headings(title: str) -> None:
    """Headings and short titles are borne by many papers and have no key."""
    assert key(title) == ""


def test_ideographs() -> None:
    """A Chinese title of eight characters says enough."""
    assert title_key(paper("纸飞机的长途飞行", "李明"))


def test_without_authors() -> None:
    """Where no author is told a long title is a key, and a shorter one is none; the years must then agree."""
    alone = replace(paper(TITLE + " and in moving air as well"), authors=())
    assert title_key(alone)
    assert title_key(replace(alone, title="Folding paper planes for long flights")) == ""
    assert not is_same(alone, replace(alone, published=datetime(2026, 1, 1, tzinfo=UTC)))


@pytest.mark.parametrize(
    "name",
    [
        "Ada Example",
        "Example, Ada",
        "van der Example, Ada",
        "Ada van der Example",
        "EXAMPLE A",
        "EXAMPLE Ada",
        "Example A.",
        "A. Example",
        "A.-B. Example",
        "Example AB",
        "AB Example",
        "Ada Example Jr.",
        "Ada Example, Jr.",
        "Example, Jr., Ada",
        "Example, Ada, et al.",
        "A. Example et al.",
        "Example, A.; Other, B.",
        "Dr. Ada Example, PhD",
        "Ada Test-Example",
        "Ada Éxämple",
    ],
)
def test_surname(name: str) -> None:
    """One author, however the name is written."""
    assert surname(name) == "example"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Kim Sung-Bin", "kim"),
        ("Sung-Bin Kim", "kim"),
        ("Xi LI", "li"),
        ("Li, X", "li"),
        ("Jürgen Mueller", "muller"),
        ("Müller, J.", "muller"),
        ("Łukasz Søby", "soby"),
        ("The PLANE Study Group", "planestudy"),
        ("ATLAS Collaboration", "atlas"),
        ("The CMS collaboration", "cms"),
        ("The LIGO Scientific Collaboration", "ligoscientific"),
        ("The Team", "team"),
        ("李明", "李明"),
        ("A.", "a"),
        ("", ""),
        (" , ", ""),
    ],
)
def test_other_surnames(name: str, expected: str) -> None:
    """Names of other countries, groups, and what is no name."""
    assert surname(name) == expected


def test_groups_are_told_apart() -> None:
    """Two collaborations that measure the same thing, and give it the same title, wrote two papers."""
    title = "Search for paper planes in proton collisions"
    assert title_key(paper(title, "ATLAS Collaboration")) == title_key(paper(title, "The ATLAS Collaboration"))
    assert title_key(paper(title, "ATLAS Collaboration")) != title_key(paper(title, "CMS Collaboration"))


def test_dois_of_preprints() -> None:
    """A repository's DOI says nothing against a journal's; Cold Spring Harbor's journals share bioRxiv's prefix."""
    assert is_preprint_doi("10.1101/2025.01.01.600001")
    assert is_preprint_doi("10.1101/073000")
    assert is_preprint_doi("10.31223/x5abc")
    assert not is_preprint_doi("10.1101/gr.123456.111")
    assert not is_same(paper(doi="10.1101/gr.123456.111"), paper(doi="10.1000/article.2"))


def test_years() -> None:
    """A preprint and its journal version may be a year apart, not two; an unknown year says nothing."""
    assert is_same(paper(year=2024), paper(year=2025))
    assert not is_same(paper(year=2023), paper(year=2025))
    assert is_same(paper(year=None), paper(year=2025))


def test_twins() -> None:
    """Two publishers' DOIs, two places in print and two arXiv numbers are two; a preprint beside its article is one."""
    talk, article = paper(doi="10.1000/talk.1"), paper(doi="10.1000/article.2")
    preprint = paper(doi="10.1101/2025.01.01.600001")
    arxiv = paper(id=PaperId("arxiv", "2601.00001"), doi="10.48550/arxiv.2601.00001")
    assert not is_same(talk, article)
    assert is_same(preprint, article)
    assert is_same(arxiv, article)
    assert not is_same(arxiv, paper(id=PaperId("arxiv", "2601.00002")))
    assert not is_same(paper(journal="Planes 7 12"), paper(journal="Folds 31, 254"))


def test_one_place() -> None:
    """Volume and page outweigh a DOI with a slip of the pen."""
    one = paper(doi="10.1000/14737.1.57", journal="Journal of Planes 7 (1), 57-64 (2025)")
    other = paper(doi="10.1000/14787.1.57", journal="J. Planes 7, 57")
    assert is_same(one, other)
    assert is_match(one, other)


def test_weighed() -> None:
    """Slips, a missing subtitle and other names of the venue do not hide a paper; other authors and titles tell two."""
    names = ("Ada Example", "Bo Sample", "Cy Muster")
    one = paper("Folding paper planes for long flights: a study of wings", *names, journal="Journal of Folds")
    slip = paper("Folding paper plans for long flight : a study of wings", *reversed(names), journal="J. Folds")
    short = paper("Folding paper planes for long flights", *names, journal="J. Folds")
    others = paper("Cutting paper boats for short journeys: a study of keels", *names, journal="J. Folds")
    strangers = paper("Folding paper planes", "Dee Nobody")
    assert is_match(one, slip)
    assert is_match(one, short)
    assert not is_match(one, others)
    assert not is_match(one, strangers)
    assert not is_match(one, replace(slip, published=datetime(2019, 1, 1, tzinfo=UTC)))


def test_supplement() -> None:
    """Abstracts of one supplement share a volume, and sometimes a DOI, and are not one paper."""
    one = paper(TITLE, journal="Planes 7 11")
    other = paper("Folding paper boats for long journeys in still water", journal="Planes 7 12")
    assert not is_match(one, other)
    shared = {"doi": "10.1000/supplement"}
    assert not is_match(replace(one, **shared), paper("Ink", "Bo Sample", **shared))
    assert is_match(replace(one, **shared), replace(one, title=TITLE.upper(), **shared))
    assert is_match(replace(one, **shared), replace(one, title="Papierflieger, weit gefaltet", **shared))


VOCABULARY = "folding étude plänes of paper in flight wing Ångström 42 part x"
WORDS = st.lists(st.sampled_from(VOCABULARY.split()), min_size=6, max_size=12)
SPACES = st.sampled_from([" ", "  ", "\n", "\u00a0", " - ", ", ", ": "])


@given(WORDS, SPACES, st.booleans(), st.booleans())
def test_key_is_invariant(words: list[str], space: str, is_upper: bool, is_composed: bool) -> None:
    """The key does not depend on case, accents, spacing, punctuation or markup."""
    plain = " ".join(["plane", *words])
    written = space.join(["<b>Plane</b>", *(rf"\emph{{{word}}}" for word in words)]) + "."
    written = written if is_composed else unicodedata.normalize("NFD", written)
    assert key(plain) == key(written) == key(plain.upper() if is_upper else plain.title())


NAMES = st.lists(st.text(max_size=20), max_size=3).map(tuple)
PAPERS = st.builds(
    lambda title, authors, year, doi, journal: paper(title, year=year, authors=authors, doi=doi, journal=journal),
    st.one_of(st.text(max_size=80), st.sampled_from([TITLE, f"{TITLE}: part 2"])),
    NAMES,
    st.one_of(st.none(), st.integers(2020, 2024)),
    st.sampled_from([None, "10.1000/1", "10.1000/2", "10.1101/3"]),
    st.sampled_from([None, "Folds", "Folds 7, 12", "Planes 8, 12", "Planes 3"]),
)


@given(PAPERS, PAPERS)
def test_symmetric(one: Paper, other: Paper) -> None:
    """Whoever comes first: the answer is the same, for any text, and a likelihood is one."""
    assert is_same(one, other) == is_same(other, one)
    assert is_match(one, other) == is_match(other, one)
    assert 0 <= likelihood(one, other) <= 1
    assert is_same(one, one)
    assert title_key(one) == title_key(one)


@pytest.mark.parametrize(
    "hostile", ["<" * 50_000, " " * 50_000 + "et al", "\\" * 50_000, "part " * 50_000, "[" * 50_000]
)
def test_huge(hostile: str) -> None:
    """A title or name of any length is read in no time, and only its beginning counts."""
    assert len("".join(title_words(hostile))) <= 1_000
    assert isinstance(surname(hostile), str)
