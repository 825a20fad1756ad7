"""What the stand-in of a provider of language models answers: a behaviour is a function of the question."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

Json = dict[str, Any]


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
