"""What sources write around authors' names, and the names alone."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources.people import clean, clean_names, split_names, turn_name
from tests.shared import SHARED, needs_shared

MARKED = {
    "Bo Lind¹": "Bo Lind",
    "Bo Lind¹,²,*": "Bo Lind",
    "Bo Lind†": "Bo Lind",
    "†Bo Lind": "Bo Lind",
    "Bo Lindᵃ,ᵇ": "Bo Lind",
    "Bo Lind1,2": "Bo Lind",
    "Bo Lind1": "Bo Lind",
    "Bo Lind (MIT)": "Bo Lind",
    "Bo Lind [1] (Lantern Works, Lund)": "Bo Lind",
    "Bo Linda Department of Lanterns, Lund University, Lund": "Bo Lind",
    "Bo de Lindb Key Laboratory for Lanterns, Lund": "Bo de Lind",
    "and Bo Lind": "Bo Lind",
    "Bo Lind and": "Bo Lind",
    "By Bo Lind,": "Bo Lind",
    "/Bo Lind": "Bo Lind",
    r"Bo Lind\\": "Bo Lind",
    "Bo~Lind": "Bo Lind",
    "Dr. Bo Lind": "Bo Lind",
    "Dr Bo Lind": "Bo Lind",
    "Prof. Dr. Bo Lind": "Bo Lind",
    "Bo Lind, PhD": "Bo Lind",
    "Bo Lind Ph.D.": "Bo Lind",
    "Bo Lind, MD, PhD": "Bo Lind",
    "Bo Lind et al.": "Bo Lind",
    "Bo Lind https://orcid.org/0000-0001-2345-678X": "Bo Lind",
    "Bo Lind (ORCID: 0000-0001-2345-6789)": "Bo Lind",
    "Bo Lind <bo@example.org>": "Bo Lind",
    "3. Bo Lind": "Bo Lind",
    ":": "",
    "et al.": "",
    "and others": "",
}
WHOLE = """
Bo Lind Jr.|Hal Lind III|Venktesh V|Lind MD|MD Fatin Lind|Md. Fatin Lind|MS Jung|van der Berg MA|A. B. Lind|Lind, A. B.
Robert (Bob) Lind|Hai "Helen" Lind|Li Ming (李明)|李明|O'Lind|Sam O' Lind|Jean-Pierre Lind|J.-P. Lind|Ali Al|Minh Do
The ATLAS Collaboration|GLM-4. 5 Team|Qwen2 Team|GPT-5|Team Hunyuan3D|And Lind|Drew Lind|Proffitt Lind|García Márquez MD
Nicol`o Lind|Weinan E|Bo de la Lind y Berg|ʻAta Lind|Oʻahu Lind|Bülent Ülkü|Æsa Þór|An Wang|Ph Lind|By Lind
The School of Lanterns, Lund|Lanterns Department of Lund
""".replace("\n", "|").strip("|")


@pytest.mark.parametrize(("told", "name"), MARKED.items())
def test_what_is_no_name_goes(told: str, name: str) -> None:
    """Marks, affiliations, degrees, titles, ORCID, addresses and "and" go; what is no name at all is nothing."""
    assert clean(told) == name


@pytest.mark.parametrize("name", WHOLE.split("|"))
def test_names_stay_whole(name: str) -> None:
    """Nothing is taken from a name that could be a part of it."""
    assert clean(name) == name


@given(st.text(max_size=60))
def test_cleaning_is_done_once(told: str) -> None:
    """Any text is read, and what is clean stays as it is."""
    assert clean(clean(told)) == clean(told)


@given(st.lists(st.text(alphabet="aBé .-'\n1,", max_size=6) | st.sampled_from(["and Bo", "Bo Lind", "et al."])))
def test_names_are_cleaned_alike_together_and_alone(names: list[str]) -> None:
    """A list of names is cleaned as each of them is, and what is no name is left out."""
    assert clean_names(names) == tuple(filter(None, map(clean, names)))


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Lind AB, Probe C", ("Lind AB", "Probe C")),
        ("Lind, A. B., Probe, C.", ("A. B. Lind", "C. Probe")),
        ("Lind, AB, van der Berg, C", ("AB Lind", "C van der Berg")),
        ("Ann B. Lind¹, Cy Probe²", ("Ann B. Lind", "Cy Probe")),
        ("Ann Lind1,2, Cy Probe2,*", ("Ann Lind", "Cy Probe")),
        ("Ann Lind (Lamp Works, Lund), Cy Probe (Oslo) and Di Roe", ("Ann Lind", "Cy Probe", "Di Roe")),
        ("Ann Lind, MD, Cy Probe, PhD", ("Ann Lind", "Cy Probe")),
        ("Lind, Ann, PhD; Probe, Cy, Jr.", ("Ann Lind", "Cy Probe Jr.")),
        ("Ann Lind, Jr., Cy Probe", ("Ann Lind Jr.", "Cy Probe")),
        ("Ann Lind & Cy Probe", ("Ann Lind", "Cy Probe")),
        ("李明、王芳", ("李明", "王芳")),
        ("Ann Lind, The Lantern Collaboration", ("Ann Lind", "The Lantern Collaboration")),
        ("Lind, Ann", ("Lind, Ann",)),
        ("Ministry of Lanterns and Lamps", ("Ministry of Lanterns and Lamps",)),
        ("", ()),
    ],
)
def test_a_line_comes_apart(line: str, names: tuple[str, ...]) -> None:
    """Several names in one line are told apart, and what stands between them is none of them."""
    assert split_names(line) == names


@given(st.text(max_size=200))
def test_any_line_is_read(line: str) -> None:
    """No line of authors is an error, and no name is empty."""
    assert all(split_names(line))


def test_the_surname_goes_last() -> None:
    """`Lind, A. B., Jr.` is A. B. Lind Jr.; a group has no comma."""
    assert turn_name("Lind, A. B., Jr.") == "A. B. Lind Jr."
    assert turn_name("Lantern Group") == "Lantern Group"


@needs_shared
def test_real_names_are_not_damaged() -> None:
    """Of a month of arXiv's authors, those that change had a mark, a slash or "and" beside the name."""
    with gzip.open(SHARED / "data/daily/arxiv/arxiv-2025-03.jsonl.gz", "rt") as file:
        names = {name for line in file for name in json.loads(line)["authors"]}
    changed = {name: clean(name) for name in names if clean(name) != name}
    assert len(changed) < len(names) // 1_000
    for name, left in changed.items():
        assert left in name.replace("~", " ").replace("_", " "), name
        assert len(left) >= len(name) - len(" and"), name
    assert clean_names(["Bo Lind", ":"]) == ("Bo Lind",)
