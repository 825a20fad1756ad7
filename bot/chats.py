"""The chat platforms that the program is installed on, found by channel.

An installation is a token: today one per platform, which serves every workspace that it was given for. An SDK costs
half a second and loads when somebody takes its platform.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from core.channels import ChannelRef
from core.converse.ports import ChatPlatform
from core.errors import UsageError


@dataclass(frozen=True, slots=True)
class Chats:
    """Installations by platform and workspace; the workspace is empty where one token serves all of a platform's."""

    #: makes, or gives again, the platform of an installation
    makers: Mapping[tuple[str, str], Callable[[], ChatPlatform]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.makers)

    def __iter__(self) -> Iterator[str]:
        """The platforms that have a token."""
        return iter(dict.fromkeys(platform for platform, _ in self.makers))

    def serves(self, channel: ChannelRef) -> bool:
        """True where a token serves the channel."""
        return any(place in self.makers for place in _places(channel))

    def of(self, channel: ChannelRef) -> ChatPlatform:
        """The platform that serves the channel. Raises UsageError where none does."""
        return self.makers[self._place(channel)]()

    def installation_of(self, channel: ChannelRef) -> str:
        """The name of the installation that serves the channel. Raises UsageError where none does."""
        return installation_name(self._place(channel))

    def on(self, platform: str) -> tuple[ChatPlatform, ...]:
        """All installations on a platform."""
        return tuple(make() for (name, _), make in self.makers.items() if name == platform)

    def joined_by(self, chat: ChatPlatform) -> Chats:
        """These installations and one more, which serves every workspace of its platform."""
        return Chats({**self.makers, (chat.platform, ""): lambda: chat})

    def with_wrapper(self, wrap: Callable[[tuple[str, str], ChatPlatform], ChatPlatform]) -> Chats:
        """These installations with `wrap` around each platform; each wrapper is made once."""

        def around(place: tuple[str, str], make: Callable[[], ChatPlatform]) -> Callable[[], ChatPlatform]:
            return cache(lambda: wrap(place, make()))

        return Chats({place: around(place, make) for place, make in self.makers.items()})

    def _place(self, channel: ChannelRef) -> tuple[str, str]:
        for place in _places(channel):
            if place in self.makers:
                return place
        raise UsageError(
            f"{channel.platform} is not connected: it has no token.",
            hint=f"Set it up as docs/{channel.platform}.md says, or add --dry-run to see the digest here.",
        )


def _places(channel: ChannelRef) -> tuple[tuple[str, str], ...]:
    """Which installations may serve a channel: its workspace's own, or the one for all of them."""
    return ((channel.platform, channel.workspace), (channel.platform, ""))


def installation_name(place: tuple[str, str]) -> str:
    """What an installation is called, by platform and workspace: `slack`, `slack:T123`."""
    return ":".join(filter(None, place))


def made_once(make: Callable[[], ChatPlatform], *, before: Callable[[], None]) -> Callable[[], ChatPlatform]:
    """`make` called at the first use and never again, with `before` called ahead of it."""

    @cache
    def chat() -> ChatPlatform:
        before()
        return make()

    return chat
