"""Logs: one structured line per event on stderr, coloured in a terminal, without anything secret.

The program logs through structlog; the core, and libraries, log through the standard library. Both go the same way.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import stamina
import structlog

_SECRET: Final = re.compile(r"token|secret|password|api_key|authorization", re.IGNORECASE)
_LOGIN: Final = re.compile(r"://[^/@\s]+@")
_NAME: Final = r"[\w-]*(?:token|secret|password|api[_-]?key)[\w-]*"
#: in running text, a traceback say: `token=abc`, `'password': 'abc'`, `Authorization: Bearer abc`
_SECRET_IN_TEXT: Final = re.compile(
    rf"(?P<name>{_NAME}\s*=\s*|{_NAME}['\"]\s*:\s*|authorization['\"]?\s*[:=]\s*)"
    r"(?:b?\"[^\"\n]*\"|b?'[^'\n]*'|(?:(?:bearer|basic|bot)\s+)?[^\s,;&)}\]]+)",
    re.IGNORECASE,
)
#: tokens of Slack, and those that Telegram has in its addresses
_TOKEN: Final = re.compile(r"\bx(?:ox[a-z]|app)-[\w-]+|\bbot\d+:[\w-]+")
#: control characters, and those that reorder the text around them; line ends and tabs stay
_HOSTILE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_HANDLER: Final = "paperboy"


def configure(*, verbose: bool = False, debug: bool = False) -> None:
    """Warnings and worse; `verbose` adds what happens, `debug` everything. Of libraries, warnings and worse only."""
    level = logging.DEBUG if debug else logging.INFO if verbose else logging.WARNING
    # Stamina warns on its own when it retries; the client tells every request, and the reports how it ended.
    stamina.instrumentation.set_on_retry_hooks(None if debug else ())
    described: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=True),
        # as text, so that it can be redacted, and without the values of variables
        structlog.processors.format_exc_info,
        redact,
    ]
    renderer = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(
        processors=[*described, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    _route_standard_logging(described, renderer)
    logging.getLogger("core").setLevel(level)


def _route_standard_logging(
    described: list[structlog.typing.Processor], renderer: structlog.dev.ConsoleRenderer
) -> None:
    """Render what is logged through the standard library in the same manner."""
    handler = logging.StreamHandler(sys.stderr)
    handler.set_name(_HANDLER)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=described,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    for earlier in [one for one in root.handlers if one.get_name() == _HANDLER]:
        root.removeHandler(earlier)
    root.addHandler(handler)


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace values under secret names, and in any text logins in addresses, tokens and hostile characters."""
    for key, value in event.items():
        if _SECRET.search(key):
            event[key] = "***"
        elif isinstance(value, str):
            event[key] = _redacted(value)
    return event


def _redacted(text: str) -> str:
    text = _LOGIN.sub("://***@", _HOSTILE.sub("", text))
    return _TOKEN.sub("***", _SECRET_IN_TEXT.sub(r"\g<name>***", text))
