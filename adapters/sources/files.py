"""Files that people name, read within a bound."""

from __future__ import annotations

from pathlib import Path

from core.errors import UsageError


def read_bytes(path: Path, *, most: int) -> bytes:
    """The first `most` bytes of a file, and one more where there are more. Raises UsageError."""
    try:
        if path.is_dir():
            raise UsageError(f"{path} is a folder, not a file.")
        with path.open("rb") as file:
            return file.read(most + 1)
    except FileNotFoundError:
        raise UsageError(f"There is no file {path}.") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
