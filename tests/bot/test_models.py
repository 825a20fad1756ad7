"""The models that the settings name: which there are, what the doctor says of them, and that none loads by accident."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from adapters.llm.model import LiteLlmModel
from bot.operation.doctor import about_model, about_models
from bot.origins import Origins
from bot.settings import Settings
from bot.wire import App, build, summary_requests
from core.errors import ModelError, ModelRefused, ModelUnavailable
from core.summarise.budget import Caps
from tests.fakes.clock import FakeClock
from tests.fakes.model import FakeModel
from tests.fakes.stores import SqlStore
from tests.journeys.paperboy import Paperboy

#: runs commands where litellm is not installed, and tells whether it was looked for; each in a fork of what all load
WITHOUT_LITELLM = """
import json, os, sys
sys.modules["litellm"] = None
import bot.run, bot.tasks, bot.wire, adapters.chat.terminal.client
from bot.__main__ import run
for arguments, environment in json.loads(sys.argv[1]):
    if not os.fork():
        os.environ.update(environment)
        code = run(arguments)
        sys.stdout.flush()
        print(code, [name for name in ("openai", "adapters.llm") if name in sys.modules], file=sys.stderr, flush=True)
        os._exit(0)
    os.wait()
    print("END", file=sys.stderr, flush=True)
"""


async def test_models_are_those_that_the_settings_name() -> None:
    """The first choice, then its fallbacks, each once; without a name there is none."""
    named = {"name": "openai/a", "fallbacks": "openai/b,openai/a,ollama/c"}
    async with build(Settings.model_validate({"database_url": "sqlite://", "model": named})) as app:
        assert [model.name for model in app.models] == ["openai/a", "openai/b", "ollama/c"]
    async with build(Settings.model_validate({"database_url": "sqlite://"})) as app:
        assert app.models == ()


async def test_a_key_goes_to_its_own_provider() -> None:
    """Fallbacks of the same provider have the key and the address; those of another one have neither."""
    told = {
        "name": "openai/a",
        "fallbacks": "openai/b,anthropic/c",
        "api_key": "sk-secret",
        "api_base": "http://127.0.0.1:1/v1",
    }
    async with build(Settings.model_validate({"database_url": "sqlite://", "model": told})) as app:
        places = [model.endpoint for model in app.models if isinstance(model, LiteLlmModel)]
    assert [(place.api_key, place.api_base) for place in places] == [
        ("sk-secret", "http://127.0.0.1:1/v1"),
        ("sk-secret", "http://127.0.0.1:1/v1"),
        (None, None),
    ]
    assert "sk-secret" not in repr(places)


async def test_doctor_asks_a_model_for_a_word() -> None:
    """A model that answers is told with how long it took; one that answers with nothing is no good."""
    model = FakeModel("Yes.", "", name="openai/small")
    good, bad = [await about_model(model, FakeClock()) for _ in range(2)]
    assert good.ok and good.name == "model openai/small" and "answers in" in good.detail
    assert not bad.ok and bad.hint
    assert all(prompt.longest_answer <= 50 and prompt.schema is None for prompt in model.prompts)


@pytest.mark.parametrize(
    "error",
    [
        ModelRefused("openai/small refuses the key: no.", hint="Set model.api_key to a key of that provider."),
        ModelUnavailable("openai/small cannot be reached.", hint="Is it running? model.api_base says where it is."),
    ],
)
async def test_doctor_says_what_is_wrong_with_a_model(error: ModelError) -> None:
    """The failure's own sentence, and what to do."""
    check = await about_model(FakeModel(error), FakeClock())
    assert (check.ok, check.detail, check.hint) == (False, str(error), error.hint)


async def test_doctor_keeps_to_the_budget() -> None:
    """The doctor's questions are on record; where the budget is used up, it asks nobody and says so."""
    model, clock = FakeModel("Yes."), FakeClock()
    for caps in (Caps(daily_usd=1.0), Caps(daily_usd=0.0005)):
        async with SqlStore("sqlite://").open() as store, summary_requests([model], caps, store, clock) as requests:
            app = App(store=store, clock=clock, load_origins=lambda: Origins(sources={}), requests=requests)
            checks = [*await about_models(app), *await about_models(app)]
            assert (await store.spending(since=clock.now().date())).calls == sum(check.ok for check in checks) > 0
    assert not checks[-1].ok and "used up" in checks[-1].detail and "daily_budget_usd" in checks[-1].hint
    assert len(model.prompts) == 3


def test_a_model_without_what_it_needs_is_one_sentence(paperboy: Paperboy) -> None:
    """Where litellm is not installed, `run` names the command that installs it, and goes on without.

    `paperboy --help`, and `run` without a model, import neither litellm nor what talks to it.
    """
    model = {"PAPERBOY_MODEL__NAME": "openai/small", "PAPERBOY_MODEL__API_KEY": "sk-secret"}
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT_LITELLM, json.dumps([(("--help",), {}), (("run",), {}), (("run",), model)])],
        cwd=paperboy.home,
        env=paperboy.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    *without_model, run, nothing = ran.stderr.split("END\n")
    assert nothing == ""
    assert [complaint.splitlines()[-1] for complaint in without_model] == ["0 []"] * 2
    assert "make install EXTRAS=model" in run and "Summaries are made without openai/small" in run
    assert run.splitlines()[-1].startswith("0 ")
    assert "sk-secret" not in ran.stdout + run and "Traceback" not in run
