"""`python -m bot` and the console script `paperboy`: every failure becomes one sentence and the right exit code.

0 done, 1 failed, 2 wrong usage, 3 done in part, 130 interrupted. `paperboy run`: 0 after SIGTERM, 130 after Ctrl-C, 1
where a stop took longer than 30 s (`bot.stop`). `paperboy status`: 0 while a process runs, 1 where none does.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import Final

from typer import Abort
from typer.exceptions import TyperException

from core.errors import BadRule, PaperboyError, UsageError

FAILURE: Final = 1
WRONG_USAGE: Final = 2
INTERRUPTION: Final = 130

_INTERRUPTION_SENTENCE: Final = "Interrupted. What was stored before is complete; the same command goes on from there."


def main() -> None:
    """Run one command and leave with its exit code."""
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except OSError:  # told already: what a full disk did not take is still in the buffer
        _forget_output()
    gc.freeze()  # the process ends: looking for garbage among all that was loaded costs a fifth of a short command
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command; its exit code."""
    from bot.cli import cli  # loads Typer and rich only when there is a command to run

    try:
        code = cli(arguments, prog_name="paperboy", standalone_mode=False)
    except TyperException as error:
        if not error.format_message():  # a group of commands alone: its help is on the screen
            return 0
        sentence = error.format_message().rstrip(".")
        return _tell(f"{sentence}{'' if sentence.endswith('?') else '.'} paperboy --help shows how.", error.exit_code)
    except (KeyboardInterrupt, Abort):
        return _tell(_INTERRUPTION_SENTENCE, INTERRUPTION)
    except BrokenPipeError:
        _forget_output()
        return 0
    except Exception as error:  # noqa: BLE001 - the last resort: a person reads a sentence, not a traceback
        return _fail(error, arguments)
    if code == INTERRUPTION:  # Typer turns Ctrl-C into this code without a word
        return _tell(_INTERRUPTION_SENTENCE, code)
    return code if isinstance(code, int) else 0


def _forget_output() -> None:
    """Nobody takes it; what is left in the buffer goes nowhere, where Python would complain of it at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


def _fail(error: Exception, arguments: list[str]) -> int:
    if "--debug" in arguments:
        sys.excepthook(type(error), error, error.__traceback__)
    code = _tell(_sentence(error), WRONG_USAGE if isinstance(error, UsageError) else FAILURE)
    if isinstance(error, BadRule) and (pointer := error.pointer()):
        sys.stderr.write("".join(f"    {line}\n" for line in pointer))
    return code


def _sentence(error: Exception) -> str:
    if isinstance(error, PaperboyError):
        return error.sentence()
    if isinstance(error, OSError) and error.strerror:  # a full disk under stdout, no more files to open
        return f"The system refused: {error}. paperboy --debug shows where."
    return f"This is a bug in Paperboy ({type(error).__name__}: {error}). paperboy --debug shows where."


def _tell(sentence: str, code: int) -> int:
    from adapters.chat.hostile import harmless  # loads no platform

    # A sentence repeats what was typed, or what a source or a file said.
    sys.stderr.write(f"paperboy: {harmless(sentence, one_line=True)}\n")
    return code


if __name__ == "__main__":
    main()
