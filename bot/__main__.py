"""`python -m bot` and the console script `paperboy`: every failure becomes one sentence and the right exit code.

0 done, 1 failed, 2 wrong usage, 3 done in part, 130 interrupted.
"""

from __future__ import annotations

import sys
from typing import Final

from typer import Abort
from typer.exceptions import TyperException

from core.errors import PaperboyError, UsageError

FAILED: Final = 1
WRONG_USAGE: Final = 2
INTERRUPTED: Final = 130


def main() -> None:
    """Run one command and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command; its exit code."""
    from bot.cli import cli  # loads Typer and rich only when there is a command to run

    try:
        code = cli(arguments, prog_name="paperboy", standalone_mode=False)
    except TyperException as error:
        return _tell(f"{error.format_message().rstrip('.')}. paperboy --help shows how.", error.exit_code)
    except UsageError as error:
        return _fail(error, arguments, WRONG_USAGE)
    except PaperboyError as error:
        return _fail(error, arguments, FAILED)
    except (KeyboardInterrupt, Abort):
        return _tell(
            "Interrupted. What was stored before is complete; the same command goes on from there.", INTERRUPTED
        )
    except BrokenPipeError:
        sys.stderr.close()  # the reader has gone, and Python would complain at exit
        return 0
    except Exception as error:  # noqa: BLE001 - the last resort: a person reads a sentence, not a traceback
        return _fail(error, arguments, FAILED)
    if code == INTERRUPTED:  # Typer turns Ctrl-C into this code without a word
        return _tell("Interrupted. What was stored before is complete; the same command goes on from there.", code)
    return code if isinstance(code, int) else 0


def _fail(error: Exception, arguments: list[str], code: int) -> int:
    if "--debug" in arguments:
        sys.excepthook(type(error), error, error.__traceback__)
    if isinstance(error, PaperboyError):
        return _tell(error.sentence(), code)
    return _tell(f"This is a bug in Paperboy ({type(error).__name__}: {error}). paperboy --debug shows where.", code)


def _tell(sentence: str, code: int) -> int:
    sys.stderr.write(f"paperboy: {sentence}\n")
    return code


if __name__ == "__main__":
    main()
