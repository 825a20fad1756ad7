"""What is logged of a job that failed."""

from __future__ import annotations

import structlog

from core.errors import PaperboyError

_log = structlog.get_logger("paperboy")


def log_failure(task: str, error: Exception, *, tries: int, pause_s: float | None) -> None:
    """One line for a try that failed, with a bug as a whole; the next try comes after `pause_s`, if there is one."""
    event = "job given up" if pause_s is None else "job failed"
    bug = None if isinstance(error, PaperboyError) else error
    problem = error.sentence() if isinstance(error, PaperboyError) else f"A bug stopped it ({type(error).__name__})."
    _log.warning(event, task=task, problem=problem, tries=tries, pause_s=pause_s, exc_info=bug)
