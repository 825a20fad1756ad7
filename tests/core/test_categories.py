import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.categories import NAMES, canonical, covers, name_of, within
from core.errors import BadCategory
from tests.shared import SHARED, needs_shared

a_category = st.sampled_from(sorted(NAMES))


@needs_shared
def test_names_every_category() -> None:
    """Every category and archive of arXiv's taxonomy is there with its name, and no other."""
    with (SHARED / "tools/replay/sources/taxonomy.tsv").open(encoding="utf-8") as lines:
        taxonomy = {row[1]: row[2] for row in csv.reader(lines, delimiter="\t")}
    assert taxonomy == dict(NAMES)


@given(a_category, st.sampled_from([str.lower, str.upper, str.title, lambda text: f" {text}\n"]))
def test_any_spelling_is_canonical(category: str, spelled) -> None:
    """Letter case and space around it do not matter."""
    assert canonical(spelled(category)) == category


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("cs.CLL", "cs.CL (Computation and Language)"),
        ("csCL", "cs.CL"),
        ("quantph", "quant-ph"),
        ("robotics", "cs.RO (Robotics)"),
        ("machine learning", "cs.LG"),
        ("statistics", "stat (Statistics)"),
    ],
)
def test_names_the_nearest(typed: str, nearest: str) -> None:
    """A mistyped category is answered with the one that was probably meant, found by spelling or by name."""
    with pytest.raises(BadCategory) as error:
        canonical(typed)
    assert f"arXiv has no category '{typed}'. Did you mean {nearest}" in error.value.sentence()


@pytest.mark.parametrize("typed", ["", "transformers", "‮", "x" * 10_000, "cs.", "."])
def test_nonsense_is_one_sentence(typed: str) -> None:
    """Whatever is no category at all gets one short sentence."""
    with pytest.raises(BadCategory) as error:
        canonical(typed)
    assert len(error.value.sentence()) < 200


def test_name_of() -> None:
    """A category is told by its English name, an unknown one by itself."""
    assert name_of("cs.CL") == "Computation and Language"
    assert name_of("neuroscience") == "neuroscience"


@pytest.mark.parametrize(
    ("wanted", "category", "covered"),
    [
        ("cs", "cs.CL", True),
        ("cs.CL", "cs.CL", True),
        ("CS.cl", "cs.CL", True),
        ("cs.CL", "cs", False),
        ("cs.CL", "cs.LG", False),
        ("math", "math-ph", False),
        ("quant-ph", "quant-ph", True),
        ("astro-ph", "astro-ph.GA", True),
        ("physics", "astro-ph.GA", False),
    ],
)
def test_an_archive_covers_its_categories(wanted: str, category: str, covered: bool) -> None:
    """An archive covers its own categories and itself, and a category only itself."""
    assert covers(wanted, category) is covered


@given(st.lists(a_category), st.lists(a_category))
def test_within(wanted: list[str], categories: list[str]) -> None:
    """A paper is within what is wanted if one of its categories is covered, or if nothing in particular is wanted."""
    any_covered = any(covers(one, category) for one in wanted for category in categories)
    assert within(wanted, categories) is (any_covered or not wanted)
