"""How wide an interest is, on papers of the last month."""

from __future__ import annotations

import pytest

from core.choose.interest.width import Width, width_of
from tests.fakes.papers import a_paper

ABOUT = [a_paper(n, title=f"Language models, part {n}", abstract="A language model speaks.") for n in range(40)]
OTHERS = [a_paper(n, title=f"Cabbages {n}", abstract="Kings are compared with wax.") for n in range(40, 60)]


@pytest.mark.parametrize(
    ("interest", "share", "is_wide"),
    [("language models", 2 / 3, True), ("walruses in the sea", 0.0, False), ("cabbages", 1 / 3, True)],
)
def test_what_nearly_all_papers_match_is_wide(interest: str, share: float, is_wide: bool) -> None:
    """A share is told whatever the others are about, though a digest weighs a word less that all of its papers have."""
    found = width_of(interest, [*ABOUT, *OTHERS])
    assert (round(found.share, 3), found.is_wide) == (round(share, 3), is_wide)
    assert not found.says_nothing


def test_few_papers_tell_no_width() -> None:
    """Of a few papers nothing is too wide, and none of them is no share."""
    assert not width_of("language models", ABOUT[:20]).is_wide
    assert width_of("language models", []) == Width(papers=0, matches=0)


def test_words_that_say_nothing() -> None:
    """An interest in nothing but the commonest words matches nothing, and is told apart from a narrow one."""
    found = width_of("model", ABOUT)
    assert found.says_nothing and not found.is_wide
