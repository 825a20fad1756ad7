"""Emoji that people choose for feelings: what they type read into signs, and signs as spans to show. Pure.

Which emoji people can react with is the platform's affair: Slack has names and those of the workspace, Discord those of
Unicode and of its servers, Telegram a set of its own and, for some people, custom ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from core.converse.settings.changes import LoggedSigns
from core.errors import BadSetting
from core.posts.reactions import Feeling
from core.posts.signs import (
    OWN,
    USUAL_SIGNS,
    Signs,
    emoji_in,
    feeling_named,
    feeling_of,
    feelings_of,
    is_same_emoji,
    shown_signs,
    typed_emoji,
    without_tone,
)
from core.posts.tree import Span, Spans, bold, prose, text
from core.speech import _, plural
from core.text.nearest import nearest

#: signs of one feeling
MOST: Final = 5
#: what takes the place of chosen signs
_USUAL: Final = frozenset({"default", "defaults", "usual", "reset", "none", "off"})
_SLACK: Final = re.compile(r":([^\s:<>]{1,100}):")
#: what people may react with on Telegram, without Premium (https://core.telegram.org/bots/api#reactiontypeemoji)
_TELEGRAM: Final = (
    "👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤\u200d🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐"
    " 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨\u200d💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾"
    " 🤷\u200d♂ 🤷 🤷\u200d♀ 😡"
)
TELEGRAM_REACTIONS: Final = frozenset(_TELEGRAM.split())
#: some of them, to be named
_SOME_OF_TELEGRAM: Final = "👍 👎 ❤ 🔥 🥰 👏 🤔 🤯 🎉 🤩 🙏 👌 💯 🏆 👀 🤝 ✍ 🤓"
#: an emoji that people could choose there
_EXAMPLES: Final[Mapping[str, str]] = MappingProxyType({"slack": ":pushpin:", "telegram": "🔥"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SignWish:
    """What somebody wants the signs to be."""

    #: None for all feelings
    feeling: Feeling | None = None
    #: none for the usual ones
    emoji: tuple[str, ...] = ()

    def on(self, signs: Signs) -> Signs:
        """The signs as they are wished for."""
        return USUAL_SIGNS if self.feeling is None else signs.having(self.feeling, self.emoji)


def read_wish(line: str, platform: str) -> SignWish:
    """`bookmark :pushpin: ⭐`, `more default`, `default`. Raises BadSetting with an example."""
    word, _space, words = line.partition(" ")
    if word.lower() in _USUAL and not words:
        return SignWish()
    feeling = read_feeling(word, platform)
    if words.strip().lower() in _USUAL:
        return SignWish(feeling=feeling)
    emoji: list[str] = []
    for piece in _pieces(words, feeling, platform):
        if not any(is_same_emoji(piece, sign) for sign in emoji):
            emoji.append(piece)
    if len(emoji) > MOST:
        raise BadSetting(plural("A feeling has at most {count} sign.", "A feeling has at most {count} signs.", MOST))
    usual = shown_signs(feeling, platform, USUAL_SIGNS)[0]
    is_usual = len(emoji) == 1 and is_same_emoji(emoji[0], usual)
    return SignWish(feeling=feeling, emoji=() if is_usual else tuple(emoji))


def read_feeling(word: str, platform: str) -> Feeling:
    """The feeling that a word names. Raises BadSetting, naming the nearest."""
    if feeling := feeling_named(word):
        return feeling
    near = nearest(word.lower(), tuple(Feeling))
    if near:
        hint = _("Did you mean `/settings emoji {feeling}`?", feeling=near)
    else:
        hint = _("Write one of bookmark, more, less and done first: {example}", example=example(platform))
    raise BadSetting(_("'{word}' is nothing that an emoji stands for here.", word=word[:40]), hint=hint)


def check_signs(signs: Signs, platform: str) -> None:
    """Raise BadSetting where an emoji would stand for two feelings."""
    for feeling in Feeling:
        for emoji in shown_signs(feeling, platform, signs):
            rivals = [rival for rival in feelings_of(emoji, platform, signs) if rival is not feeling]
            if rivals:
                raise BadSetting(
                    _("{emoji} would stand for both {one} and {other}.", emoji=emoji, one=feeling, other=rivals[0]),
                    hint=_("Choose another emoji, or another one for {other} first.", other=rivals[0]),
                )


def example(platform: str, feeling: Feeling = Feeling.BOOKMARK) -> str:
    """A command that chooses a sign, between backticks."""
    return f"`/settings emoji {feeling} {_EXAMPLES.get(platform, '📌')}`"


def sign_spans(feeling: Feeling, platform: str, signs: Signs) -> Spans:
    """The signs of a feeling, to stand in a sentence: `📌 or ⭐`."""
    spans: Spans = ()
    for emoji in shown_signs(feeling, platform, signs):
        span = Span(text=emoji, feeling=feeling)
        spans = prose(_("{signs} or {other}"), signs=spans, other=span) if spans else (span,)
    return spans


def meaning_spans(platform: str, signs: Signs) -> Spans:
    """What each sign of a channel does, as a sentence."""
    does = _("{bookmark} saves a paper, {more} brings more like it, {less} brings less, {done} marks it as read.")
    return prose(does, **{feeling.value: sign_spans(feeling, platform, signs) for feeling in Feeling})


def sign_deed(entry: LoggedSigns, who: str) -> Spans:
    """What somebody did, as a sentence: `Ann chose signs: bookmark 🔖 → 📌`."""
    platform = entry.channel.platform
    choices: list[Span] = []
    for feeling in changed_feelings(entry):
        before, after = (sign_spans(feeling, platform, signs) for signs in (entry.before, entry.after))
        choices += (text(f"{', ' if choices else ''}{feeling} "), *before, text(" → "), *after)
    return prose(_("{who} chose signs: {choices}"), who=bold(who), choices=tuple(choices))


def changed_feelings(entry: LoggedSigns) -> tuple[Feeling, ...]:
    """The feelings whose signs were changed."""
    return tuple(feeling for feeling in Feeling if entry.before.of(feeling) != entry.after.of(feeling))


def _pieces(line: str, feeling: Feeling, platform: str) -> Iterator[str]:
    """The emoji that were typed, with or without space between them. Raises BadSetting for what is none there."""
    words = re.split(r"[\s,;]+", line.strip())
    if words == [""]:
        raise BadSetting(_("No emoji was named."), hint=_("Write {example}.", example=example(platform, feeling)))
    for word in words:
        pieces = emoji_in(word)
        for piece in pieces or (word,):
            yield _usable_emoji(piece, feeling, platform)


def _usable_emoji(piece: str, feeling: Feeling, platform: str) -> str:
    """The emoji as people react with it there. Raises BadSetting."""
    own = OWN.fullmatch(piece)
    if platform == "slack":
        if match := _SLACK.fullmatch(piece):
            return f":{match[1].lower()}:"
        if feeling_of(piece):  # one of those whose names are known
            return without_tone(piece)
        what = _("Slack knows emoji by their names, and '{word}' is none.", word=piece[:40])
    elif own:
        is_custom = platform == "telegram" and not own["name"].isascii()
        if is_custom or (platform == "discord" and own["name"].isascii()):
            return piece
        what = _("'{word}' is no emoji of this platform.", word=piece[:40])
    elif emoji := without_tone(typed_emoji(piece)):
        if platform != "telegram" or any(is_same_emoji(emoji, reaction) for reaction in TELEGRAM_REACTIONS):
            return emoji
        hint = _("Telegram has {signs} and some more; with Premium also custom emoji.", signs=_SOME_OF_TELEGRAM)
        raise BadSetting(_("Nobody can react with {emoji} on Telegram.", emoji=emoji), hint=hint)
    else:
        what = _("'{word}' is no emoji.", word=piece[:40])
    hint = _("Write the emoji itself: {example}", example=example(platform, feeling))
    raise BadSetting(what, hint=hint)
