from hypothesis import given
from hypothesis import strategies as st

from core.text.base_forms import base_form


def test_plurals_are_their_singular() -> None:
    """A noun is the same word in the plural, be it regular, irregular or an abbreviation."""
    plurals = "demonstrations networks studies boxes losses databases analyses matrices corpora llms metrics viruses"
    singulars = "demonstration network study box loss database analysis matrix corpus llm metric virus"
    assert list(map(base_form, plurals.split())) == singulars.split()


def test_derivations_are_other_words() -> None:
    """`demonstration` and `demonstrate` have nothing in common, nor have `learning` and `learn`."""
    words = "demonstration demonstrate demonstrated learning learn quantization quantized"
    assert len(set(map(base_form, words.split()))) == len(words.split())


def test_what_only_looks_like_a_plural() -> None:
    """Words that end in s in the singular stay."""
    for word in ("bias", "analysis", "virus", "loss", "physics", "robotics", "series", "diabetes", "gas", "is"):
        assert base_form(word) == word


def test_british_words_are_american() -> None:
    """Britons and Americans write of the same thing."""
    british = "tumours behaviour optimisation quantised generalising modelling centre analysed haemorrhage colour"
    american = "tumor behavior optimization quantized generalizing modeling center analyzed hemorrhage color"
    assert list(map(base_form, british.split())) == american.split()
    for word in ("noise", "precise", "exercise", "promised", "supervised", "raised", "hour", "four"):
        assert base_form(word) == word


@given(st.text(max_size=30))
def test_any_word_has_one(word: str) -> None:
    """Whatever the word, it has a base form that is no longer than the word."""
    assert len(base_form(word)) <= len(word) + 1
