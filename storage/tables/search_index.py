"""The full-text index of papers, and the triggers that keep it: the part of the schema that is not in `storage.tables`.

`schema` makes it with a new database. It holds the texts, or their words as `core.text.terms` has them where those are
others (`core.papers.marks.words_of`, stored beside the texts). `storage.search` reads it.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

#: What the full-text index holds. Characters of the private use area count as letters there: U+E000 stands between two
#: items of a list, so that no phrase reaches from one author's name into the next one's; U+E001 and U+E002 stand for
#: the . and - of a category, so that it is one word. The archives follow as words of their own: `math`, not `math-ph`.
_AUTHORS: Final = """coalesce({row}author_words, replace({row}authors, '","', ' ' || char(57344) || ' '))"""
_CATEGORIES: Final = """replace(
    replace({row}categories, '.', char(57345)) || ' ' || replace({row}categories, '.', ' '), '-', char(57346)
)"""
_SOURCES: Final = """replace({row}sources, '","', ' ' || char(57344) || ' ')"""
_SEARCH_VIEW: Final = f"""
CREATE VIEW papers_searched AS SELECT
    id,
    coalesce(title_words, title) AS title,
    coalesce(abstract_words, abstract) AS abstract,
    {_AUTHORS.format(row="")} AS authors,
    {_CATEGORIES.format(row="")} AS categories,
    {_SOURCES.format(row="")} AS sources
FROM papers
"""  # noqa: S608 - of our own constants
_INDEX: Final = """
CREATE VIRTUAL TABLE papers_fts USING fts5(
    title, abstract, authors, categories, sources,
    content='papers_searched', content_rowid='id',
    tokenize='porter unicode61 remove_diacritics 2'
)
"""
_LEARN: Final = """
    INSERT INTO papers_fts (rowid, title, abstract, authors, categories, sources)
    SELECT id, title, abstract, authors, categories, sources FROM papers_searched WHERE id = new.id;
"""
#: the index forgets only what it is told word for word, and after the change the view has the new words
_FORGET: Final = f"""
    INSERT INTO papers_fts (papers_fts, rowid, title, abstract, authors, categories, sources)
    VALUES (
        'delete', old.id, coalesce(old.title_words, old.title), coalesce(old.abstract_words, old.abstract),
        {_AUTHORS.format(row="old.")}, {_CATEGORIES.format(row="old.")}, {_SOURCES.format(row="old.")}
    );
"""  # noqa: S608 - of our own constants
#: columns that only the index reads
_WORDS: Final = ("title_words", "abstract_words", "author_words")
_ON_INSERT: Final = f"CREATE TRIGGER papers_fts_insert AFTER INSERT ON papers BEGIN {_LEARN} END"
_ON_DELETE: Final = f"CREATE TRIGGER papers_fts_delete AFTER DELETE ON papers BEGIN {_FORGET} END"
_ON_UPDATE: Final = f"""
CREATE TRIGGER papers_fts_update AFTER UPDATE ON papers
WHEN old.title <> new.title OR old.abstract <> new.abstract OR old.authors <> new.authors
    OR old.categories <> new.categories OR old.sources <> new.sources
    OR {" OR ".join(f"old.{name} IS NOT new.{name}" for name in _WORDS)}
BEGIN {_FORGET} {_LEARN} END
"""

_LEARN_ON_POSTGRESQL: Final = """
CREATE OR REPLACE FUNCTION paperboy_learn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO papers_fts (id, words) VALUES (
        new.id,
        setweight(to_tsvector('paperboy', coalesce(new.title_words, paperboy_plain(new.title))), 'A')
        || setweight(
            to_tsvector(
                'paperboy', coalesce(new.author_words, paperboy_plain(replace(new.authors, '","', ' ᛜ ')))
            ), 'B'
        )
        || setweight(to_tsvector('paperboy', coalesce(new.abstract_words, paperboy_plain(new.abstract))), 'C')
        || array_to_tsvector(paperboy_labels(new.categories, new.sources))
    ) ON CONFLICT (id) DO UPDATE SET words = excluded.words;
    RETURN NULL;
END $$
"""
_MATCHING_INDEX: Final = "CREATE INDEX papers_fts_words ON papers_fts USING gin (words)"
#: The same on PostgreSQL, as a table of its own. Text becomes words before its parser sees it, which would take `a-b`,
#: `x/y` and `cs.CL` for one thing each: accents go (marks that NFD leaves), and all that is neither letter nor digit is
#: a space. `core.text.terms.index_phrases` does the same to what is looked for. There are no stop words, since a
#: phrase may hold them. Between two authors stands a rune, for the reason given above.
#: Categories, archives and sources are words that hold a colon, which no text has: `in:cs.cl`, `in:cs`, `from:arxiv`.
#: Texts are cut where an index entry (1 MB, 2 kB a word) would not hold them.
_POSTGRESQL: Final = (
    "CREATE TEXT SEARCH DICTIONARY paperboy_porter (TEMPLATE = snowball, LANGUAGE = porter)",
    "CREATE TEXT SEARCH CONFIGURATION paperboy (COPY = simple)",
    "ALTER TEXT SEARCH CONFIGURATION paperboy ALTER MAPPING FOR asciiword, word, numword WITH paperboy_porter",
    r"""
