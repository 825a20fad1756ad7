"""A provider of language models for all tests of the folder: litellm keeps its connections to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.standins.model import ModelServer, model_server_apart


@pytest.fixture(scope="package")
def running() -> Iterator[ModelServer]:
    with model_server_apart() as server:
        yield server


@pytest.fixture
def server(running: ModelServer) -> Iterator[ModelServer]:
    """The provider, as new; whatever was asked of it must have been asked as its documentation says."""
    running.forget()
    yield running
    assert running.complaints == []
