"""Log lines into pipes: none is lost while somebody reads, and nobody waits for a reader that reads nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TextIO

import pytest
from structlog.testing import capture_logs

from bot.operation.log_output import PATIENT_EVERY_S, LogOutput

LINE = "papers " * 300 + "\n"


@pytest.fixture
def pipe() -> Iterator[tuple[int, TextIO]]:
    """A pipe's end to read, and its end to write."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    with os.fdopen(writer, "w", encoding="utf-8") as stream:
        yield reader, stream
        os.close(reader)


def read(reader: int) -> str:
    """What is in the pipe."""
    text = b""
    while True:
        try:
            text += os.read(reader, 65_536)
        except BlockingIOError:
            return text.decode()


def test_nobody_waits_for_a_reader_that_reads_nothing(pipe: tuple[int, TextIO]) -> None:
    """Lines that a full pipe does not take are dropped and counted; later ones are whole, and say how many were."""
    reader, stream = pipe
    output = LogOutput(lambda: stream, patience_s=0.0, running_s=lambda: 0.0)
    with capture_logs() as logged:
        for _ in range(100):
            output.write(LINE)
        assert logged == []
        *whole_lines, _cut_line = read(reader).splitlines(keepends=True)
        output.write("back\n")
    assert set(whole_lines) == {LINE}
    assert read(reader) == "\nback\n"
    assert [(line["event"], line["lines"]) for line in logged] == [("log lines lost", 100 - len(whole_lines))]


def test_no_line_is_lost_while_somebody_reads(pipe: tuple[int, TextIO]) -> None:
    """Long lines and short ones arrive as they were written."""
    reader, stream = pipe
    output, received = LogOutput(lambda: stream), ""
    for number in range(100):
        output.write(f"{number} – {'é' * number * 20}\n")
        received += read(reader)
    assert received == "".join(f"{number} – {'é' * number * 20}\n" for number in range(100))


def test_a_reader_is_waited_for_once_in_a_while(pipe: tuple[int, TextIO]) -> None:
    """A full pipe costs a moment once a minute, however many lines there are."""
    _, stream = pipe
    moments = iter(range(1_000))
    output = LogOutput(lambda: stream, patience_s=0.01, running_s=lambda: float(next(moments)))
    waited_at_s = set[float]()
    for _ in range(100):
        output.write(LINE)
        waited_at_s.add(output._waited_at_s)
    assert waited_at_s == {-PATIENT_EVERY_S, 0.0, PATIENT_EVERY_S}


def test_a_reader_that_is_gone(pipe: tuple[int, TextIO]) -> None:
    """Where nobody can read any more, a line is dropped, and nothing is raised."""
    reader, writer = os.pipe()
    os.close(reader)
    stream = os.fdopen(writer, "w", encoding="utf-8")
    LogOutput(lambda: stream).write(LINE)
    with pytest.raises(BrokenPipeError):
        stream.close()
