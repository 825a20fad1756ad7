"""Texts of messages as Telegram reads them, with its own parser and bounds."""

from __future__ import annotations

import re
from html import unescape
from typing import Any, Final

from tests.standins.judges import telegram_html

Json = dict[str, Any]

_TAG: Final = re.compile(r"<[^>]*>")
_HREF: Final = re.compile(r'<a href="([^"]*)">')


class Refused(Exception):
    """Whether it is a bad request (else forbidden), and what Telegram says."""


def urls_in(html: str) -> list[str]:
    """Where the links of a text lead to."""
    return [unescape(url) for url in _HREF.findall(html)]


def read_html(parameters: Json, complaints: list[str]) -> tuple[str, list[Json]]:
    """Text and formatting as Telegram's own parser reads them; refuses what it refuses."""
    html = parameters["text"]
    parse = telegram_html()
    if parse is None or parameters.get("parse_mode") != "HTML":
        text, entities = unescape(_TAG.sub("", html)), []
    else:
        read = parse(html)
        if read["@type"] == "error":
            complaints.append(f"HTML refused: {read['message']} in {html[:200]!r}")
            raise Refused(True, f"Bad Request: can't parse entities: {read['message']}")
        text, entities = read["text"], read["entities"]
    _judge_length(text, entities, complaints)
    return text, entities


def _judge_length(text: str, entities: list[Json], complaints: list[str]) -> None:
    units = len(text.encode("utf-16-le")) // 2
    if not text.strip():
        complaints.append("an empty message")
        raise Refused(True, "Bad Request: message text is empty")
    if units > 4096 or len(entities) > 100:
        complaints.append(f"a message of {units} units with {len(entities)} entities")
        raise Refused(True, "Bad Request: message is too long")
