"""What providers and litellm raise -> the errors of the core, by one table; the provider's words without secrets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from adapters.headers import retry_after_s
from adapters.llm.endpoint import Endpoint
from core.errors import BadAnswer, ModelError, ModelRefused, ModelThrottled, ModelUnavailable
from core.text.readable import clip_text

#: keys of providers, whole or with their middle starred out, and values behind the name of a key
_KEY: Final = re.compile(
    r"\b(?:sk|pk|gsk|xai|rk|hf|key)[-_][\w*.-]{4,}|\bAIza[\w*-]{8,}|(?<=earer )\S+|(?<=[?&]key=)[^&\s]+", re.IGNORECASE
)
#: litellm writes its own names before the provider's words
_PREFIX: Final = re.compile(r"^(?:litellm\.)?\w+(?:Error|Exception|Timeout)\s*[:-]\s*")
#: characters of the provider's words that are repeated to people
_LONGEST: Final = 200
#: codes within the body of an error, in OpenAI's words, that say more than the status does
_NO_CREDIT: Final = ("insufficient_quota", "billing_hard_limit_reached")
_CONTENT_FILTER: Final = "content_filter"


def translate(error: Exception, endpoint: Endpoint) -> ModelError | None:
    """Our error for an error of a model; None for a bug."""
    model, status = endpoint.model, getattr(error, "status_code", None)
    if isinstance(error, TimeoutError) or status == 408:
        hint = f"{endpoint.setting_of('timeout_s')} says how long it may take."
        return ModelUnavailable(f"{model} did not answer in time.", hint=hint)
    if not isinstance(status, int):
        return None
    says = words_of(error, endpoint.api_key)
    names = {kind.__name__ for kind in type(error).__mro__}
    code = code_of(error)
    if "ContentPolicyViolationError" in names or code == _CONTENT_FILTER:
        return BadAnswer(f"{model} does not answer this question: {says}")
    if "ContextWindowExceededError" in names:
        return ModelRefused(f"The text is too long for {model}: {says}")
    if code in _NO_CREDIT:
        return _without_credit(endpoint, says)
    if any(isinstance(cause, OSError) for cause in _causes(error)):
        hint = f"Is it running? {endpoint.setting_of('api_base')} says where it is."
        return ModelUnavailable(f"{model} cannot be reached.", hint=hint)
    if status == 429:
        headers = headers_of(error)
        wait_s = retry_after_s(headers.get("retry-after", ""), date=headers.get("date", ""))
        return ModelThrottled(f"{model} asks us to wait: {says}", retry_after_s=wait_s)
    return _BY_STATUS.get(status, _failure if status >= 500 else _refusal)(endpoint, says)


def is_bad_request(error: Exception) -> bool:
    """True where the provider does not accept the request as it is."""
    names = {kind.__name__ for kind in type(error).__mro__}
    is_special = (
        names & {"ContextWindowExceededError", "ContentPolicyViolationError"} or code_of(error) == _CONTENT_FILTER
    )
    return getattr(error, "status_code", None) in (400, 422) and not is_special


def code_of(error: Exception) -> str | None:
    """The code in the body of an error or of its cause."""
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
    words = clip_text(redact(text, key), _LONGEST) or type(error).__name__
    return words if words.endswith((".", "…", "!", "?")) else f"{words}."


def redact(text: str, key: str | None) -> str:
    """The text without the key or anything that looks like one."""
    return _KEY.sub("***", text.replace(key, "***") if key else text)


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen_ids: set[int] = set()
    cause: BaseException | None = error
    while cause and id(cause) not in seen_ids:
        seen_ids.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__


def _wrong_key(endpoint: Endpoint, says: str) -> ModelError:
    hint = f"Set {endpoint.setting_of('api_key')} to a key of that provider."
    return ModelRefused(f"{endpoint.model} refuses the key: {says}", hint=hint)


def _without_credit(endpoint: Endpoint, says: str) -> ModelError:
    hint = f"Look at the account of {endpoint.setting_of('api_key')}."
    return ModelRefused(f"{endpoint.model} wants to be paid: {says}", hint=hint)


def _no_such_model(endpoint: Endpoint, says: str) -> ModelError:
    hint = f"{endpoint.setting} is PROVIDER/MODEL; {endpoint.setting_of('api_base')} says where."
    return ModelRefused(f"There is no model {endpoint.model}: {says}", hint=hint)


def _refusal(endpoint: Endpoint, says: str) -> ModelError:
    return ModelRefused(f"{endpoint.model} does not take the request: {says}")


def _failure(endpoint: Endpoint, says: str) -> ModelError:
    return ModelUnavailable(f"{endpoint.model} failed: {says}")


_BY_STATUS: Final[Mapping[int, Callable[[Endpoint, str], ModelError]]] = {
    401: _wrong_key,
    402: _without_credit,
    403: _wrong_key,
    404: _no_such_model,
    409: _failure,
    425: _failure,
}
