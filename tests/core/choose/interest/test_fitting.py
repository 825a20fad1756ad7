"""Which categories fit a wish."""

from __future__ import annotations

import pytest

from core.channels import ChannelRef, Subscription
from core.choose.interest.fitting import MOST, fit_categories, wish_of
from core.papers.categories import NAMES, SUBJECT_AREAS
from core.papers.subjects import SUBJECTS

PLACE = ChannelRef("terminal", "", "main")


def fitting(*, rule: str = "", interest: str = "", authors: tuple[str, ...] = ()) -> list[str]:
    wish = wish_of(Subscription(channel=PLACE, rule=rule, interest=interest, authors=authors))
    return [one.category for one in fit_categories(wish)]


@pytest.mark.parametrize(
    ("interest", "categories"),
    [
        ("robots that fold laundry", ["cs.RO"]),
        ("Robotics", ["cs.RO"]),
        ("exoplanets", ["astro-ph.EP"]),
        ("quantum error correction with few qubits", ["quant-ph"]),
        ("small language models, pruning", ["cs.CL", "cs.LG"]),
        ("graph neural networks", ["cs.LG"]),
        ("security of large language models", ["cs.CL", "cs.CR", "q-fin.PR"]),
        ("number theory", ["math.NT"]),
        ("robots, not vision", ["cs.RO"]),
        ("robots but without vision", ["cs.RO"]),
        ("no vision but robots", ["cs.RO"]),
        ("not vision", []),
        ("knitting patterns", []),
        ("", []),
        ("我们关心机器人", []),
    ],
)
def test_words_tell(interest: str, categories: list[str]) -> None:
    """Names and subjects of categories are found in whatever form; a longer phrase takes its words with it."""
    assert fitting(interest=interest) == categories


@pytest.mark.parametrize(
    ("rule", "categories"),
    [
        ('"world model" AND NOT robots', ["cs.LG"]),
        ("cat:math.NT OR cat:stat", ["math.NT", "stat"]),
        ("-cat:cs.CV compiler*", ["cs.PL"]),
        ("exoplan*", ["astro-ph.EP"]),
        ('title:"protein folding"^3', ["q-bio.BM"]),
        ('author:"Ann Lee"', []),
    ],
)
def test_rules_tell(rule: str, categories: list[str]) -> None:
    """A rule's categories are taken as they are, else its words; what it excludes is no wish."""
    assert fitting(rule=rule) == categories


def test_known_papers_tell() -> None:
    """Papers that match tell where words do not, once there are enough of them; what few are in is left out."""
    wish = wish_of(Subscription(channel=PLACE, interest="knitting"))
    papers = [("cs.GR", "cs.CV")] * 6 + [("math.CO",)] * 3 + [("cs.CL",)]
    found = fit_categories(wish, papers=papers)
    assert [one.category for one in found] == ["cs.GR", "math.CO"]
    assert found[0].because == "6 of 10 known papers that match are in it"
    assert fit_categories(wish, papers=papers[:4]) == ()


def test_authors_tell_last() -> None:
    """Papers by followed authors tell only where the words of the wish do not."""
    alone = wish_of(Subscription(channel=PLACE, authors=("Ann Lee",)))
    with_words = wish_of(Subscription(channel=PLACE, authors=("Ann Lee",), interest="robots"))
    by_ann = [("cs.CL", "cs.LG")]
    (found,) = fit_categories(alone, by_authors=by_ann)
    assert (found.category, found.because) == ("cs.CL", "1 of 1 known paper by authors you follow is in it")
    assert [one.category for one in fit_categories(with_words, by_authors=by_ann)] == ["cs.RO"]
    assert fit_categories(alone, by_authors=[("Physics",), ()]) == ()


def test_a_long_wish_fits_few() -> None:
    """However much is wished for, no more than a few categories are read for it."""
    everything = ", ".join(one for subjects in SUBJECTS.values() for one in subjects)
    assert 0 < len(fitting(interest=everything)) <= MOST


def test_subjects_are_of_known_categories() -> None:
    """Every category of the table exists, and its own name leads to it."""
    assert SUBJECTS.keys() <= {*NAMES, *SUBJECT_AREAS}
    for category in SUBJECTS:
        if category.startswith(("cs.", "astro-ph.")):
            assert category in fitting(interest=NAMES[category]), category
