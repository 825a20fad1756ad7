"""Which reasons a reader is told under a paper."""

from __future__ import annotations

from core.choose.reasons import Reason, ReasonKind, author_reason, convincing, weak_reason
from core.choose.rules.judging import parse
from core.choose.verdicts import Kept
from tests.fakes.papers import a_paper


def test_what_convinces_is_told() -> None:
    """People the channel follows and its own words are told; categories, days and numbers of authors are not."""
    interest = Reason(kind=ReasonKind.INTEREST, text="your interest: graphs", subject="graphs")
    assert convincing(
        [weak_reason("primary cs.LG"), author_reason("Ann Lee"), weak_reason("14 authors"), interest]
    ) == (
        "by Ann Lee, whom this channel follows",
        "your interest in graphs",
    )
    assert convincing([weak_reason("primary cs.LG"), weak_reason("newly listed")]) == ()


def test_related_terms_are_told_as_such() -> None:
    """What only goes with a channel's interest is never told as its interest."""
    related = Reason(kind=ReasonKind.RELATED, text="related to your interest: trees", subject="trees")
    assert convincing([related]) == ("related to your interest: trees",)


def test_the_rules_own_words_are_told() -> None:
    """A phrase of the rule is told as the channel wrote it, with its place where that is the title."""
    paper = a_paper(1, title="A world model", abstract="Robots learn.", authors=("Ann Lee",), categories=("cs.RO",))
    told = {
        '"world model"': "your phrase “world model” in the title",
        "robot*": "your word “robot*”",
        "author:Lee": "by Ann Lee, probably “Lee”, whom your rule names",
        'author:"Ann Lee"': "by Ann Lee, whom your rule names",
        'author:"A. B. Lee"': "by Ann Lee, probably “A. B. Lee”, whom your rule names",
    }
    for rule, words in told.items():
        verdict = parse(rule).judge(paper)
        assert isinstance(verdict, Kept)
        assert convincing(verdict.reasons) == (words,)
    in_category = parse("cat:cs.RO").judge(paper)
    assert isinstance(in_category, Kept)
    assert convincing(in_category.reasons) == ()
