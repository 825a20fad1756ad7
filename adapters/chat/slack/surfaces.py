"""What Paperboy can do on Slack where one question was asked. No SDK here; the responder decides what is done.

An answer for everyone goes into the channel or the thread. One for the asker alone is an ephemeral message, or goes
through the response_url that came with a command or a button: it works where the bot itself is not let in.
"""

from __future__ import annotations

from typing import Any, Final

from adapters.chat.slack.events import Place
from adapters.chat.slack.plan import plan
from adapters.chat.slack.web import SlackWeb
from adapters.chat.surface import Surface
from core.errors import ChannelGone, ChatUnanswered, NotAllowed
from core.posts.messages import MessageRef, Outgoing
from core.posts.tree import Attachment, Audience, Post
from core.speech import _

#: answers that go through one response_url; Slack allows five uses, and the last one is kept for taking away
MOST_RESPONSES: Final = 4
#: stands for the private placeholder, which Slack gives no identifier
_PRIVATE: Final = "response_url"


class SlackSurface(Surface):
    """A channel, a thread or a direct message in which somebody asked."""

    has_threads = True

    def __init__(self, web: SlackWeb, place: Place) -> None:
        self.is_private = place.is_private
        self.can_double = not web.can_search(place.channel)
        self._web = web
        self._place = place
        self._responses = 0
        #: the key of a placeholder that may stand there although Slack did not say so; `_PRIVATE` for a private one
        self._doubtful_key = ""

    @property
    def how_to_be_reached(self) -> str:
        """Direct messages."""
        return _("Ask again in a direct message to Paperboy.")

    def plan(self, post: Post, *, key: str) -> tuple[Outgoing, ...]:
        """As `client` plans a digest."""
        return plan(post, key=key)

    async def reply(self, outgoing: Outgoing, parent: MessageRef | None, *, is_repeat: bool) -> MessageRef | None:
        """In the thread, or in the channel; through the response_url where the bot may not post."""
        thread = self._place.thread or (parent.id if parent else "")
        try:
            if is_repeat and not self.can_double and (message := await self._find(outgoing.key, thread)):
                return message
            return await self._web.post(self._place.channel, outgoing.payload, thread)
        except (ChannelGone, NotAllowed) as error:
            await self._respond(outgoing, error)
            return None

    async def earlier(self, outgoing: Outgoing, parent: MessageRef | None) -> MessageRef | None:
        """Looked for by its key, where the token may read what is there."""
        thread = self._place.thread or (parent.id if parent else "")
        return None if self.can_double else await self._find(outgoing.key, thread)

    async def whisper(self, outgoing: Outgoing) -> MessageRef | None:
        """An ephemeral message; where a mention would open its thread, in the channel, since nobody sees it there."""
        place = self._place
        where = {"channel": place.conversation, "user": place.person}
        if place.thread and not place.opens_thread:
            where["thread_ts"] = place.thread
        try:
            await self._web.call("chat.postEphemeral", where | _without_key(outgoing))
        except (ChannelGone, NotAllowed) as error:
            await self._respond(outgoing, error)
        return None

    async def placeholder(self, outgoing: Outgoing, audience: Audience) -> MessageRef | None:
        """A message, or the first answer through the response_url of a slash command."""
        is_open = audience is Audience.EVERYONE
        if not is_open and not self._place.can_replace:
            return None
        self._doubtful_key = outgoing.key if is_open else _PRIVATE
        try:
            message = await (self._hold_openly(outgoing) if is_open else self._hold_privately(outgoing))
        except (ChannelGone, NotAllowed):
            self._doubtful_key = ""
            raise
        self._doubtful_key = ""
        return message

    async def _hold_openly(self, outgoing: Outgoing) -> MessageRef:
        # Text alone: Slack refuses to put other blocks in the place of rich text.
        text = {name: value for name, value in outgoing.payload.items() if name != "blocks"}
        return await self._web.post(self._place.channel, text, self._place.thread)

    async def _hold_privately(self, outgoing: Outgoing) -> MessageRef:
        await self._respond(outgoing)
        return MessageRef(self._place.channel, _PRIVATE)

    async def replace(self, placeholder: MessageRef, outgoing: Outgoing) -> MessageRef | None:
        """The same message with other words."""
        if placeholder.id == _PRIVATE:
            await self._respond(outgoing, replace_original=True)
            return None
        await self._web.call("chat.update", self._address(placeholder) | dict(outgoing.payload))
        return placeholder

    async def remove(self, placeholder: MessageRef) -> None:
        """Delete it."""
        if placeholder.id == _PRIVATE:
            await self._web.respond(self._place.response_url, {"delete_original": True})
        else:
            await self._web.call("chat.delete", self._address(placeholder))

    async def attach(self, attachment: Attachment, *, is_whisper: bool) -> None:
        """In the thread or the channel; for the asker alone in the person's direct messages, which need im:write."""
        place = self._place
        if not is_whisper:
            await self._web.upload(place.conversation, attachment, "" if place.opens_thread else place.thread)
            return
        conversation = await self._web.call("conversations.open", {"users": place.person})
        await self._web.upload(str(conversation["channel"]["id"]), attachment)

    async def close(self) -> None:
        """Take away a placeholder that arrived although Slack's word of it did not."""
        if self._doubtful_key == _PRIVATE and self._responses == 1:  # after others, the last of those would go
            await self.remove(MessageRef(self._place.channel, _PRIVATE))
        elif self._doubtful_key not in ("", _PRIVATE) and not self.can_double:
            message = await self._find(self._doubtful_key, self._place.thread)
            if message:
                await self.remove(message)

    async def _find(self, key: str, thread: str) -> MessageRef | None:
        try:
            return await self._web.find(self._place.channel, key, thread)
        except NotAllowed as error:
            sentence = f"{_('Slack does not let us look for what was sent.')} {error}"
            raise ChatUnanswered(sentence, hint=error.hint) from error

    async def _respond(
        self, outgoing: Outgoing, refusal: ChannelGone | NotAllowed | None = None, *, replace_original: bool = False
    ) -> None:
        """Say it to the asker through the response_url; raises the refusal where that is not possible any more."""
        if not self._place.response_url or self._responses == MOST_RESPONSES:
            raise refusal or ChannelGone(_("Slack takes no more answers to this question."), reason=None)
        self._responses += 1
        body = {"response_type": "ephemeral", "replace_original": replace_original} | _without_key(outgoing)
        await self._web.respond(self._place.response_url, body)

    def _address(self, message: MessageRef) -> dict[str, Any]:
        return {"channel": self._place.conversation, "ts": message.id}


def _without_key(outgoing: Outgoing) -> dict[str, Any]:
    """The payload for a message that Slack does not keep, and that nobody can look for."""
    return {name: value for name, value in outgoing.payload.items() if name != "metadata"}
