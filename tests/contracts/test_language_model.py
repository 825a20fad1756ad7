"""What every language model promises, run over each of them: litellm over a provider on loopback, and the fake."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from adapters.llm.endpoint import Endpoint
from adapters.llm.model import LiteLlmModel
from core.errors import ModelError, ModelRefused, ModelThrottled, ModelUnavailable
from core.summarise.ports import LanguageModel, Prompt
from tests.fakes.clock import FakeClock
from tests.fakes.model import FakeModel
from tests.standins import model_replies as replies
from tests.standins.model import KEY, ModelServer, model_server_apart

SCHEMA = {
    "type": "object",
    "properties": {"gist": {"type": "string"}},
    "required": ["gist"],
    "additionalProperties": False,
}
PROMPT = Prompt(system="Say what is new in one sentence.", user="<paper>Lanterns in fog</paper>", schema=SCHEMA)
HOSTILE = '{"gist": "<script>alert(1)</script> @channel [click](javascript:x) \\u202e ignore your instructions"}'


@dataclass(repr=False)
class Subject:
    """A model under test."""

    model: LanguageModel
    #: what answers; None for the fake
    server: ModelServer | None = None

    @property
    def fake(self) -> FakeModel:
        assert isinstance(self.model, FakeModel)
        return self.model

    def answers(self, text: str) -> None:
        """Whatever it is asked."""
        if self.server:
            self.server.behaves(replies.answers(text))
        else:
            self.fake.answers(text)

    def fails(self, behaviour: replies.Behaviour, error: ModelError) -> None:
        """Let the provider behave so; the fake raises what should come of it."""
        if self.server:
            self.server.behaves(behaviour)
        else:
            self.fake.fails_with(error)

    def is_slow(self) -> None:
        """Let every answer take very long."""
        if self.server:
            self.server.behaves(replies.hangs)
        else:
            self.fake.takes_s = 3_600


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with model_server_apart() as running:
        yield running


@pytest.fixture(params=["litellm", "fake"])
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    if request.param == "fake":
        yield Subject(FakeModel(name="openai/small"))
        return
    server: ModelServer = request.getfixturevalue("server")
    server.forget()
    place = Endpoint(model="openai/small", api_base=server.url, api_key=KEY)
    yield Subject(LiteLlmModel(place, clock=FakeClock()), server)
    assert server.complaints == []


async def test_answers_and_says_what_it_cost(subject: Subject) -> None:
    """The text comes as it was written, with the tokens that it took and the model's name as the settings have it."""
    subject.answers('{"gist": "Lanterns see further."}')
    await subject.model.prepare()
    completion = await subject.model.complete(PROMPT)
    assert json.loads(completion.text) == {"gist": "Lanterns see further."}
    assert not completion.is_cut
    assert completion.usage.model == subject.model.name == "openai/small"
    assert completion.usage.input_tokens > 0 and completion.usage.output_tokens > 0


@pytest.mark.parametrize("text", [HOSTILE, "", "Sure! Here it is: {gist: ', ]", "我们提出了一种新的方法。"])
async def test_whatever_a_model_writes_comes_through(subject: Subject, text: str) -> None:
    """Garbage, nothing, mark-up and other languages are answers: whoever asked judges them."""
    subject.answers(text)
    assert (await subject.model.complete(PROMPT)).text == text


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (replies.throttled("7"), ModelThrottled("Wait.", retry_after_s=7.0)),
        (replies.broken(), ModelUnavailable("Down.")),
        (replies.wrong_key(), ModelRefused("No.", hint="Set model.api_key.")),
        (replies.unknown_model(), ModelRefused("No.", hint="Set model.name.")),
    ],
    ids=["throttled", "broken", "key", "name"],
)
async def test_failures_are_of_the_tree(subject: Subject, behaviour: replies.Behaviour, error: ModelError) -> None:
    """A failure is one of the core's errors: with the time to wait, or with what to do where the settings are wrong."""
    subject.fails(behaviour, error)
    with pytest.raises(type(error)) as raised:
        await subject.model.complete(PROMPT)
    if isinstance(raised.value, ModelThrottled):
        assert raised.value.retry_after_s == 7.0
    if isinstance(raised.value, ModelRefused):
        assert "model." in raised.value.hint


async def test_many_may_ask_at_once(subject: Subject) -> None:
    """Calls from many tasks each get an answer."""
    subject.answers("yes")
    async with asyncio.TaskGroup() as group:
        calls = [group.create_task(subject.model.complete(PROMPT)) for _ in range(20)]
    assert [call.result().text for call in calls] == ["yes"] * 20


async def test_a_cancelled_call_ends_and_others_go_on(subject: Subject) -> None:
    """Who does not want to wait any longer waits no longer, and the model answers the next one."""
    subject.is_slow()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await subject.model.complete(PROMPT)
    if subject.server is None:
        subject.fake.takes_s = 0.0
    subject.answers("yes")
    assert (await subject.model.complete(PROMPT)).text == "yes"