CREATE FUNCTION paperboy_plain(told text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    regexp_replace(
        regexp_replace(normalize(left(told, 50000), NFD), '[\u0300-\u036f]', '', 'g'),
        '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7'
        '\u2000-\u206f\u2190-\u2bff\u2e00-\u2e7f\u3000-\u3003\u3008-\u3020\ue000-\uf8ff\ufe00-\ufe6f'
        '\uff00-\uff0f\ufffd]+', ' ', 'g'
    )
""",
    """
CREATE FUNCTION paperboy_items(list text) RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN unnest((string_to_array(btrim(lower(list), '[]"'), '","'))[1:500])
""",
    """
CREATE FUNCTION paperboy_labels(categories text, sources text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT coalesce(array_agg(DISTINCT left(label, 200)), '{}') FROM (
        SELECT 'in:' || name AS label FROM paperboy_items(categories) AS name
        UNION ALL SELECT 'in:' || split_part(name, '.', 1) FROM paperboy_items(categories) AS name
        UNION ALL SELECT 'from:' || name FROM paperboy_items(sources) AS name
    ) AS labels;
END
""",
    "CREATE TABLE papers_fts (id integer PRIMARY KEY REFERENCES papers ON DELETE CASCADE, words tsvector NOT NULL)",
    _MATCHING_INDEX,
    _LEARN_ON_POSTGRESQL,
    "CREATE TRIGGER papers_fts_insert AFTER INSERT ON papers FOR EACH ROW EXECUTE FUNCTION paperboy_learn()",
    f"""
CREATE TRIGGER papers_fts_update AFTER UPDATE ON papers FOR EACH ROW
WHEN (old.title <> new.title OR old.abstract <> new.abstract OR old.authors <> new.authors
    OR old.categories <> new.categories OR old.sources <> new.sources
    OR {" OR ".join(f"old.{name} IS DISTINCT FROM new.{name}" for name in _WORDS)})
EXECUTE FUNCTION paperboy_learn()
""",
)
#: Labels that make PostgreSQL's index answer what it could not by itself. `at:48`: papers are numbered in the order in
#: which they came, and this one lies in that block of numbers, so that the newest ones can be asked before others; the
#: index gives all papers with a word at once. `ti:model`, `by:lee`: the word stands in the title, in a name; of words
#: alone it does not know where they stand.
BLOCK: Final = 4_096
IN_TITLES: Final = "ti:"
IN_NAMES: Final = "by:"
_WITH_LABELS: Final = "|| array_to_tsvector(paperboy_labels(new.categories, new.sources))"
_POSTGRESQL_OF_LABELS: Final = (
    f"""
CREATE FUNCTION paperboy_labelled(words tsvector, id integer) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN words || array_to_tsvector(
    ARRAY['at:' || (id >> {BLOCK.bit_length() - 1})]
    || ARRAY(SELECT '{IN_TITLES}' || left(word, 500) FROM unnest(tsvector_to_array(ts_filter(words, '{{a}}'))) AS word)
    || ARRAY(SELECT '{IN_NAMES}' || left(word, 500) FROM unnest(tsvector_to_array(ts_filter(words, '{{b}}'))) AS word)
)
""",  # noqa: S608 - of our own constants
    _LEARN_ON_POSTGRESQL.replace("new.id,\n        setweight", "new.id,\n        paperboy_labelled(setweight").replace(
        _WITH_LABELS, f"{_WITH_LABELS}, new.id)"
    ),
    "DROP INDEX papers_fts_words",
    "UPDATE papers_fts SET words = paperboy_labelled(words, id)",
    _MATCHING_INDEX,
)


def block_label(block: int) -> str:
    """The label of the papers of a block."""
    return f"at:{block}"


_SQLITE: Final = (_SEARCH_VIEW, _INDEX, _ON_INSERT, _ON_DELETE, _ON_UPDATE)
#: FTS5 merges nothing by itself: `SqliteIndex.tend` has it merge a little at a time. `usermerge`: segments to a merge,
#: 16 being the most there can be, since each merge writes all its words anew; `crisismerge`: where the steady merging
#: does not keep up, this many are merged at once. With its own speed, which grows with the index, it wrote the whole of
#: it anew while 20,000 papers came to a million, and each of them cost 2.4 times what it costs among ten thousand.
_MERGING: Final = {"automerge": 0, "usermerge": 16, "crisismerge": 64}


def create(connection: Connection) -> None:
    """Make the index of an empty table of papers."""
    is_sqlite = connection.dialect.name == "sqlite"
    for statement in _SQLITE if is_sqlite else _POSTGRESQL:
        connection.exec_driver_sql(statement)
    for name, value in _MERGING.items() if is_sqlite else ():
        connection.exec_driver_sql(f"INSERT INTO papers_fts (papers_fts, rank) VALUES ('{name}', {value})")  # noqa: S608 - our own


def label_words(connection: Connection) -> None:
    """Have the index know where words stand and which papers are the newest (PostgreSQL; SQLite's knows that)."""
    if connection.dialect.name == "postgresql":
        for statement in _POSTGRESQL_OF_LABELS:
            connection.exec_driver_sql(statement)


def put_off(connection: Connection) -> None:
    """Let papers be stored without the index for now: `catch_up` makes it of all of them at once, which is faster."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("DROP TRIGGER papers_fts_insert")
    else:
        connection.exec_driver_sql("DROP INDEX papers_fts_words")


def catch_up(connection: Connection) -> None:
    """Make what was put off."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_ON_INSERT)
        connection.exec_driver_sql("INSERT INTO papers_fts (papers_fts) VALUES ('rebuild')")
    else:
        connection.exec_driver_sql(_MATCHING_INDEX)
        connection.exec_driver_sql("ANALYZE")
