"""Which emoji stand for which feelings: a platform's usual ones, or those that a channel chose. Pure.

An emoji is written as each platform writes it in a message: `📌`, Slack's `:pushpin:`, Discord's own `<:star:123>`.
Telegram's own are `<⭐:123>`: what is shown where they are not, and their number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from core.posts.reactions import Feeling

#: the emoji of each feeling, the first one the one that is shown, each with its other spellings; then emoji that
#: workspaces have made under such names
_USUAL: Final = {
    Feeling.BOOKMARK: (("🔖", "bookmark"), ("✍", "writing_hand"), ("bookmarks",), ("bookmarked",), ("save",)),
    Feeling.MORE: (("👍", "+1", "thumbsup", "thumbs_up"), ("more",), ("like",)),
    Feeling.LESS: (("👎", "-1", "thumbsdown", "thumbs_down"), ("less",), ("dislike",)),
    Feeling.DONE: (
        ("✅", "white_check_mark"),
        ("✔", "heavy_check_mark"),
        ("☑", "ballot_box_with_check"),
        ("done",),
        ("read",),
    ),
}
_BY_SPELLING: Final = {
    spelling: (feeling, spellings[0])
    for feeling, emoji in _USUAL.items()
    for spellings in emoji
    for spelling in spellings
}
#: what is shown and understood on one platform alone: Telegram's set of reactions has neither 🔖 nor ✅
_LOCAL: Final[Mapping[str, Mapping[Feeling, str]]] = MappingProxyType(
    {"telegram": {Feeling.BOOKMARK: "✍", Feeling.DONE: "👌"}}
)
#: words that people type for a feeling
_WORDS: Final = {feeling.value: feeling for feeling in Feeling} | {
    spellings[0]: feeling for feeling, emoji in _USUAL.items() for spellings in emoji if len(spellings) == 1
}

#: skin tones, as Slack writes them and as characters
_SLACK_TONE: Final = re.compile("::?skin-tone-([2-6])")
_TONE: Final = re.compile("[\U0001f3fb-\U0001f3ff]")
#: the selectors that ask for a picture or for text
_SELECTORS: Final = re.compile("[\ufe0e\ufe0f]")
#: an emoji of a server of Discord's, or one of Telegram's own, with its name or what stands for it, and its number
OWN: Final = re.compile(r"<a?:?(?P<name>[^<>:\s]{1,100}):(?P<number>[0-9]{1,20})>")


#: an emoji by its name, with a skin tone as Slack writes it
_NAME: Final = r":[^\s:<>]{1,100}:(?::?skin-tone-[2-6]:)?"
#: one emoji of Unicode: a picture with all that is joined to it, a flag, a key cap
_EMOJI: Final = (
    r"\p{Extended_Pictographic}[\ufe0f\p{EMod}]*(?:\u200d\p{Extended_Pictographic}[\ufe0f\p{EMod}]*)*"
    r"|\p{RI}\p{RI}|[0-9#*]\ufe0f?\u20e3"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """The emoji that a channel chose for each feeling, the first one the one that is shown; none is the usual ones."""

    bookmark: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    done: tuple[str, ...] = ()

    def of(self, feeling: Feeling) -> tuple[str, ...]:
        """The emoji that the channel chose for a feeling."""
        emoji: tuple[str, ...] = getattr(self, feeling.value)
        return emoji

    def having(self, feeling: Feeling, emoji: tuple[str, ...]) -> Signs:
        """With these for a feeling."""
        return replace(self, **{feeling.value: emoji})


#: of a channel that chose none
USUAL_SIGNS: Final = Signs()


def usual_sign(feeling: Feeling, platform: str) -> str:
    """The emoji that is shown on a platform for a feeling where nobody chose another."""
    return _LOCAL.get(platform, {}).get(feeling) or _USUAL[feeling][0][0]


def shown_signs(feeling: Feeling, platform: str, signs: Signs) -> tuple[str, ...]:
    """The emoji to name for a feeling in a channel, the first one first."""
    return signs.of(feeling) or (usual_sign(feeling, platform),)


def feeling_of(emoji: str, platform: str = "", signs: Signs = USUAL_SIGNS) -> Feeling | None:
    """What an emoji says in a channel: `👍🏽`, `:+1::skin-tone-3:`, `thumbsup` -> MORE; None where it says nothing."""
    feelings = feelings_of(emoji, platform, signs)
    return feelings[0] if feelings else None


def feelings_of(emoji: str, platform: str, signs: Signs) -> tuple[Feeling, ...]:
    """All that an emoji could say, what the channel chose before what is usual: more than one is a mistake."""
    identity = _identity(emoji)
    own = [feeling for feeling in Feeling if identity in map(_identity, signs.of(feeling))]
    usual = _usual_feeling(identity, platform)
    return tuple(dict.fromkeys((*own, *((usual,) if usual and not signs.of(usual) else ()))))


def is_same_emoji(first: str, second: str) -> bool:
    """Are these two spellings of one emoji, whatever their skin tones?"""
    return _identity(first) == _identity(second)


def feeling_named(word: str) -> Feeling | None:
    """The feeling that a plain word names, whatever emoji stands for it: `bookmark`, `like`."""
    return _WORDS.get(word.casefold())


def typed_emoji(text: str) -> str:
    """An emoji that a person typed, by its character or its name (`:pushpin:`); empty for what is none."""
    word = text.strip()
    match = re.fullmatch(r":([\w+-]{1,60}):", word)
    if match and match[1] in _BY_SPELLING:
        return _BY_SPELLING[match[1]][1]
    if match:
        try:
            word = unicodedata.lookup(match[1].replace("_", " ").replace("-", " "))
        except KeyError:
            return ""
    return word if _is_emoji(word) else ""


def emoji_in(word: str) -> tuple[str, ...]:
    """The emoji that a word is made of, by their characters, names or numbers; none where it is something else too."""
    import regex  # loads only where somebody types one

    matches = [match[0] for match in regex.finditer(f"{OWN.pattern}|{_NAME}|{_EMOJI}", word)]
    return tuple(_SLACK_TONE.sub("", emoji) for emoji in matches) if "".join(matches) == word else ()


def without_tone(emoji: str) -> str:
    """The emoji without its skin tone."""
    return _TONE.sub("", emoji)


def _is_emoji(word: str) -> bool:
    import regex  # loads only where somebody types one

    return regex.fullmatch(_EMOJI, word) is not None


def emoji_name(emoji: str) -> str:
    """One name of an emoji, however it is spelled: two that platforms count apart have two, as have two skin tones."""
    name, tone = _parts(emoji)
    return _BY_SPELLING[name][1] + tone if name in _BY_SPELLING else name + tone


def spelled_out(emoji: str) -> str:
    """The emoji in characters alone: `:star:` for a platform's own one, or what Telegram shows where it has none."""
    own = OWN.fullmatch(emoji)
    return emoji if own is None else f":{own['name']}:" if own["name"].isascii() else own["name"]


def _usual_feeling(identity: str, platform: str) -> Feeling | None:
    local = {sign: feeling for feeling, sign in _LOCAL.get(platform, {}).items()}
    entry = _BY_SPELLING.get(identity)
    return local.get(identity) or (entry[0] if entry else None)


def _identity(emoji: str) -> str:
    """What two spellings of one emoji have in common, with any skin tone."""
    name, _ = _parts(emoji)
    return _BY_SPELLING[name][1] if name in _BY_SPELLING else name


def _parts(emoji: str) -> tuple[str, str]:
    """The emoji without its skin tone, and that. A platform's own one is known by its number, unless its name is."""
    if own := OWN.fullmatch(emoji.strip()):
        name = own["name"].casefold()
        return (name if name.isascii() and name in _BY_SPELLING else own["number"]), ""
    plain = _SLACK_TONE.sub(lambda match: chr(0x1F3FB + int(match[1]) - 2), _SELECTORS.sub("", emoji))
    tone = _TONE.search(plain)
    return _TONE.sub("", plain).strip(": ").casefold(), tone[0] if tone else ""
