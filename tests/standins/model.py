"""A provider of language models on loopback: OpenAI's chat completions, embeddings and models, Anthropic's messages.

It judges every request by what the providers document (fields, types, roles, key) and collects its complaints. What it
answers is a behaviour: a function of the question, which a test chooses. `python -m tests.standins.model` serves alone.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any, Final

from aiohttp import web

from tests.standins.model_replies import Behaviour, Json, Question, Reply, answers
from tests.standins.model_words import ANTHROPIC, CHAT, EMBEDDINGS, complaints

#: the key that the provider knows
KEY: Final = "sk-known-0123456789"
#: the version of Anthropic's protocol that it speaks
_ANTHROPIC_VERSION: Final = "2023-06-01"


@dataclass
class ModelServer:
    """The running provider."""

    #: with the version at its end: what OpenAI calls the base URL
    url: str = ""
    #: seconds before every answer
    takes_s: float = 0.0
    behaviours: list[Behaviour] = field(default_factory=lambda: [answers("{}")])
    questions: list[Question] = field(default_factory=list)
    #: what is wrong with the requests, in a sentence each
    complaints: list[str] = field(default_factory=list)
    #: the vector of a text
    embeds: Callable[[str], list[Any]] = field(default_factory=lambda: some_vector)
    in_flight: int = 0
    most_in_flight: int = 0
    _systems: set[str] = field(default_factory=set)

    def forget(self) -> None:
        """Begin again, for another test."""
        self.takes_s, self.most_in_flight = 0.0, 0
        self.behaviours, self.embeds = [answers("{}")], some_vector
        for seen in (self.questions, self.complaints, self._systems):
            seen.clear()

    def behaves(self, *behaviours: Behaviour) -> None:
        """From now on these, one after another, the last one for ever."""
        self.behaviours = list(behaviours)

    async def chat(self, request: web.Request) -> web.Response:
        """OpenAI's chat completions."""
        body = await request.json()
        self.complaints += complaints(CHAT, body)
        question = Question(
            body=body, system=_messages_of(body, "system", "developer"), user=_messages_of(body, "user")
        )
        self._judge_key(request.headers.get("Authorization", "").removeprefix("Bearer "))
        return await self._answer(question, self._completion)

    async def messages(self, request: web.Request) -> web.Response:
        """Anthropic's messages."""
        body = await request.json()
        self.complaints += complaints(ANTHROPIC, body)
        system = body.get("system", "")
        blocks = system if isinstance(system, list) else [{"text": system}]
        question = Question(
            body=body, system="".join(one["text"] for one in blocks), user=_messages_of(body, "user"), is_anthropic=True
        )
        self._judge_key(request.headers.get("x-api-key", ""))
        if request.headers.get("anthropic-version") != _ANTHROPIC_VERSION:
            self.complaints.append("anthropic-version is missing")
        return await self._answer(question, self._message)

    async def embeddings(self, request: web.Request) -> web.Response:
        """OpenAI's embeddings."""
        body = await request.json()
        self.complaints += complaints(EMBEDDINGS, body)
        self._judge_key(request.headers.get("Authorization", "").removeprefix("Bearer "))
        return await self._answer(Question(body=body, system="", user="".join(_inputs(body))), self._embedding)

    async def models(self, _: web.Request) -> web.Response:
        """The one model it has."""
        known = {"id": "small", "object": "model", "created": 1, "owned_by": "tests"}
        return web.json_response({"object": "list", "data": [known]})

    def _judge_key(self, key: str) -> None:
        if key != KEY:
            self.complaints.append(f"a wrong key of {len(key)} characters")

    async def _answer(self, question: Question, form: Callable[[Question, Reply], Json]) -> web.Response:
        self.questions.append(question)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await asyncio.sleep(self.takes_s)
            behaviour = self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]
            reply = behaviour(question)
            if reply.hangs:
                await asyncio.Event().wait()
        finally:
            self.in_flight -= 1
        if reply.body is not None:
            return web.Response(text=reply.body, content_type="text/html" if "<" in reply.body else "application/json")
        if reply.error:
            return web.json_response({"error": reply.error}, status=reply.status, headers=reply.headers)
        return web.json_response(form(question, reply), headers=reply.headers)

    def _completion(self, question: Question, reply: Reply) -> Json:
        message = {"role": "assistant", "content": reply.text if not reply.refusal else None, "refusal": reply.refusal}
        read, written = _tokens(question.system + question.user), _tokens(reply.text)
        usage = {
            "prompt_tokens": read,
            "completion_tokens": written,
            "total_tokens": read + written,
            "prompt_tokens_details": {"cached_tokens": self._cached(question), "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
        }
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reply.finish}
        return {
            "id": f"chatcmpl-{len(self.questions)}",
            "object": "chat.completion",
            "created": 1_770_000_000,
            "model": question.body["model"],
            "choices": [choice],
            "usage": usage,
            "system_fingerprint": "fp_tests",
        }

    def _embedding(self, question: Question, _: Reply) -> Json:
        """A vector for each text, the last one first: each says whose it is."""
        texts = _inputs(question.body)
        data = [
            {"object": "embedding", "index": place, "embedding": self.embeds(text)} for place, text in enumerate(texts)
        ]
        usage = {"prompt_tokens": sum(map(_tokens, texts)), "total_tokens": sum(map(_tokens, texts))}
        return {"object": "list", "data": data[::-1], "model": question.body["model"], "usage": usage}

    def _message(self, question: Question, reply: Reply) -> Json:
        content: Json = {"type": "text", "text": reply.text}
        if question.body.get("tool_choice"):
            name = question.body["tools"][0]["name"]
            content = {"type": "tool_use", "id": "toolu_1", "name": name, "input": json.loads(reply.text)}
        cached = self._cached(question)
        return {
            "id": f"msg_{len(self.questions)}",
            "type": "message",
            "role": "assistant",
            "model": question.body["model"],
            "content": [content],
            "stop_reason": {"stop": "end_turn", "length": "max_tokens"}[reply.finish],
            "stop_sequence": None,
            "usage": {
                "input_tokens": _tokens(question.system + question.user) - cached,
                "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": cached,
                "output_tokens": _tokens(reply.text),
            },
        }

    def _cached(self, question: Question) -> int:
        """Tokens of instructions that it has read before."""
        is_known = question.system in self._systems
        self._systems.add(question.system)
        return _tokens(question.system) if is_known else 0


