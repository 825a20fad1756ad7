import pytest

from core.channels import ChannelRef, Subscription
from core.converse.settings.subscribing import change
from core.errors import BadSetting

READS = Subscription(channel=ChannelRef("terminal", "", "main"))


@pytest.mark.parametrize(("typed", "tag"), [("German", "de"), ("中文", "zh"), ("pt-br", "pt-BR"), ("en-GB", "en")])
def test_a_language_by_any_of_its_names(typed: str, tag: str) -> None:
    """The language of a subscription is set by a name or a tag, and kept as one tag."""
    assert change(READS, "language", typed).language == tag


def test_a_language_that_there_is_not() -> None:
    """What names no language is refused."""
    with pytest.raises(BadSetting, match="'xx' is no language"):
        change(READS, "language", "xx")
