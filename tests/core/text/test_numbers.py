from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text.numbers import mentions, numbers_of


@pytest.mark.parametrize(
    ("claim", "source", "language"),
    [
        ("1000 images", "1,000 images", "en"),
        ("1 000 Bilder", "1,000 images", "de"),
        ("1.000 Bilder", "1000 images", "de"),
        ("12.5%", "12.5 percent", "en"),
        ("12,5 %", "12.5 per cent", "de"),
        ("12.50 percent", "12.5%", "en"),
        ("three kitchens", "3 kitchens", "en"),
        ("3 kitchens", "three kitchens", "en"),
        ("twenty-five", "25 lids", "en"),
        ("120", "one hundred and twenty lids", "en"),
        ("1.5 million", "1,500,000 words", "en"),
        ("1,5 Millionen", "1.5M words", "de"),
        ("700亿参数", "a 70B model", "zh"),
        ("1500万", "15 million words", "zh"),
        ("３个数据集", "three data sets", "zh"),
        ("٣ مجموعات", "three data sets", "ar"),
        ("drei", "3 lids", "de"),
        ("3 lids", "drei Deckel", "en"),
        ("0.95", "an area of .95", "en"),
        ("a two-fold gain", "doubles the gain", "en"),
        ("10 minus 3", "at 10⁻³", "en"),
        ("2 stages", "a first stage and a second stage", "en"),
        ("half of them, 50%", "half of the points", "en"),
    ],
)
def test_the_same_number_in_other_clothes(claim: str, source: str, language: str) -> None:
    """A number is the same with other separators, digits, scales and in words."""
    held = numbers_of(source)
    assert all(held.hold(mention) for mention in mentions(claim, language)), mentions(claim, language)
    assert mentions(claim, language)


@pytest.mark.parametrize(
    ("claim", "source", "language"),
    [
        ("97.3%", "an accuracy of 96.1%", "en"),
        ("12.5%", "a share of 0.125 in percent", "en"),
        ("90%", "89.7% of all", "en"),
        ("50% faster", "on 50 benchmarks", "en"),
        ("1.5 billion", "1.5 million words", "en"),
        ("a tenfold gain", "by an order of magnitude", "en"),
        ("four kitchens", "three kitchens", "en"),
        ("vier", "three kitchens", "de"),
        ("1,000 lids", "1 lid", "en"),
        ("1.5", "15 lids", "en"),
    ],
)
def test_another_number(claim: str, source: str, language: str) -> None:
    """A number that was computed, rounded or invented is not the source's."""
    held = numbers_of(source)
    assert not all(held.hold(mention) for mention in mentions(claim, language))


def test_words_that_are_no_numbers() -> None:
    """Pronouns, vague amounts and what has a number within it are none."""
    assert mentions("One of the thousands of tenants often weighs heights with seq2seq and A2C.") == ()


def test_endless_digits() -> None:
    """Digits that go on for ever are a number that nobody has."""
    (mention,) = mentions("9" * 10_000)
    assert not numbers_of("9" * 10_000).hold(mention)
    assert len(mention.text) <= 40


@given(st.integers(min_value=0, max_value=10**12))
def test_groups_of_three(number: int) -> None:
    """An integer is the same with and without commas."""
    assert numbers_of(f"{number:,}").values == numbers_of(str(number)).values == {Decimal(number).normalize()} or (
        1_000 <= number < 1_000_000 and Decimal(number).normalize() in numbers_of(f"{number:,}").values
    )


@given(st.text(max_size=200))
def test_a_text_holds_its_own_numbers(text: str) -> None:
    """Whatever a text says, the numbers that it mentions are those that it holds."""
    held = numbers_of(text)
    assert all(held.hold(mention) for mention in mentions(text) if mention.values)
