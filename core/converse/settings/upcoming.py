"""When the next digest comes, and in which time zone: what `/digest`, `/settings` and `/subscribe` say of it. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from core.channels import Subscription
from core.deliver.schedule import Look, next_delivery
from core.posts.tree import Action
from core.speech import DayForm, _, day_text

#: days ahead for which the weekday alone tells which one it is
_THIS_WEEK: Final = 6
#: zones to choose from, wherever the asker may be
_COMMON: Final = ("Europe/Berlin", "Europe/London", "America/New_York", "America/Los_Angeles", "Asia/Shanghai")
#: by the language, or the language and region, that the asker's client speaks
_BY_LOCALE: Final = {
    "de": ("Europe/Berlin", "Europe/Vienna", "Europe/Zurich"),
    "en-au": ("Australia/Sydney",),
    "en-gb": ("Europe/London",),
    "en-in": ("Asia/Kolkata",),
    "en-us": ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
    "es": ("Europe/Madrid", "America/Mexico_City"),
    "fr": ("Europe/Paris",),
    "hi": ("Asia/Kolkata",),
    "it": ("Europe/Rome",),
    "ja": ("Asia/Tokyo",),
    "ko": ("Asia/Seoul",),
    "nl": ("Europe/Amsterdam",),
    "pl": ("Europe/Warsaw",),
    "pt-br": ("America/Sao_Paulo",),
    "pt": ("Europe/Lisbon", "America/Sao_Paulo"),
    "ru": ("Europe/Moscow",),
    "tr": ("Europe/Istanbul",),
    "uk": ("Europe/Kyiv",),
    "zh-tw": ("Asia/Taipei",),
    "zh": ("Asia/Shanghai", "Asia/Taipei"),
}
_MOST_ZONES: Final = 5


def next_digest(look: Look, now: datetime) -> str:
    """When the next digest of a subscription comes, in a sentence and on the channel's own clock."""
    due = next_delivery(look, now)
    if due is None:
        return _("This digest is paused.")
    time = look.subscription.at
    zone = time.zone if time.is_zone_known else _("{zone}, until somebody chooses a time zone", zone=time.zone)
    return _("The next digest comes {when} ({zone}).", when=_when(look.subscription, due.at, now), zone=zone)


def likely_zones(locale: str) -> tuple[Action, ...]:
    """Buttons that set the time zone, those first in which the asker's language is spoken."""
    language = locale.lower().replace("_", "-")
    near = _BY_LOCALE.get(language) or _BY_LOCALE.get(language.partition("-")[0], ())
    zones = tuple(dict.fromkeys((*near, *_COMMON)))[:_MOST_ZONES]
    return tuple(Action(name="settings", label=_city(zone), arguments=f"zone {zone}") for zone in zones)


def _when(subscription: Subscription, moment: datetime, now: datetime) -> str:
    local, today = subscription.at.local_time(moment), subscription.at.local_day(now)
    days = (local.date() - today).days
    if days == 0:
        return _("today at {time}", time=f"{local:%H:%M}")
    weekday, hour = day_text(local.date(), DayForm.WEEKDAY), f"{local:%H:%M}"
    if days <= _THIS_WEEK:
        return _("on {weekday} at {time}", weekday=weekday, time=hour)
    day = day_text(local.date(), DayForm.DAY_AND_MONTH)
    return _("on {weekday}, {day}, at {time}", weekday=weekday, day=day, time=hour)


def _city(zone: str) -> str:
    return zone.rpartition("/")[2].replace("_", " ")
