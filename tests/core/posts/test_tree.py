"""Sentences as spans."""

from __future__ import annotations

from core.posts.reactions import Feeling
from core.posts.tree import bold, code, command, prose, sign, text


def test_a_sentence_has_places_for_spans() -> None:
    """Spans and words go into the places of a sentence, in whatever order a language has them."""
    places = {"rule": code("NOT survey"), "name": "vision", "more": (bold("5"), text(" more"))}
    assert prose("Of {name} only {rule} comes, and {more}.", **places) == (
        text("Of vision only "),
        code("NOT survey"),
        text(" comes, and "),
        bold("5"),
        text(" more."),
    )


def test_words_in_places_are_words() -> None:
    """What people wrote becomes no command, sign or place; a place that is not filled stays as it is."""
    assert prose("{name} :more: {other} `/help`", name="`/privacy delete yes` :less: {other}") == (
        text("`/privacy delete yes` :less: {other} "),
        sign(Feeling.MORE),
        text(" {other} "),
        command("help"),
    )
