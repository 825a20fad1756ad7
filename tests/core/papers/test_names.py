"""Which spellings of a name mean one person, and how surely."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.papers.name_readings import display_surname, spellings
from core.papers.names import Sameness, find_author, same_person
from tests.shared import SHARED, needs_shared

#: one person as people and publishers write the name
CERTAIN = """
Ann Lee | Ann Lee | ann LEE | Lee, Ann | Ann B. Lee | Ann Lee Jr. | LEE, Ann
Ann B. Probe | Probe, Ann B. | Ann B Probe | PROBE Ann B. | Ann B. PROBE
Ann Probe | PROBE Ann | Dr. Ann Probe | Ann Probe, PhD | Ann Probe MD | Prof Ann Probe
Ann Probe | Ann Probe¹ | Ann Probe1,2 | Ann Probe†* | Ann Probe (MIT) | Ann Probeᵃ | ¹Ann Probe
Xiao-Ming Wang | Xiaoming Wang | Xiao Ming Wang | XiaoMing Wang | Wang, Xiao-Ming | WANG Xiao-Ming
Yi LeProbe | Yi Le Probe | Le Probe, Yi | Yi leprobe | LeProbe, Yi
Sam O'Probe | Sam OProbe | Sam O’Probe | Sam O' Probe | O'Probe, Sam
Jan van der Berg | van der Berg, Jan | Berg, Jan van der | Jan Vanderberg | Jan VAN DER BERG
Jörg Müller | Joerg Mueller | Jorg Muller | MÜLLER Jörg
Søren Ågård | Soeren Aagaard | Soren Agard
Łukasz Øre | Lukasz Ore
Gabo García Márquez | Gabo Garcia-Marquez | García Márquez, Gabo
Linxi "Jim" Probe | Jim Probe | Linxi Probe
The PROBE Collaboration | PROBE Collaboration | on behalf of the Probe collaboration | Team Probe
李明 | 李 明 | 李明
김 민수 | 김민수
Bo Lind Jr. | Lind, Bo, Jr. | Bo Lind, Jr
Kim Sung-Bin | Sung-Bin Kim | Sungbin Kim
Weinan E | E, Weinan
"""
#: the first can mean each of the others, and nobody can be sure
PROBABLE = """
Ann Lee | A. Lee | Lee A | Lee, A. | Lee | Lee Ann | A Lee | Ann Marie Lee
Ann B. Probe | Probe AB | Probe, A. B. | A.B. Probe | AB Probe | A Probe | Probe A.B. | Probe Ann B
Ann Probe | A. Beatrice Probe | AnnProbe
A. Lee | Amy Lee | A. B. Lee
J. Robert Probe | Robert Probe | James Robert Probe
Jean-Pierre Probe | J.-P. Probe | JP Probe | Probe JP | J. Probe | Probe J-P
Xiao-Ming Wang | X.-M. Wang | XM Wang | Wang XM | X. Wang
Xiaoming Wang | Wang Xiaoming | X. M. Wang
Yi LeProbe | Y. Le Probe | Le Probe Y | LeProbe
Jan van der Berg | J. van der Berg | van der Berg | van der Berg J | Berg | Jan Berg | J. Vanderberg
Jörg Müller | J. Mueller | Müller | Mueller | Muller J
Gabo García Márquez | Gabo García | García Márquez | García | Márquez | G. Garcia-Marquez | Gabo Márquez
Ann Smith-Probe | Ann Smith | Ann Probe
Nagy Péter | Péter Nagy
Nguyễn Văn An | Văn An Nguyễn | Van An Nguyen
Tanaka Ken | Ken Tanaka
PROBE Collaboration | PROBE
佐藤 健 | 佐藤
李明 | 李
Venktesh V | V. Venktesh
Gouthaman KV | K. V. Gouthaman
MD Fatin Probe | Fatin Probe
"""
#: the first is none of the others
OTHER = """
Ann Lee | Amy Lee | B. Lee | Ann Leeds | Anna Lee | Mary Ann Lee | — | ,
Ann B. Lee | Ann C. Lee | A. C. Lee
Ann | Ann Lee | Ann Probe
Jean Probe | Jean-Pierre Probe
Ming Wang | Xiao Ming Wang | Xiao-Ming Wang
Yang Liu | Liu Yang
Jiahong Yu | Hongyu Jia | Yujia Hong
Lian Wang | Li Anwang
Xu Li | Xue Li
XU Han | Xinran Han
Peng LU | Likang Peng
Jan van der Berg | Jan de Berg | Jan von Berg
Bo Lind Jr. | Bo Lind Sr. | Bo Lind III
Ada García Márquez | Bo García | A. Márquez Lind
Mueller | Jorg Muller
ATLAS Collaboration | CMS Collaboration | Atlas Probe
李明 | 王明 | 李华 | 李明华
"""


def lines(told: str) -> list[list[str]]:
    return [[name.strip() for name in line.split("|")] for line in told.strip().splitlines()]


@pytest.mark.parametrize("names", lines(CERTAIN), ids=str)
def test_these_are_one_person(names: list[str]) -> None:
    """Spaces, hyphens, case, diacritics, marks, degrees and the place of a told surname do not count."""
    for name in names[1:]:
        assert same_person(names[0], name) is Sameness.CERTAIN, name
        assert same_person(name, names[0]) is Sameness.CERTAIN, name


@pytest.mark.parametrize("names", lines(PROBABLE), ids=str)
def test_these_are_probably_one_person(names: list[str]) -> None:
    """Initials, a surname alone, and words in another order are probable and never certain."""
    for name in names[1:]:
        assert same_person(names[0], name) is Sameness.PROBABLE, name
        assert same_person(name, names[0]) is Sameness.PROBABLE, name


@pytest.mark.parametrize("names", lines(OTHER), ids=str)
def test_these_are_others(names: list[str]) -> None:
    """Another given name, another part of a double one, another surname is another person."""
    for name in names[1:]:
        assert same_person(names[0], name) is Sameness.OTHER, name
        assert same_person(name, names[0]) is Sameness.OTHER, name


GIVEN = "Ann|Bo|A.|B.|AB|Xiao-Ming|Jörg|van|der|Jean-Pierre|Mary|O'|李"
LAST = "Lee|Wang|Probe|van der Berg|García|Müller|Le Cun|O'Brien|LEE|明|Smith-Probe|KV"
given_names = st.sampled_from(GIVEN.split("|"))
surnames = st.sampled_from(LAST.split("|"))
spellings_of_people = st.one_of(
    st.text(max_size=30),
    st.builds(lambda given, last: f"{' '.join(given)} {last}", st.lists(given_names, max_size=3), surnames),
    st.builds(lambda given, last: f"{last}, {' '.join(given)}", st.lists(given_names, max_size=3), surnames),
)


@given(spellings_of_people, spellings_of_people)
def test_it_is_mutual(one: str, other: str) -> None:
    """Any texts can be compared, in either order with one answer, and a search among authors gives it as well."""
    found = same_person(one, other)
    assert found is same_person(other, one)
    author = find_author([one], [other])
    assert (author.sameness if author else Sameness.OTHER) is found


@given(spellings_of_people)
def test_everybody_is_certainly_themselves(name: str) -> None:
    """A spelling with a letter in it means the person that it means."""
    if any(char.isascii() and char.isalpha() for char in name):
        assert same_person(name, name) is Sameness.CERTAIN


@given(st.sampled_from(["Ann", "Xiao-Ming", "Jörg"]), spellings_of_people)
def test_what_is_certain_stays_probable_with_initials(given_name: str, author: str) -> None:
    """Whoever is certainly meant by a name in full is probably meant by its initial."""
    for surname in ("Lee", "van der Berg", "García Márquez"):
        if same_person(f"{given_name} {surname}", author) is Sameness.CERTAIN:
            assert same_person(f"{given_name[0]}. {surname}", author)


@needs_shared
def test_real_names_are_themselves() -> None:
    """Every author of a month of arXiv is certainly that author, and after a comma as well."""
    with gzip.open(SHARED / "data/daily/arxiv/arxiv-2025-03.jsonl.gz", "rt") as file:
        names = sorted({name for line in file for name in json.loads(line)["authors"]})[::20]
    strangers = [name for name in names if same_person(name, name) is not Sameness.CERTAIN and name != ":"]
    assert not strangers
    turned = [name for name in names if " " in name and not same_person(name, "{1}, {0}".format(*name.rsplit(" ", 1)))]
    assert len(turned) <= len(names) // 200, turned


def test_the_surest_author_is_found() -> None:
    """Of several who can be meant, the certain one is found; it is told how the name was wanted."""
    found = find_author(["Ann Lee", "Bo Lind"], ["Cy Diaz", "B. Lind", "Ann Lee"])
    assert found
    assert (found.name, found.wanted_name, found.sameness) == ("Ann Lee", "Ann Lee", Sameness.CERTAIN)
    assert str(found) == "Ann Lee"
    assert str(find_author(["Ann Lee"], ["Bo Lind", "A. Lee", "Lee A"])) == "A. Lee, probably “Ann Lee”"
    assert find_author(["Ann Lee"], []) is None
    assert find_author([], ["Ann Lee"]) is None


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("Ann B. Probe", ["Ann B. Probe", "ann probe", "probe ann b", "probe ab", "ab probe", "a b probe", "probe a"]),
        ("Jan van der Berg", ["j van der berg", "van der berg j", "jan vanderberg"]),
        ("Yi Le Probe", ["yi leprobe", "y leprobe"]),
        ("Sam O'Probe", ["sam oprobe", "sam o probe"]),
        ("Xiao-Ming Wang", ["xiaoming wang", "wang xm", "x m wang"]),
        ("Lee", ["Lee"]),
        ("李明", ["李明"]),
    ],
)
def test_spellings_for_an_index(name: str, printed: list[str]) -> None:
    """What is looked for in an index: the name as typed, and the ways in which publishers print it."""
    assert spellings(name)[0] == name
    assert set(printed) <= set(spellings(name))


@given(spellings_of_people)
def test_spellings_are_bounded(name: str) -> None:
    """Any name has a few spellings."""
    assert 1 <= len(spellings(name)) <= 40


@pytest.mark.parametrize(
    ("name", "surname"),
    [
        ("Ann Probe", "Probe"),
        ("Probe, Ann", "Probe"),
        ("Probe AB", "Probe"),
        ("Probe A. B.", "Probe"),
        ("A. B. Probe", "Probe"),
        ("PROBE Ann", "PROBE"),
        ("Mingxiao MA", "MA"),
        ("Jan van der Berg", "van der Berg"),
        ("van der Berg J", "van der Berg"),
        ("Bo Lind Jr.", "Lind"),
        ("The PROBE Collaboration", "The PROBE Collaboration"),
        ("李明", "李明"),
        ("Probe", "Probe"),
        ("", ""),
    ],
)
def test_surname_to_cite_by(name: str, surname: str) -> None:
    """A paper is cited by the surname, wherever it stands in the name."""
    assert display_surname(name) == surname
