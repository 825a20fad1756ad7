"""The prompt at a real pseudo-terminal, in a process of its own."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fakes.signals import in_background, in_foreground

ROOT = Path(__file__).parents[4]

PROGRAM = """
import asyncio, sys
from rich.console import Console
from adapters.chat.terminal.client import TerminalChat
from tests.fakes.clock import FakeClock
from tests.fakes.desk import FakeDesk
desk = FakeDesk()
desk.takes(float(sys.argv[1]))
asyncio.run(TerminalChat(Console(), FakeClock()).run(desk))
print("HEARD", [f"{one.name} {one.arguments}".strip() for one in desk.commands])
"""
SAYS_READY = PROGRAM.replace("desk)", "desk), debug=print('READY', flush=True)", 1)
POSTS_MEANWHILE = """
import asyncio, readline
from rich.console import Console
from adapters.chat.terminal.client import TerminalChat
from core.channels import ChannelRef
from tests.fakes.clock import FakeClock
from tests.fakes.desk import FakeDesk
from tests.fakes.posts import a_paper_card
async def main():
    desk, chat = FakeDesk(), TerminalChat(Console(), FakeClock())
    async def post():
        while readline.get_line_buffer() != "/hel":
            await asyncio.sleep(0.01)
        for outgoing in chat.plan(ChannelRef("terminal", "", "main"), a_paper_card(), key="k"):
            await chat.send(ChannelRef("terminal", "", "main"), outgoing, None)
    async with asyncio.TaskGroup() as group:
        group.create_task(post())
        await chat.run(desk)
    print("HEARD", [one.name for one in desk.commands])
asyncio.run(main())
"""
INTERRUPTS_ITSELF = SAYS_READY.replace(
    "desk = FakeDesk()",
    """
import signal
class InterruptedDesk(FakeDesk):
    async def handle(self, command):
        signal.raise_signal(signal.SIGINT)
        return await super().handle(command)
