import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text.patterns import any_form, exact, phrase, words_of
from core.text.words import fold, split_words, stem
from tests.benchmarks.choose import real_candidates
from tests.shared import needs_shared


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("graph", "of graphs"),
        ("graphs", "a graph"),
        ("LLM", "LLMs"),
        ("GANs", "a GAN"),
        ("ad", "ads"),
        ("using", "we use it"),
        ("study", "two studies"),
        ("lying", "lying"),
        ("Müller", "muller"),
        ("k-means", "$k$-means"),
        ("neural net", "neural networks and neural nets"),
        ("C++", "in C++."),
    ],
)
def test_all_forms_of_a_word(typed: str, text: str) -> None:
    """A word is found in its other forms, and where its parts are written apart."""
    assert any_form(typed).is_in(fold(text))


@pytest.mark.parametrize(
    ("typed", "text"), [("graph", "graphite paragraph"), ("C", "C++ and C#"), ("net", "network"), ("ad", "add")]
)
def test_other_words(typed: str, text: str) -> None:
    """A word is not found inside another one."""
    assert not any_form(typed).is_in(fold(text))


def test_exact_words_and_phrases() -> None:
    """An exact word has no other form, a prefix any ending, and a phrase of several words a plural."""
    assert not exact("graph").is_in("graphs")
    assert exact("graph", prefix=True).is_in("graphs")
    assert not phrase("graph").is_in("graphs")
    assert phrase("world model").is_in("of world-models.")
    assert not phrase("world models").is_in("a world model")
    assert any_form("graph").count("graph, graphs; graphite") == 2


#: without TeX, which makes other words of a text as soon as the words around it are there
letters = st.characters(exclude_characters="$\\", codec="utf-8")


@given(st.text(letters, max_size=30).filter(words_of), st.text(letters, max_size=20), st.text(letters, max_size=20))
def test_a_text_has_what_it_says(typed: str, before: str, after: str) -> None:
    """Whatever is typed is found in a text that says it, between any other words."""
    text = fold(f"{before} {' '.join(words_of(typed))} {after}")
    assert exact(typed).is_in(text)
    assert any_form(typed).is_in(text)


@needs_shared
def test_the_search_by_letters_misses_no_form() -> None:
    """Of all pairs of real words with one stem, next to none is missed by looking for their common letters first."""
    texts = [f"{one.paper.title} {one.paper.abstract}" for one in real_candidates(300)]
    vocabulary = {word for text in texts for word in split_words(fold(text)) if word.isalpha() and len(word) > 2}
    forms: dict[str, list[str]] = {}
    for word in vocabulary:
        forms.setdefault(stem(word), []).append(word)
    missed = [
        (word, form) for same in forms.values() for word in same for form in same if not any_form(word).is_in(form)
    ]
    assert len(missed) <= 4
