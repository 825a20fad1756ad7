"""Problems of sources that a test lays out by their sentence."""

from __future__ import annotations

from core.ingest.problems import Cause, Failure, Problem


def failed(sentence: str) -> tuple[Problem, ...]:
    """One failure that says this; no problem where it is empty."""
    return (Failure(cause=Cause.NO_ANSWER, detail=sentence),) if sentence else ()
