from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog

from bot.operation import logs


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Leave logging as it was."""
    root, core = logging.getLogger(), logging.getLogger("core")
    before, level = list(root.handlers), core.level
    yield
    root.handlers[:] = before
    core.setLevel(level)
    structlog.reset_defaults()


def crash(said: str) -> None:
    raise AttributeError(said)


@pytest.mark.parametrize("logger", [logging.getLogger("core.ingest.guard"), structlog.get_logger("bot.schedule")])
@pytest.mark.parametrize(
    ("said", "secret"),
    [
        ("https://ada:hunter2@example.org/feed has no author", "hunter2"),
        ("https://example.org/feed?api_key=hunter2&page=1 has no author", "hunter2"),
        ("{'token': 'hunter2', 'page': 1}", "hunter2"),
        ('{"password": "correct horse"}', "horse"),
        ("Authorization: Bearer hunter2", "hunter2"),
        ("https://api.telegram.org/bot123:hunter2/getMe", "hunter2"),
        ("refused xoxb-12-hunter2", "hunter2"),
        ("Incorrect API key provided: sk-proj-hunter2.", "hunter2"),
        ("\x1b]0;hunter2 of the window", "\x1b"),
    ],
)
def test_a_traceback_reaches_stderr_without_secrets(
    logger: logging.Logger, said: str, secret: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bug is logged whole, by the core as by the program, without logins, tokens and control characters."""
    logs.configure()
    try:
        crash(said)
    except AttributeError:
        logger.exception("a bug")
    told = capsys.readouterr().err
    assert "a bug" in told
    assert "Traceback" in told
    assert "AttributeError" in told
    assert "test_logs.py" in told
    assert secret not in told


def test_the_core_is_as_talkative_as_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    """Without an option, warnings; with --verbose, what happens too; each line once, however often it is set up."""
    core = logging.getLogger("core.ingest.guard")
    logs.configure()
    core.info("first")
    core.warning("second")
    logs.configure(verbose=True)
    core.info("third")
    logging.getLogger("library").info("fourth")
    told = capsys.readouterr().err
    assert [told.count(word) for word in ("first", "second", "third", "fourth")] == [0, 1, 1, 0]
