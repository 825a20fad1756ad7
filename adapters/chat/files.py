"""Files that come with answers, as bytes that a platform takes."""

from __future__ import annotations

from typing import Final

from core.errors import ChatError
from core.posts.tree import Attachment
from core.speech import _

MIB: Final = 2**20


def content_of(attachment: Attachment, *, platform: str, most: int) -> bytes:
    """The bytes to send. Raises ChatError where they are more than the `most` that the platform takes."""
    content = attachment.content.encode("utf-8", "replace") or b"\n"  # platforms take no empty file
    if len(content) > most:
        size, limit = len(content) / MIB, most // MIB
        hint = _("Ask for a part of it, as with `/bookmarks export bibtex search robots`.")
        values = {"size": f"{size:.0f}", "platform": platform, "most": limit}
        raise ChatError(_("The file has {size} MB, and {platform} takes {most}.", **values), hint=hint)
    return content
