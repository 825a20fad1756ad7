"""What all commands share: the options before a command, opening the program, and types of arguments."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from datetime import date

    from bot.settings import Settings
    from bot.wire import App

T = TypeVar("T")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Name = Annotated[str, typer.Option("--name", help="Which of the channel's subscriptions.")]
Channel = Annotated[str, typer.Argument(help="platform:workspace/channel, like slack:T123/C456 or terminal:main.")]


class LogFormat(StrEnum):
    """How log lines are written."""

    TEXT = "text"
    JSON = "json"


LogFormatOption = Annotated[LogFormat | None, typer.Option("--log-format", help="text, or json: a document per line.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What stands before the command."""

    config: Path | None
    debug: bool
    verbose: bool
    log_format: LogFormat | None = None
    #: show a line for each event that people of a service care about
    of_service: bool = False

    def settings(self) -> Settings:
        """The settings, with logs configured and anything unusual said."""
        self.configure_logs()
        return self.read_settings()

    def configure_logs(self) -> None:
        """Show logs as the options say."""
        from bot.operation import logs

        logs.configure(
            verbose=self.verbose,
            debug=self.debug,
            as_json=self.log_format is LogFormat.JSON,
            of_service=self.of_service,
        )

    def read_settings(self) -> Settings:
        """The settings, with anything unusual said."""
        from bot.settings import load

        settings = load(self.config)
        if settings.clock.now:
            self._warn(f"clock.now is set: for Paperboy it is {settings.clock.now:%Y-%m-%d %H:%M %Z}.")
        if settings.without_effect:
            self._warn(f"Without effect in this version: {', '.join(settings.without_effect)}.")
        return settings

    def _warn(self, sentence: str) -> None:
        if self.log_format is LogFormat.JSON:
            from structlog import get_logger

            self.configure_logs()
            get_logger("paperboy").warning(sentence)
            return
        from bot.output import screen

        screen.warn(sentence)


def run_with_app(context: typer.Context, work: Callable[[App], Awaitable[T]]) -> T:
    """Open the program, do one thing with it, close it."""
    settings = context.obj.read_settings()

    async def inside() -> T:
        from bot.wire import build

        async with build(settings, before_adapters=context.obj.configure_logs) as app:
            return await work(app)

    return asyncio.run(inside())


def day_of(text: str | None) -> date | None:
    """A day as typed. Raises UsageError."""
    from datetime import date

    from core.errors import UsageError

    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"'{text[:40]}' is not a day.", hint="Write it like 2026-02-04.") from None
