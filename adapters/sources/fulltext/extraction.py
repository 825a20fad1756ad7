"""Takes documents apart in a process of their own, with bounds of time, memory and output.

`ArxivFullText` calls `extract`; `worker` is what runs there. It raises nothing but BadFeed, whatever the document
does to its process.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from adapters.sources.fulltext.parts import MOST_PARAGRAPHS
from core.errors import BadFeed
from core.summarise.fulltext import (
    LONGEST_CAPTION,
    LONGEST_PARAGRAPH,
    LONGEST_TITLE,
    MOST_FIGURES,
    MOST_SECTIONS,
    Figure,
    TextForm,
    TextSection,
)

#: seconds for one document, with the start of its process
LONGEST_S: Final = 30.0
#: bytes that a process may write; JSON writes one character in up to twelve
_MOST_OUTPUT: Final = 8 * 2**20

_WORKER: Final = "adapters.sources.fulltext.worker"
_PROBLEMS: Final = {
    "not a paper": "is no {form} of a paper",
    "no text": "holds no text that can be read: its pages are pictures",
    "locked": "is locked with a password",
    "memory": "takes too much memory to read",
    "limits": "cannot be read safely here: the system lets no process limit itself (setrlimit)",
}

_Title = Annotated[str, StringConstraints(max_length=LONGEST_TITLE)]
_Paragraph = Annotated[str, StringConstraints(max_length=LONGEST_PARAGRAPH)]
_Caption = Annotated[str, StringConstraints(max_length=LONGEST_CAPTION)]
_Section = tuple[_Title, Annotated[list[_Paragraph], Field(max_length=MOST_PARAGRAPHS + 1)]]
_Figure = tuple[_Title, _Caption, _Caption]


class Report(BaseModel):
    """The answer of the separate process: the name of a problem, or the parts of the document."""

    model_config = ConfigDict(extra="forbid")

    problem: Annotated[str, StringConstraints(max_length=40)] = ""
    sections: Annotated[list[_Section], Field(max_length=MOST_SECTIONS + 2)] = []
    figures: Annotated[list[_Figure], Field(max_length=MOST_FIGURES)] = []

    def text_sections(self) -> tuple[TextSection, ...]:
        """The sections as values."""
        return tuple(TextSection(title=title, paragraphs=tuple(paragraphs)) for title, paragraphs in self.sections)

    def text_figures(self) -> tuple[Figure, ...]:
        """The figures and tables as values."""
        return tuple(Figure(label=label, caption=caption, content=rows) for label, caption, rows in self.figures)


async def extract(form: TextForm, body: bytes, *, what: str, longest_s: float = LONGEST_S) -> Report:
    """The parts of a document; `what` names it in errors. Raises BadFeed."""
    output = await _output_of(form, body, what, longest_s)
    try:
        report = Report.model_validate_json(output)
    except ValidationError as error:
        raise BadFeed(f"{what} could not be read: it crashed the program that reads it.") from error
    if report.problem:
        raise BadFeed(f"{what} {_PROBLEMS.get(report.problem, 'cannot be read').format(form=form.value.upper())}.")
    return report


async def _output_of(form: TextForm, body: bytes, what: str, longest_s: float) -> bytes:
    # not our own environment, which holds tokens: only the place of the modules
    path = os.pathsep.join(filter(None, sys.path))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-X", "utf8", "-m", _WORKER, form.value),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(longest_s), asyncio.TaskGroup() as group:
            group.create_task(_feed(process, body))
            reading = group.create_task(_read_output(process))
    except TimeoutError as error:
        raise BadFeed(f"{what} takes too long to read.") from error
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if len(reading.result()) > _MOST_OUTPUT:
        raise BadFeed(f"{what} holds too much text.")
    return reading.result()


async def _feed(process: asyncio.subprocess.Process, body: bytes) -> None:
    assert process.stdin
    with suppress(BrokenPipeError, ConnectionResetError):  # it died; its output says why
        process.stdin.write(body)
        await process.stdin.drain()
        process.stdin.close()


async def _read_output(process: asyncio.subprocess.Process) -> bytes:
    assert process.stdout
    output = bytearray()
    while len(output) <= _MOST_OUTPUT and (piece := await process.stdout.read(2**16)):
        output += piece
    if len(output) > _MOST_OUTPUT:
        process.kill()  # it may still wait to write
    return bytes(output)
