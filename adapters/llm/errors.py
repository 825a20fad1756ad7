"""What providers and litellm raise -> the errors of the core, by one table; the provider's words without secrets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from adapters.headers import retry_after_s
from core.errors import BadAnswer, ModelError, ModelRefused, ModelThrottled, ModelUnavailable
from core.text.readable import clip_text

#: what keys of providers look like, whole or with their middle starred out, and what stands behind the name of one
_KEY: Final = re.compile(
    r"\b(?:sk|pk|gsk|xai|rk|hf|key)[-_][\w*.-]{4,}|\bAIza[\w*-]{8,}|(?<=earer )\S+|(?<=[?&]key=)[^&\s]+", re.IGNORECASE
)
#: litellm writes its own names before the provider's words
_PREFIX: Final = re.compile(r"^(?:litellm\.)?\w+(?:Error|Exception|Timeout)\s*[:-]\s*")
#: characters of the provider's words that are repeated to people
_LONGEST: Final = 200
#: codes within the body of an error, in OpenAI's words, that say more than the status does
_NO_CREDIT: Final = ("insufficient_quota", "billing_hard_limit_reached")
_FILTERED: Final = "content_filter"


def translate(error: Exception, *, model: str, key: str | None) -> ModelError | None:
    """The same in our words, where it is an error of a model; None where it is a bug."""
    status = getattr(error, "status_code", None)
    if isinstance(error, TimeoutError) or status == 408:
        return ModelUnavailable(f"{model} did not answer in time.", hint="model.timeout_s says how long it may take.")
    if not isinstance(status, int):
        return None
    says = words_of(error, key)
    names = {kind.__name__ for kind in type(error).__mro__}
    code = code_of(error)
    if "ContentPolicyViolationError" in names or code == _FILTERED:
        return BadAnswer(f"{model} does not answer this question: {says}")
    if "ContextWindowExceededError" in names:
        return ModelRefused(f"The text is too long for {model}: {says}")
    if code in _NO_CREDIT:
        return _without_credit(model, says)
    if any(isinstance(cause, OSError) for cause in _causes(error)):
        return ModelUnavailable(f"{model} cannot be reached.", hint="Is it running? model.api_base says where it is.")
    if status == 429:
        headers = headers_of(error)
        wait_s = retry_after_s(headers.get("retry-after", ""), date=headers.get("date", ""))
        return ModelThrottled(f"{model} asks us to wait: {says}", retry_after_s=wait_s)
    return _BY_STATUS.get(status, _failed if status >= 500 else _refused)(model, says)


def is_bad_request(error: Exception) -> bool:
    """True where the provider does not take the request as it is written."""
    names = {kind.__name__ for kind in type(error).__mro__}
    is_special = names & {"ContextWindowExceededError", "ContentPolicyViolationError"} or code_of(error) == _FILTERED
    return getattr(error, "status_code", None) in (400, 422) and not is_special


def code_of(error: Exception) -> str | None:
    """The code in the body of an error, or of the one that it came from."""
    bodies = (getattr(cause, "body", None) for cause in _causes(error))
    codes = (body.get("code") for body in bodies if isinstance(body, Mapping))
    return next((code for code in codes if isinstance(code, str)), None)


def headers_of(error: Exception) -> Mapping[str, str]:
    """The headers of the provider's answer."""
    for cause in _causes(error):
        response = getattr(cause, "response", None)
        for headers in (getattr(cause, "litellm_response_headers", None), getattr(response, "headers", None)):
            if headers:
                return {str(name).lower(): str(value) for name, value in headers.items()}
    return {}


def words_of(error: Exception, key: str | None) -> str:
    """The provider's own words on one line, short, without the key or anything that looks like one."""
    text = str(getattr(error, "message", error))
    while (shorter := _PREFIX.sub("", text, count=1)) != text:
        text = shorter
    words = clip_text(redacted(text, key), _LONGEST) or type(error).__name__
    return words if words.endswith((".", "…", "!", "?")) else f"{words}."


def redacted(text: str, key: str | None) -> str:
    """The text without the key or anything that looks like one."""
    return _KEY.sub("***", text.replace(key, "***") if key else text)


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__


def _wrong_key(model: str, says: str) -> ModelError:
    return ModelRefused(f"{model} refuses the key: {says}", hint="Set model.api_key to a key of that provider.")


def _without_credit(model: str, says: str) -> ModelError:
    return ModelRefused(f"{model} wants to be paid: {says}", hint="Look at the account of model.api_key.")


def _no_such_model(model: str, says: str) -> ModelError:
    return ModelRefused(
        f"There is no model {model}: {says}", hint="model.name is PROVIDER/MODEL; model.api_base says where."
    )


def _refused(model: str, says: str) -> ModelError:
    return ModelRefused(f"{model} does not take the request: {says}")


def _failed(model: str, says: str) -> ModelError:
    return ModelUnavailable(f"{model} failed: {says}")


_BY_STATUS: Final[Mapping[int, Callable[[str, str], ModelError]]] = {
    401: _wrong_key,
    402: _without_credit,
    403: _wrong_key,
    404: _no_such_model,
    409: _failed,
    425: _failed,
}
