"""Which language a channel is spoken to in: that of its digests."""

from __future__ import annotations

from core.channels import ChannelRef
from core.deliver.ports import SubscriptionStore
from core.speech import ENGLISH, Language, Languages, shipped_languages


async def channel_language(
    channel: ChannelRef, *, store: SubscriptionStore, languages: Languages | None = None
) -> Language:
    """The one of its first digest; English where nothing is subscribed. Reads only where there is a choice.

    `languages` are those that can be spoken, all that are shipped unless given. Raises StoreError.
    """
    languages = languages or shipped_languages()
    if len(languages.by_code) == 1:
        return ENGLISH
    digests = await store.subscriptions(channel)
    return languages.best(digests[0].language) if digests else ENGLISH
