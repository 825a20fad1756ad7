from importlib import resources

from core.choose.interest import vocabulary
from core.choose.interest.vocabulary import Vocabulary, words_of

SMALL = Vocabulary(
    papers=100,
    frequencies={"eddy": 10, "eddy current": 2, "thing": 90},
    title_shares={"eddy": 0.5, "eddy current": 0.25, "thing": 0.0},
    forms={"eddy": ("eddy current",)},
    related_terms={"eddy current": ("thing", "eddy")},
)


def test_a_vocabulary_is_read_as_it_was_written() -> None:
    """What is learned survives its file."""
    assert vocabulary.parse(SMALL.as_text()) == SMALL


def test_rare_terms_of_titles_weigh_most() -> None:
    """Rare terms say more than frequent ones, subjects of titles more than rhetoric, and unknown terms most."""
    assert SMALL.weight("unheard") == 1
    assert 1 > SMALL.weight("eddy") > 0.5
    assert SMALL.weight("thing") < 0.05
    assert SMALL.weight("eddy", 0.5) < SMALL.weight("eddy")


def test_what_the_program_ships_with() -> None:
    """The file is small, and has terms of a few words with figures and no text of papers."""
    text = resources.files("core.choose.interest").joinpath("vocabulary.tsv").read_text(encoding="utf-8")
    assert len(text) < 700_000
    known = vocabulary.load()
    assert max(name.count(" ") for name in known.frequencies) <= 3
    assert max(map(len, known.frequencies)) < 60
    assert known.weight("robot learning") > 0.8 > known.weight("quantization") > 0.4 > known.weight("model")
    assert known.weight("demonstrate") < 0.05
    assert "slm" in known.forms["small language model"]


def test_words_are_told_apart_alike() -> None:
    """Words are the same whether a text is ASCII, which is read in a quicker way, or not."""
    text = "in-context k-means, h2o's a_b 2.5 don't (x) c++ f1"
    assert words_of(f"{text} é")[:-1] == words_of(text)
    assert words_of(text.replace("c++", "cpp")) == [word.replace("c++", "cpp") for word in words_of(text)]
