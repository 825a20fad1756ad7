import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.origins import SOURCES
from core.errors import BadCategory
from core.papers.categories import (
    canonical,
    covers,
    find_categories,
    join_area_words,
    name_of,
    whole_of,
    within,
)
from core.papers.taxonomy import NAMES, OTHER_NAMES, SUBJECT_AREAS
from tests.shared import SHARED, needs_shared

a_category = st.sampled_from(sorted(NAMES))
an_area = st.sampled_from(sorted(SUBJECT_AREAS))


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


@given(an_area, st.sampled_from([" ", "_", "-", "  "]), st.sampled_from([str.lower, str.upper, str.title]))
def test_any_spelling_of_a_subject_area_is_canonical(area: str, joint: str, spelled) -> None:
    """Words of a subject area may be joined as in an address, and letter case does not matter."""
    assert canonical(f" {spelled(area.replace(' ', joint))} ") == area


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("medRxiv:Allergy & Immunology", "medrxiv:allergy and immunology"),
        ("medrxiv:HIV/AIDS", "medrxiv:hiv aids"),
        ("bioRxiv", "biorxiv"),
        ("Feed:Nature", "feed:nature"),
        ("feed:nature_comms-2.x", "feed:nature_comms-2.x"),
    ],
)
def test_servers_areas_and_feeds_are_categories(typed: str, found: str) -> None:
    """Whole servers, their subject areas as their pages write them, and feeds by name can be subscribed to."""
    assert canonical(typed) == found


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("biorxiv:neurosience", "bioRxiv has no subject area 'neurosience'. Did you mean biorxiv:neuroscience?"),
        ("medrxiv:neuroscience", "medRxiv has no subject area 'neuroscience'. Did you mean medrxiv:"),
        ("biorxiv:", "or biorxiv for all of them"),
        ("neuroscience", "Did you mean biorxiv:neuroscience?"),
        ("Cell_Biology", "Did you mean biorxiv:cell biology?"),
        ("genomics", "Did you mean q-bio.GN (Genomics)?"),
        ("feed:", "is no name of a feed. Write feed: and its name"),
        ("feed:../x", "'../x' is no name of a feed."),
        ("feed:" + "x" * 100, "is no name of a feed."),
        ("biorxiv:" + "x" * 10_000, "bioRxiv has no subject area"),
    ],
)
def test_names_the_nearest_subject_area(typed: str, told: str) -> None:
    """A mistyped subject area is answered with the nearest of its server; one without a server, with its server."""
    with pytest.raises(BadCategory) as error:
        canonical(typed)
    assert told in error.value.sentence()
    assert len(error.value.sentence()) < 250


@given(st.lists(a_category | an_area, max_size=5), st.sampled_from([", ", " "]))
def test_lists_can_be_split_at_spaces(wanted: list[str], between: str) -> None:
    """Joined, a list of categories can be split at white space and commas, whatever words its areas have."""
    assert [canonical(word) for word in join_area_words(between.join(wanted)).replace(",", " ").split()] == wanted


def test_other_text_is_not_joined() -> None:
    """Only whole subject areas are touched: rules and names stay as they were typed."""
    typed = "cell biology, xbiorxiv:cell biology and biorxiv:cell biologyx, biorxiv:ecology of lamps"
    assert join_area_words(typed) == typed


@pytest.mark.parametrize(
    ("category", "whole"),
    [
        ("cs.CL", "cs"),
        ("quant-ph", "quant-ph"),
        ("biorxiv:cell biology", "biorxiv"),
        ("medrxiv", "medrxiv"),
        ("feed:a.b", "feed:a.b"),
        ("neuroscience", "neuroscience"),
    ],
)
def test_what_a_category_is_a_part_of(category: str, whole: str) -> None:
    """A category is part of its archive, a subject area of its server, and a feed of nothing."""
    assert whole_of(category) == whole


@given(a_category | an_area)
def test_every_category_has_a_source(category: str) -> None:
    """arXiv's categories are asked of arXiv, and subject areas of bioRxiv's interface, by their own names."""
    source, scope = SOURCES.scope_of(category)
    assert (source, scope) == ("biorxiv" if category in SUBJECT_AREAS else "arxiv", category)


def test_feeds_have_a_source() -> None:
    """A feed is asked for by its name."""
    assert SOURCES.scope_of("feed:nature") == ("feeds", "feed:nature")


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
    assert name_of("biorxiv") == "bioRxiv"
    assert name_of("biorxiv:cell biology") == "Cell biology (bioRxiv)"
    assert name_of("medrxiv:hiv aids") == "HIV/AIDS (medRxiv)"
    assert name_of("feed:nature") == "nature (feed)"


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
        ("biorxiv", "biorxiv:neuroscience", True),
        ("biorxiv:neuroscience", "biorxiv:neuroscience", True),
        ("biorxiv:neuroscience", "biorxiv", False),
        ("biorxiv:neuroscience", "biorxiv:ecology", False),
        ("medrxiv", "biorxiv:neuroscience", False),
        ("biorxiv", "neuroscience", True),
        ("biorxiv:neuroscience", "Neuroscience", True),
        ("biorxiv:ecology", "neuroscience", False),
        ("medrxiv", "neuroscience", False),
        ("biorxiv", "cs.CL", False),
        ("cs", "neuroscience", False),
        ("feed:nature", "feed:nature", True),
        ("feed:nature", "feed:nature-physics", False),
        ("feed:nature", "feed:nature.physics", False),
    ],
)
def test_an_archive_covers_its_categories(wanted: str, category: str, covered: bool) -> None:
    """An archive or server covers its own and itself, and a category only itself, however its papers name it."""
    assert covers(wanted, category) is covered


@given(st.lists(a_category), st.lists(a_category))
def test_within(wanted: list[str], categories: list[str]) -> None:
    """A paper is within what is wanted if one of its categories is covered, or if nothing in particular is wanted."""
    any_covered = any(covers(one, category) for one in wanted for category in categories)
    assert within(wanted, categories) is (any_covered or not wanted)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("robotics", ("cs.RO",)),
        ("Robots", ("cs.RO",)),
        ("robotiks", ("cs.RO",)),
        ("computer vision", ("cs.CV",)),
        ("natural language processing", ("cs.CL",)),
        ("NLP", ("cs.CL",)),
        ("machine learning", ("cs.LG", "stat.ML")),
        ("quantum computing", ("quant-ph",)),
        ("deep learning for robots", ("cs.LG", "cs.RO")),
        ("cell biology", ("biorxiv:cell biology",)),
        ("epidemiology", ("biorxiv:epidemiology", "medrxiv:epidemiology")),
        ("transformers", ()),
        ("image quality", ()),
        ("diffusion", ()),
        ("", ()),
    ],
)
def test_words_name_categories(words: str, found: tuple[str, ...]) -> None:
    """A category is found by its name, a part of it, or what people call its subject; other words name none."""
    assert find_categories(words) == found


@given(st.sampled_from(sorted(NAMES)))
def test_every_category_is_found_by_its_name(category: str) -> None:
    """The whole name of a category leads to it, before any other that does not have the same name."""
    assert category in find_categories(NAMES[category], most=5)


def test_every_subject_leads_to_a_category_that_there_is() -> None:
    """What people call a subject is found, however it is spelled."""
    assert set(OTHER_NAMES.values()) <= set(NAMES)
    for subject, category in OTHER_NAMES.items():
        assert category in find_categories(subject.upper())


@given(st.text(max_size=500))
def test_any_words_name_categories_or_none(words: str) -> None:
    """Whatever is typed, what comes out are categories."""
    assert all(canonical(one) == one for one in find_categories(words))
