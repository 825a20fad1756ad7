import base64
import json
import random
import struct
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.channels import ChannelRef, Subscription
from core.choose import ranking
from core.choose.profile.because import _nearest
from core.choose.profile.field import ENOUGH, _field, field_of, texts_beside
from core.choose.profile.opinions import Lesson, Lessons, form_opinions, has_opinions, learn_profile, taste_of
from core.choose.profile.profile import read_profile
from core.choose.profile.signs import Correction, KeptProfile, Sign, SignKind, Wanted
from core.choose.reasons import ReasonKind, convincing
from core.choose.verdicts import Candidate, Kept
from core.papers.paper import AnnounceType, Paper
from tests.fakes.papers import DAY, a_paper

NOW = datetime(2026, 2, 20, 9, tzinfo=UTC)
ROBOTS = [
    a_paper(n, title=f"Robot arms that grasp {it}", abstract=f"A robot arm learns to grasp {it} by touch.")
    for n, it in enumerate(("cups", "pens", "keys", "lids"))
]
POEMS = [
    a_paper(n + 10, title=f"Poems about {it}", abstract=f"We read old poems about {it} aloud.")
    for n, it in enumerate(("rain", "snow", "fog", "wind"))
]
CANDIDATES = [*ROBOTS[2:], *POEMS[2:]]


def sign(paper: Paper, kind: SignKind = SignKind.SAVED, person: str = "slack:T1/U1", *, days_ago: int = 5) -> Sign:
    return Sign(paper=paper.id, kind=kind, person=person, at=NOW - timedelta(days=days_ago))


def lesson(
    *signs: Sign, kept: KeptProfile | None = None, candidates: Sequence[Paper] = CANDIDATES, **more: Any
) -> Lesson:
    examples = [*ROBOTS[:2], *POEMS[:2]]
    return form_opinions(Lessons(**{"signs": signs, "examples": examples} | more), candidates, kept)


def values(found: Lesson, papers: Sequence[Paper]) -> list[float]:
    return [found.opinions[paper.id].value for paper in papers]


def test_one_bookmark_is_enough() -> None:
    """From the first bookmark on its like are valued more than the rest, and say what they are like."""
    found = lesson(sign(ROBOTS[0]))
    assert min(values(found, ROBOTS[2:])) > 0.5 > max(values(found, POEMS[2:]))
    reason = found.opinions[ROBOTS[2].id].reason
    assert reason
    assert reason.text == "like “Robot arms that grasp cups”, which somebody here saved"
    assert convincing([reason]) == (reason.text,)
    assert found.opinions[POEMS[2].id].reason is None


def test_how_many_people() -> None:
    """The reason counts the people who liked the paper, each once."""
    signs = [sign(ROBOTS[0], person=f"slack:T1/U{n}") for n in (1, 2, 3)]
    reason = lesson(*signs, sign(ROBOTS[0], SignKind.MORE)).opinions[ROBOTS[2].id].reason
    assert reason
    assert reason.text.endswith("which three people here saved or liked")


def test_unwanted_papers() -> None:
    """Where people only said what they do not want, its like are valued less, and nothing is given as a reason."""
    found = lesson(sign(POEMS[0], SignKind.LESS))
    assert max(values(found, POEMS[2:])) < 0.5 < min(values(found, ROBOTS[2:]))
    assert {opinion.reason for opinion in found.opinions.values()} == {None}


def test_contradictions() -> None:
    """Who wants both more and less of a paper says nothing; every value is a number."""
    found = lesson(sign(ROBOTS[0], SignKind.MORE), sign(ROBOTS[0], SignKind.LESS))
    assert values(found, CANDIDATES) == [0.5] * 4


def test_ignored_papers_count_a_little() -> None:
    """What was posted and never mentioned makes its like less wanted, once there is something that was liked."""
    signs = [sign(ROBOTS[0]), sign(POEMS[0], SignKind.POSTED, ""), sign(POEMS[1], SignKind.POSTED, "")]
    found = lesson(*signs)
    assert min(values(found, ROBOTS[2:])) > max(values(found, POEMS[2:]))
    assert not has_opinions(signs[1:])
    assert has_opinions(signs)


def test_trust_grows() -> None:
    """The more was said, the more it counts, and never all."""
    trusts = [
        lesson(*(sign(ROBOTS[0], person=f"slack:T1/U{n}") for n in range(count))).opinions[POEMS[2].id].trust
        for count in (1, 5, 50)
    ]
    assert trusts == sorted(trusts)
    assert 0 < trusts[0] < 0.2
    assert trusts[-1] < 1


