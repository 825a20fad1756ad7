import pytest

from core.papers.orcid import orcid_in


@pytest.mark.parametrize(
    "text",
    [
        "0000-0002-1825-0097",
        " https://orcid.org/0000-0002-1825-0097/",
        "orcid.org/0000-0002-1825-0097",
        "ORCID: 0000-0002-1825-0097",
    ],
)
def test_spellings(text: str) -> None:
    """An ORCID is read bare, prefixed and as an address."""
    assert orcid_in(text) == "0000-0002-1825-0097"


def test_check_digits() -> None:
    """The last digit may be an X; a number with another check digit is none, and neither is anything else."""
    assert orcid_in("0000-0002-1694-233x") == "0000-0002-1694-233X"
    assert [
        orcid_in(text) for text in ("0000-0002-1825-0098", "0000-0002-1825", "2601.15529", "", "٠٠٠٠-0002-1825-0097")
    ] == [None] * 5
