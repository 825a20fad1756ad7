"""What a language model costs beside the time that it takes: throughput, CPU per call, how free the event loop stays.

The provider is the stand-in, in a process of its own, with half a second a call; the baselines are the ideal
throughput, the bare SDK's call with the same text, and litellm called on the program's own event loop.
`python -m tests.benchmarks.model`
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import openai

from adapters.llm.endpoint import Endpoint
from adapters.llm.library import LIBRARY
from adapters.llm.model import LiteLlmModel
from bot.clock import SystemClock
from core.summarise.ports import Prompt
from tests.benchmarks.figures import Row, show
from tests.standins.model import KEY

#: seconds that the provider takes
ANSWER_S: Final = 0.5
IN_FLIGHT: Final = 16
CALLS: Final = 320
#: part of the ideal throughput, and milliseconds until a command is acknowledged
LIMITS: Final = (0.9, 100)
#: seconds between two looks at the loop
_LOOK_S: Final = 0.005

SCHEMA: Final = {
    "type": "object",
    "properties": {"gist": {"type": "string"}},
    "required": ["gist"],
    "additionalProperties": False,
}
Ask = Callable[[Prompt], Awaitable[object]]


def run() -> list[Row]:
    """Measure."""
    with _provider() as url:
        return [*_import_time(), *asyncio.run(_measured(url))]


async def _measured(url: str) -> list[Row]:
    model = LiteLlmModel(
        Endpoint(model="openai/small", api_base=url, api_key=KEY), clock=SystemClock(), parallel=IN_FLIGHT
    )
    bare = openai.AsyncOpenAI(base_url=url, api_key=KEY, max_retries=0)
    litellm = await LIBRARY.load()

    async def by_the_sdk(prompt: Prompt) -> None:
        await bare.chat.completions.create(model="small", messages=_messages(prompt), temperature=0, max_tokens=1_500)

    async def on_our_loop(prompt: Prompt) -> None:
        await litellm.acompletion(
            model="openai/small", messages=_messages(prompt), temperature=0, api_base=url, api_key=KEY, max_retries=0
        )

    bare_cpu, bare_s, bare_lag = await _figures(by_the_sdk)
    _, _, direct_lag = await _figures(on_our_loop)
    cpu, took_s, lag = await _figures(model.complete)
    ideal_s = CALLS / IN_FLIGHT * ANSWER_S
    await bare.close()
    return [
        Row("a call by the bare SDK", bare_cpu * 1000, "ms CPU", None),
        Row("a call", cpu * 1000, "ms CPU", cpu / bare_cpu),
        Row(f"{CALLS} calls, {IN_FLIGHT} at once, ideally", ideal_s, "s", None),
        Row("the same by the bare SDK", bare_s, "s", ideal_s / bare_s),
        Row(f"the same by ours (limit: ratio {LIMITS[0]})", took_s, "s", ideal_s / took_s),
        Row("meanwhile a person waits for the loop, p99: the bare SDK", bare_lag * 1000, "ms", None),
        Row("the same: litellm on the program's loop", direct_lag * 1000, "ms", direct_lag / bare_lag),
        Row(f"the same: litellm in its thread (limit {LIMITS[1]})", lag * 1000, "ms", lag / bare_lag),
    ]


async def _figures(ask: Ask) -> tuple[float, float, float]:
    """CPU seconds per call, seconds for all, and the 99th percentile of how long the event loop kept others waiting."""
    prompts = iter([_prompt(number) for number in range(CALLS)])
    await ask(_prompt(CALLS))
    async with _looks() as lags:
        cpu, began = time.process_time(), time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(IN_FLIGHT):
                group.create_task(_in_turn(ask, prompts))
        took_s, used_s = time.perf_counter() - began, time.process_time() - cpu
    return used_s / CALLS, took_s, statistics.quantiles(lags, n=100)[98]


async def _in_turn(ask: Ask, prompts: Iterator[Prompt]) -> None:
    for prompt in prompts:
        await ask(prompt)


@asynccontextmanager
async def _looks() -> AsyncIterator[list[float]]:
    """How late the loop comes back to somebody who waits, again and again, in seconds."""
    lags: list[float] = []

    async def look() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(_LOOK_S)
            lags.append(time.perf_counter() - began - _LOOK_S)

    async with asyncio.TaskGroup() as group:
        looking = group.create_task(look())
        yield lags
        looking.cancel()


def _prompt(number: int) -> Prompt:
    return Prompt(system="Say what is new. " * 200, user=f"<paper>{number} lanterns in fog</paper>" * 40, schema=SCHEMA)


def _messages(prompt: Prompt) -> list[openai.types.chat.ChatCompletionMessageParam]:
    return [{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.user}]


@contextmanager
def _provider() -> Iterator[str]:
    """The stand-in in a process of its own; its address."""
    command = [sys.executable, "-m", "tests.standins.model", str(ANSWER_S)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def _import_time() -> list[Row]:
    probe = "import time; {}; print(time.process_time())"
    bare, loaded = (
        float(subprocess.run([sys.executable, "-c", probe.format(what)], capture_output=True, check=True).stdout)
        for what in (
            "import openai",
            "import asyncio; from adapters.llm.library import LIBRARY; asyncio.run(LIBRARY.load())",
        )
    )
    return [
        Row("the bare SDK is loaded", bare, "s CPU", None),
        Row("litellm is loaded", loaded, "s CPU", loaded / bare),
    ]


def main() -> None:
    """Show the figures."""
    show("A language model", run())


if __name__ == "__main__":
    main()
