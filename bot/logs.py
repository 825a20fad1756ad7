"""Logs: one structured line per event on stderr, coloured in a terminal, without anything secret."""

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


def configure(*, verbose: bool = False, debug: bool = False) -> None:
    """Warnings and worse; `verbose` adds what happens, `debug` everything."""
    level = logging.DEBUG if debug else logging.INFO if verbose else logging.WARNING
    # Stamina warns on its own when it retries; the client tells every request, and the reports how it ended.
    stamina.instrumentation.set_on_retry_hooks(None if debug else ())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=True),
            redact,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace values under secret names, and logins in addresses."""
    for key, value in event.items():
        if _SECRET.search(key):
            event[key] = "***"
        elif isinstance(value, str):
            event[key] = _LOGIN.sub("://***@", value)
    return event
