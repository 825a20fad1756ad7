"""Recorded exchanges with real services, as VCR cassettes and plain files keep them."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest


class Exchange(NamedTuple):
    """One request and its answer."""

    url: str
    status: int
    body: bytes


def exchanges(path: Path) -> Iterator[Exchange]:
    """All exchanges of a cassette (YAML), or the one body of any other file."""
    if path.suffix not in (".yml", ".yaml"):
        yield Exchange("", 200, path.read_bytes())
        return
    yaml = pytest.importorskip("yaml", reason="needs PyYAML to read cassettes")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    told = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
    for one in told.get("interactions") or told["http_interactions"]:
        response = one["response"]
        yield Exchange(one["request"]["uri"], _status(response), _body(response))


def _status(response: dict[str, Any]) -> int:
    status = response.get("status") or response.get("status_code")
    return int(status.get("code") or status["status_code"]) if isinstance(status, dict) else int(status)


def _body(response: dict[str, Any]) -> bytes:
    body = response.get("body") or response.get("content") or ""
    if isinstance(body, dict):
        body = base64.b64decode(body["base64_string"]) if "base64_string" in body else body["string"]
    raw = body.encode() if isinstance(body, str) else body
    return gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw
