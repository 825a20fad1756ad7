"""Bodies of answers, damaged in every way that hypothesis can think of."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

#: what services, gateways and attackers leave in the middle of a body
_JUNK = [b"<", b">", b"&", b'"', b"null", b"[]", b"{}", b"-1", b"9" * 30, b"<!ENTITY x 'y'>", b"\xff\xfe", b"\x00"]


@st.composite
def damages(draw: st.DrawFn) -> Callable[[bytes], bytes]:
    """What cuts something out of a body, or puts something in, in some places."""
    junk = st.binary(max_size=8) | st.sampled_from(_JUNK)
    steps = draw(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 0.2), junk, st.booleans()), min_size=1, max_size=4))

    def damage(body: bytes) -> bytes:
        for place, length, stuffing, is_cut in steps:
            start = int(place * len(body))
            rest = body[start + int(length * len(body)) :] if is_cut else body[start:]
            body = body[:start] + stuffing + rest
        return body

    return damage
