"""A provider of language models on loopback: OpenAI's chat completions, embeddings and models, Anthropic's messages.

It judges every request by what the providers document (fields, types, roles, key) and collects its complaints. What it
answers is a behaviour: a function of the question, which a test chooses. `python -m tests.standins.model` serves alone.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from threading import Thread
from typing import Any, Final

from aiohttp import web

from tests.standins.model_words import ANTHROPIC, CHAT, EMBEDDINGS, complaints

Json = dict[str, Any]
#: the key that the provider knows
KEY: Final = "sk-known-0123456789"
#: the version of Anthropic's protocol that it speaks
_ANTHROPIC_VERSION: Final = "2023-06-01"


@dataclass(frozen=True, kw_only=True)
class Question:
    """One request for an answer."""

    body: Json
    #: texts of the roles
    system: str
    user: str
    is_anthropic: bool = False

    @property
    def schema(self) -> Json | None:
        """The schema that the answer must follow, where the request demands it by its own means."""
        if self.is_anthropic:
            told = (self.body.get("output_config") or {}).get("format") or self.body.get("output_format")
            tools = self.body.get("tools") or []
            return told["schema"] if told else tools[0]["input_schema"] if tools else None
        demanded = (self.body.get("response_format") or {}).get("json_schema")
        return demanded["schema"] if demanded else None


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What comes back."""

    text: str = ""
    #: why the model stopped, in OpenAI's words
    finish: str = "stop"
    refusal: str | None = None
    status: int = 200
    #: what it says about a request that it does not take, in the place of a text
    error: Json | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    #: a body in the place of the protocol's
    body: str | None = None
    #: no answer ever comes
    hangs: bool = False


Behaviour = Callable[[Question], Reply]
Writer = Callable[[Question], str]


def answers(text: str | Writer) -> Behaviour:
    """A text, or what a function makes of the question."""
    return lambda question: Reply(text=text if isinstance(text, str) else text(question))


def error(status: int, message: str, *, code: str | None = None, param: str | None = None, **headers: str) -> Behaviour:
    """An error in OpenAI's form."""
    kind = "invalid_request_error" if status < 500 else "server_error"
    told = {"message": message, "type": kind, "param": param, "code": code}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: Reply(status=status, error=told, headers=named)


def wrong_key(shown: str = "sk-wr***ng") -> Behaviour:
    """401; the provider's words show a part of the key, or whatever a test says."""
    return error(401, f"Incorrect API key provided: {shown}.", code="invalid_api_key")


def unknown_model(name: str = "no-such-model") -> Behaviour:
    """404."""
    return error(404, f"The model `{name}` does not exist or you do not have access to it.", code="model_not_found")


def throttled(retry_after: str = "7") -> Behaviour:
    """429, with the time to wait as the header has it."""
    named = {"Retry_After": retry_after} if retry_after else {}
    return error(429, "Rate limit reached for requests", code="rate_limit_exceeded", **named)


def out_of_credit() -> Behaviour:
    """429 as well, but waiting does not help."""
    return error(429, "You exceeded your current quota, check your plan and billing.", code="insufficient_quota")


def broken(status: int = 500) -> Behaviour:
    """Something fell over."""
    return error(status, "The server had an error while processing your request.")


def too_long() -> Behaviour:
    """The question is longer than the model takes."""
    said = "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens."
    return error(400, said, code="context_length_exceeded", param="messages")


def filtered() -> Behaviour:
    """The provider's filter does not let the question through."""
    said = "The response was filtered due to the prompt triggering Azure OpenAI's content management policy."
    return error(400, said, code="content_filter", param="prompt")


def refuses_parameter(name: str, then: Behaviour, *, says: str = "") -> Behaviour:
    """400 to each request that has this parameter; the others are answered."""
    refused = error(400, says or f"Unsupported parameter: '{name}' is not supported with this model.", param=name)
    return lambda question: (refused if name in question.body else then)(question)


def refuses_json_schema(then: Behaviour) -> Behaviour:
    """400 to `response_format`, in words of its own and without naming the parameter, as small servers do."""
    refused = error(400, "guided decoding is not available in this build")
    return lambda question: (refused if "response_format" in question.body else then)(question)


def hangs(_: Question) -> Reply:
    """The connection stands, and nothing comes."""
    return Reply(hangs=True)


def cut_short(write: Writer) -> Behaviour:
    """The first half: the answer was longer than the tokens it could have."""
    return lambda question: Reply(text=write(question)[: len(write(question)) // 2], finish="length")


def declines(_: Question) -> Reply:
    """The model does not want to."""
    return Reply(refusal="I'm sorry, but I can't help with that.")


def web_page(_: Question) -> Reply:
    """A gateway's page in the place of an answer, with a status as if all were well."""
    return Reply(body="<html><head><title>We will be back</title></head></html>")


def no_choices(_: Question) -> Reply:
    """The protocol's form, with nothing in it."""
    return Reply(body=json.dumps({"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": []}))


GARBAGE: Final = answers("Sure! Here is your summary: {gist: 'unquoted', ]")
EMPTY: Final = answers("")
ENDLESS: Final = answers('{"gist": "' + "very " * 20_000 + '"}')


def changed(write: Writer, change: Callable[[str], str]) -> Behaviour:
    """Every text within the JSON that `write` makes, changed."""

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: walk(inner) for key, inner in value.items()}
        return [walk(one) for one in value] if isinstance(value, list) else change(str(value))

    return answers(lambda question: json.dumps(walk(json.loads(write(question))), ensure_ascii=False))


def in_chinese(text: str) -> str:
    """Another language than asked for."""
    return "我们提出了一种新的方法，并在多个数据集上取得了更好的结果。"


def with_invented_numbers(text: str) -> str:
    """A figure that no source has."""
    return f"{text.rstrip('.')}, by 87.53 % in 4,211 trials."


def of_another_paper(write: Writer, other: str) -> Behaviour:
    """What `write` would make of another paper's text."""
    return answers(lambda question: write(replace(question, user=other)))


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
