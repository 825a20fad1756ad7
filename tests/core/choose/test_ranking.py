import gzip
import json
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from core.channels import ChannelRef, Subscription
from core.choose import ranking
from core.choose.profile.opinions import Opinion
from core.choose.reasons import author_reason, weak_reason
from core.choose.verdicts import Candidate, Kept, Ranked
from core.papers.identifiers import PaperId
from core.papers.paper import AnnounceType, Paper, Signals
from tests.fakes.papers import DAY, a_paper
from tests.shared import SHARED, needs_shared

CHANNEL = Subscription(channel=ChannelRef("terminal", "", "main"))


def candidate(paper: Paper, type: AnnounceType = AnnounceType.NEW, day: date = DAY) -> Candidate:
    return Candidate(paper=paper, type=type, scope=paper.primary_category, day=day)


def choose(
    *papers: Paper | Candidate, kept: Sequence[Kept] = (), subscription: Subscription = CHANNEL, **fields: Any
) -> tuple[Ranked, ...]:
    candidates = [one if isinstance(one, Candidate) else candidate(one) for one in papers]
    verdicts = kept or [Kept()] * len(candidates)
    return ranking.choose(list(zip(candidates, verdicts, strict=True)), replace(subscription, **fields))


def numbers(ranked: Sequence[Ranked]) -> list[int]:
    return [int(one.paper.id.value[-5:]) for one in ranked]


def test_the_weights_are_a_whole() -> None:
    """The features' weights sum to 1, so that a score is from 0 to 1."""
    assert math.isclose(sum(ranking.WEIGHTS.values()), 1)


def test_nothing_is_nothing() -> None:
    """No kept paper, no order."""
    assert choose() == ()


def test_interest_orders() -> None:
    """A paper that is about the interest goes first, one with its words in the title before one that mentions them."""
    about = a_paper(3, title="Graph retrieval for robots")
    mentions = a_paper(2, abstract="We use graphs somewhere.")
    neither = a_paper(1)
    ranked = choose(neither, mentions, about, interest="graph retrieval, robots that learn")
    assert numbers(ranked) == [3, 2, 1]
    assert ranked[0].reasons[0].text == "your interest: graph retrieval, robots"
    assert ranked[1].reasons[0].text == "newly listed"  # a word of a phrase is no reason


def test_interest_in_any_script() -> None:
    """An interest is met within a running sentence without spaces, in part or whole, and in any spelling."""
    papers = {
        1: a_paper(1),
        2: a_paper(2, title="图像分类的研究"),
        3: a_paper(3, title="基于深度学习的脑电信号分类方法"),
        4: a_paper(4, title="日本語文書における固有表現抽出"),
        5: a_paper(5, title="การวิเคราะห์ความรู้สึกภาษาไทย"),
        6: a_paper(6, title="Schrödinger bridges使用BERT模型"),
        7: a_paper(7, title="딥러닝을 이용한 감성 분석"),
    }
    wanted = {
        "脑电信号分类，深度学习": (3, "深度学习, 脑电信号分类"),
        "关于脑电的研究": (3, "脑电"),
        "固有表現抽出に関する研究": (4, "固有表現抽出"),
        "วิเคราะห์": (5, "วิเคราะห์"),
        "Schroedinger bridges": (6, "schroedinger bridges"),
        "BERT": (6, "bert"),
        "딥러닝, 감성": (7, "딥러닝, 감성"),
        "脑": (3, "脑"),
    }
    for interest, (number, words) in wanted.items():
        best = choose(*papers.values(), interest=interest)[0]
        assert (best.paper, best.reasons[0].text) == (papers[number], f"your interest: {words}"), interest


def test_rare_words_of_the_interest_count_most() -> None:
    """A word that nearly all candidates have says little."""
    papers = [a_paper(number, title="A model") for number in range(1, 9)]
    rare = a_paper(9, title="Turbulence")
    assert numbers(choose(*papers, rare, interest="models of turbulence"))[0] == 9


def test_phrases_of_the_interest_count() -> None:
    """Words that stand together in the interest count more where they stand together in the paper."""
    together = a_paper(1, abstract="A world model is built.")
    apart = a_paper(2, abstract="The model of a whole world is built.")
    assert numbers(choose(together, apart, interest="world models")) == [1, 2]


def test_the_rule_orders() -> None:
    """What the rule weighs most goes first, and the reason is the rule's own."""
    x, y, z, a = map(weak_reason, "xyza")
    light, heavy = Kept(score=1, reasons=(a,)), Kept(score=4, reasons=(x, y, z))
    ranked = choose(a_paper(1), a_paper(2), kept=[light, heavy])
    assert numbers(ranked) == [2, 1]
    assert ranked[0].reasons == (x, y)
    assert ranked[1].reasons == (a,)


