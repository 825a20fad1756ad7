"""A `SearchQuery` as FTS5 understands it: values in, MATCH expressions out.

This folder alone calls it. Everything that was typed stands inside quotes, where FTS5 reads words and nothing else, so
that no query can be anything but words; and what is too long or too much is cut. https://sqlite.org/fts5.html#full_text_query_syntax
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from core.papers.name_readings import spellings
from core.papers.passages import stem
from core.papers.search import SearchQuery, Term
from core.text.storable import safe
from core.text.terms import Phrase, index_phrases, pairs

#: terms of a query that count, and values of a filter; nobody types more
MAX_TERMS: Final = 32
#: words of one phrase that count
MAX_WORDS: Final = 32
#: characters of one word that count
MAX_LETTERS: Final = 64
#: a shorter beginning of a word is taken for the word: it would match half of all papers
MIN_PREFIX: Final = 3

NOTHING_INSTEAD: Final[Mapping[Term, Sequence[Phrase]]] = MappingProxyType({})
_TEXT: Final = "{title abstract authors}"
_LETTER: Final = re.compile(r"[^\W_]")
#: the letters that the index has for the dot and the hyphen of a category (`storage.tables.search_index`)
_IN_CATEGORIES: Final = str.maketrans({".": "\ue001", "-": "\ue002"})
#: what may complete the beginning of a word so that its stem shows: optimiz* -> optimize -> optim
_ENDINGS: Final = ("e", "ed", "er", "es", "ing", "ation", "ion", "on", "ng", "ve", "al", "y", "ty", "ity", "ment", "ly")


def usable(terms: Iterable[Term]) -> tuple[Term, ...]:
    """The terms that can match anything, with no more letters and words than count."""
    return tuple(
        Term(words=words, prefix=term.prefix and len(words[-1]) >= MIN_PREFIX)
        for term in terms
        if (words := tuple(word[:MAX_LETTERS] for word in term.words if _LETTER.search(word))[:MAX_WORDS])
    )


def parts_of(terms: Iterable[Term]) -> tuple[Term, ...]:
    """The terms, a sentence without spaces as its parts: what is looked for where no paper has all of them."""
    return tuple(
        part
        for term in terms
        for part in ([Term(words=(pair,)) for word in term.words for pair in pairs(word)] or [term])
    )


def words_expression(
    terms: Sequence[Term], columns: str = _TEXT, *, instead: Mapping[Term, Sequence[Phrase]] = NOTHING_INSTEAD
) -> str:
    """All of the terms, in any of the columns; empty without terms. `instead`: what stands for a term."""
    alternatives = [_any_phrase(instead.get(term) or phrases(term)) for term in terms]
    return f"{columns} : ({' AND '.join(alternatives)})" if alternatives else ""


def filter_expression(query: SearchQuery) -> str:
    """What `in:`, `author:` and `from:` ask for: any category, every author, any source; empty for none of them."""
    filters = (
        ("categories", " OR ".join(_filter_values(name.translate(_IN_CATEGORIES) for name in query.categories))),
        ("authors", " AND ".join(_any_phrase(author_phrases(name)) for name in asked_authors(query))),
        ("sources", " OR ".join(_filter_values(query.sources))),
    )
    return " AND ".join(f"{column} : ({expression})" for column, expression in filters if expression)


def asked_authors(query: SearchQuery) -> tuple[str, ...]:
    """The names of authors that can match anything."""
    return tuple(name[: MAX_LETTERS * 4] for name in query.authors[:MAX_TERMS] if _LETTER.search(name))


def completions(start: str) -> tuple[str, ...]:
    """Words that begin so, with stems shorter than that: the index has the stems, and no `start*` finds them."""
    start = start.lower()
    by_stem = {stem(start + ending): start + ending for ending in _ENDINGS}
    return tuple(word for stem_word, word in by_stem.items() if not stem_word.startswith(start))


def phrases(term: Term) -> tuple[Phrase, ...]:
    """The phrases that a term is found by, any of them: in each spelling, and completed where it is a beginning."""
    asked_for = index_phrases(term.words, prefix=term.prefix)
    begins = term.prefix and len(term.words) == 1
    completed_words = (
        word for phrase in asked_for if begins and len(phrase.words) == 1 for word in completions(phrase.words[0])
    )
    return (*asked_for, *(Phrase((word,)) for word in completed_words))


def author_phrases(name: str) -> tuple[Phrase, ...]:
    """The phrases that an author is found by, any of them: the name in each way that it may be printed."""
    return tuple(dict.fromkeys(phrase for spelling in spellings(name) for phrase in index_phrases((spelling,))))


def _any_phrase(choices: Sequence[Phrase]) -> str:
    expressions = [_quote(" ".join(phrase.words)) + ("*" if phrase.prefix else "") for phrase in choices]
    return f"({' OR '.join(expressions)})" if len(expressions) > 1 else "".join(expressions) or '""'


def _filter_values(names: Iterable[str]) -> list[str]:
    return [_quote(name[: MAX_LETTERS * 4]) for name in names if _LETTER.search(name)][:MAX_TERMS]


def _quote(words: str) -> str:
    return '"' + safe(words).replace('"', '""') + '"'