desk = InterruptedDesk()
""",
)


class Session:
    """A program at a pseudo-terminal, and the keys that are pressed."""

    def __init__(
        self, *, takes_s: float = 0, start: Callable[..., list[str]] = in_foreground, program: str = PROGRAM
    ) -> None:
        self.keys, line = pty.openpty()
        self.before = termios.tcgetattr(line)
        self.line = line
        self.process = subprocess.Popen(
            start("env", "TERM=xterm", "INPUTRC=/dev/null", sys.executable, "-c", program, str(takes_s)),
            stdin=line,
            stdout=line,
            stderr=line,
            cwd=ROOT,
        )
        self.unread = ""

    def press(self, keys: str) -> None:
        os.write(self.keys, keys.encode())

    def wait_for(self, words: str) -> None:
        """Read on until the words are on the screen; what stands before them has been read then."""
        until = time.monotonic() + 60
        while words not in self.unread:
            if not select.select([self.keys], [], [], max(until - time.monotonic(), 0))[0]:
                pytest.fail(f"{words!r} did not come; there is: {self.unread!r}")
            self.unread += os.read(self.keys, 4096).decode(errors="replace")
        _, _, self.unread = self.unread.partition(words)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.keys)
        os.close(self.line)


@pytest.fixture
def session() -> Iterator[Session]:
    session = Session()
    yield session
    session.end()


def test_ctrl_c_throws_the_line_away_and_twice_leaves(session: Session) -> None:
    """What was typed before Ctrl-C is not asked; history gives the last command; Ctrl-C twice leaves all as it was."""
    session.wait_for("paperboy>")
    session.press("/help search\n")
    session.wait_for("Here you are.")
    session.wait_for("paperboy>")
    session.press("/search secret\x03")
    session.wait_for("Ctrl-C again, or exit, leaves.")
    session.wait_for("paperboy>")
    session.press("\x1b[A\n")  # the key up
    session.wait_for("Here you are.")
    session.wait_for("paperboy>")
    session.press("\x03")
    session.wait_for("Ctrl-C again")
    session.wait_for("paperboy>")
    session.press("\x03")
    session.wait_for("HEARD ['help search', 'help search']")
    assert session.process.wait(timeout=60) == 0
    assert termios.tcgetattr(session.line) == session.before


@pytest.mark.parametrize("start", [in_foreground, in_background])
def test_ctrl_c_ends_a_command_that_takes_long(start: Callable[..., list[str]]) -> None:
    """A command that does not end is cancelled, and the prompt comes back, even where SIGINT was ignored before."""
    session = Session(takes_s=60, start=start)
    try:
        session.wait_for("paperboy>")
        session.press("/digest\n")
        session.wait_for("working…")
        session.process.send_signal(2)
        session.wait_for("Stopped.")
        session.wait_for("paperboy>")
        session.press("exit\n")
        session.wait_for("HEARD ['digest']")
        assert session.process.wait(timeout=60) == 0
    finally:
        session.end()


def test_message_that_comes_while_somebody_types() -> None:
    """It stands above the prompt, which comes again with what was typed, and the line goes on from there."""
    session = Session(program=POSTS_MEANWHILE)
    try:
        session.wait_for("paperboy>")
        session.press("/hel")
        session.wait_for("\x1b[2K")
        session.wait_for("Bookmark")
        session.wait_for("paperboy> ")
        session.wait_for("/hel")
        session.press("p\n")
        session.wait_for("Here you are.")
        session.wait_for("paperboy>")
        session.press("exit\n")
        session.wait_for("HEARD ['help']")
    finally:
        session.end()


def test_the_end_of_input_leaves(session: Session) -> None:
    """Ctrl-D at an empty prompt leaves."""
    session.wait_for("paperboy>")
    session.press("\x04")
    session.wait_for("HEARD []")
    assert session.process.wait(timeout=60) == 0


@pytest.mark.parametrize("start", [in_foreground, in_background])
def test_a_stop_gives_the_terminal_back(start: Callable[..., list[str]]) -> None:
    """A program that is stopped while somebody types leaves the terminal as it found it."""
    session = Session(start=start)
    try:
        session.wait_for("paperboy>")
        session.press("half a li")
        time.sleep(0.2)
        session.process.send_signal(2)
        session.process.wait(timeout=60)
        assert termios.tcgetattr(session.line) == session.before
    finally:
        session.end()


def test_lines_come_through_a_pipe() -> None:
    """Without a terminal the same lines are read, and the end of the pipe ends it."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "0"],
        input="/help\n\nsearch graph nets",
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=True,
    )
    assert done.stdout.endswith("HEARD ['help', 'search graph nets']\n")
    assert "paperboy>" not in done.stdout
    assert done.stderr == ""


def test_a_silent_pipe_does_not_keep_a_stopped_program() -> None:
    """Nobody types, the program is told to stop, and it stops at once and in order."""
    program = subprocess.Popen(
        in_foreground(sys.executable, "-c", SAYS_READY, "0"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    with program:
        assert program.stdout is not None
        assert program.stderr is not None
        assert program.stdout.readline() == "READY\n"
        time.sleep(0.3)
        program.send_signal(2)
        assert program.wait(timeout=60) != 0
        assert "Fatal Python error" not in program.stderr.read()


def test_a_background_job_goes_on_after_ctrl_c() -> None:
    """Without a terminal an ignored SIGINT stays ignored, while the program waits and while it answers."""
    program = subprocess.Popen(
        in_background(sys.executable, "-c", INTERRUPTS_ITSELF, "0.05"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    with program:
        assert program.stdout is not None
        assert program.stdout.readline() == "READY\n"
        program.send_signal(2)
        out, err = program.communicate("/help\n", timeout=60)
    assert (program.returncode, err) == (0, "")
    assert "Stopped." not in out
    assert out.endswith("HEARD ['help']\n")
