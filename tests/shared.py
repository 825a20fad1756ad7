"""Where the real data and tools lie that some tests need, and the mark that skips those tests without them."""

from pathlib import Path

import pytest

#: beside the checkout; a newcomer's clone has none
SHARED = (Path(__file__).parents[2] / "shared").resolve()

needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="needs ../shared (real data and tools), which is not here"
)
