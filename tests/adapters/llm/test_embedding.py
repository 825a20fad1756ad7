"""Embeddings through litellm, over a provider on loopback: what is sent, what failures become, and the cost."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from adapters.llm.embedding import SETTING, LiteLlmEmbedder
from adapters.llm.endpoint import Endpoint
from adapters.llm.turns import ATTEMPTS
from core.errors import BadAnswer, ModelError, ModelRefused, ModelThrottled, ModelUnavailable
from tests.fakes.clock import FakeClock
from tests.standins import model_replies as replies
from tests.standins.model import KEY, ModelServer
from tests.standins.model_replies import Behaviour, answers

PRICED = "openai/text-embedding-3-small"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def make(server: ModelServer, clock: FakeClock) -> Callable[..., LiteLlmEmbedder]:
    def make_embedder(name: str = PRICED, *, timeout_s: float = 30.0, key: str = KEY) -> LiteLlmEmbedder:
        place = Endpoint(model=name, api_base=server.url, api_key=key, timeout_s=timeout_s, setting=SETTING)
        return LiteLlmEmbedder(place, clock=clock)

    return make_embedder


async def test_what_is_sent(server: ModelServer, make: Callable[..., LiteLlmEmbedder]) -> None:
    """The texts and the model's name go to the provider, of each text no more than models read, and nothing else."""
    await make().embed(["Lanterns in fog", "x" * 50_000])
    (question,) = server.questions
    assert question.body["input"] == ["Lanterns in fog", "x" * 6_000]
    assert set(question.body) <= {"model", "input", "encoding_format"}


async def test_what_it_costs(make: Callable[..., LiteLlmEmbedder]) -> None:
    """A model on the list of prices has one; the price of another is not known."""
    known = await make().embed(["Lanterns in fog " * 100])
    assert known.cost_usd is not None and known.cost_usd > 0
    assert known.tokens == 399
    assert (await make("openai/my-own").embed(["Lanterns"])).cost_usd is None


FAILURES: dict[str, tuple[Behaviour, type[ModelError], int]] = {
    "wrong key": (replies.wrong_key(), ModelRefused, 1),
    "unknown model": (replies.unknown_model(), ModelRefused, 1),
    "no credit": (replies.out_of_credit(), ModelRefused, 1),
    "throttled for long": (replies.throttled("60"), ModelThrottled, 1),
    "throttled": (replies.throttled("2"), ModelThrottled, ATTEMPTS),
    "broken": (replies.broken(), ModelUnavailable, ATTEMPTS),
    "an error of another kind": (replies.error(400, "No such field"), ModelRefused, 1),
}


@pytest.mark.parametrize("name", FAILURES)
async def test_failures(server: ModelServer, make: Callable[..., LiteLlmEmbedder], name: str) -> None:
    """A failure is one of the core's errors, tried again where that may help; what to do names embeddings' settings."""
    behaviour, kind, attempts = FAILURES[name]
    server.behaves(behaviour)
    with pytest.raises(kind) as raised:
        await make().embed(["Lanterns"])
    assert len(server.questions) == attempts
    assert "model.name" not in raised.value.hint and "model.api" not in raised.value.hint.replace("embeddings.api", "")


async def test_a_pause_that_is_over(
    server: ModelServer, clock: FakeClock, make: Callable[..., LiteLlmEmbedder]
) -> None:
    """A provider that asks for a short pause gets it, and then an answer is taken."""
    server.behaves(replies.throttled("2"), answers("{}"))
    assert len((await make().embed(["Lanterns"])).vectors) == 1
    assert clock.slept == [2.0]


async def test_a_provider_that_never_answers(server: ModelServer, make: Callable[..., LiteLlmEmbedder]) -> None:
    """No answer in time is a failure, and the setting that says how long it may take is named."""
    server.behaves(replies.hangs)
    with pytest.raises(ModelUnavailable) as raised:
        await make(timeout_s=0.05).embed(["Lanterns"])
    assert "embeddings.timeout_s" in raised.value.hint


@pytest.mark.parametrize("numbers", [[0.0, 0.0], [float("nan"), 1.0], [], ["x"], [None]], ids=repr)
async def test_nonsense(server: ModelServer, make: Callable[..., LiteLlmEmbedder], numbers: list[object]) -> None:
    """A vector of zeros, of nothing or of what is no number is no answer."""
    server.embeds = lambda text: numbers
    with pytest.raises(ModelError):
        await make().embed(["Lanterns", "Owls"])


@pytest.mark.parametrize("behaviour", [replies.web_page, replies.no_choices], ids=["page", "other form"])
async def test_another_answer(server: ModelServer, make: Callable[..., LiteLlmEmbedder], behaviour: Behaviour) -> None:
    """A web page, or an answer in another form, is no answer."""
    server.behaves(behaviour)
    with pytest.raises(ModelError):
        await make().embed(["Lanterns"])


async def test_the_key_stays_secret(
    server: ModelServer, make: Callable[..., LiteLlmEmbedder], caplog: pytest.LogCaptureFixture
) -> None:
    """No error, no log line and no repr has the key, even where the provider repeats it."""
    caplog.set_level(logging.DEBUG)
    server.behaves(replies.wrong_key(KEY))
    embedder = make()
    with pytest.raises(ModelRefused) as raised:
        await embedder.embed(["Lanterns"])
    assert KEY not in f"{raised.value}{raised.value.hint}{embedder.endpoint!r}{caplog.text}"


async def test_an_unknown_provider() -> None:
    """A name without a provider is refused, with names as examples."""
    with pytest.raises(ModelRefused, match="no provider") as raised:
        await LiteLlmEmbedder(Endpoint(model="nonsense"), clock=FakeClock()).prepare()
    assert "local" in raised.value.hint
    assert not isinstance(raised.value, BadAnswer)
