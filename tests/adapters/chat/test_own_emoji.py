"""Emoji of a workspace, a server or Telegram: as each platform is sent them, and as it tells of them."""

from __future__ import annotations

from adapters.chat.discord.render import message_bodies
from adapters.chat.slack.plan import WORDS as SLACK
from adapters.chat.slack.render import messages
from adapters.chat.telegram.events import Reader
from adapters.chat.telegram.plan import plan, toast_of
from adapters.chat.terminal.render import WORDS as TERMINAL
from core.converse.command import Command
from core.posts.signs import Signs
from core.posts.tree import Note, Paragraph, Post, prose
from tests.fakes.papers import AT
from tests.standins.judges import telegram_html

SENTENCE = prose("Put :bookmark: on it.")
BLOCKS = (Paragraph(spans=SENTENCE), Note(spans=SENTENCE))


def with_sign(emoji: str) -> Post:
    return Post(blocks=BLOCKS, signs=Signs(bookmark=(emoji,)))


def test_slack_shows_it_by_its_name() -> None:
    """In text and in small print it is an element of its own, for text with colons stays text."""
    (message,) = messages(SLACK.localise(with_sign(":our-star:")))
    kinds = [one for block in message["blocks"] for one in block["elements"][0]["elements"] if one["type"] == "emoji"]
    assert kinds == [{"type": "emoji", "name": "our-star"}] * 2
    hostile = Post(blocks=(Paragraph(spans=prose("Put :our-star: on it.")),))
    assert "emoji" not in str(messages(SLACK.localise(hostile))[0]["blocks"])


def test_discord_shows_it_by_its_number() -> None:
    """It is not escaped, and what somebody else wrote so is."""
    (body,) = message_bodies(with_sign("<:star:77>"))
    assert body["embeds"][0]["description"].count("<:star:77>") == 2
    (body,) = message_bodies(Post(blocks=(Paragraph(spans=prose("Put <:star:77> on it.")),)))
    assert "<:star:77>" not in body["embeds"][0]["description"]


def test_telegram_shows_it_with_what_stands_for_it() -> None:
    """A custom emoji is an entity with the emoji that stands for it; what a pressed button shows has that alone."""
    post = with_sign("<⭐:5368324170671202286>")
    (message,) = plan(post, key="1")
    assert message.payload["html"].count('<tg-emoji emoji-id="5368324170671202286">⭐</tg-emoji>') == 2
    if parse := telegram_html():
        entities = parse(message.payload["html"])["entities"]
        assert [one["type"]["@type"] for one in entities].count("textEntityTypeCustomEmoji") == 2
    assert toast_of(post) == "Put ⭐ on it. Put ⭐ on it."


def test_telegram_tells_of_it_as_an_entity() -> None:
    """What is typed as a custom emoji comes with its number where signs are chosen, and as it stands elsewhere."""
    reader = Reader(bot="paperboy_bot", topic_of=lambda _chat, _message: None)

    def typed(text: str, offset: int) -> str:
        entity = {"type": "custom_emoji", "offset": offset, "length": 2, "custom_emoji_id": "5368"}
        message = {"message_id": 1, "chat": {"id": 7, "type": "private"}, "from": {"id": 7}, "text": text}
        (event,) = reader.events({"message": message | {"entities": [entity]}}, AT)
        assert isinstance(event.content, Command)
        return event.content.arguments

    assert typed("/settings emoji bookmark 🔥", 25) == "emoji bookmark <🔥:5368>"
    assert typed("/search 🔥 things", 8) == "🔥 things"


def test_a_terminal_spells_it_out() -> None:
    """The first line of a message, which stands for it elsewhere, has its name."""
    assert TERMINAL.localise(with_sign("<:star:77>")).fallback == "Put :star: on it."
