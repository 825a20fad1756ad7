from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources.huggingface import python_value

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(plain)
def test_python_texts_are_read_back(value: object) -> None:
    """What `repr` wrote is read as it was."""
    assert python_value(repr(value)) == value


@given(st.text(alphabet="'\"\\[]{}(),: \nTrueFalseNone-+.0123456789xuU") | st.text())
def test_other_texts_are_no_value(junk: str) -> None:
    """Anything else is refused with one kind of error, or happens to be a value; nothing is evaluated."""
    try:
        assert isinstance(python_value(junk), dict | list | str | int | float | None)
    except ValueError:
        return


@pytest.mark.parametrize(
    "hostile", ["[" * 100_000, "-" * 100_000 + "1", "__import__('os')", "9" * 10_000, "'" + "x" * 2_000_000]
)
def test_hostile_python_texts_cost_nothing(hostile: str) -> None:
    """Depth, length and calls are refused."""
    with pytest.raises(ValueError, match=r"the text|Exceeds|malformed"):
        python_value(hostile)
