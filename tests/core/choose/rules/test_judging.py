import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.channels import ChannelRef, Subscription
from core.choose.reasons import author_reason
from core.choose.rules.judging import Rule, judge_for, parse
from core.choose.rules.nodes import And, Node, Not, Or, Term, all_of, any_of, none_of
from core.choose.verdicts import Dropped, Kept
from core.errors import BadRule
from core.papers.paper import Paper
from tests.benchmarks.choose import SUBSCRIPTION, real_candidates
from tests.fakes.papers import a_paper
from tests.shared import needs_shared

PAPER = a_paper(
    title="In-Context Learning with Graphs and World Models",
    abstract="We survey C++ for the étude of LLMs, for a transformer, $k$-means and more.",
    authors=("Ann B. Lee", "Jörg Müller"),
    categories=("cs.CL", "stat.ML"),
)
CHANNEL = Subscription(channel=ChannelRef("terminal", "", "main"))


def is_kept(rule: str, paper: Paper = PAPER) -> bool:
    return isinstance(parse(rule).judge(paper), Kept)


def reason(rule: str, paper: Paper = PAPER) -> str:
    verdict = parse(rule).judge(paper)
    assert isinstance(verdict, Dropped)
    return verdict.reason


@pytest.mark.parametrize(
    "rule",
    [
        "",
        " \n",
        "graph",
        "GRAPHS",
        "llm",
        "LLMs",
        "model",
        "etude",
        "Étude",
        '"graphs"',
        '"world model"',
        '"World Models"',
        '"in context learning"',
        "in-context",
        "k-means",
        "C++",
        "transf*",
        '"world mod*"',
        "transforming",
        "graph survey",
        "graph AND survey",
        "graph and survey",
        "graph && survey",
        "graph OR nothing",
        "nothing || graph",
        "NOT nothing",
        "not nothing",
        "-nothing",
        "graph -nothing",
        "(nothing OR graph) (survey OR nothing)",
        "NOT NOT graph",
        "title:graph",
        "abstract:survey",
        "title:(graph world)",
        "author:Lee",
        'author:"Ann Lee"',
        'author:"A. Lee"',
        "author:muller",
        'author:"lee, ann"',
        "author:mül*",
        "cat:cs.CL",
        "in:CS.cl",
        "cat:stat",
        "cat:stat.*",
        "cat:(cs.RO OR cs.CL)",
        "title: graph",
        "“world models”",
        "nothing OR graph AND survey",
        "NOT (nothing OR nowhere)",
        "graph^2 survey^0.5",
    ],
)
def test_keeps(rule: str) -> None:
    """The rule keeps the paper."""
    assert is_kept(rule)


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("retrieval", '"retrieval" is not in the title or abstract'),
        ('"graph"', '"graph" is not in the title or abstract'),
        ("raph", '"raph" is not in the title or abstract'),
        ("C", '"C" is not in the title or abstract'),
        ('"model world"', '"model world" is not in the title or abstract'),
        ("graph AND retrieval", '"retrieval" is not in the title or abstract'),
        ("NOT survey", 'NOT survey: "survey" is in the abstract'),
        ("graph -survey", 'NOT survey: "survey" is in the abstract'),
        ("NOT (nothing OR graph)", 'NOT (nothing OR graph): "graph" is in the title'),
        ("NOT (graph survey)", 'NOT (graph AND survey): "graph" is in the title and "survey" is in the abstract'),
        ("NOT (a -b)", 'NOT (a AND NOT b): "a" is in the abstract and "b" is not in the title or abstract'),
        ("retrieval OR robot*", 'none of "retrieval", "robot*" is in the title or abstract'),
        ("retrieval OR cat:cs.RO", '"retrieval" is not in the title or abstract and not in cs.RO'),
        ("title:survey", '"survey" is not in the title'),
        ("abstract:graph", '"graph" is not in the abstract'),
        ("author:Lind", '"Lind" is not an author'),
        ('author:"Bo Lee"', '"Bo Lee" is not an author'),
        ("-author:Lee", "NOT author:Lee: it is by Ann B. Lee, probably “Lee”"),
        ("cat:cs.RO", "not in cs.RO"),
        ("-cat:stat", "NOT cat:stat: it is in stat.ML"),
    ],
)  # fmt: skip
def test_drops_and_says_why(rule: str, why: str) -> None:
    """The rule drops the paper, and names the part that failed."""
    assert reason(rule) == why


