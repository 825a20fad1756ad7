from __future__ import annotations

import pytest

from core.channels import PLATFORMS
from core.posts.reactions import Feeling
from core.posts.signs import emoji_name, feeling_of, usual_sign


@pytest.mark.parametrize(
    ("reaction", "feeling"),
    [
        ("🔖", Feeling.BOOKMARK),
        ("✍️", Feeling.BOOKMARK),
        ("✍🏿", Feeling.BOOKMARK),
        ("Bookmark", Feeling.BOOKMARK),
        (":bookmark:", Feeling.BOOKMARK),
        ("👍🏽", Feeling.MORE),
        ("+1", Feeling.MORE),
        (":+1::skin-tone-3:", Feeling.MORE),
        ("thumbsup::skin-tone-6", Feeling.MORE),
        ("more", Feeling.MORE),
        ("👎", Feeling.LESS),
        (":-1:", Feeling.LESS),
        ("less", Feeling.LESS),
        ("✅", Feeling.DONE),
        ("heavy_check_mark", Feeling.DONE),
        ("🎉", None),
        ("", None),
        ("1", None),
    ],
)
def test_every_spelling_of_a_feeling(reaction: str, feeling: Feeling | None) -> None:
    """Skin tones, colons and aliases make no difference; other emoji say nothing."""
    assert feeling_of(reaction) is feeling


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("feeling", list(Feeling))
def test_shown_emoji_is_understood(feeling: Feeling, platform: str) -> None:
    """What we show, people can type."""
    assert feeling_of(usual_sign(feeling, platform), platform) is feeling


@pytest.mark.parametrize(
    ("one", "other", "are_same"),
    [
        ("thumbsup", "+1", True),
        ("👍🏽", ":+1::skin-tone-4:", True),
        ("✍️", "writing_hand", True),
        ("👍🏽", "👍", False),
        ("🔖", "✍", False),
    ],
)
def test_an_emoji_has_one_name(one: str, other: str, are_same: bool) -> None:
    """Spellings of one emoji have the same name; what platforms count apart has two."""
    assert (emoji_name(one) == emoji_name(other)) is are_same
