"""Judging a whole day at once: the same verdicts as paper by paper, whatever is on the shelf already."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from core.channels import ChannelRef, Subscription
from core.choose.choice import Knowledge, choose_papers
from core.choose.rules import judging
from core.choose.rules.nodes import Near, Node, Regex, Term, all_of, any_of, none_of
from core.choose.rules.shelf import Shelf, bits_at, bits_of
from core.choose.verdicts import Candidate, Candidates, Dropped, Kept, LeftOut, LeftOutReason
from core.papers.paper import AnnounceType, Paper
from tests.benchmarks import rules as benchmark
from tests.fakes.papers import DAY, a_paper
from tests.shared import needs_shared

CHANNEL = Subscription(channel=ChannelRef("slack", "T1", "C1"))
# fmt: off
# (a word a line would fill the page)
WORDS = (
    "graph", "graphs", "Graphen", "neural", "network", "networks", "learning", "learned", "C++", "C#", "k-means", "a_b",
    "snake_case", "b", "use", "using", "Müller", "Mueller", "Schrödinger", "étude", "LLMs", "llm",
    "α-helix", "$H_2$O", "in-context", "world", "models", "model", "深度学习", "使用BERT模型", "딥러닝을",
)
# fmt: on
PEOPLE = ("Ann Lee", "A. Lee", "Jörg Müller", "山田太郎", "Bo Chen")


def a_day(count: int) -> list[Paper]:
    """Papers that share words in ever other ways."""
    return [
        a_paper(
            number,
            title=" ".join(WORDS[(number * step) % len(WORDS)] for step in (1, 2, 3)),
            abstract=(", " if number % 2 else " ").join(
                WORDS[(number + step * step) % len(WORDS)] for step in range(9)
            ),
            authors=(PEOPLE[number % len(PEOPLE)], PEOPLE[number // 3 % len(PEOPLE)]),
            categories=(("cs.CL", "cs.RO", "stat.ML")[number % 3], "cs.LG"),
        )
        for number in range(1, count)
    ]


PAPERS = a_day(60)
a_word = st.sampled_from(WORDS)
a_text = a_word | st.tuples(a_word, a_word).map(" ".join)
a_term: st.SearchStrategy[Term] = st.one_of(
    st.builds(Term, a_word, field=st.sampled_from(["", "title", "abstract"]), prefix=st.booleans()),
    st.builds(Term, a_text, is_quoted=st.just(True), prefix=st.booleans()),
    st.builds(Term, st.sampled_from(PEOPLE), field=st.just("author"), is_quoted=st.just(True)),
    st.builds(Term, st.sampled_from(["cs.CL", "cs.*", "stat"]), field=st.sampled_from(["cat", "primary"])),
)
a_near = st.builds(Near, st.builds(Term, a_word), st.builds(Term, a_word), st.integers(0, 4))
a_regex = st.builds(Regex, st.sampled_from(["gra.h", "^k", "C\\+\\+", "学习"]), ignores_case=st.booleans())
a_tree: st.SearchStrategy[Node] = st.recursive(
    a_term | a_near | a_regex,
    lambda children: (
        st.lists(children, min_size=2, max_size=3).map(all_of)
        | st.lists(children, min_size=2, max_size=3).map(any_of)
        | children.map(none_of)
    ),
    max_leaves=6,
)


def candidates(papers: Sequence[Paper]) -> list[Candidate]:
    return [Candidate(paper=paper, type=AnnounceType.NEW, scope="cs.LG", day=DAY) for paper in papers]


SHELF = Shelf()


@settings(max_examples=25, deadline=None)
@given(a_tree, st.integers(0, 58))
def test_a_day_is_judged_as_each_paper_is(tree: Node, first: int) -> None:
    """All papers at once get the verdicts, scores and reasons that each gets alone, with an index or without."""
    reader = replace(CHANNEL, rule=str(judging.Rule(tree)), categories=("cs.LG",), authors=("Bo Chen",))
    alone = judging.judge_for(reader)
    for shelf in (SHELF, Shelf()):
        judged = judging.judge_all(candidates(PAPERS[first:]), reader, shelf=shelf)
        verdicts = {one.paper.id: verdict for one, verdict in judged.kept} | dict(judged.dropped)
        assert verdicts == {paper.id: alone(paper) for paper in PAPERS[first:]}
        assert len(judged.kept) + len(judged.dropped) == len(PAPERS[first:])


def test_papers_that_change_are_read_anew() -> None:
    """A paper with another abstract is another one to the shelf, and what was found before still holds of the rest."""
    shelf, reader = Shelf(), replace(CHANNEL, rule="swarm*")
    assert not judging.judge_all(candidates(PAPERS), reader, shelf=shelf).kept
    changed = replace(PAPERS[7], abstract="Swarms of robots")
    (found,) = judging.judge_all(candidates([*PAPERS[:7], changed, *PAPERS[8:]]), reader, shelf=shelf).kept
    assert found[0].paper is changed
    (again,) = judging.judge_all(candidates([replace(changed)]), reader, shelf=shelf).kept
    assert again[0].paper == changed and len(shelf) == len(PAPERS) + 1


@given(st.sets(st.integers(0, 300)))
def test_bits_are_places(places: set[int]) -> None:
    """A number tells the places that it was made of, from the lowest on."""
    assert list(bits_of(bits_at(sorted(places)) if places else 0)) == sorted(places)


def chosen(rule: str, papers: Sequence[Paper] = PAPERS, **lists: str) -> tuple[int, tuple[LeftOut, ...]]:
    choice = choose_papers(
        Candidates(items=tuple(candidates(papers)), until=1), replace(CHANNEL, rule=rule), Knowledge(lists=lists)
    )
    return len(choice.kept), choice.left_out


def test_a_digest_says_what_it_left_out() -> None:
    """A stored rule that cannot be read keeps everything, as a missing list and a slow expression are left out."""
    unread = " OR ".join(f"word{number}" for number in range(10_000))
    assert chosen(unread) == (59, (LeftOut(clause=unread, because=LeftOutReason.UNREADABLE, papers=59),))
    assert chosen("graph AND", PAPERS[:3])[1][0].because is LeftOutReason.UNREADABLE
    assert chosen("list:gone") == (59, (LeftOut(clause="list:gone", because=LeftOutReason.NO_LIST, papers=59),))
    assert chosen("list:gone neural")[0] == chosen("neural")[0] > 0
    assert chosen("list:ours", ours="neural") == chosen("neural")
    slow = [replace(paper, abstract="a" * 2_000 + "b") for paper in PAPERS]
    kept, left_out = chosen("/(a|aa)+$/", slow)
    assert (kept, left_out) == (59, (LeftOut(clause="/(a|aa)+$/", because=LeftOutReason.SLOW, papers=59),))


def test_the_kind_of_an_announcement_is_that_of_the_listing() -> None:
    """`type:cross` holds for what was announced so to the channel, whatever the paper was elsewhere."""
    items = [
        replace(one, type=AnnounceType.CROSS) if place < 2 else one for place, one in enumerate(candidates(PAPERS))
    ]
    judged = judging.judge_all(items, replace(CHANNEL, rule="type:cross"), shelf=Shelf())
    assert [one.paper for one, _ in judged.kept] == PAPERS[:2]
    assert judged.dropped[0][1] == Dropped(reason="not announced as cross", clause="type:cross")
    assert all(isinstance(verdict, Kept) for _, verdict in judged.kept)


@needs_shared
def test_a_channel_costs_a_fraction_of_reading_the_papers() -> None:
    """A rule whose words were asked of a day's real papers before takes less than half of what searching them takes."""
    items, shelf = benchmark.real_candidates(benchmark.PAPERS), Shelf()
    readers = list(benchmark.subscriptions(items, 20))
    judging_s = []
    for _ in range(4):  # the first one asks; of the others a collection of garbage may fall into one
        began = time.process_time()
        for reader in readers:
            benchmark.judge(items, reader, shelf)
        judging_s.append(time.process_time() - began)
    began = time.process_time()
    for reader in readers[:4]:
        benchmark.read_all(items, reader)
    assert min(judging_s[1:]) < 0.5 * 5 * (time.process_time() - began)
