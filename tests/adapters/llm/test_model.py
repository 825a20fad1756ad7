"""litellm over a provider on loopback: what is sent, what becomes of each failure, and that nobody waits in vain."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from adapters.llm.endpoint import Endpoint
from adapters.llm.model import LiteLlmModel
from adapters.llm.turns import ATTEMPTS, LONGEST_PAUSE
from core.errors import BadAnswer, ModelError, ModelRefused, ModelThrottled, ModelUnavailable
from core.summarise.ports import Prompt
from tests.fakes.clock import FakeClock
from tests.standins import model_replies as replies
from tests.standins.model import KEY, ModelServer
from tests.standins.model_replies import Behaviour, answers

SCHEMA = {
    "type": "object",
    "properties": {"gist": {"type": "string"}},
    "required": ["gist"],
    "additionalProperties": False,
}
PROMPT = Prompt(system="Say what is new in one sentence. " * 4, user="<paper>Lanterns</paper>", schema=SCHEMA)
FINE = answers('{"gist": "Lanterns see further."}')

Make = Callable[..., LiteLlmModel]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def make(server: ModelServer, clock: FakeClock) -> Make:
    server.behaves(FINE)

    def make_model(name: str = "openai/small", *, parallel: int = 8, timeout_s: float = 30.0) -> LiteLlmModel:
        base = server.url.removesuffix("/v1") if name.startswith("anthropic/") else server.url
        place = Endpoint(model=name, api_base=base, api_key=KEY, timeout_s=timeout_s)
        return LiteLlmModel(place, clock=clock, parallel=parallel)

    return make_model


FAILURES: dict[str, tuple[Behaviour, type[ModelError], str, int]] = {
    "wrong key": (replies.wrong_key(), ModelRefused, "refuses the key", 1),
    "forbidden": (replies.error(403, "Not for you"), ModelRefused, "refuses the key", 1),
    "unknown model": (replies.unknown_model(), ModelRefused, "There is no model openai/small", 1),
    "no credit": (replies.out_of_credit(), ModelRefused, "wants to be paid", 1),
    "payment": (replies.error(402, "Pay"), ModelRefused, "wants to be paid", 1),
    "too long": (replies.too_long(), ModelRefused, "too long for", 1),
    "a wrong request": (replies.error(400, "No such field", param="messages"), ModelRefused, "No such field.", 1),
    "filtered": (replies.filtered(), BadAnswer, "does not answer this question", 1),
    "no choices": (replies.no_choices, BadAnswer, "answered nothing", 1),
    "throttled": (replies.throttled("7"), ModelThrottled, "asks us to wait", ATTEMPTS),
    "500": (replies.broken(), ModelUnavailable, "failed: The server had an error", ATTEMPTS),
    "503": (replies.broken(503), ModelUnavailable, "failed", ATTEMPTS),
    "529": (replies.broken(529), ModelUnavailable, "failed", ATTEMPTS),
    "a web page": (replies.web_page, ModelUnavailable, "failed", ATTEMPTS),
}


@pytest.mark.parametrize("name", FAILURES)
async def test_each_failure_is_told_apart(name: str, server: ModelServer, make: Make) -> None:
    """What waiting may cure is asked again, and nothing else is; the sentence says which it is."""
    behaviour, kind, told, asked = FAILURES[name]
    server.behaves(behaviour)
    with pytest.raises(kind, match=told) as raised:
        await make().complete(PROMPT)
    assert len(server.questions) == asked
    assert raised.value.__cause__ is not None or name == "no choices"


async def test_a_provider_that_hangs_is_left(server: ModelServer, make: Make) -> None:
    """An answer that does not come within the time is none, and the call does not last longer."""
    server.behaves(replies.hangs)
    with pytest.raises(ModelUnavailable, match="did not answer in time"):
        await make(timeout_s=0.2).complete(PROMPT)


async def test_nobody_there_is_told(clock: FakeClock) -> None:
    """Where nothing listens, the sentence says so, and what to look at."""
    place = Endpoint(model="openai/small", api_base="http://127.0.0.1:9/v1", api_key=KEY)
    with pytest.raises(ModelUnavailable, match="cannot be reached") as raised:
        await LiteLlmModel(place, clock=clock).complete(PROMPT)
    assert "model.api_base" in raised.value.hint


async def test_an_unknown_provider_is_told(clock: FakeClock) -> None:
    """A name without a provider is an error that shows how names are written, before anything is asked."""
    with pytest.raises(ModelRefused, match="names no provider") as raised:
        await LiteLlmModel(Endpoint(model="frobnicate"), clock=clock).prepare()
    assert "PROVIDER/MODEL" in raised.value.hint


async def test_waits_as_long_as_the_provider_asks(server: ModelServer, make: Make, clock: FakeClock) -> None:
    """Retry-After is kept to; without it the waits grow."""
    server.behaves(replies.throttled("7"), replies.throttled("2"), FINE)
    await make().complete(PROMPT)
    server.behaves(replies.broken(), replies.throttled(""), FINE)
    await make().complete(PROMPT)
    assert clock.slept == [7.0, 2.0, 1.0, 2.0]


async def test_a_pause_is_everybody_s(server: ModelServer, make: Make, clock: FakeClock) -> None:
    """After a long Retry-After nobody asks that model until the pause is over, which is bounded."""
    model = make()
    server.behaves(replies.throttled("7200"), FINE)
    for _ in range(3):
        with pytest.raises(ModelThrottled) as raised:
            await model.complete(PROMPT)
        assert raised.value.retry_after_s == LONGEST_PAUSE.total_seconds()
    assert len(server.questions) == 1
    clock.move(LONGEST_PAUSE - timedelta(seconds=5))
    await model.complete(PROMPT)
    assert clock.slept == [5.0]


async def test_no_more_calls_at_once_than_set(server: ModelServer, make: Make) -> None:
    """`parallel` bounds what is under way; the others take their turn."""
    server.takes_s = 0.02
    model = make(parallel=3)
    async with asyncio.TaskGroup() as group:
        for _ in range(12):
            group.create_task(model.complete(PROMPT))
    assert 1 <= server.most_in_flight <= 3
    assert len(server.questions) == 12


async def test_asks_for_the_schema_and_no_invention(server: ModelServer, make: Make) -> None:
    """The schema is demanded strictly, the answer is bounded, and the model is asked to be as sober as it can."""
    await make().complete(PROMPT)
    body = server.questions[0].body
    assert body["response_format"]["json_schema"] == {"name": "answer", "schema": SCHEMA, "strict": True}
    assert (body["temperature"], body["max_tokens"]) == (0, PROMPT.longest_answer)


@pytest.mark.parametrize(
    "behaviour",
    [replies.refuses_json_schema(FINE), replies.refuses_parameter("response_format", FINE)],
    ids=["without a name", "by its name"],
)
async def test_asks_for_json_in_words_where_the_schema_is_refused(
    server: ModelServer, make: Make, behaviour: Behaviour
) -> None:
    """A model that refuses `response_format` is told the schema in the instructions, from then on at the first try."""
    server.behaves(behaviour)
    model = make()
    assert json.loads((await model.complete(PROMPT)).text)["gist"]
    await model.complete(PROMPT)
    assert ["response_format" in one.body for one in server.questions] == [True, False, False]
    assert json.dumps(SCHEMA) in server.questions[-1].system


@pytest.mark.parametrize("name", ["temperature", "max_tokens"])
async def test_leaves_away_what_a_model_refuses(server: ModelServer, make: Make, name: str) -> None:
    """A parameter that a new model does not take costs one call, once; the schema stays."""
    server.behaves(replies.refuses_parameter(name, FINE))
    model = make()
    for _ in range(2):
        await model.complete(PROMPT)
    assert [name in one.body for one in server.questions] == [True, False, False]
    assert all("response_format" in one.body for one in server.questions)


async def test_a_request_that_stays_wrong_teaches_nothing(server: ModelServer, make: Make) -> None:
    """Where leaving the schema away does not help either, the next question has it again."""
    server.behaves(replies.error(400, "Something is not right."))
    model = make()
    with pytest.raises(ModelRefused, match="Something is not right"):
        await model.complete(PROMPT)
    server.behaves(FINE)
    await model.complete(PROMPT)
    assert "response_format" in server.questions[-1].body


async def test_models_that_think_have_room_for_it(server: ModelServer, make: Make) -> None:
    """A thinking model gets tokens for its thoughts, is told to think little, and no temperature that it refuses."""
    completion = await make("openai/gpt-5-mini").complete(PROMPT)
    body = server.questions[0].body
    assert body["max_completion_tokens"] > 2 * PROMPT.longest_answer
    assert body["reasoning_effort"] == "low" and "temperature" not in body
    assert completion.usage.cost_usd


async def test_the_price_of_an_unknown_model_is_unknown(server: ModelServer, make: Make) -> None:
    """litellm guesses 0 for models that are not on its list; that would be a budget without an end."""
    for name in ("openai/small", "openai/gpt-99-ultra", "hosted_vllm/qwen"):
        assert (await make(name).complete(PROMPT)).usage.cost_usd is None


async def test_counts_what_the_provider_had_kept(server: ModelServer, make: Make) -> None:
    """Tokens that were kept from the call before are told, whoever the provider is."""
    for name in ("openai/gpt-5-mini", "anthropic/claude-sonnet-4-5"):
        server.forget()
        server.behaves(FINE)
        model = make(name)
        first, second = [(await model.complete(PROMPT)).usage for _ in range(2)]
        assert first.cached_tokens == 0 and 0 < second.cached_tokens <= second.input_tokens


async def test_marks_instructions_that_anthropic_is_to_keep(server: ModelServer, make: Make) -> None:
    """Anthropic keeps what is marked: the instructions, which are the same for all papers, and no paper."""
    await make("anthropic/claude-sonnet-4-5").complete(PROMPT)
    body = server.questions[0].body
    assert body["system"][0]["cache_control"] == {"type": "ephemeral"}
    assert "cache_control" not in json.dumps(body["messages"])
    assert server.questions[0].schema == SCHEMA


async def test_long_answers_are_cut(server: ModelServer, make: Make) -> None:
    """100 kB come back as what can be meant, and as cut; so does an answer that ran out of tokens."""
    server.behaves(replies.ENDLESS, replies.cut_short(lambda _: '{"gist": "Lanterns"}'))
    model = make()
    first, second = [await model.complete(PROMPT) for _ in range(2)]
    assert first.is_cut and len(first.text) < 20_000
    assert second.is_cut and second.text == '{"gist": "'


async def test_a_refusal_is_an_answer_with_its_price(server: ModelServer, make: Make) -> None:
    """A model that declines says so in words, and its tokens are counted."""
    server.behaves(replies.declines)
    completion = await make().complete(PROMPT)
    assert "can't help" in completion.text and completion.usage.input_tokens


@pytest.mark.parametrize("shown", [KEY, f"{KEY[:8]}********{KEY[-4:]}", f"Bearer {KEY}", "AIzaSyA-1234567890abcdef"])
async def test_the_key_is_in_no_error(
    server: ModelServer,
    make: Make,
    shown: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Providers repeat the key in their errors; ours do not, whole or in parts, and nothing is printed or logged."""
    caplog.set_level(logging.DEBUG)
    server.behaves(replies.wrong_key(shown))
    with pytest.raises(ModelRefused) as raised:
        await make().complete(PROMPT)
    server.behaves(FINE)
    await make().complete(PROMPT)
    said = raised.value.sentence() + "".join(capfd.readouterr())
    said += "".join(one.getMessage() for one in caplog.records if "litellm" in one.name.lower())
    assert not any(part in said for part in (KEY, KEY[:8], KEY[-4:], "AIzaSyA", "Lanterns"))


async def test_litellm_does_not_slow_the_search_for_garbage(make: Make) -> None:
    """What was loaded is left alone by later collections, which would stop the program for a quarter of a second."""
    await make().prepare()
    assert gc.get_freeze_count() > 200_000


async def test_the_event_loop_is_free_meanwhile(server: ModelServer, make: Make) -> None:
    """litellm works in a thread of its own: 40 calls cost the thread that answers people next to nothing."""
    model = make()
    await model.prepare()
    began = time.thread_time()
    async with asyncio.TaskGroup() as group:
        for _ in range(40):
            group.create_task(model.complete(PROMPT))
    assert time.thread_time() - began < 0.1  # litellm's own work for them is several times that
