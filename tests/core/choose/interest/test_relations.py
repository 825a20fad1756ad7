from core.choose.interest.relations import FEWEST_PAPERS, related_terms, sample_of
from core.papers.paper import Paper
from tests.fakes.papers import a_paper


def stored(number: int) -> Paper:
    """Of twenty papers one is about zebrafish, always with larvae in a light sheet; the other words are all over."""
    words = "Zebrafish larvae glow in a light sheet." if number % 20 == 0 else f"Sample {number} is measured."
    return a_paper(number, title=f"Result {number % 7}", abstract=f"{words} Nobody counts part {number % 11}.")


def test_terms_that_stand_together_go_together() -> None:
    """What the stored papers nearly always have together goes together, common words do not."""
    sample = sample_of(map(stored, range(FEWEST_PAPERS)))
    found = related_terms("zebrafish, not larvae of flies", sample)
    assert set(found) == {"zebrafish"}
    assert found["zebrafish"]
    assert set(" ".join(found["zebrafish"]).split()) <= {"larvae", "light", "sheet", "glow"}


def test_few_papers_tell_nothing() -> None:
    """A fresh store has no relations to tell, and an interest without words has none."""
    assert related_terms("zebrafish", sample_of(map(stored, range(FEWEST_PAPERS - 1)))) == {}
    sample = sample_of(map(stored, range(FEWEST_PAPERS)))
    for interest in ("", "not", "xyzzy", "result"):
        assert related_terms(interest, sample) == {}
