import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text.sentences import split, trim


@pytest.mark.parametrize(
    "sentences",
    [
        ["We count.", "It works."],
        ["We beat e.g. scales and i.e. others by 0.5 points.", "It works."],
        ["As Smith et al. (2019) and Lee et al. The Second show in Fig. 3, cf. Thm. 2, this holds.", "It works."],
        ["See Eq. (3), Sec. 4 and No. 5 w.r.t. speed vs. Size.", "It works."],
        ["Let $f(x)=1. 5$ and $a.B$ be such.", "Then \\(x. Y\\) holds."],
        ["Is it good?", "Yes!", "The answer is no.", "It works."],
        ["本文提出一种方法。", "该方法很好！"],
        ["We call this ``a kettle.''", "It boils.", "Is it ``warm?''", "We ask.", "He said ``so.'' and left."],
        ["It runs on Teapot v1.5.", "$T_2$ is faster, by \\$0.01.", "In all, it works."],
        ["{All of it is told.}", "Lids v2.0 help.", "iLid v3.1 is better.", "Then \\(x\\) holds."],
    ],
)
def test_sentences_end_where_they_end(sentences: list[str]) -> None:
    """Abbreviations, decimals and mathematics end no sentence."""
    assert split(("" if sentences[0][-1] == "。" else " ").join(sentences)) == sentences


@given(st.text(max_size=300))
def test_splitting_changes_no_text(text: str) -> None:
    """The sentences are pieces of the text, in order, and together they have all that is not space."""
    at = 0
    for sentence in split(text):
        at = text.index(sentence, at) + len(sentence)
    kept = "".join("".join(split(text)).split())
    assert len(kept) <= len("".join(text.split()))


@pytest.mark.parametrize(
    ("sentence", "alone"),
    [
        ("In this paper, we propose a method for teapots.", "We propose a method for teapots."),
        ("Methods: In a trial we counted teapots.", "In a trial we counted teapots."),
        ("Results We counted 31 teapots.", "We counted 31 teapots."),
        ("Results show that teapots count.", "Results show that teapots count."),
        ("Background Subtraction finds teapots.", "Background Subtraction finds teapots."),
        ("In this work we study the counting of teapots.", "We study the counting of teapots."),
        ("Here we show that all teapots can be counted.", "We show that all teapots can be counted."),
        ("To address this critical gap, we count every teapot.", "We count every teapot."),
        ("However, this has a problem with round teapots.", "This has a problem with round teapots."),
        ("To this end, in this paper, we count the teapots again.", "We count the teapots again."),
        ("Motivated by these findings, iTea counts every teapot.", "iTea counts every teapot."),
        ("In this paper, $k$-means counts all of the teapots.", "In this paper, $k$-means counts all of the teapots."),
        ("ii) the teapots are counted once more by hand;", "The teapots are counted once more by hand."),
        ("To count teapots, we propose a method of our own.", "To count teapots, we propose a method of our own."),
        ("However, no.", "However, no."),
        ("", ""),
    ],
)
def test_a_trimmed_sentence_stands_alone(sentence: str, alone: str) -> None:
    """What only leans on the sentence before is gone, and the rest begins as a sentence does."""
    assert trim(sentence) == alone


@given(st.text(max_size=200))
def test_trimming_only_takes_from_the_front(text: str) -> None:
    """All that is left was there, but for a capital at the beginning and a stop at the end."""
    assert trim(text)[1:-1] in text