def test_kept_profiles_are_used() -> None:
    """A profile of the same signs is used as it is; of other signs, or of another version, it is learned anew."""
    first = lesson(sign(ROBOTS[0]))
    assert lesson(sign(ROBOTS[0]), kept=first.profile).profile is first.profile
    other = lesson(sign(POEMS[0]), kept=first.profile)
    assert other.profile.basis != first.profile.basis
    old = KeptProfile(basis=first.profile.basis, value='{"version": 0}', at=NOW)
    assert lesson(sign(ROBOTS[0]), kept=old).profile.value == first.profile.value


def test_what_is_learned_follows_from_what_was_said_alone() -> None:
    """Whatever there is to judge, the profile is the same, to the byte, and a stored one judges as a new one does."""
    signs = [sign(ROBOTS[0]), sign(POEMS[1], SignKind.POSTED, "", days_ago=9)]
    lessons = Lessons(signs=signs, examples=[*ROBOTS[:2], *POEMS[:2]])
    learned = learn_profile(lessons, None)
    many = [a_paper(100 + number, title=f"A thing numbered {number}") for number in range(ENOUGH)]
    for candidates in (CANDIDATES, CANDIDATES[:1], many):
        assert form_opinions(lessons, candidates, None) == form_opinions(lessons, candidates, learned)
        assert form_opinions(lessons, candidates, None).profile == learned
    assert learn_profile(lessons, learned) is learned


def test_a_paper_that_became_another_is_learned_anew() -> None:
    """A profile of the same signs is not used where a paper of theirs has another text, author or category since."""
    lessons = Lessons(signs=[sign(ROBOTS[0])], examples=ROBOTS[:1])
    learned = learn_profile(lessons, None)
    for change in ({"title": "Tea"}, {"abstract": "On tea."}, {"authors": ("C",)}, {"categories": ("cs.RO",)}):
        revised = replace(lessons, examples=[replace(ROBOTS[0], **change)])
        assert learn_profile(revised, learned) == learn_profile(revised, None) != learned


@pytest.mark.parametrize("candidates", [[], CANDIDATES[:1], [a_paper(99, title="", abstract="", authors=())]])
def test_few_candidates(candidates: list[Paper]) -> None:
    """None, one, or one without a word: each candidate has an opinion."""
    found = lesson(sign(ROBOTS[0]), candidates=candidates)
    assert set(found.opinions) == {paper.id for paper in candidates}


def test_what_was_learned_orders() -> None:
    """What was learned changes the order of papers that are equal otherwise, and stands among their reasons."""
    found = lesson(sign(ROBOTS[0]), sign(ROBOTS[1]))
    kept = [
        (Candidate(paper=paper, type=AnnounceType.NEW, scope="cs.CL", day=DAY), Kept(score=1.0)) for paper in CANDIDATES
    ]
    subscription = Subscription(channel=ChannelRef("terminal", "", "main"), categories=("cs.CL",))
    before, after = (ranking.choose(kept, subscription, opinions=opinions) for opinions in ({}, found.opinions))
    assert {one.paper.id for one in before[:2]} != {one.paper.id for one in after[:2]}
    assert {one.paper.id for one in after[:2]} == {paper.id for paper in ROBOTS[2:]}
    assert any(reason.kind is ReasonKind.LEARNED for reason in after[0].reasons)
    assert all(0 <= one.score <= 1 for one in after)


def test_authors_count() -> None:
    """A paper by an author whose paper was liked is valued more than its equal by somebody else."""
    same, other = (a_paper(50 + n, title="On tea", abstract="Tea is hot.", authors=(it,)) for n, it in enumerate("AB"))
    liked = a_paper(60, title="Counting cups", abstract="Cups are counted.", authors=("A",))
    found = form_opinions(Lessons(signs=[sign(liked)], examples=[liked]), [same, other], None)
    assert found.opinions[same.id].value > found.opinions[other.id].value


@pytest.mark.parametrize("value", ["", "{", "[]", "{}", '{"picked": "x", "passed": 1, "liked": [], "disliked": []}'])
def test_a_taste_that_cannot_be_read(value: str) -> None:
    """A damaged profile tells nothing."""
    assert taste_of(KeptProfile(basis="", value=value, at=NOW)) is None
    assert taste_of(None) is None