@pytest.mark.parametrize(
    ("rule", "score", "reasons"),
    [
        ("", 0, ()),
        ("NOT nothing", 0, ()),
        ("graph", 2, ('matches "graph" in the title',)),
        ("survey", 1, ('matches "survey" in the abstract',)),
        ("survey^5 OR graph OR nothing^9", 7, ('matches "survey" in the abstract', 'matches "graph" in the title')),
        ("author:Lee cat:stat^3", 4, ("in stat.ML", "by Ann B. Lee, probably “Lee”")),
        ("graph (nothing OR survey) -foo", 3, ('matches "graph" in the title', 'matches "survey" in the abstract')),
        ("graph OR (survey nothing)", 2, ('matches "graph" in the title',)),
    ],
)
def test_what_matched_counts(rule: str, score: float, reasons: tuple[str, ...]) -> None:
    """The score adds the weights of what matched, twice for a title, and the heaviest is told first."""
    verdict = parse(rule).judge(PAPER)
    assert isinstance(verdict, Kept)
    assert (verdict.score, tuple(one.text for one in verdict.reasons)) == (score, reasons)


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("graph AND", "The rule ends too early, after “graph AND”: expected a word, a \"phrase\", NOT or (."),
        ("graph AND AND nets", "The rule goes wrong at character 11, “AND nets”: expected a word"),
        ("OR graph", "The rule goes wrong at character 1, “OR graph”: expected a word"),
        ("()", "The rule goes wrong at character 2, “)”: expected a word"),
        ("(graph", "The ( at character 1, “(graph”, is never closed."),
        ("graph)", "The ) at character 6, “)”, closes nothing."),
        ('a "world', "The quotation mark at character 3, “\"world”, is never closed."),
        ("titel:graph", "There is no field titel: to look in. Did you mean title:? There are title:, abstract:,"),
        ("title:", "The rule ends too early, after “title:”"),
        ("graph^", "The weight at character 6, “^”, should be a number such as ^2 or ^0.5."),
        ("graph^0", "The weight ^0 is not above 0 and at most 100."),
        ("graph^101", "The weight ^101 is not above 0 and at most 100."),
        ("+++", "“+++” at character 1 has no letter or digit to look for."),
        ("tr*former", "In “tr*former” the star is not at the end of the word"),
        ("cat:cs.CLL", "arXiv has no category 'cs.CLL'. Did you mean cs.CL"),
        ("(" * 21 + "a" + ")" * 21, "The rule has parentheses 21 deep; at most 20 are read."),
        ("a " * 1001, "The rule has 1,001 words and phrases; at most 1,000 are read."),
        ("a" * 2_001, "A word or phrase has at most 2,000 characters, not 2,001."),
        ("a" * 20_001, "The rule has 20,001 characters; at most 20,000 are read."),
    ],
)  # fmt: skip
def test_a_bad_rule_is_one_clear_sentence(rule: str, sentence: str) -> None:
    """What cannot be read is shown where it stands, with what was expected."""
    with pytest.raises(BadRule) as error:
        parse(rule)
    assert error.value.sentence().startswith(sentence)
    assert "\n" not in error.value.sentence()


@given(st.text(max_size=60) | st.text(alphabet='ab()"^2*-: \nORNTAD“', max_size=60))
def test_any_text_is_a_rule_or_a_bad_one(text: str) -> None:
    """Nothing but BadRule ever comes out of parsing, and a rule that was read judges any paper."""
    try:
        rule = parse(text)
    except BadRule as error:
        assert error.sentence().isprintable() or not text.isprintable()
    else:
        rule.judge(PAPER)
        assert parse(str(rule)) == rule


a_word = st.from_regex(r"[A-Za-z0-9é][A-Za-z0-9é+]{0,8}(-[a-z]{1,5})?", fullmatch=True).filter(
    lambda word: word.lower() not in ("and", "or", "not")
)
a_phrase = st.lists(a_word, min_size=1, max_size=3).map(" ".join)
a_field = st.sampled_from(["", "", "title", "abstract", "author"])
a_weight = st.sampled_from([1.0, 1.0, 2.0, 0.5, 99.99])
a_term = st.one_of(
    st.builds(Term, a_word, field=a_field, prefix=st.booleans(), weight=a_weight),
    st.builds(Term, a_phrase, field=a_field, is_quoted=st.just(True), prefix=st.booleans(), weight=a_weight),
    st.builds(Term, st.sampled_from(["cs.CL", "stat", "quant-ph"]), field=st.just("cat"), weight=a_weight),
)


