import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.channels import Depth
from core.summarise.answers import LONGEST_ANSWER, Claim, Draft, read_answer
from core.summarise.flaws import Flaw

GIST = {"quote": "We count lids.", "text": "Lids are counted."}
METHOD = {"quote": "by hand and by eye", "text": "By hand."}
WHOLE = json.dumps({"gist": GIST, "method": METHOD})


def claims(answer: str, **how: Any) -> dict[str, str]:
    draft = read_answer(answer, Depth.PARTS, **how)
    assert isinstance(draft, Draft), draft
    return {part: claim.text for part, claim in draft.claims.items()}


@pytest.mark.parametrize(
    "answer",
    [
        WHOLE,
        f"Here it is:\n```json\n{WHOLE}\n```\nAnything else?",
        f'<think>A draft: {{"gist": {{"quote": "", "text": "No."}}}}</think>\n{WHOLE}',
        WHOLE[:-1] + ",}",
        f'{{"summary": {WHOLE}}}',
        WHOLE[:-1] + ', "rating": "10/10", "motivation": {"quote": "", "text": ""}, "result": null}',
    ],
)
def test_ways_to_answer(answer: str) -> None:
    """JSON is read by itself, in prose, in a fence, after thoughts, with a stray comma, wrapped, with more in it."""
    assert claims(answer) == {"gist": "Lids are counted.", "method": "By hand."}


def test_quotes_come_with_their_claims() -> None:
    """Each claim keeps the quote that was given for it, and a line asks for the gist alone."""
    assert read_answer(WHOLE, Depth.LINE) == Draft(claims={"gist": Claim(text=GIST["text"], quote=GIST["quote"])})


@pytest.mark.parametrize("end", range(len(json.dumps({"gist": GIST})), len(WHOLE)))
def test_an_answer_that_breaks_off(end: int) -> None:
    """Of an answer that breaks off the whole claims are kept, never a part of one, and it says so."""
    draft = read_answer(WHOLE[:end], Depth.PARTS)
    assert isinstance(draft, Draft)
    assert draft.is_cut
    assert set(draft.claims) <= {"gist", "method"}
    assert draft.claims["gist"].text == "Lids are counted."
    if "method" in draft.claims:
        assert draft.claims["method"].text == "By hand."


@pytest.mark.parametrize(
    ("answer", "flaw"),
    [
        ("", Flaw.NO_ANSWER),
        (" \n ", Flaw.NO_ANSWER),
        ("I'm sorry, I cannot help with that.", Flaw.REFUSAL),
        ("抱歉，我不能这样做。", Flaw.REFUSAL),
        (json.dumps({"gist": {"quote": "x", "text": "I cannot summarise this paper."}}), Flaw.REFUSAL),
        ("Lids are counted by hand.", Flaw.NOT_JSON),
        ('{"id": 7, "title": "Lids"}', Flaw.NOT_JSON),
        ('{"gist": {"quote": "We cou', Flaw.NOT_JSON),
        ("[1, 2, 3]", Flaw.NOT_JSON),
        ('{"gist": "Lids are counted."}', Flaw.SHAPE),
        ('{"gist": {"quote": "x", "text": 7}}', Flaw.SHAPE),
        ('{"gist": {"text": "Lids."}}', Flaw.SHAPE),
        (json.dumps({"gist": {"quote": "x", "text": "y" * 5_000}}), Flaw.SHAPE),
        ('{"gist": {"quote": "x", "text": "\\ud800"}}', Flaw.SHAPE),
    ],
)
def test_what_is_no_draft(answer: str, flaw: Flaw) -> None:
    """An answer without a draft says what it is instead."""
    assert read_answer(answer, Depth.PARTS) is flaw


@pytest.mark.parametrize(
    "piece",
    ["x", '{"', '{"a":', "[", '{"gist":', "<think>", "</think>", ", ", "{   ", '{"a":1,', "\\", '"', '{"gist":[', "I "],
)
def test_garbage_is_refused_fast(piece: str) -> None:
    """100 kB of anything are refused at once, and as much as is read takes next to no time."""
    assert read_answer(piece * 100_000, Depth.PARTS) is Flaw.HUGE
    start = time.process_time()
    assert isinstance(read_answer(piece * (LONGEST_ANSWER // len(piece)), Depth.PARTS), Flaw)
    assert time.process_time() - start < 0.5


@given(
    st.text(max_size=300)
    | st.recursive(
        st.none() | st.text(max_size=9),
        lambda inner: st.dictionaries(st.sampled_from(["gist", "text", "quote", "method"]), inner, max_size=4),
    ).map(json.dumps)
)
def test_nothing_raises(answer: str) -> None:
    """Whatever a model answers, reading it gives a draft or a flaw."""
    assert isinstance(read_answer(answer, Depth.FULL), Draft | Flaw)
