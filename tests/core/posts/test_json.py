from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ChatError
from core.papers.identifiers import PaperId
from core.posts.json import from_json, to_json
from core.posts.reactions import Feeling
from core.posts.tree import (
    Action,
    Audience,
    Divider,
    Facts,
    Heading,
    ListBlock,
    Note,
    Paragraph,
    Post,
    Quote,
    Span,
    text,
)
from tests.fakes.posts import a_digest

spans = st.lists(
    st.builds(
        Span,
        text=st.text(max_size=20),
        bold=st.booleans(),
        italic=st.booleans(),
        code=st.booleans(),
        url=st.sampled_from(["", "https://example.org"]),
        command=st.sampled_from(["", "search"]),
        feeling=st.none() | st.sampled_from(Feeling),
    ),
    max_size=3,
).map(tuple)
blocks = st.one_of(
    st.builds(Heading, spans=spans, level=st.integers(1, 3)),
    st.builds(Paragraph, spans=spans, indented=st.booleans()),
    st.builds(Quote, spans=spans),
    st.builds(Note, spans=spans, indented=st.booleans(), warning=st.booleans()),
    st.builds(ListBlock, items=st.lists(spans, max_size=3).map(tuple), ordered=st.booleans(), start=st.integers(1, 99)),
    st.builds(Facts, rows=st.lists(st.tuples(st.text(max_size=9), spans), max_size=3).map(tuple)),
    st.just(Divider()),
)
papers = st.builds(PaperId, scheme=st.sampled_from(["arxiv", "doi", "url"]), value=st.text(min_size=1, max_size=20))
actions = st.builds(Action, name=st.text(max_size=9), label=st.text(max_size=9), arguments=st.text(max_size=20))
single_posts = st.builds(
    Post,
    blocks=st.lists(blocks, max_size=5).map(tuple),
    actions=st.lists(actions, max_size=2).map(tuple),
    papers=st.lists(papers, max_size=3).map(tuple),
    audience=st.sampled_from(Audience),
    fallback=st.text(max_size=20),
)
posts = st.builds(replace, single_posts, replies=st.lists(single_posts, max_size=2).map(tuple))


@given(posts)
def test_a_post_comes_back_as_it_was(post: Post) -> None:
    """Written as JSON text and read again, a post with its replies is the same post."""
    assert from_json(json.loads(json.dumps(to_json(post)))) == post


def test_a_button_that_was_planned_with_a_paper_keeps_it() -> None:
    """A plan of an earlier version, whose buttons carry a paper, is still sent."""
    planned = to_json(Post(blocks=())) | {"actions": [{"name": "bookmark", "label": "B", "paper": "arxiv:2601.1"}]}
    assert from_json(planned).actions == (Action(name="bookmark", label="B", arguments="arxiv:2601.1"),)


def test_defaults_are_left_out() -> None:
    """A payload says no more than the post."""
    assert to_json(Post(blocks=(Paragraph(spans=(text("Hello"),)),)))["blocks"] == [
        {"kind": "paragraph", "spans": [{"text": "Hello"}]}
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"blocks": [{"kind": "hologram"}]},
        {"blocks": [{"kind": "note", "spans": [], "scent": "rose"}]},
        {"audience": "x"},
    ],
)
def test_another_versions_payload_is_an_error_with_a_sentence(change: dict[str, Any]) -> None:
    """What a newer Paperboy planned is refused, not guessed at."""
    with pytest.raises(ChatError, match="cannot be read"):
        from_json(to_json(a_digest()) | change)
