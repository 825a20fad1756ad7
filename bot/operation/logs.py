"""Logs: one structured line per event on stderr, coloured in a terminal, without anything secret.

The program logs through structlog; the core, and libraries, log through the standard library. Both go the same way.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, MutableMapping
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import datetime
from time import monotonic
from typing import Any, Final

import stamina
import structlog

from bot.operation import lines
from bot.operation.lines import Tone
from bot.operation.log_output import LogOutput

_SECRET: Final = re.compile(r"token|secret|password|api_key|authorization", re.IGNORECASE)
_LOGIN: Final = re.compile(r"://[^/@\s]+@")
_NAME: Final = r"[\w-]*(?:token|secret|password|api[_-]?key)[\w-]*"
#: in running text, a traceback say: `token=abc`, `'password': 'abc'`, `Authorization: Bearer abc`
_SECRET_IN_TEXT: Final = re.compile(
    rf"(?P<name>{_NAME}\s*=\s*|{_NAME}['\"]\s*:\s*|authorization['\"]?\s*[:=]\s*)"
    r"(?:b?\"[^\"\n]*\"|b?'[^'\n]*'|(?:(?:bearer|basic|bot)\s+)?[^\s,;&)}\]]+)",
    re.IGNORECASE,
)
#: tokens of Slack, those that Telegram has in its addresses, and keys of providers of language models
_TOKEN: Final = re.compile(r"\bx(?:ox[a-z]|app)-[\w-]+|\bbot\d+:[\w-]+|\b(?:sk|gsk|xai)-[\w-]{8,}|\bAIza[\w-]{20,}")
#: control characters, and those that reorder the text around them; line ends and tabs stay
_HOSTILE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_HANDLER: Final = "paperboy"
#: a warning that was shown word by word is not shown again for so long, in seconds
_REPEATED_AFTER_S: Final = 600.0


def configure(
    *,
    verbose: bool = False,
    debug: bool = False,
    as_json: bool = False,
    of_service: bool = False,
) -> None:
    """Warnings and worse; `verbose` adds what happens, `debug` everything. Of libraries, warnings and worse only.

    `as_json` writes a JSON document per line; `of_service` adds the events that have a line for people.
    """
    level = logging.DEBUG if debug else logging.INFO if verbose or of_service else logging.WARNING
    # Stamina warns on its own when it retries; the client tells every request, and the reports how it ended.
    stamina.instrumentation.set_on_retry_hooks(None if debug else ())
    processors: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        *([] if verbose or debug else [_Filter()]),
        _TIMES[as_json],
        # as text, so that it can be redacted, and without the values of variables
        structlog.processors.format_exc_info,
        redact,
    ]
    renderer = _json if as_json else _Screen(colours=sys.stderr.isatty())
    structlog.configure(
        processors=[*processors, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: _Line(),
    )
    _route_standard_logging(processors, renderer)
    logging.getLogger("core").setLevel(level)


#: around each line that is written; a terminal keeps its prompt below
_around: Callable[[], AbstractContextManager[None]] = nullcontext


def write_within(around: Callable[[], AbstractContextManager[None]]) -> None:
    """Write each line inside of `around()` from now on."""
    global _around
    _around = around


_output: Final = LogOutput()


class _Line:
    """Writes one line to stderr."""

    def msg(self, message: str) -> None:
        with _around():
            _output.write(f"{message}\n")

    log = debug = info = warning = error = critical = exception = fatal = msg


_TIMES: Final = {
    False: structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
    True: structlog.processors.TimeStamper(fmt="iso", utc=True),
}


class _Filter:
    """Drops what happens and has no line for people, and warnings that were just shown word by word."""

    def __init__(self) -> None:
        self._shown: dict[str, float] = {}

    def __call__(self, _logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """The event, or DropEvent."""
        has_line = lines.line_of(event) is not None
        if event.get("exc_info") or (has_line and event["event"] not in lines.COMMON_TROUBLES):
            return event
        news = str(event.get("problem")) if has_line else repr(sorted(event.items(), key=str))
        if (event["level"] in ("debug", "info") and not has_line) or self._is_repeated(news):
            raise structlog.DropEvent
        return event

    def _is_repeated(self, news: str) -> bool:
        now = monotonic()
        self._shown = {earlier: at for earlier, at in self._shown.items() if now - at < _REPEATED_AFTER_S}
        is_repeated = news in self._shown
        self._shown.setdefault(news, now)
        return is_repeated


class _Screen:
    """Renders a line for people where there is one, and any other event with its fields."""

    def __init__(self, *, colours: bool) -> None:
        self._marks = _COLOUR_MARKS if colours else _MARKS
        self._time = "\x1b[2m{}\x1b[0m" if colours else "{}"
        self._other = structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=structlog.dev.plain_traceback)

    def __call__(self, logger: Any, method: str, event: MutableMapping[str, Any]) -> str:
        """The event as it is shown."""
        line = lines.line_of(event)
        if line is None:
            return str(self._other(logger, method, event))
        sentence = _redact_text(line.sentence.replace("\n", " "))
        return f"{self._time.format(event['timestamp'])} {self._marks[line.tone]} {sentence}"


_MARKS: Final = {Tone.GOOD: "✓", Tone.PLAIN: "·", Tone.TROUBLE: "!"}
_COLOUR_MARKS: Final = {
    Tone.GOOD: "\x1b[32m✓\x1b[0m",
    Tone.PLAIN: "\x1b[2m·\x1b[0m",
    Tone.TROUBLE: "\x1b[33m!\x1b[0m",
}
_as_json: Final = structlog.processors.JSONRenderer(
    default=lambda value: value.isoformat() if isinstance(value, datetime) else str(value), ensure_ascii=False
)


def _json(logger: Any, method: str, event: MutableMapping[str, Any]) -> str:
    """One JSON document on one line: the event's facts and, where it has one, its sentence."""
    if line := lines.line_of(event):
        event = {**event, "sentence": _redact_text(line.sentence)}
    return str(_as_json(logger, method, event))


def _route_standard_logging(processors: list[structlog.typing.Processor], renderer: structlog.typing.Processor) -> None:
    """Render what is logged through the standard library in the same manner."""
    handler = _Handler(_output)
    handler.set_name(_HANDLER)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=processors,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    for earlier in [candidate for candidate in root.handlers if candidate.get_name() == _HANDLER]:
        root.removeHandler(earlier)
    root.addHandler(handler)


class _Handler(logging.StreamHandler[LogOutput]):
    """Writes what the formatter does not drop."""

    def emit(self, record: logging.LogRecord) -> None:
        """A dropped event is no error."""
        with suppress(structlog.DropEvent), _around():
            super().emit(record)


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace values under secret names, and in any text logins in addresses, tokens and hostile characters."""
    for key, value in event.items():
        if _SECRET.search(key):
            event[key] = "***"
        elif isinstance(value, str):
            event[key] = _redact_text(value)
    return event


def _redact_text(text: str) -> str:
    text = _LOGIN.sub("://***@", _HOSTILE.sub("", text))
    return _TOKEN.sub("***", _SECRET_IN_TEXT.sub(r"\g<name>***", text))
