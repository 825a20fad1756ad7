"""Terms: what an index has of a text, and that any words which stand in it are a phrase of that."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from core.papers.search import parse_query
from core.text.patterns import any_form, exact, phrase
from core.text.terms import (
    LONGEST,
    MOST_WORDS,
    Phrase,
    index_names,
    index_phrases,
    index_words,
    pairs,
    search_text,
    spellings,
)
from tests.fakes.papers import DAY

#: words as papers have them: in scripts with and without spaces, and glued together
WORDS = st.one_of(
    st.text("深度学习脑电信号分类方法", min_size=1, max_size=8),
    st.text("データベース固有表現抽出ー々", min_size=1, max_size=8),
    st.text("ภาษาไทยการวิเคราะห์ที่หนึ่ง", min_size=1, max_size=10),
    st.text("ພາສາລາວກັບ", min_size=1, max_size=6),
    st.text("ភាសាខ្មែរ", min_size=1, max_size=6),
    st.text("မြန်မာဘာသာ", min_size=1, max_size=6),
    st.text("딥러닝감성분석", min_size=1, max_size=6),
    st.text("हिन्दीभाषा", min_size=1, max_size=6),
    st.text("abcdüöåßéＢﬁ²", min_size=1, max_size=6),
    st.text("αβжт", min_size=1, max_size=4),
    st.from_regex(r"[A-Z]{2,4}[0-9]?", fullmatch=True),
)
TITLES = st.lists(st.tuples(WORDS, st.sampled_from(["", " ", "-", "，", " – "])), min_size=1, max_size=8).map(
    lambda parts: "".join(word + between for word, between in parts)
)


def words_in(text: str) -> list[str]:
    """What an index has of a text: our words, or those that the database sees itself."""
    told = index_words(text)
    return re.findall(r"[^\W_]+", text.lower()) if told is None else told.split()


def has(words: list[str], wanted: Phrase) -> bool:
    """Do these words have that phrase?"""
    *before, last = wanted.words
    for start in range(len(words) - len(before)):
        here = words[start : start + len(before) + 1]
        ends = here[-1].startswith(last) if wanted.prefix else here[-1] == last
        if here[:-1] == before and ends:
            return True
    return False


def is_found(typed: str, text: str) -> bool:
    """Does a search for what was typed find the text?"""
    terms = parse_query(typed, today=DAY).terms
    words = words_in(text)
    return all(any(has(words, one) for one in index_phrases(term.words, prefix=term.prefix)) for term in terms)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("使用BERT模型", "使用 用 bert 模型 型"),
        ("第3章", "第 3 章"),
        ("딥러닝을 쓴다", "딥러 러닝 닝을 을 쓴다 다"),
        ("β-catenin, TGFβ1, αβ", "beta catenin tgf beta1 αβ"),
        ("Müller’s law", "muller s law ᛜ mueller s law"),
        ("H$_2$O and $\\alpha$", "h2o and alpha"),
        ("l’état", "l etat"),
    ],
)
def test_words_of_an_index(text: str, words: str) -> None:
    """Text in any script becomes words with spaces between them."""
    assert index_words(text) == words


@pytest.mark.parametrize("text", ["", "Plain words, state-of-the-art.", "a — “b” ≤ c", "5 % of $10"])
def test_most_texts_are_their_own_words(text: str) -> None:
    """Nothing is stored of a text that databases read as we do."""
    assert index_words(text) is None


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("脑电信号", "基于深度学习的脑电信号分类"),
        ("分", "基于深度学习的脑电信号分类"),
        ("类", "基于深度学习的脑电信号分类"),
        ("BERT", "使用BERT模型"),
        ("用BERT模", "使用BERT模型"),
        ('"模型 分类"', "模型分类"),
        ("デ", "ﾃﾞｰﾀ"),
        ("วิเคราะห์", "การวิเคราะห์ความรู้สึก"),
        ("딥러닝", "딥러닝을 이용한"),
        ("Mueller", "Jürgen Müller"),
        ("Müller", "J. Mueller"),
        ("Müller", "J. Muller"),
        ("Aarhus", "Århus"),
        ("Angstroem", "Ångström"),
        ('"the Schroedinger equation"', "On the Schrödinger equation"),
        ("strasse", "Straße"),
        ("alpha-helix", "α-helix"),
        ("µTransfer", "muTransfer μTransfer"),
        ("H2O", "H₂O"),
        ("Li₂MnO₃", "Li$_2$MnO$_3$"),
        ("state-of-the-art", "state of the art"),
        ("coop\u00aderate", "cooperate"),
        ("हिन्दी", "हिन्दी में"),
    ],
)
def test_what_is_typed_finds_what_is_shown(typed: str, text: str) -> None:
    """A word is found in any spelling, and within a running sentence where a script has no spaces."""
    assert is_found(typed, text)
    assert any_form(typed.strip('"')).is_in(search_text(text))


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("fuel", "ful"),
        ("ful", "fuel"),
        ("poet", "pot"),
        ("信电", "脑电信号"),
        ("脑信", "脑电信号"),
        ("型号", "模型，号码"),
        ("ER", "使用BERT模型"),
        ("か", "がガ"),
        ("Muller", "J. Mueller"),
    ],
)
def test_other_words_are_not_found(typed: str, text: str) -> None:
    """A word does not find another one, nor characters that do not stand together."""
    assert not is_found(typed, text)
    assert not any_form(typed).is_in(search_text(text))


@given(TITLES, st.data())
@example("使用BERT模型", None)
def test_whatever_stands_in_a_title_finds_it(title: str, data: st.DataObject | None) -> None:
    """Every word of a title finds it, also every part of a run without spaces, in an index and in a rule."""
    words = parse_query(title.replace('"', ""), today=DAY).terms
    for term in words:
        for word in term.words:
            assert is_found(f'"{word}"', title)
            assert any_form(word).is_in(search_text(title))
            assert exact(word).is_in(search_text(title))
            assert phrase(word).is_in(search_text(title))
    for run in re.findall("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u9fff]+", title):
        if data is not None and (part := data.draw(st.sampled_from([run[:2], run[1:3], run[-2:], run[:-1], run[-1:]]))):
            # a mark alone is no word
            assume(all(index_phrases((char,)) for char in part))
            assert is_found(part, title)
            assert exact(part, prefix=True).is_in(search_text(title))


@given(st.text(max_size=200))
def test_any_text_has_words(text: str) -> None:
    """Whatever the text, its words are letters and digits between single spaces, and are their own words."""
    told = index_words(text)
    assert told is None or re.fullmatch(r"([^\W_]+( [^\W_]+)*)?", told)
    for one in index_phrases((text,), prefix=True):
        assert 0 < len(one.words) <= MOST_WORDS and all(re.fullmatch(r"[^\W_]+", word) for word in one.words)


def test_names_stand_apart() -> None:
    """No phrase reaches from one author's name into the next."""
    told = index_names(["Ann Lee", "Bo Øre"])
    assert told == "ann lee ᛜ bo ore ᛜ bo oere"
    assert index_names(["Ann Lee"]) is None


def test_long_texts_are_cut() -> None:
    """What is indexed of a text, and asked of an index, has a bound."""
    assert len((index_words("模" * 3 * LONGEST) or "").split()) == LONGEST
    assert len(index_phrases(("模" * 1_000,))[0].words) == MOST_WORDS


def test_spellings_and_pairs() -> None:
    """Umlauts have two spellings; a run of characters has its pairs, which stand for it where it is not found."""
    assert spellings("Müller") == ("muller", "mueller")
    assert spellings("Ann") == ("ann",)
    assert pairs("脑电信号") == ("脑电", "电信", "信号")
    assert pairs("脑电") == pairs("brain") == ()