def _inputs(body: Json) -> list[str]:
    """The texts that are to be embedded."""
    return [body["input"]] if isinstance(body["input"], str) else list(body["input"])


def some_vector(text: str) -> list[Any]:
    """Three numbers for a text."""
    return [float(len(text)), 1.0, float(sum(map(ord, text)) % 97)]


def _messages_of(body: Json, *roles: str) -> str:
    contents = [one["content"] for one in body["messages"] if one["role"] in roles]
    return "".join(
        content if isinstance(content, str) else "".join(part["text"] for part in content) for content in contents
    )


def _tokens(text: str) -> int:
    return len(text) // 4


@asynccontextmanager
async def model_server() -> AsyncIterator[ModelServer]:
    """The provider, until the end of the block."""
    server = ModelServer()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", server.chat)
    app.router.add_post("/v1/messages", server.messages)
    app.router.add_post("/v1/embeddings", server.embeddings)
    app.router.add_get("/v1/models", server.models)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        yield server
    finally:
        await runner.cleanup()


@contextmanager
def model_server_apart() -> Iterator[ModelServer]:
    """The provider in a thread and event loop of its own, for many tests: litellm keeps its connections to it."""
    started: Future[tuple[ModelServer, Callable[[], object]]] = Future()

    async def serve() -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        async with model_server() as running:
            started.set_result((running, lambda: loop.call_soon_threadsafe(stop.set)))
            await stop.wait()

    thread = Thread(target=lambda: asyncio.run(serve()), name="model server", daemon=True)
    thread.start()
    server, end = started.result(timeout=60)
    try:
        yield server
    finally:
        end()
        thread.join()


async def _serve_alone(takes_s: float) -> None:
    async with model_server() as server:
        server.takes_s = takes_s
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve_alone(float(sys.argv[1])))