def test_followed_authors_go_first() -> None:
    """The paper of a followed author goes before a better known team, and is told once."""
    hers = a_paper(1, authors=("Ann B. Lee",))
    theirs = a_paper(2, authors=tuple(f"Author {letter}" for letter in "ABCDEFGH"))
    by_her = author_reason("Ann B. Lee")
    ranked = choose(hers, theirs, kept=[Kept(reasons=(by_her,)), Kept()], authors=("Ann Lee",))
    assert numbers(ranked) == [1, 2]
    assert ranked[0].reasons == (by_her,)


def test_who_is_only_probably_followed_counts_less() -> None:
    """A paper by the followed author goes before one by somebody who may be that author, and both say so."""
    papers = [a_paper(1, authors=("A. Lee", "Bo Lind")), a_paper(2, authors=("Ann Lee", "Bo Lind"))]
    ranked = choose(*papers, authors=("Ann Lee",))
    assert numbers(ranked) == [2, 1]
    assert [one.reasons[0].text for one in ranked] == [
        "by Ann Lee, whom this channel follows",
        "by A. Lee, probably “Ann Lee”, whom this channel follows",
    ]


def test_categories_order_as_the_channel_names_them() -> None:
    """Primary categories go in the channel's order, cross-lists after them, several of them a little earlier."""
    papers = [
        a_paper(1, categories=("math.OC", "cs.LG")),
        a_paper(2, categories=("cs.LG",)),
        a_paper(3, categories=("cs.CL",)),
        a_paper(4, categories=("cs.CL", "cs.LG")),
    ]
    ranked = choose(*papers, categories=("cs.CL", "cs.LG"))
    assert numbers(ranked) == [4, 3, 2, 1]
    assert [one.reasons[0].text for one in ranked] == [
        "primary cs.CL, also cs.LG",
        "primary cs.CL",
        "primary cs.LG",
        "cross-listed in cs.LG",
    ]


def test_an_archive_counts_as_its_categories() -> None:
    """A channel that reads a whole archive has its categories as primary ones."""
    inside, outside = a_paper(1, categories=("cs.CV",)), a_paper(2, categories=("math.OC", "cs.CV"))
    assert numbers(choose(outside, inside, categories=("cs", "stat"))) == [1, 2]


def test_news_go_first() -> None:
    """New papers go before cross-lists, and later listings before earlier ones."""
    cross = candidate(a_paper(3), AnnounceType.CROSS)
    old = candidate(a_paper(2), day=DAY - timedelta(days=3))
    assert numbers(choose(cross, old, a_paper(1))) == [1, 2, 3]


def test_where_nothing_else_tells() -> None:
    """More authors, then linked code, order what the subscription leaves equal."""
    alone = a_paper(1, authors=("Ann Lee",))
    coded = a_paper(2, authors=("Ann Lee",), abstract="Our code is at https://github.com/nobody/nothing.")
    signalled = a_paper(3, authors=("Ann Lee",), signals=Signals(code_url="https://example.org/code"))
    team = a_paper(4, authors=tuple(f"Author {number}" for number in range(12)))
    ranked = choose(alone, coded, signalled, team)
    assert numbers(ranked) == [4, 3, 2, 1]
    told = [[reason.text for reason in one.reasons] for one in ranked]
    assert told == [["12 authors"], ["code linked"], ["code linked"], ["newly listed"]]


def test_scores_and_places() -> None:
    """Scores fall from at most 1 as places count up from 1, and a paper with everything comes near 1."""
    best = a_paper(
        2,
        title="World models for graph retrieval",
        authors=("Ann Lee", *map(str, range(120))),
        abstract="See github.com/a/b.",
    )
    ranked = choose(
        a_paper(1),
        best,
        kept=[Kept(), Kept(score=3, reasons=(weak_reason("x"),))],
        interest="world models, graph retrieval",
        authors=("Ann Lee",),
        categories=("cs.CL",),
    )
    assert [one.place for one in ranked] == [1, 2]
    assert 1 >= ranked[0].score > 0.85 > ranked[1].score >= 0
    assert len(ranked[0].reasons) == 3


