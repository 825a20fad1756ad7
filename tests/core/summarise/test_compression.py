import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluate.summaries import is_shortened
from core.summarise.compression import clean, forms


@pytest.mark.parametrize(
    ("sentence", "alone"),
    [
        ("We then present TeaNet, a counter of teapots.", "We present TeaNet, a counter of teapots."),
        ("Our approach thus offers a way to count teapots.", "Our approach offers a way to count teapots."),
        ("These results show that teapots can be counted.", "Results show that teapots can be counted."),
        ("As a step towards this goal, we introduce TeaNet for kitchens.", "We introduce TeaNet for kitchens."),
        ("We lift these limitations and propose a counter of teapots.", "We propose a counter of teapots."),
        ("We propose a counter to address these issues, based on lids.", "We propose a counter, based on lids."),
        ("TeaNet (Smith et al., 2019) counts teapots [3, 4] in kitchens.", "TeaNet counts teapots in kitchens."),
        ("TeaNet counts teapots \\cite{tea} in all of the kitchens.", "TeaNet counts teapots in all of the kitchens."),
        ("We count all of the teapots, and code is available at https://example.org.", "We count all of the teapots."),
        ("As shown in Fig. 2, no teapot stays uncounted in kitchens.", "No teapot stays uncounted in kitchens."),
        (
            "We prove it for all $x \\in [0,1]$ (see Sec. 2) and teapots.",
            "We prove it for all $x \\in [0,1]$ and teapots.",
        ),
    ],
)
def test_what_stands_alone(sentence: str, alone: str) -> None:
    """What leans on other sentences, refers or points away is left out; mathematics is kept whole."""
    assert clean(sentence) == alone


@pytest.mark.parametrize(
    ("sentence", "shorter"),
    [
        ("We propose TeaNet for counting teapots, which needs no scales.", "We propose TeaNet for counting teapots."),
        ("We propose a counter of teapots and show that it is fast.", "We propose a counter of teapots."),
        ("By looking at lids, we count every teapot in a kitchen.", "We count every teapot in a kitchen."),
        ("We show that teapots can be counted without any scales.", "Teapots can be counted without any scales."),
        ("We train a network (TeaNet) that counts all teapots.", "We train a network that counts all teapots."),
    ],
)
def test_shorter_forms(sentence: str, shorter: str) -> None:
    """A clause that only adds, a leading means, a report and a bracket can go."""
    assert shorter in forms(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "If the lid is closed, we can count the teapots in a kitchen.",
        "For convex teapots, we prove that the counter converges.",
        "We count teapots in kitchens, but only where lids are closed.",
        "The counter, which looks at lids, outperforms the scales.",
        "We show that counters, which look at lids, outperform the scales.",
        "We propose a counter featuring: lids, spouts, handles and scales.",
    ],
)
def test_what_would_be_another_statement_stays(sentence: str) -> None:
    """A condition, a contrast and the subject of a statement are never cut off."""
    assert all(form.count(" ") >= sentence.count(" ") - 2 or "lids, spouts" not in sentence for form in forms(sentence))
    kept = {"If the lid": "If", "For convex": "convex", "We count": "but", "The counter": "outperforms"}
    for opening, word in kept.items():
        if sentence.startswith(opening):
            assert all(word in form for form in forms(sentence))
    assert not any(form.endswith(("featuring.", "that counters.", "counter.")) for form in forms(sentence)[1:])


_PIECES = st.sampled_from(["We", "propose", "a", "(b)", ",", "which", "and show that", "$x$", "by using", ".", "this"])


@given(st.text(max_size=300) | st.lists(_PIECES, max_size=30).map(" ".join))
def test_nothing_is_added(text: str) -> None:
    """Every form has the words of the sentence in their order, some left out."""
    assert all(is_shortened(form, text) for form in forms(clean(text)))
