"""Lines typed at a keyboard, read in a thread so that the event loop goes on; with history where readline is there.

While the prompt waits, Ctrl-C is a key and not a signal: GNU readline is told to throw the line away and hand over
`INTERRUPT` instead, because a signal cannot reach a thread that waits in readline. Where there is no GNU readline,
Ctrl-C stays the signal it is. While a command is carried out, Ctrl-C ends that command alone.

A shell script starts its background jobs with SIGINT ignored. A program without a terminal keeps it so. A program that
reads from a terminal listens to SIGINT all the same, because somebody is at the keyboard.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import IO, Final, TypeVar

from rich.cells import cell_len
from rich.console import Console
from rich.control import Control
from rich.segment import ControlType
from rich.text import Text

try:
    import readline
    import termios
except ImportError:  # Windows
    HAS_KEYS = False
else:
    HAS_KEYS = "libedit" not in (readline.__doc__ or "")

T = TypeVar("T")

PROMPT: Final = "paperboy> "

#: the line that stands for Ctrl-C
INTERRUPT: Final = "\x03"

#: gives the next line typed after a prompt; raises EOFError at the end, KeyboardInterrupt for Ctrl-C
Ask = Callable[[str], str]

_THROW_LINE_AWAY: Final = r'"\C-c": "\C-a\C-k\C-v\C-c\C-m"'


async def next_line(ask: Ask, prompt: str) -> str | None:
    """The next line without blocking the event loop; INTERRUPTED for Ctrl-C, None at the end of all input.

    The thread is a daemon: one that still waits for a key when the loop is cancelled holds nothing up.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str | None] = loop.create_future()

    def settle(line: str | None, error: BaseException | None) -> None:
        if answer.done():
            return
        answer.set_exception(error) if error else answer.set_result(line)

    def work() -> None:
        line, error = _ask_once(ask, prompt)
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(settle, line, error)

    with _terminal_as_it_was():
        threading.Thread(target=work, name="keyboard", daemon=True).start()
        return await answer


class Prompt:
    """The last line of a screen: a person types there, and whatever is printed meanwhile stands above it."""

    def __init__(self, console: Console, ask: Ask) -> None:
        self._console = console
        self._ask = ask
        self._is_asking = False

    async def next_line(self) -> str | None:
        """As the function `next_line`; only a terminal shows the prompt."""
        self._is_asking = self._console.is_terminal
        try:
            return await next_line(self._ask, PROMPT if self._is_asking else "")
        finally:
            self._is_asking = False

    @contextmanager
    def above(self) -> Iterator[None]:
        """What is printed inside stands above the prompt, which comes again with what was typed after it."""
        if not self._is_asking:
            yield
            return
        words, self._is_asking = readline.get_line_buffer() if HAS_KEYS else "", False
        above = cell_len(PROMPT + words) // self._console.width
        upwards = [(ControlType.ERASE_IN_LINE, 2), (ControlType.CURSOR_UP, 1)] * above
        self._console.control(Control(*upwards, (ControlType.ERASE_IN_LINE, 2), ControlType.CARRIAGE_RETURN))
        try:
            yield
        finally:
            self._console.print(Text(f"\n{PROMPT}", style="bold cyan"), Text(words), sep="", end="", soft_wrap=True)
            self._is_asking = True


def listen_to_ctrl_c() -> None:
    """Take SIGINT at a terminal where the program was started with SIGINT ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and sys.stdin.isatty():
        with suppress(ValueError):  # a loop outside the main thread
            signal.signal(signal.SIGINT, signal.default_int_handler)


async def until_ctrl_c(work: Coroutine[None, None, T]) -> T | None:
    """What the work gives; None where the person pressed Ctrl-C, and the work was cancelled and the program was not."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work)
        with _on_ctrl_c(task.cancel):
            await asyncio.wait([task])
    return None if task.cancelled() else task.result()


@contextmanager
def _on_ctrl_c(act: Callable[[], object]) -> Iterator[None]:
    loop, before = asyncio.get_running_loop(), signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        yield
        return
    try:
        loop.add_signal_handler(signal.SIGINT, act)
    except (RuntimeError, ValueError):  # a loop outside the main thread, or one that knows no signals, as on Windows
        yield
        return
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        if before is not None:
            signal.signal(signal.SIGINT, before)


def _ask_once(ask: Ask, prompt: str) -> tuple[str | None, BaseException | None]:
    try:
        return ask(prompt), None
    except EOFError:
        return None, None
    except KeyboardInterrupt:
        return INTERRUPT, None
    except Exception as error:  # noqa: BLE001 - it is raised again where the line is awaited
        return None, error


class Keyboard:
    """Asks at standard input, with a coloured prompt where `colour`."""

    def __init__(self, *, colour: bool) -> None:
        self._colour = colour
        self._pipe: IO[str] | None = None

    def __call__(self, prompt: str) -> str:
        """The next line. Raises EOFError at the end."""
        if not sys.stdin.isatty():
            return self._read_pipe()
        with _ctrl_c_is_a_key():
            line = input(self._paint(prompt))
        if INTERRUPT in line:
            readline.remove_history_item(readline.get_current_history_length() - 1)
            return INTERRUPT
        return line

    def _paint(self, prompt: str) -> str:
        # \x01 and \x02 tell readline that what is between them takes no room
        return f"\x01\x1b[1;36m\x02{prompt}\x01\x1b[0m\x02" if self._colour and HAS_KEYS else prompt

    def _read_pipe(self) -> str:
        # a file of its own: a thread that waits in sys.stdin would hold a lock that the interpreter's end wants
        self._pipe = self._pipe or open(sys.stdin.fileno(), errors="replace", closefd=False)  # noqa: SIM115 - kept open
        if line := self._pipe.readline():
            return line
        raise EOFError


@contextmanager
def _ctrl_c_is_a_key() -> Iterator[None]:
    if not HAS_KEYS:
        yield
        return
    readline.parse_and_bind(_THROW_LINE_AWAY)
    keyboard = sys.stdin.fileno()
    before = termios.tcgetattr(keyboard)
    without = termios.tcgetattr(keyboard)
    without[6][termios.VINTR] = b"\0"
    termios.tcsetattr(keyboard, termios.TCSADRAIN, without)
    try:
        yield
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)


@contextmanager
def _terminal_as_it_was() -> Iterator[None]:
    """Give the terminal its echo and its keys back, even where a thread is left waiting in readline."""
    if not (HAS_KEYS and sys.stdin.isatty()):
        yield
        return
    before = termios.tcgetattr(sys.stdin.fileno())
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, before)
