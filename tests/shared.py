"""Where the real data and tools lie that some tests need, and the mark that skips those tests without them."""

from pathlib import Path

import pytest

#: beside the checkout; a newcomer's clone has none
SHARED = (Path(__file__).parents[2] / "shared").resolve()

_REASON = "needs ../shared (real data and tools), which is not here"

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason=_REASON)


def require_shared() -> None:
    """Skip the test that is running where they are absent: for what only a fixture finds out."""
    if not SHARED.is_dir():
        pytest.skip(_REASON)
