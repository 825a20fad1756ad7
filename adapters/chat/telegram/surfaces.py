"""What Telegram can do where one question was asked: the surfaces that the responder works with.

A reply answers the message that asked. What is for one person alone goes to that person's private chat with the bot,
which is open once the person has pressed Start there, or is the toast that a pressed button shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from adapters.chat.files import content_of
from adapters.chat.surface import Surface
from adapters.chat.telegram.api import BotApi
from adapters.chat.telegram.buttons import in_private, read_button
from adapters.chat.telegram.events import Event
from adapters.chat.telegram.plan import MOST_OF_FILE, PLATFORM, plan, toast_of
from core.channels import ChannelRef
from core.converse.command import Command
from core.converse.grammar import concerns_channel
from core.errors import ChannelGone, ChatUnanswered, ChatUnavailable, NotAllowed, PaperboyError
from core.posts.messages import MessageRef, Outgoing
from core.posts.tree import Attachment, Audience, Post
from core.speech import N_, _

#: said to who pressed a button in private whose answer stands in another chat
_ANSWER_IS_ELSEWHERE: Final = N_("Done: the answer is in the group.")


class ChatSurface(Surface):
    """A chat in which somebody wrote or reacted."""

    can_double = True

    def __init__(self, api: BotApi, event: Event) -> None:
        self._api = api
        self._place = event.place
        #: the chat that the question is about; a button in a private chat may be about another one
        self._subject = event.content.place if isinstance(event.content, Command) else event.place
        self._message = event.message
        #: a private chat has the person's own number
        self._own_chat = event.place if event.is_private else ChannelRef(PLATFORM, "", event.actor.id)
        self.is_private = event.is_private
        #: what was said to the asker alone, by key: parts of an answer reply to earlier ones
        self._whispers: dict[str | None, MessageRef] = {}

    @property
    def how_to_be_reached(self) -> str:
        """A private chat that the person began."""
        return _("Open {address}, press Start, and ask again.", address=f"https://t.me/{self._api.username}")

    def plan(self, post: Post, *, key: str) -> tuple[Outgoing, ...]:
        """The messages of the post."""
        return plan(post, key=key)

    async def reply(self, outgoing: Outgoing, parent: MessageRef | None, *, is_repeat: bool) -> MessageRef:
        """Reply to the parent, or to the message that asked; Telegram cannot tell what an earlier attempt did."""
        reply_to = int(parent.id) if parent else self._message
        return await self._api.post(self._place, outgoing.payload, reply_to, tries=1)

    async def whisper(self, outgoing: Outgoing) -> MessageRef | None:
        """Write to the person's private chat. Raises ChannelGone where the person never pressed Start there."""
        parent = self._whispers.get(outgoing.parent_key)
        message = await self._post_privately(outgoing, int(parent.id) if parent else None)
        self._whispers[outgoing.key] = message
        return message

    async def attach(self, attachment: Attachment, *, is_whisper: bool) -> None:
        """Reply with it to the message that asked, or send it to the person's private chat."""
        where = self._own_chat if is_whisper else self._place
        content = content_of(attachment, platform="Telegram", most=MOST_OF_FILE)
        await self._api.attach(where, attachment.name, content, self._message if where == self._place else None)

    async def placeholder(self, outgoing: Outgoing, audience: Audience) -> MessageRef | None:
        """A message in the chat, or in the person's private chat, and word there that the bot writes."""
        is_open = audience is Audience.EVERYONE
        with suppress(PaperboyError):
            await self._api.show_typing(self._place if is_open else self._own_chat)
        if is_open:
            return await self.reply(outgoing, None, is_repeat=False)
        return await self._post_privately(outgoing, None)

    async def replace(self, placeholder: MessageRef, outgoing: Outgoing) -> MessageRef | None:
        """Rewrite the placeholder."""
        is_private = placeholder.channel == self._own_chat
        await self._api.rewrite(
            placeholder, self._private_payload(outgoing) if is_private else outgoing.payload, tries=1
        )
        self._whispers[outgoing.key] = placeholder
        return placeholder

    async def remove(self, placeholder: MessageRef) -> None:
        """Delete the placeholder."""
        await self._api.delete(placeholder)

    async def _post_privately(self, outgoing: Outgoing, reply_to: int | None) -> MessageRef:
        if reply_to is None and self._own_chat == self._place:
            reply_to = self._message
        return await self._api.post(self._own_chat, self._private_payload(outgoing), reply_to, tries=1)

    def _private_payload(self, outgoing: Outgoing) -> Mapping[str, Any]:
        """The message for the person's private chat, where buttons say which other chat they are about."""
        if self._subject == self._own_chat:
            return outgoing.payload
        buttons = [_private_button(button, self._subject.place) for button in outgoing.payload["buttons"]]
        return {**outgoing.payload, "buttons": [button for button in buttons if button]}


def _private_button(button: dict[str, str], chat: str) -> dict[str, str]:
    """The button for a private chat, with the chat that its command is about; empty where that is too long."""
    meaning = read_button(button.get("callback_data", ""), ())
    if meaning is None or not concerns_channel(*meaning):
        return button
    data = in_private(button["callback_data"], chat)
    return {**button, "callback_data": data} if data else {}


class ButtonSurface(ChatSurface):
    """A pressed button: it turns until it is answered, with or without a toast that its presser alone reads."""

    def __init__(self, api: BotApi, event: Event) -> None:
        super().__init__(api, event)
        self.is_private = False  # a toast is the better answer in a private chat too
        self._query = event.query
        self._is_answered = False
        #: the toast of a button whose answer is elsewhere
        self._last_word = ""
        #: the messages that a toast can say, by key
        self._toasts: dict[str, str] = {}

    def plan(self, post: Post, *, key: str) -> tuple[Outgoing, ...]:
        """The messages of the post; a short one can be a toast."""
        messages = super().plan(post, key=key)
        if toast := toast_of(post):
            self._toasts[messages[0].key] = toast
        return messages

    async def reply(self, outgoing: Outgoing, parent: MessageRef | None, *, is_repeat: bool) -> MessageRef:
        """Reply in the chat that the button is about, wherever it was pressed."""
        if self._subject != self._place:
            with suppress(ChannelGone, NotAllowed):  # the bot was removed there: the presser hears it
                message = await self._api.post(
                    self._subject, outgoing.payload, int(parent.id) if parent else None, tries=1
                )
                self._last_word = _(_ANSWER_IS_ELSEWHERE)
                return message
        return await super().reply(outgoing, parent, is_repeat=is_repeat)

    async def whisper(self, outgoing: Outgoing) -> MessageRef | None:
        """Show a toast; what is longer, or comes too late for one, is a message in the person's private chat."""
        toast = self._toasts.get(outgoing.key)
        if toast and not self._is_answered:
            with suppress(ChannelGone):
                await self._answer(toast)
                return None
        return await super().whisper(outgoing)

    async def placeholder(self, outgoing: Outgoing, audience: Audience) -> MessageRef | None:
        """None for the presser alone, to whom the button shows that work goes on."""
        return await super().placeholder(outgoing, audience) if audience is Audience.EVERYONE else None

    async def close(self) -> None:
        """Have the button stand still."""
        if not self._is_answered:
            await self._answer(self._last_word)

    async def _answer(self, toast: str) -> None:
        try:
            await self._api.answer_query(self._query, toast)
        except ChatUnanswered as error:  # a repeated toast stands there once
            raise ChatUnavailable(str(error)) from error
        self._is_answered = True
