import pytest

from core.summarise.standalone import begins_in_the_air, is_background, is_vague, leans, points_away, weakness


@pytest.mark.parametrize(
    "claim",
    [
        "It counts all teapots.",
        "These count all teapots.",
        "However, no teapot was counted.",
        "This approach counts teapots.",
        "Such methods fail in kitchens.",
        "For instance, we count teapots.",
        "The latter is faster than scales.",
        "Using these datasets, this study counts teapots.",
        "To find out where they go, we counted nine cups for a year.",
        "When it boils over, we ask the cook.",
        "Built from tin and cork, it keeps tea warm for a day.",
    ],
)
def test_beginnings_in_the_air(claim: str) -> None:
    """A beginning that points back needs the sentence before it."""
    assert begins_in_the_air(claim)
    assert leans(claim)


@pytest.mark.parametrize(
    "claim",
    ["We address this problem by counting.", "We apply such a concept to kitchens.", "We do so with a counter."],
)
def test_pointers_within(claim: str) -> None:
    """A "this problem" whose problem is not in the sentence needs the sentence before it, too."""
    assert leans(claim)


@pytest.mark.parametrize(
    "claim",
    [
        "This paper aims to count teapots.",
        "This systematic review covers teapots.",
        "It is well known that teapots break.",
        "We study a problem of kitchens and solve this problem by counting.",
        "In kitchens, teapots are counted.",
        "To find out where the cups go when they break, we counted nine of them.",
        "After cooks have filled their kettles, we weigh the water.",
        "When a kettle boils over, it loses water.",
        "Assuming that tea cools, it is possible to date a cup.",
    ],
)
def test_sentences_that_need_no_other(claim: str) -> None:
    """A paper that speaks of itself, and a thing said before in the same sentence, point nowhere else."""
    assert not leans(claim)


def test_what_tells_nothing() -> None:
    """Promises of code, lists of contributions and "experiments validate our method" are known for what they are."""
    assert points_away("The code is available at https://example.org.")
    assert is_vague("Our contributions are threefold and timely.")
    assert is_vague("Extensive experiments validate the effectiveness of our approach.")
    assert not is_vague("Experiments on ten kitchens show that TeaNet halves the error of scales.")


def test_background() -> None:
    """What others do is background; what the paper does is none."""
    assert is_background("Recent advances in teapots have opened new possibilities.")
    assert is_background("Existing methods often require expensive scales.")
    assert not is_background("We show that existing methods require expensive scales.")


def test_findings_before_attempts_before_background() -> None:
    """A gist loses more by background than by a question, and nothing by a plain statement of the paper's own."""
    plain = weakness("We show that teapots can be counted.")
    question = weakness("We ask: can teapots be counted?")
    background = weakness("Teapots have become essential in many kitchens.")
    assert plain == 0 < question < background