a_candidate = st.builds(
    lambda number, authors, title, type, age, score: (
        candidate(a_paper(number, authors=("Ann Lee",) * authors, title=title), type, DAY - timedelta(days=age)),
        Kept(score=score),
    ),
    st.integers(1, 500),
    st.integers(0, 200),
    st.sampled_from(["Graphs", "Graph retrieval", "\u202e", ""]),
    st.sampled_from([AnnounceType.NEW, AnnounceType.CROSS]),
    st.integers(0, 400),
    st.sampled_from([0.0, 1.0, 2.5]),
)


@given(st.lists(a_candidate, max_size=12, unique_by=lambda one: one[0].paper.id), st.randoms(use_true_random=False))
def test_the_order_depends_on_the_papers_alone(kept: list[tuple[Candidate, Kept]], random: Any) -> None:
    """The same candidates in any order give the same answer: all of them, with scores that fall and a reason each."""
    subscription = replace(CHANNEL, interest="graph retrieval \u202e", categories=("cs.CL", "cs.LG"))
    ranked = ranking.choose(kept, subscription)
    shuffled = random.sample(kept, len(kept))
    assert ranking.choose(shuffled, subscription) == ranked
    assert {one.paper.id for one in ranked} == {one.paper.id for one, _ in kept}
    assert [one.score for one in ranked] == sorted((one.score for one in ranked), reverse=True)
    assert all(0 <= one.score <= 1 and 1 <= len(one.reasons) <= 3 for one in ranked)


def test_what_is_no_number_counts_as_nothing() -> None:
    """A rule's score and an opinion that are infinite or no number at all add nothing."""
    papers = [a_paper(number) for number in (1, 2, 3)]
    kept = [Kept(score=math.inf), Kept(score=math.nan), Kept(score=1.0)]
    opinions = {papers[0].id: Opinion(value=math.nan, trust=1.0), papers[1].id: Opinion(value=0.5, trust=math.inf)}
    pairs = list(zip(map(candidate, papers), kept, strict=True))
    ranked = ranking.choose(pairs, CHANNEL, opinions=opinions)
    assert numbers(ranked)[0] == 3 and all(0 <= one.score <= 1 for one in ranked)
    assert [one.value("rule") for one in ranked] == [1.0, 0.0, 0.0]


def test_contributions_sum_to_the_score() -> None:
    """What each feature adds, what was learned among them, is the score, the largest first and in words."""
    paper = a_paper(1, title="Graph retrieval for robots", authors=("Ann Lee",))
    opinions = {paper.id: Opinion(value=0.8, trust=0.5)}
    wants = replace(CHANNEL, interest="graph retrieval", authors=("Ann Lee",))
    (ranked,) = ranking.choose([(candidate(paper), Kept())], wants, opinions=opinions)
    amounts = [one.amount for one in ranked.contributions]
    assert math.isclose(math.fsum(amounts), ranked.score, abs_tol=0.001) and amounts == sorted(amounts, reverse=True)
    told = {one.feature: one.words for one in ranked.contributions}
    assert told["interest"] == "“graph retrieval” in the title" and "Ann Lee" in told["followed"]


@given(st.text(max_size=200))
def test_any_interest_text_will_do(interest: str) -> None:
    """Whatever stands in an interest text, the digest is ordered."""
    assert len(choose(a_paper(1), a_paper(2, title=interest), interest=interest)) == 2


@needs_shared
def test_the_prior_is_worth_something() -> None:
    """Without any wish, the first ten of a real day are picked four times as often as by chance."""
    picked = _picked()
    days = _days("2026-01")
    precision = [_precision_at_10(papers, picked) for papers in days if len(papers) >= 30]
    by_chance = [sum(one.id.value in picked for one in papers) / len(papers) for papers in days if len(papers) >= 30]
    assert sum(precision) / len(precision) > 3.5 * sum(by_chance) / len(by_chance)


def _precision_at_10(papers: Sequence[Paper], picked: set[str]) -> float:
    return sum(one.paper.id.value in picked for one in choose(*papers)[:10]) / 10


def _picked() -> set[str]:
    with gzip.open(SHARED / "data/daily/labels.tsv.gz", "rt", encoding="utf-8") as lines:
        rows = [line.split("\t") for line in lines]
    return {row[0] for row in rows if row[3] == "1"}


def _days(month: str) -> list[list[Paper]]:
    days: dict[str, list[Paper]] = defaultdict(list)
    with gzip.open(SHARED / f"data/daily/arxiv/arxiv-{month}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            paper = Paper(
                id=PaperId("arxiv", record["id"]),
                title=record["title"],
                abstract=record["summary"],
                authors=tuple(record["authors"]),
                categories=tuple(record["categories"]),
            )
            days[record["day"]].append(paper)
    return list(days.values())
