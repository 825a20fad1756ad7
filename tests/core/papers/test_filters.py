from __future__ import annotations

import pytest

from core.errors import UsageError
from core.papers.filters import check_feeds, check_filters
from tests.shared import SHARED, needs_shared

SOURCES = ("arxiv", "biorxiv", "huggingface")
FEEDS = ("nature", "cell")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (
            "flutes author:",
            "The filter author: is empty. Write it without a space, like author:NAME, or leave it away.",
        ),
        ('flutes author:""', "The filter author: is empty."),
        ("in: cs.CL flutes", "The filter in: is empty."),
        ("since: flutes", "like since:7d"),
        ("FROM: flutes", "like from:arxiv"),
        ("from:arxive flutes", "There is no source 'arxive'. Did you mean from:arxiv?"),
        ("from:nowhere flutes", "There are arxiv, biorxiv, huggingface."),
        ("autor:Lee flutes", "There is no filter autor:. Did you mean author:NAME?"),
        ("category:cs.CL", "Did you mean in:cs.CL?"),
        ("page:2 flutes", "There is no filter page:. There are in:, author:, since: and from:."),
        ("in:feed:natur flutes", "There is no feed 'natur'. Did you mean feed:nature?"),
        ("in:feed:zoo flutes", "There is no feed 'zoo'. There are feed:nature, feed:cell."),
        ("flutes feed:zoo", "There is no feed 'zoo'."),
        ("flutes feed:cell", "There is no filter feed:. Did you mean in:feed:cell?"),
    ],
)
def test_filters_that_would_find_nothing(typed: str, sentence: str) -> None:
    """A filter that is empty or unknown, or names what there is not, is refused with what was probably meant."""
    with pytest.raises(UsageError) as error:
        check_filters(typed, sources=SOURCES, feeds=FEEDS)
    assert sentence in error.value.sentence()


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "flutes in:cs.CL,feed:nature author:Lee since:7d from:biorxiv",
        'flutes "page:2"',
        "BERT: pre-training of flutes",
        "AlphaFlute:tuning",
        "https://example.org/flutes arxiv:2601.15529 doi:10.1000/x",
        "a ratio of 3:1",
        'author:"Ann Lee"',
    ],
)
def test_what_is_no_wrong_filter(typed: str) -> None:
    """Filters as they should be, and words that hold a colon, are searched for."""
    check_filters(typed, sources=SOURCES, feeds=FEEDS)


def test_feeds_that_nobody_knows() -> None:
    """Where nobody knows the configured feeds any is taken; where none is configured that is said."""
    check_feeds(["feed:zoo", "cs.CL"], None)
    with pytest.raises(UsageError, match="There is no feed 'zoo'") as error:
        check_feeds(["cs.CL", "feed:zoo"], ())
    assert "None is configured" in error.value.hint


@needs_shared
def test_the_first_hours_searches() -> None:
    """The searches of the reported first hour are refused with the name of the filter."""
    findings = (SHARED / "data/cases/14-first-hour/README").read_text(encoding="utf-8")
    finding = next(line for line in findings.splitlines() if line.startswith("6."))
    typed = [words.removeprefix("/search ") for words in finding.split("`")[1::2]]
    for words in typed:
        name = words.split()[-1].partition(":")[0]
        with pytest.raises(UsageError, match=f"filter author|no {name} 'nature'"):
            check_filters(words, sources=SOURCES, feeds=())
