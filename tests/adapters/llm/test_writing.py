"""A summary through litellm on a provider's bad days: it is sound, or the next model's, or there is none."""

from __future__ import annotations

import json

import pytest

from adapters.llm.endpoint import Endpoint
from adapters.llm.model import LiteLlmModel
from core.channels import Depth
from core.summarise.write import Writing, write_summary
from tests.fakes.clock import FakeClock
from tests.fakes.papers import a_paper
from tests.standins import model_replies as replies
from tests.standins.model import KEY, ModelServer
from tests.standins.model_replies import Behaviour, Question, Reply, answers

PAPER = a_paper(
    title="TeaNet: Counting Teapots without Scales",
    abstract="Counting teapots is an important problem in kitchens. Existing methods need scales. "
    "We propose TeaNet, a method that combines a lid detector with handle pooling. "
    "On three kitchens it reaches an accuracy of 96.1%.",
)
SOUND = json.dumps(
    {"gist": {"quote": "it reaches an accuracy of 96.1%", "text": "TeaNet counts teapots with 96.1% accuracy."}}
)
ELSEWHERE = json.dumps(
    {"gist": {"quote": "Proteins are aligned by contrast.", "text": "Graph models align proteins by contrast."}}
)


def write(question: Question) -> str:
    """A summary of what the question shows."""
    return SOUND if "TeaNet" in question.user else ELSEWHERE


BAD_DAYS: dict[str, Behaviour] = {
    "garbage": replies.GARBAGE,
    "nothing": replies.EMPTY,
    "100 kB": replies.ENDLESS,
    "a refusal": replies.declines,
    "half of it": replies.cut_short(write),
    "another language": replies.changed(write, replies.in_chinese),
    "invented numbers": replies.changed(write, replies.with_invented_numbers),
    "another paper": replies.of_another_paper(write, "Aligning proteins"),
    "a web page": replies.web_page,
    "no choices": replies.no_choices,
    "filtered": replies.filtered(),
    "a wrong key": replies.wrong_key(),
    "no such model": replies.unknown_model(),
    "throttled all day": replies.throttled("86400"),
    "down": replies.broken(),
}


async def written(server: ModelServer, bad: Behaviour, *names: str) -> Writing:
    """By models of which the one named `bad` behaves so."""

    def answer(question: Question) -> Reply:
        return (bad if question.body["model"] == "bad" else answers(write))(question)

    server.behaves(answer)
    places = [Endpoint(model=f"openai/{name}", api_base=server.url, api_key=KEY) for name in names]
    models = [LiteLlmModel(place, clock=FakeClock()) for place in places]
    return await write_summary(PAPER, language="en", depth=Depth.LINE, models=models)


@pytest.mark.parametrize("day", BAD_DAYS)
async def test_the_next_model_takes_over(server: ModelServer, day: str) -> None:
    """Whatever the first model does, the second one's summary stands, and both models' calls are on record."""
    writing = await written(server, BAD_DAYS[day], "bad", "good")
    assert writing.summary is not None and writing.summary.made_by == "openai/good"
    assert {attempt.model for attempt in writing.attempts} == {"openai/bad", "openai/good"}


async def test_alone_it_is_no_summary(server: ModelServer) -> None:
    """Without a second model a bad day ends without a summary, and without an error."""
    assert (await written(server, replies.GARBAGE, "bad")).summary is None


async def test_a_model_without_schemas_writes_as_well(server: ModelServer) -> None:
    """JSON that was asked for in words makes the same summary."""
    writing = await written(server, replies.refuses_json_schema(answers(write)), "bad")
    assert writing.summary is not None and writing.summary.made_by == "openai/bad"
