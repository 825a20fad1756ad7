"""Folding: what people type is what is shown, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text.words import fold, split_words, visible


@pytest.mark.parametrize(
    ("shown", "typed"),
    [
        ("H₂O", "h2o"),
        ("x² ⁿᵈ", "x2 nd"),
        ("ﬁne ﬂow, ﬃ, ǆ", "fine flow, ffi, dz"),
        ("ＢＥＲＴ　１２", "bert 12"),
        ("ﾃﾞｰﾀﾍﾞｰｽ", "データベース"),
        ("テ\u3099", "デ"),
        ("Étude naïve, Łódź", "etude naive, lodz"),
        ("Nguyễn Văn An", "nguyen van an"),
        ("Müller, Søren, Åse", "muller, soren, ase"),
        ("Straße STRASSE", "strasse strasse"),
        ("Æther œuvre", "aether oeuvre"),
        ("Ёлка", "елка"),
        ("Ἀριστοτέλης", "αριστοτελησ"),
        ("𝒪(𝐧) ∈ ℝ", "o(n) ∈ r"),
        ("co\u00adope\u200brate\ufeff", "cooperate"),
        ("BERT™", "bert "),
        ("Oʼkapi", "o'kapi"),
        ("العَرَبِيَّة", "العربية"),
        ("한국어", "한국어"),
    ],
)
def test_what_is_typed_is_what_is_shown(shown: str, typed: str) -> None:
    """Case, accents, shapes of letters and what nobody sees do not count."""
    assert fold(shown) == typed == fold(typed)


@pytest.mark.parametrize(
    ("one", "other"), [("が", "か"), ("パ", "ハ"), ("สุข", "สข"), ("หนึ่ง", "หนึง"), ("क्ष", "कष"), ("ful", "fuel")]
)
def test_other_letters_stay_others(one: str, other: str) -> None:
    """Marks that make another letter of it, as dots, vowels and tones do, count."""
    assert fold(one) != fold(other)


def test_folding_a_letter_twice_changes_nothing() -> None:
    """Whatever character there is: folded, it is folded."""
    letters = map(
        chr, (*range(0x80, 0x3500), *range(0xA000, 0xAD00), *range(0xF900, 0x1F200), *range(0x2F800, 0x2FA20))
    )
    assert [char for char in letters if fold(fold(char)) != fold(char)] == []


@given(st.text())
def test_folding_a_text_twice_changes_nothing(text: str) -> None:
    """Nor does it in a text, which has the same words as what is seen of it."""
    assert fold(fold(text)) == fold(text) == fold(visible(text))


def test_words_keep_their_vowel_signs() -> None:
    """A word is whole in scripts that write vowels as signs on a letter."""
    assert split_words(fold("हिन्दी में, ภาษาไทย!")) == ["हिन्दी", "में", "ภาษาไทย"]