def _combined(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(children, min_size=2, max_size=3)
    return several.map(all_of) | several.map(any_of) | children.map(none_of)


a_tree: st.SearchStrategy[Node] = st.recursive(a_term, _combined, max_leaves=12)
#: over words that the paper partly has, so that both verdicts are met
a_small_term = st.sampled_from(["graph", "survey", "nothing", "nowhere"]).map(Term)
a_small_tree: st.SearchStrategy[Node] = st.recursive(a_small_term, _combined, max_leaves=8)


@given(a_tree)
def test_a_rule_reads_back(tree: Node) -> None:
    """Written out, a rule reads back as an equal one."""
    assert parse(str(Rule(tree))) == Rule(tree)


def holds(tree: Node) -> bool:
    return isinstance(Rule(tree).judge(PAPER), Kept)


@given(a_small_tree, a_small_tree)
def test_boolean_laws(one: Node, other: Node) -> None:
    """AND, OR and NOT are those of logic."""
    assert holds(none_of(one)) is not holds(one)
    assert holds(none_of(none_of(one))) is holds(one)
    assert holds(And((one, other))) is (holds(one) and holds(other))
    assert holds(Or((one, other))) is (holds(one) or holds(other))
    assert holds(Not(And((one, other)))) is holds(Or((Not(one), Not(other))))
    assert holds(all_of([one, other])) is holds(all_of([other, one]))


@given(a_small_tree)
def test_every_verdict_has_its_reason(tree: Node) -> None:
    """A paper is dropped with a reason, and kept with a score above 0 only for what matched."""
    match Rule(tree).judge(PAPER):
        case Dropped(reason=told):
            assert told
        case Kept(score=score, reasons=reasons):
            assert (score > 0) is bool(reasons)


def judged(paper: Paper = PAPER, **fields: object) -> Kept | Dropped:
    return judge_for(replace(CHANNEL, **fields))(paper)


def test_categories_come_first() -> None:
    """A paper outside the channel's categories is dropped, with both lists told."""
    assert judged(categories=("cs.RO", "math.OC")) == Dropped(
        reason="in cs.CL, stat.ML; this channel reads cs.RO, math.OC"
    )
    assert judged(a_paper(categories=()), categories=("cs",)) == Dropped(reason="in no category; this channel reads cs")
    assert isinstance(judged(categories=("stat",)), Kept)
    assert isinstance(judged(a_paper(categories=())), Kept)


def test_pages_of_an_issue_are_no_candidates() -> None:
    """An editorial board is dropped whatever the channel reads, follows or asks for, and the reason says so."""
    board = a_paper(title="Editorial Board", abstract="")
    reason = "it is no paper, but a page of a journal's issue, such as a cover or an editorial board"
    assert judged(board, categories=("cs",), authors=(board.authors[0],)) == Dropped(reason=reason)


def test_followed_authors_pass_the_rule() -> None:
    """The paper of a followed author is kept whatever the rule says, and keeps what the rule says for it."""
    by_her, probably_by_her = author_reason("Ann B. Lee"), author_reason("Ann B. Lee, probably “A. Lee”")
    assert judged(authors=("A. Lee",), rule="NOT graph") == Kept(reasons=(probably_by_her,))
    assert judged(authors=("Lee, Ann",), rule="graph") == Kept(
        score=2, reasons=(by_her, *parse("graph").judge(PAPER).reasons)
    )
    assert isinstance(judged(authors=("Amy Lee",), rule="NOT graph"), Dropped)
    assert isinstance(judged(authors=("Ann Lee",), categories=("math",)), Dropped)


def test_a_bad_rule_is_told_before_judging() -> None:
    """A subscription with a rule that cannot be read fails at once."""
    with pytest.raises(BadRule):
        judge_for(replace(CHANNEL, rule="graph AND"))


@pytest.mark.parametrize("spoil", [str.upper, lambda text: text + "\x00\u202e", lambda text: text * 500])
def test_hostile_papers_are_judged(spoil: Callable[[str], str]) -> None:
    """Hostile and huge texts are judged as any other."""
    paper = a_paper(title=spoil(PAPER.title), abstract=spoil(PAPER.abstract), authors=("", "\u202e", "Ann Lee"))
    assert is_kept('graph "world models" transf* author:Lee -nothing', paper)


@needs_shared
def test_a_thousand_papers_are_judged_quickly() -> None:
    """A rule of ten terms takes a tenth of a second of CPU for a thousand real papers; where all is busy, some."""
    papers = [candidate.paper for candidate in real_candidates(1_000)]
    judge = judge_for(SUBSCRIPTION)
    judge(papers[0])
    began = time.process_time()
    verdicts = [judge(paper) for paper in papers]
    assert time.process_time() - began < 1.0
    assert 100 < sum(isinstance(verdict, Kept) for verdict in verdicts) < 900


SENTENCES = a_paper(
    1,
    title="基于深度学习的脑电信号分类，使用BERT模型",
    abstract="การวิเคราะห์ความรู้สึก, Schrödinger bridges, α-helix, H$_2$O, ﬁne, 딥러닝을",
    authors=("Søren Å", "山田太郎"),
)


@pytest.mark.parametrize(
    "rule",
    [
        "脑电信号",
        "title:深度学习 AND 分类",
        "脑*",
        '"脑电 信号"',
        '"使用BERT模型"',
        "bert",
        "วิเคราะห์",
        "딥러닝",
        "schroedinger",
        '"Schroedinger bridges"',
        "Schrödinger AND NOT ful",
        "alpha AND h2o AND fine",
        "author:山田太郎",
        "NOT 图像",
    ],
)
def test_words_of_every_script(rule: str) -> None:
    """A word, a phrase or a beginning is found in any script and spelling, within a running sentence as well."""
    assert isinstance(parse(rule).judge(SENTENCES), Kept)


@pytest.mark.parametrize("rule", ["信电", "图像", "ert", "电脑*", "ful", "NOT 脑电"])
def test_other_words_of_every_script(rule: str) -> None:
    """Characters that do not stand together are another word."""
    assert isinstance(parse(rule).judge(SENTENCES), Dropped)
