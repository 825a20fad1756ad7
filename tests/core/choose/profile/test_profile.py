import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.choose.profile.features import Features, background_of, features_of, weigh_terms
from core.choose.profile.learn import MOST_TERMS, Examples, judge_by_the_past, learn, tell_words
from core.choose.profile.profile import VERSION, Profile, read_profile, write_profile
from core.choose.profile.score import score, score_all
from core.papers.identifiers import PaperId
from core.papers.paper import Paper

TODAY = date(2031, 6, 1)


def paper(number: int, title: str, abstract: str = "", authors: Sequence[str] = ("Ada Ng",)) -> Paper:
    return Paper(
        id=PaperId("arxiv", f"3106.{number:05}"),
        title=title,
        abstract=abstract or f"{title} in some detail.",
        authors=tuple(authors),
        categories=("cs.LG",),
        url="",
    )


ROBOTS = [paper(n, f"Robot grasping of {thing}") for n, thing in enumerate(("cups", "pens", "books", "keys"))]
POEMS = [paper(n + 10, f"Poems about {thing}") for n, thing in enumerate(("rain", "snow", "wind", "fog"))]
PAPERS = [*ROBOTS, *POEMS]


def matrices(papers: Sequence[Paper]) -> tuple[Features, object]:
    features = features_of(papers)
    return features, weigh_terms(features, background_of(features, np.arange(len(papers))))


def examples(picked: Sequence[int], passed: Sequence[int], text_scores: Sequence[float] | None = None) -> Examples:
    rows = np.array([*picked, *passed], dtype=np.int64)
    shown = np.full(len(rows), TODAY.toordinal() - 3, dtype=np.int64)
    known = np.array([TODAY.toordinal() - 2] * len(picked) + [0] * len(passed), dtype=np.int64)
    scores = np.full(len(rows), np.nan) if text_scores is None else np.array(text_scores)
    weights = np.ones(len(rows), dtype=np.float32)
    return Examples(
        rows=rows, shown_days=shown, known_days=known, weights=weights, text_scores=scores.astype(np.float32)
    )


def learned(picked: Sequence[int], passed: Sequence[int], papers: Sequence[Paper] = PAPERS) -> Profile:
    features, texts = matrices(papers)
    return learn(examples(picked, passed), features, texts, until=TODAY)


def scores(profile: Profile, papers: Sequence[Paper] = PAPERS) -> list[float]:
    features, texts = matrices(papers)
    return [float(value) for value in score(profile, features, texts).total]


def test_picks_come_first() -> None:
    """After two picks and two papers that were passed by, the others of the same kind stand before the rest."""
    found = scores(learned([0, 1], [4, 5]))
    assert min(found[:4]) > max(found[4:])


def test_from_the_first_bookmark_on() -> None:
    """One bookmark and nothing else puts its like on top."""
    found = scores(learned([0], []))
    assert min(found[:4]) > max(found[4:])


def test_only_negatives() -> None:
    """Where only unwanted papers are known, their like stand last."""
    found = scores(learned([], [4, 5]))
    assert max(found[4:]) < min(found[:4])


def test_nothing_known() -> None:
    """Without an example every paper has the same text score, and every score is a number."""
    profile = learned([], [])
    features, texts = matrices(PAPERS)
    told = score(profile, features, texts)
    assert set(told.text.tolist()) == {0.0}
    assert np.isfinite(told.total).all()


def test_odd_papers() -> None:
    """Papers without abstract, authors or categories, with 3,000 authors, in another language: each has a score."""
    odd = [
        replace(ROBOTS[0], abstract="", authors=(), categories=()),
        replace(ROBOTS[1], authors=tuple(f"Author {number}" for number in range(3_000))),
        paper(50, "深度学习与机器人", "我们研究机器人抓取。"),
        paper(51, "", ""),
        paper(52, "\ud800 \x00", "￿"),
    ]
    profile = learned([0, 1, 2], [5], [*odd, *POEMS])
    assert np.isfinite(scores(profile, odd)).all()
    assert scores(profile, []) == []


def test_any_order_and_any_time() -> None:
    """The same examples in another order give the same profile, byte for byte."""
    features, texts = matrices(PAPERS)
    some = examples([0, 1, 2], [4, 5, 6])
    order = np.array([3, 1, 5, 0, 2, 4])
    turned = Examples(
        rows=some.rows[order],
        shown_days=some.shown_days[order],
        known_days=some.known_days[order],
        weights=some.weights[order],
        text_scores=some.text_scores[order],
    )
    assert write_profile(learn(some, features, texts, until=TODAY)) == write_profile(
        learn(turned, features, texts, until=TODAY)
    )


def test_bounded() -> None:
    """A profile keeps the strongest terms alone, however long the papers are."""
    rng = np.random.RandomState(3)
    papers = [paper(n, f"Paper {n}", " ".join(f"word{w}" for w in rng.randint(0, 9_999, 400))) for n in range(30)]
    profile = learned(range(0, 30, 2), range(1, 30, 2), papers)
    assert len(profile.terms) == MOST_TERMS
    assert (np.diff(profile.terms.astype(np.int64)) > 0).all()


