"""litellm itself: loaded once, when somebody first needs it, and run in a thread with an event loop of its own.

The only module that imports it. Its import takes seconds, and each call blocks its loop for several milliseconds: in a
loop of its own, neither makes a person wait. litellm keeps its state, with its connections, in its module, so there is
one `LIBRARY` for the process. Its logs, which hold prompts, are off, and it reaches no address but a model's.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import warnings
from collections.abc import Mapping
from functools import cache
from threading import Lock, Thread
from types import ModuleType
from typing import Any, Final, cast

from core.errors import ModelRefused

#: read by litellm at its import: it uses the prices that it ships, fetches nothing by itself, and loads no .env
_ENVIRONMENT: Final = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_OFFLINE_MODE": "true",
    "LITELLM_MODE": "PRODUCTION",
}
#: seconds between the beginnings of two calls: calls that begin together come back together, and then each waits for
#: the blocking work of all
_GAP_S: Final = 0.015
_LOGGERS: Final = ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy", "LiteLLM Proxy.stdout")


class Library:
    """litellm in its thread. It may be used from any event loop."""

    def __init__(self) -> None:
        self._lock = Lock()
        #: when the next call may begin, in seconds of the loop's time
        self._begins_at = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None

    async def load(self) -> ModuleType:
        """litellm, imported on the first call. Raises ModelRefused where it is not installed."""
        return cast(ModuleType, await self._run_in_thread(self._import_module()))

    async def complete(self, arguments: Mapping[str, object]) -> Any:
        """Call `acompletion`. Raises whatever it raises; a cancellation reaches it."""
        return await self._run_in_thread(self._complete(arguments))

    async def embed(self, arguments: Mapping[str, object]) -> Any:
        """Call `aembedding`. Raises whatever it raises; a cancellation reaches it."""
        return await self._run_in_thread(self._embed(arguments))

    async def _import_module(self) -> ModuleType:
        return _import()

    async def _complete(self, arguments: Mapping[str, object]) -> Any:
        now = asyncio.get_running_loop().time()
        self._begins_at = max(now, self._begins_at + _GAP_S)
        await asyncio.sleep(self._begins_at - now)
        return await _import().acompletion(**arguments)

    async def _embed(self, arguments: Mapping[str, object]) -> Any:
        return await _import().aembedding(**arguments)

    async def _run_in_thread(self, work: Any) -> Any:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._running()))

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                # a daemon: it holds nothing that must be closed, and the program ends without waiting for it
                Thread(target=self._loop.run_forever, name="litellm", daemon=True).start()
            return self._loop


@cache
def _import() -> ModuleType:
    os.environ.update(_ENVIRONMENT)  # noqa: TID251 - no setting of ours: litellm reads the environment alone
    try:
        import litellm
    except ImportError as error:
        raise ModelRefused(
            "A model is set (model.name or embeddings.model), and litellm, which talks to models, is not installed.",
            hint="Install it where Paperboy was installed: make install EXTRAS=model, or paperboy[model] by pip.",
        ) from error
    litellm.suppress_debug_info = True  # otherwise it prints advice beside errors
    litellm.DEFAULT_MAX_RETRIES = 0  # callers retry; `aembedding` takes an argument of 0 for no argument
    litellm.ModelResponse()  # builds now what the first one builds, with warnings about its own types
    for name in _LOGGERS:
        logging.getLogger(name).disabled = True
    # it makes the coroutine of a call in another thread; nobody awaits that of a cancelled call
    warnings.filterwarnings("ignore", r"coroutine '.*completion' was never awaited", RuntimeWarning)
    gc.freeze()  # searching it for garbage would stop the whole program for a quarter of a second each time
    return cast(ModuleType, litellm)  # mypy does not read it


LIBRARY: Final = Library()
