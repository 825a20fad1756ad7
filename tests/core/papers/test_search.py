from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UsageError
from core.papers.search import SearchQuery, Term, parse_query, parse_since
from core.text.words import visible

TODAY = date(2026, 2, 4)


def parsed(typed: str) -> SearchQuery:
    return parse_query(typed, today=TODAY)


def test_everything_at_once() -> None:
    """Words, phrases, prefixes and filters are told apart, wherever they stand."""
    typed = 'diffusion in:cs.CL "in-context learning" author:"Ann Lee" transform* since:7d from:ArXiv IN:stat author:Bo'
    assert parsed(typed) == SearchQuery(
        typed=typed,
        terms=(
            Term(words=("diffusion",)),
            Term(words=("in", "context", "learning")),
            Term(words=("transform",), prefix=True),
        ),
        categories=("cs.CL", "stat"),
        authors=("Ann Lee", "Bo"),
        sources=("arxiv",),
        since=TODAY - timedelta(days=7),
    )


@pytest.mark.parametrize(
    ("typed", "terms"),
    [
        ("", []),
        (" \n ", []),
        ("k-means", [("k", "means")]),
        ('"open quote', [("open", "quote")]),
        ('""', []),
        ('foo"bar baz"', [("foo",), ("bar", "baz")]),
        ("* - + : ( )", []),
        ("title:graph", [("title", "graph")]),
        ("author: Lee", [("author",), ("Lee",)]),
        ("étude 茶壶", [("étude",), ("茶壶",)]),
        ("AND OR NOT NEAR", [("AND",), ("OR",), ("NOT",), ("NEAR",)]),
    ],
)
def test_a_search_box_never_scolds(typed: str, terms: list[tuple[str, ...]]) -> None:
    """Whatever cannot be a filter is a word, an open quote closes itself, and the rest is passed over."""
    assert [term.words for term in parsed(typed).terms] == terms


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Alzheimer's disease", "Alzheimer disease"),
        ("the network’s, cats' 1990's.", "the network cats 1990"),
        ("don't can't isn't we've what's", "do can is we what"),
        ("O'Brien rock'n'roll", "O Brien rock n roll"),
        ('"Newton\'s method"', "Newton s method"),
        ("transf's*", "transf"),
    ],
)
def test_what_an_apostrophe_adds(typed: str, words: str) -> None:
    """A word is looked for without what an apostrophe adds to it; a phrase as it stands."""
    assert " ".join(word for term in parsed(typed).terms for word in term.words) == words


def test_prefixes() -> None:
    """A star at the end stands for any ending, of a phrase's last word too."""
    assert parsed('diffus* "score match*" a*b').terms == (
        Term(words=("diffus",), prefix=True),
        Term(words=("score", "match"), prefix=True),
        Term(words=("a", "b")),
    )


def test_categories_in_any_spelling() -> None:
    """Categories are understood in any letter case, several with a comma."""
    assert parsed("in:CS.cl,math in:").categories == ("cs.CL", "math")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("in:cs.CLL", "Did you mean cs.CL"),
        ("since:soon", "'soon' is not a date. Write since:7d, since:yesterday or since:2026-02-04."),
        ("since:2026-02-30", "is not a date"),
        ("since:7", "is not a date"),
        ("since:" + "9" * 999, "is not a date"),
    ],
)
def test_senseless_filters(typed: str, sentence: str) -> None:
    """Only a filter with a senseless value is an error, in one short sentence."""
    with pytest.raises(UsageError) as error:
        parsed(typed)
    assert sentence in error.value.sentence()
    assert len(error.value.sentence()) < 200


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("0d", TODAY),
        ("7D", date(2026, 1, 28)),
        ("2w", date(2026, 1, 21)),
        ("3m", date(2025, 11, 6)),
        ("1y", date(2025, 2, 4)),
        ("9999y", date.min),
        ("2026-01-31", date(2026, 1, 31)),
        ("20260131", date(2026, 1, 31)),
    ],
)
def test_since(typed: str, day: date) -> None:
    """A date may be told as an age or outright; no age is older than the calendar."""
    assert parse_since(typed, today=TODAY) == day


def test_the_latest_since_counts() -> None:
    """Of several dates the latest counts."""
    assert parsed("since:1y since:7d").since == date(2026, 1, 28)


@given(st.text(max_size=200))
def test_any_text_is_a_query(typed: str) -> None:
    """Nothing but UsageError comes out, every term has words, and the words are the query's."""
    try:
        query = parsed(typed)
    except UsageError:
        return
    assert query.typed == typed
    assert all(term.words for term in query.terms)
    seen = visible(typed)
    assert "$" in typed or "\\" in typed or all(word in seen for term in query.terms for word in term.words)


def test_a_pasted_page_is_bounded() -> None:
    """A query of thousands of words looks for the first few."""
    assert len(parsed("word " * 9999).terms) == 256


def test_filters_take_names_and_natural_days() -> None:
    """Categories by their names in words, and days as people say them."""
    query = parsed('touch in:robotics in:"machine learning" since:yesterday')
    assert query.categories == ("cs.RO", "cs.LG", "stat.ML")
    assert query.since == TODAY - timedelta(days=1)
    assert parsed('x since:"last week"').since == TODAY - timedelta(days=7)