def test_many_profiles_at_once() -> None:
    """Profiles give the same scores together as alone."""
    features, texts = matrices(PAPERS)
    profiles = [learned([number % 8], [(number + 3) % 8]) for number in range(70)]
    for profile, together in zip(profiles, score_all(profiles, features, texts), strict=True):
        assert np.allclose(together.total, score(profile, features, texts).total, atol=1e-5)


def stacked() -> tuple[Profile, list[Paper]]:
    """A profile whose stack was learned: text says nothing of these papers, an author everything."""
    papers = [replace(paper(n, f"Study {n % 9}", authors=("Bo Li",) if n % 3 == 0 else ("Cy Oz",))) for n in range(600)]
    features, texts = matrices(papers)
    rows = np.arange(600)
    shown = TODAY.toordinal() - 300 + rows // 3
    known = np.where(rows % 3 == 0, shown + 1, 0)
    told = Examples(
        rows=rows,
        shown_days=shown,
        known_days=known,
        weights=np.ones(600, dtype=np.float32),
        text_scores=np.zeros(600, dtype=np.float32),
    )
    return learn(told, features, texts, until=TODAY), papers


def test_the_stack_learns_whom_people_pick() -> None:
    """With enough examples that were judged when new, an author's record decides."""
    profile, papers = stacked()
    features, texts = matrices(papers[:6])
    told = score(profile, features, texts)
    assert min(told.total[[0, 3]]) > max(told.total[[1, 2, 4, 5]])


def test_stored_and_read() -> None:
    """What is written is read again as it was."""
    profile, _ = stacked()
    text = write_profile(profile)
    again = read_profile(text)
    assert again
    assert write_profile(again) == text


@pytest.mark.parametrize(
    "change",
    [
        {"version": VERSION - 1},
        {"version": "new"},
        {"weights": ""},
        {"terms": "?"},
        {"stack": None},
        {"authors": ["", ""]},
        {"until": "soon"},
        {"base": float("nan")},
        {"base": 0},
        {"intercept": float("inf")},
        {"liked": None},
    ],
)
def test_other_profiles_are_not_read(change: dict[str, object]) -> None:
    """A profile of another version, or a damaged one, is none: it is learned anew."""
    stored = json.loads(write_profile(learned([0], [4])))
    assert read_profile(json.dumps(stored | change)) is None


@given(st.text(max_size=40))
@settings(max_examples=50)
def test_any_text_is_read_without_harm(text: str) -> None:
    """Whatever lies in the database, reading it raises nothing."""
    assert read_profile(text) is None


def test_words() -> None:
    """A profile tells its strongest terms in words, no small ones among them."""
    profile = tell_words(learned([0, 1], [4, 5]), PAPERS)
    assert "robot" in profile.liked_terms[:4]
    assert "poems" in profile.disliked_terms[:4]
    assert not {"of", "in", "some"} & {*profile.liked_terms, *profile.disliked_terms}


def test_old_examples_count_less() -> None:
    """Of two opposite opinions on like papers the newer one decides."""
    papers = [*ROBOTS, *POEMS]
    features, texts = matrices(papers)
    old = (TODAY - timedelta(1_000)).toordinal()
    told = examples([0, 5], [4, 1])
    ages = replace(told, shown_days=np.array([told.shown_days[0], old, told.shown_days[2], old]))
    found = score(learn(ages, features, texts, until=TODAY), features, texts).total
    assert found[2] > found[6]


def told_over_time() -> tuple[Examples, list[Paper]]:
    """600 papers in the order of their days; each third one is about robots, and is picked a day later."""
    papers = [paper(n, f"Robot number {n}" if n % 3 == 0 else f"Poem number {n}") for n in range(600)]
    rows = np.arange(600)
    shown = TODAY.toordinal() - 300 + rows // 3
    known = np.where(rows % 3 == 0, shown + 1, 0)
    unknown = np.full(600, np.nan, dtype=np.float32)
    ones = np.ones(600, dtype=np.float32)
    return Examples(rows=rows, shown_days=shown, known_days=known, weights=ones, text_scores=unknown), papers


def test_judged_by_the_past() -> None:
    """Examples without a score get the one that earlier examples give; what is picked later changes none before."""
    told, papers = told_over_time()
    features, texts = matrices(papers)
    judged = judge_by_the_past(told, features, texts)
    has_score = np.isfinite(judged.text_scores)
    assert has_score.sum() == 450
    picked = judged.picks > 0
    assert judged.text_scores[has_score & picked].min() > judged.text_scores[has_score & ~picked].max()
    cut = 400
    turned = replace(
        told,
        known_days=np.where(told.rows >= cut, np.where(told.known_days > 0, 0, told.shown_days + 1), told.known_days),
    )
    assert (
        judge_by_the_past(turned, features, texts).text_scores[:cut].tolist()[150:]
        == judged.text_scores[:cut].tolist()[150:]
    )


def test_what_is_on_record_stays() -> None:
    """Scores on record are kept, and too few examples are not judged at all."""
    told, papers = told_over_time()
    features, texts = matrices(papers)
    known = replace(told, text_scores=np.where(told.rows == 599, 7, np.nan).astype(np.float32))
    assert judge_by_the_past(known, features, texts).text_scores[599] == 7
    few = examples([0, 1], [4, 5])
    assert np.isnan(judge_by_the_past(few, features, texts).text_scores).all()
