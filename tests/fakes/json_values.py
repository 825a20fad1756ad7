"""JSON of any shape, for services that fill their fields with whatever comes to hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

#: values that are read as something, where they stand in the right place
_TELLING = ("10.1234/x", "https://doi.org/10.48550/arXiv.2602.00001", "2602.00001", "doi", "retraction", "2026-02-10")


def any_record(keys: str) -> st.SearchStrategy[dict[str, Any]]:
    """An object with some of these keys, which are parted by spaces, and any values."""
    return st.dictionaries(st.sampled_from(keys.split()), _any_json(keys.split()), max_size=8)


def _any_json(keys: Sequence[str]) -> st.SearchStrategy[Any]:
    telling = st.sampled_from(_TELLING)
    return st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | telling,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(keys), inner, max_size=4),
        max_leaves=12,
    )
