"""Grades through litellm and a provider's protocol: what it is asked is as documented, and its bad days are ours."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator

import pytest

from adapters.llm.endpoint import Endpoint
from adapters.llm.model import LiteLlmModel
from core.papers.grades import GradedFrom
from core.summarise.calls import ModelCalls
from core.summarise.grading import SCHEMA, Grading, grade_papers
from core.summarise.requests import Lack
from tests.fakes.clock import FakeClock
from tests.fakes.papers import a_paper
from tests.fakes.stores import SqlStore
from tests.standins import model_replies as replies
from tests.standins.model import KEY, ModelServer
from tests.standins.model_replies import Behaviour, Question, answers


@pytest.fixture
async def store() -> AsyncIterator[SqlStore]:
    async with SqlStore("sqlite://").open() as opened:
        yield opened


def grade(question: Question) -> str:
    """The best grade for every paper that the question shows."""
    numbers = re.findall(r"(?m)^(\d+)\. Title: ", question.user)
    entries = [{"paper": int(number), "criterion": 1, "fit": 3, "new": 2} for number in numbers]
    return json.dumps({"grades": entries})


async def grade_with(
    server: ModelServer, store: SqlStore, behaviour: Behaviour, name: str = "openai/gpt-5-mini"
) -> Grading:
    server.behaves(behaviour)
    base = server.url.removesuffix("/v1") if name.startswith("anthropic/") else server.url
    clock = FakeClock()
    model = LiteLlmModel(Endpoint(model=name, api_base=base, api_key=KEY), clock=clock)
    return await grade_papers(
        list(map(a_paper, range(7))),
        ["machines that count"],
        basis=GradedFrom.ABSTRACT,
        calls=ModelCalls([model], store=store, clock=clock),
        channel=None,
        within_s=60,
    )


@pytest.mark.parametrize("name", ["openai/gpt-5-mini", "anthropic/claude-haiku-4-5"])
async def test_grades_come_through_the_protocol(server: ModelServer, store: SqlStore, name: str) -> None:
    """Seven papers take two questions, each held to the schema, and their tokens are counted."""
    found = await grade_with(server, store, answers(grade), name)
    assert len(found.grades) == 7 and found.lack is None
    assert {one.made_by for one in found.grades.values()} == {name}
    assert [set(question.schema or ()) >= {"properties"} for question in server.questions] == [True, True]
    assert server.questions[0].schema == json.loads(json.dumps(SCHEMA)) or name.startswith("anthropic/")
    assert found.spending.calls == 2 and found.spending.input_tokens


@pytest.mark.parametrize(
    ("behaviour", "lack"),
    [
        (replies.wrong_key(), Lack.REFUSED),
        (replies.GARBAGE, Lack.FAILED),
        (replies.cut_short(grade), Lack.FAILED),
        (replies.declines, Lack.FAILED),
        (replies.web_page, Lack.FAILED),
        (replies.throttled("86400"), Lack.FAILED),
    ],
)
async def test_a_bad_day_is_a_reason(server: ModelServer, store: SqlStore, behaviour: Behaviour, lack: Lack) -> None:
    """Whatever a provider answers in the place of grades, there are none, and the reason is known."""
    found = await grade_with(server, store, behaviour)
    assert (found.grades, found.lack) == ({}, lack)
