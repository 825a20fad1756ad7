from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.papers.highwire import plain

PICTURE = (
    'O_LINKSMALLFIG WIDTH=200 HEIGHT=160 SRC="FIGDIR/small/1v1_ufig1.gif" ALT="Figure 1">\nView larger version (40K):\n'
    "org.highwire.dtl.DTLVardef@1a2b3corg.highwire.dtl.DTLVardef@4d5e6f_HPS_FORMAT_FIGEXP  "
)


@pytest.mark.parametrize(
    ("marked", "text"),
    [
        ("O_ST_ABSAimC_ST_ABSMoths are many. O_ST_ABSEndC_ST_ABSBut few.", "Aim Moths are many. End But few."),
        ("O_ST_ABSAbstractC_ST_ABSMoths are many.", "Moths are many."),
        ("PointsO_LIFirst one.\nC_LIO_LISecond one.\nC_LI\n\nText.", "Points First one. Second one. Text."),
        (f"Moths. O_FIG {PICTURE}M_FIG C_FIG", "Moths."),
        (f"Moths. O_FIG {PICTURE}M_FIG O_FLOATNOFigure 1.C_FLOATNO Moths at night. C_FIG", "Moths. Moths at night."),
        ("O_SCPLOWD-C_SCPLOWglucose and E. O_SCPLOWcoliC_SCPLOW", "D-glucose and E. coli"),
        (f"rate O_INLINEFIG{PICTURE}M_INLINEFIGC_INLINEFIG of moths", "rate of moths"),
        ("O_TEXTBOXWhy moths matterC_TEXTBOX Moths.", "Why moths matter Moths."),
        (
            "O_TBL View this table: org.highwire.dtl.DTLVardef@ab12 M_TBL O_TABLECAPTIONAll mothsC_TABLECAPTION C_TBL",
            "All moths",
        ),
        ("O_QUOTEBOXMoths.C_QUOTEBOX Light.", "Moths. Light."),
    ],
)
def test_markers_become_text(marked: str, text: str) -> None:
    """Headings, lists, figures, tables, boxes and small capitals read as a page shows them, pictures left out."""
    assert " ".join(plain(marked).split()) == text


@pytest.mark.parametrize(
    "text",
    ["C_MAX and O_2 of moths", "NaO_LI and C_LI of moths"[2:9], "The C_LI index", "O_ST_ABS alone", "O_FIG", "M_LI"],
)
def test_what_only_looks_like_a_marker_stays(text: str) -> None:
    """A name that does not both open and close is the text's own."""
    assert plain(text) == text


PIECES = [
    "O_LI",
    "C_LI",
    "O_ST_ABS",
    "C_ST_ABS",
    "M_FIG",
    "O_FIG",
    "C_FIG",
    "O_XYZ",
    "C_XYZ",
    "Moths",
    " fly",
    PICTURE,
    "_",
]


@given(st.one_of(st.text(max_size=80), st.lists(st.sampled_from(PIECES), max_size=9).map("".join)))
def test_words_are_never_lost(text: str) -> None:
    """Whatever is between the markers, the words of the text stay in their order."""
    assert plain(text).count("Moths") == text.count("Moths")
    assert plain(text).count("fly") == text.count("fly")


@pytest.mark.parametrize(
    "piece", ["O_LI", "C_AA_", "O_AAA_AA", "org.highwire.dtl.DTLVardef@", "View larger version", "A"]
)
def test_hostile_markers_take_linear_time(piece: str) -> None:
    """A hundred thousand characters of markers are read at once."""
    began = time.process_time()
    plain("O_FIG C_FIG" + piece * (100_000 // len(piece)))
    assert time.process_time() - began < 0.5