@pytest.mark.parametrize(
    ("kinds", "words", "in_private"),
    [
        ([SignKind.SAVED], "which somebody here saved", "which you saved"),
        ([SignKind.MORE], "which somebody here liked", "which you liked"),
        ([SignKind.SAVED, SignKind.MORE], "which somebody here saved or liked", "which you saved and liked"),
        ([SignKind.NAMED], "one of the papers that this channel named", "which you named as your own or liked"),
        ([SignKind.NAMED, SignKind.SAVED], "which somebody here saved", "which you saved"),
    ],
)
def test_reasons_say_what_was_done(kinds: list[SignKind], words: str, in_private: str) -> None:
    """Saved is saved, liked is liked, and named is named; a reader of a private chat is spoken to."""
    signs = [sign(ROBOTS[0], kind) for kind in kinds]
    for is_private, expected in ((False, words), (True, in_private)):
        reason = lesson(*signs, is_private=is_private).opinions[ROBOTS[2].id].reason
        assert reason
        assert reason.text == f"like “Robot arms that grasp cups”, {expected}"


def test_words_are_a_reason() -> None:
    """A paper that is like none of the liked ones, and shares their words, names the words."""
    other = a_paper(
        70, title="Tea houses", abstract="Tea houses of old. " * 9 + "A robot arm pours, and nobody may grasp why."
    )
    signs = [sign(ROBOTS[0]), sign(ROBOTS[1]), sign(POEMS[0], SignKind.LESS)]
    reason = lesson(*signs, candidates=[other, *POEMS]).opinions[other.id].reason
    assert reason
    assert reason.text.endswith(", as in papers that people here liked")
    assert reason.text.count("“") == 2
    assert "robot" in reason.text or "grasp" in reason.text


def test_words_of_every_paper_are_no_reason() -> None:
    """Two papers that share nothing but words of many papers, or one word in two forms, have nothing to tell."""
    liked = [replace(paper, abstract=f"A large framework. Robots! {paper.abstract}") for paper in ROBOTS[:2]]
    other = a_paper(
        70, title="Tea houses", abstract="Tea houses of old. " * 9 + "A large framework: robots and a robot."
    )
    signs = [sign(ROBOTS[0]), sign(ROBOTS[1]), sign(POEMS[0], SignKind.LESS)]
    found = lesson(*signs, candidates=[other, *POEMS], examples=[*liked, *POEMS[:2]])
    profile = read_profile(found.profile.value)
    assert profile
    assert {"large", "framework", "robot", "robots"} <= set(profile.liked_terms)
    assert found.opinions[other.id].value > 0.5
    assert found.opinions[other.id].reason is None


def test_the_most_like_paper_is_found() -> None:
    """Comparing rare words first finds the same liked papers as comparing all texts as a whole."""
    draw = random.Random(3)
    words = [f"word{number}" for number in range(400)]

    def text(topic: int) -> str:
        return " ".join(
            draw.choices(words[:20], k=30) + draw.choices(words[20 + topic * 12 :][:12], k=draw.randrange(20))
        )

    papers = [a_paper(n, title=f"Paper {n}", abstract=text(n % 30)) for n in range(260)]
    field = field_of(papers[:220], ())
    whole = (field.texts @ texts_beside(papers[220:], field)[0].T).toarray()
    nearest = {row: int(one.argmax()) for row, one in enumerate(whole) if one.max() >= 0.2}
    assert 20 < len(nearest) < 200
    assert _nearest(range(220), papers[220:], field) == nearest


def test_a_word_that_is_not_wanted() -> None:
    """“Less robot” turns the order around, “more poems” says so, and “forget” leaves the word without any weight."""
    liked = sign(ROBOTS[0])
    less = lesson(liked, corrections=[Correction(term="robot", wanted=Wanted.LESS, at=NOW)])
    assert max(values(less, ROBOTS[2:])) < 0.5 < min(values(less, POEMS[2:]))
    told = taste_of(less.profile)
    assert told
    assert told.disliked_terms[0] == "robot"
    assert not any("robot" in word for word in told.liked_terms)
    more = lesson(liked, corrections=[Correction(term="poems", wanted=Wanted.MORE, at=NOW)])
    reason = more.opinions[POEMS[2].id].reason
    assert reason
    assert reason.text == "“poems”, of which people here want more"
    neither = lesson(liked, corrections=[Correction(term="robot", at=NOW)])
    told = taste_of(neither.profile)
    assert told
    assert not any("robot" in word for word in (*told.liked_terms, *told.disliked_terms))
    assert len({found.profile.basis for found in (less, more, neither, lesson(liked))}) == 4


def test_a_wish_is_enough() -> None:
    """A word that people want more of orders before anybody said anything of a paper."""
    wish = [Correction(term="poems", wanted=Wanted.MORE, at=NOW)]
    found = lesson(corrections=wish, examples=[])
    assert min(values(found, POEMS[2:])) > 0.5 > max(values(found, ROBOTS[2:]))
    assert has_opinions([], wish)
    assert not has_opinions([], [Correction(term="poems", at=NOW)])


