from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.papers.furniture import TitleParts, strip_furniture

LANTERNS = "Lanterns That Fold at Night"


@pytest.mark.parametrize(
    "title",
    [
        "[ASAP] Lanterns That Fold at Night",
        "[Articles] Lanterns That Fold at Night",
        "[PDF][PDF] Lanterns That Fold at Night",
        "[ASAP] [Research Article]: Lanterns That Fold at Night",
        "Lanterns That Fold at Night [Research Articles]",
        "Invent. Lamps, Vol. 26, Pages 1001: Lanterns That Fold at Night",
        "Invented Lamps, Vol. 6, Issue 3, Pages 12-40: Lanterns That Fold at Night",
        "Lanterns That Fold at Night (Invent. Mater. 5/2026)",
        "Lanterns That Fold at Night (Invent. Chem. Int. Ed. 5‐6/2026)",
        "Lanterns That Fold at Night (5/2026)",
        "REVISION: Lanterns That Fold at Night",
        "EXPRESS: Lanterns That Fold at Night",
        "Lanterns That Fold at Night ☆",
        "Lanterns That Fold at Night | Invented Lamps",
        "[Optics and Light] Lanterns That Fold at Night",
    ],
)
def test_furniture_goes(title: str) -> None:
    """Sections, places in print, states and marks that a publisher hangs on a title are taken off."""
    assert strip_furniture(title, journal="Invented Lamps", sections=["optics and light"]) == TitleParts(title=LANTERNS)


@pytest.mark.parametrize(
    "title",
    [
        "Correction to: Lanterns That Fold",
        "Erratum: Lanterns That Fold",
        "ERRATUM: Lanterns That Fold",
        "[Retracted] Lanterns That Fold",
        "RETRACTED: Lanterns That Fold",
        "Reply to “Lanterns That Fold”",
        "[FeFe]-Hydrogenase in lanterns",
        "[2+2] Cycloaddition by lantern light",
        "[Ru(bpy)3]2+ as a lantern",
        "New: a lantern",
        "Lanterns (2026)",
        "Lanterns at a ratio of 3/4 (and 5/8)",
        "Lanterns - by night and by day",
        "Stand by me -- by design",
        "Light | Lanterns",
        "Sagittarius A*",
        "Volume 3: lanterns",
        "[PDF]",
        "(5/2026)",
        "REVISION:",
    ],
)
def test_content_stays(title: str) -> None:
    """What says something of the paper stays, and no title is emptied."""
    assert strip_furniture(title) == TitleParts(title=title)


@pytest.mark.parametrize(
    ("title", "authors"),
    [
        ("Lanterns That Fold at Night -- by Ann Example, Bo van der Probe", ("Ann Example", "Bo van der Probe")),
        ("Lanterns That Fold at Night — by Ann Example and Bo Probe", ("Ann Example", "Bo Probe")),
        ("TR26-012 |  Lanterns That Fold at Night | Ann Example, Bo Probe", ("Ann Example", "Bo Probe")),
        ("TR26-012 | Lanterns That Fold at Night", ()),
    ],
)
def test_authors_in_a_title_are_read(title: str, authors: tuple[str, ...]) -> None:
    """Names at the end of a title are authors, and no part of it."""
    assert strip_furniture(title) == TitleParts(title=LANTERNS, authors=authors)


PIECES = [
    "[ASAP] ",
    "[News] ",
    "NEW: ",
    "Lamps, Vol. 2, Pages 3: ",
    "Moths",
    " fly",
    " (5/2026)",
    " -- by Ann Example",
    " ☆",
    "|",
]


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=5).map("".join)))
def test_taking_furniture_off_twice_is_taking_it_off_once(title: str) -> None:
    """Whatever a title is, nothing but furniture goes, once and for all, and something is left."""
    found = strip_furniture(title)
    assert found.title in title
    assert bool(found.title) == bool(title)
    assert strip_furniture(found.title).title == found.title


@pytest.mark.parametrize("piece", ["[ASAP] ", "(", " - ", "Vol. 1 Pages ", "a, ", " -- by A B", "☆ ", "TR1-1 | ", "|"])
def test_hostile_titles_take_linear_time(piece: str) -> None:
    """However long and odd a title is, it is read at once."""
    began = time.process_time()
    for length in (1_900, 100_000):
        strip_furniture(piece * (length // len(piece)), journal="x")
    assert time.process_time() - began < 0.5