def test_a_paper_is_forgotten() -> None:
    """What was said of a forgotten paper does not count; what is said of it later does."""
    forgotten = [Correction(paper=ROBOTS[0].id, at=NOW - timedelta(days=1))]
    assert not has_opinions([sign(ROBOTS[0])], forgotten)
    assert has_opinions([sign(ROBOTS[0], days_ago=0)], forgotten)
    both = lesson(sign(ROBOTS[0]), sign(POEMS[0]), corrections=forgotten)
    assert min(values(both, POEMS[2:])) > max(values(both, ROBOTS[2:]))


def test_people_who_disagree() -> None:
    """One person wants more of a paper and another less: every value is a number, and neither wins."""
    found = lesson(sign(ROBOTS[0], SignKind.MORE), sign(ROBOTS[0], SignKind.LESS, "slack:T1/U2"))
    assert values(found, CANDIDATES) == [0.5] * 4


def test_the_same_signs_are_the_same_bytes() -> None:
    """What is learned depends on what was said and on the papers alone, not on what was learned before it."""
    signs = [sign(ROBOTS[0]), sign(POEMS[0], SignKind.LESS), sign(ROBOTS[1], person="slack:T1/U2")]
    first = lesson(*signs)
    lesson(sign(POEMS[1]))
    again = lesson(*signs)
    assert again.profile.value == first.profile.value
    assert again.opinions == first.opinions
    assert lesson(*signs[::-1]).profile.value == first.profile.value


@pytest.mark.parametrize("part", ["weights", "stack", "base", "intercept"])
def test_numbers_that_are_none(part: str) -> None:
    """A stored profile with a NaN or an infinity in it is learned anew."""
    first = lesson(sign(ROBOTS[0]))
    stored = json.loads(first.profile.value)
    bad: object = float("inf")
    if isinstance(stored[part], str):
        size = len(base64.b64decode(stored[part]))
        bad = base64.b64encode(struct.pack("<f", float("nan")) * (size // 4)).decode()
    kept = KeptProfile(basis=first.profile.basis, value=json.dumps(stored | {part: bad}), at=NOW)
    assert lesson(sign(ROBOTS[0]), kept=kept).profile.value == first.profile.value


def test_odd_papers() -> None:
    """A paper that vanished, one without abstract and one by 3,000 people are examples as good as they can be."""
    gone = a_paper(80)
    bare = a_paper(81, title="Robot arms", abstract="")
    crowd = a_paper(82, title="A robot arm at a collider", authors=tuple(f"Author {n}" for n in range(3_000)))
    found = lesson(sign(gone), sign(bare), sign(crowd), examples=[bare, crowd])
    assert min(values(found, ROBOTS[2:])) > max(values(found, POEMS[2:]))
    alone = lesson(sign(gone), examples=[])
    assert values(alone, CANDIDATES) == [0.5] * 4


def test_what_the_company_saved_helps() -> None:
    """What people saved beside the channel's papers makes its like more wanted; others' saves change nothing."""
    plain = [a_paper(90 + n, title=f"Tea {n}", abstract="Tea is hot and tea is good.") for n in range(2)]
    mine, candidates = sign(ROBOTS[0]), [POEMS[2], plain[0]]
    together = [sign(ROBOTS[0], person="slack:T1/U2"), sign(POEMS[0], person="slack:T1/U2")]
    alone = lesson(mine, candidates=candidates)
    helped = lesson(mine, candidates=candidates, saves=together, saved_papers=[])
    assert alone.opinions[POEMS[2].id].value <= helped.opinions[POEMS[2].id].value
    assert helped.opinions[POEMS[2].id].value > helped.opinions[plain[0].id].value
    assert helped.profile.value == alone.profile.value
    assert lesson(mine, candidates=candidates, saves=[mine]).opinions == alone.opinions


def test_many_candidates_share_their_features() -> None:
    """From 200 candidates on their features are made once for all channels, and orders are as for few."""
    many = [*CANDIDATES, *(a_paper(1000 + n, title=f"Tea {n}", abstract="Tea is hot.") for n in range(220))]
    before = _field.cache_info()
    found = lesson(sign(ROBOTS[0]), candidates=many)
    lesson(sign(POEMS[0]), candidates=list(many))
    after = _field.cache_info()
    assert (after.misses - before.misses, after.hits - before.hits) == (1, 1)
    assert min(values(found, ROBOTS[2:])) > max(values(found, POEMS[2:]))
    reason = found.opinions[ROBOTS[2].id].reason
    assert reason
    assert "Robot arms that grasp cups" in reason.text
