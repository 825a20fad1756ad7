"""Everything that a digest with threads, its ledger, search and reading lists need."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

#: What the full-text index holds. Characters of the private use area count as letters there: U+E000 stands between two
#: items of a list, so that no phrase reaches from one author's name into the next one's; U+E001 and U+E002 stand for
#: the . and - of a category, so that it is one word. The archives follow as words of their own: `math`, not `math-ph`.
AUTHORS = """replace({row}authors, '","', ' ' || char(57344) || ' ')"""
CATEGORIES = """replace(
    replace({row}categories, '.', char(57345)) || ' ' || replace({row}categories, '.', ' '), '-', char(57346)
)"""
SOURCES = """replace({row}sources, '","', ' ' || char(57344) || ' ')"""
SEARCHED = f"""
CREATE VIEW papers_searched AS SELECT
    id, title, abstract,
    {AUTHORS.format(row="")} AS authors,
    {CATEGORIES.format(row="")} AS categories,
    {SOURCES.format(row="")} AS sources
FROM papers
"""  # noqa: S608 - of our own constants
INDEX = """
CREATE VIRTUAL TABLE papers_fts USING fts5(
    title, abstract, authors, categories, sources,
    content='papers_searched', content_rowid='id',
    tokenize='porter unicode61 remove_diacritics 2'
)
"""
LEARN = """
    INSERT INTO papers_fts (rowid, title, abstract, authors, categories, sources)
    SELECT id, title, abstract, authors, categories, sources FROM papers_searched WHERE id = new.id;
"""
#: the index forgets only what it is told word for word, and after the change the view has the new words
FORGET = f"""
    INSERT INTO papers_fts (papers_fts, rowid, title, abstract, authors, categories, sources)
    VALUES (
        'delete', old.id, old.title, old.abstract,
        {AUTHORS.format(row="old.")}, {CATEGORIES.format(row="old.")}, {SOURCES.format(row="old.")}
    );
"""  # noqa: S608 - of our own constants
ON_INSERT = f"CREATE TRIGGER papers_fts_insert AFTER INSERT ON papers BEGIN {LEARN} END"
ON_DELETE = f"CREATE TRIGGER papers_fts_delete AFTER DELETE ON papers BEGIN {FORGET} END"
ON_UPDATE = f"""
CREATE TRIGGER papers_fts_update AFTER UPDATE ON papers
WHEN old.title <> new.title OR old.abstract <> new.abstract OR old.authors <> new.authors
    OR old.categories <> new.categories OR old.sources <> new.sources
BEGIN {FORGET} {LEARN} END
"""

#: The same on PostgreSQL, as a table of its own. Text becomes words before its parser sees it, which would take `a-b`,
#: `x/y` and `cs.CL` for one thing each: accents go (marks that NFD leaves), and all that is neither letter nor digit is
#: a space. `storage.search_postgresql.plain` does the same to what is looked for. There are no stop words, since a
#: phrase may hold them. Between two authors stands a rune, for the reason given above.
#: Categories, archives and sources are words that hold a colon, which no text has: `in:cs.cl`, `in:cs`, `from:arxiv`.
#: Texts are cut where an index entry (1 MB, 2 kB a word) would not hold them.
POSTGRESQL = (
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
    "CREATE INDEX papers_fts_words ON papers_fts USING gin (words)",
    """
CREATE FUNCTION paperboy_learn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO papers_fts (id, words) VALUES (
        new.id,
        setweight(to_tsvector('paperboy', paperboy_plain(new.title)), 'A')
        || setweight(to_tsvector('paperboy', paperboy_plain(replace(new.authors, '","', ' ᛜ '))), 'B')
        || setweight(to_tsvector('paperboy', paperboy_plain(new.abstract)), 'C')
        || array_to_tsvector(paperboy_labels(new.categories, new.sources))
    ) ON CONFLICT (id) DO UPDATE SET words = excluded.words;
    RETURN NULL;
END $$
""",
    "CREATE TRIGGER papers_fts_insert AFTER INSERT ON papers FOR EACH ROW EXECUTE FUNCTION paperboy_learn()",
    """
CREATE TRIGGER papers_fts_update AFTER UPDATE ON papers FOR EACH ROW
WHEN (old.title <> new.title OR old.abstract <> new.abstract OR old.authors <> new.authors
    OR old.categories <> new.categories OR old.sources <> new.sources)
EXECUTE FUNCTION paperboy_learn()
""",
)


def upgrade() -> None:
    _papers()
    _announcements()
    _summaries()
    _source_states()
    _subscriptions()
    _deliveries()
    _messages()
    _decisions()
    _bookmarks()
    on_sqlite = (SEARCHED, INDEX, ON_INSERT, ON_DELETE, ON_UPDATE)
    for statement in on_sqlite if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.get_bind().exec_driver_sql(statement)


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=nullable) for name in names]


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _day(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Date(), nullable=False)


def _of(table: str, column: str, *, primary_key: bool = False) -> sa.Column[int]:
    return sa.Column(column, sa.Integer(), sa.ForeignKey(f"{table}.id"), nullable=False, primary_key=primary_key)


def _papers() -> None:
    op.create_table(
        "papers",
        sa.Column("id", sa.Integer(), primary_key=True),
        *_texts("key"),
        _number("version"),
        _day("announced"),
        *_texts("announce_type"),
        _moment("published", nullable=True),
        _moment("first_seen"),
        *_texts("doi", "journal", "licence", nullable=True),
        *_texts("url", "pdf_url", "categories", "sources", "identifiers", "signals", "title", "authors", "abstract"),
        sa.UniqueConstraint("key", name="papers_key"),
    )
    op.create_index("papers_announced", "papers", ["announced", "id"])
    op.create_index("papers_published", "papers", ["published"])
    op.create_table(
        "paper_categories",
        _of("papers", "paper_id", primary_key=True),
        sa.Column("category", sa.Text(), primary_key=True),
        _day("announced"),
        sqlite_with_rowid=False,
    )
    op.create_index("paper_categories_listing", "paper_categories", ["category", "announced", "paper_id"])
    op.create_table(
        "identifiers", sa.Column("key", sa.Text(), primary_key=True), _of("papers", "paper_id"), sqlite_with_rowid=False
    )
    op.create_index("identifiers_paper", "identifiers", ["paper_id"])


def _announcements() -> None:
    op.create_table(
        "announcements",
        sa.Column("seq", sa.Integer(), primary_key=True),
        _of("papers", "paper_id"),
        *_texts("source", "scope", "type"),
        _number("version"),
        _day("day"),
        _moment("seen_at"),
        sa.UniqueConstraint("paper_id", "source", "scope", "type", "version", name="announcements_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("announcements_day", "announcements", ["day", "paper_id"])


def _summaries() -> None:
    op.create_table(
        "summaries",
        sa.Column("id", sa.Integer(), primary_key=True),
        _of("papers", "paper_id"),
        *_texts("language"),
        _number("version"),
        *_texts("made_by", "gist", "motivation", "method", "result", "conclusion", "evidence"),
        sa.UniqueConstraint("paper_id", "language", "version", "made_by", name="summaries_once"),
        sqlite_autoincrement=True,
    )


def _source_states() -> None:
    op.create_table(
        "source_states",
        sa.Column("source", sa.Text(), primary_key=True),
        sa.Column("scope", sa.Text(), primary_key=True),
        *_texts("state"),
        _moment("checked_at"),
        _moment("fresh_at", nullable=True),
        sa.Column("listing_day", sa.Date()),
        _number("listed"),
        *_texts("etag", "last_modified", nullable=True),
        *_texts("error"),
        _moment("wait_until", nullable=True),
    )


def _subscriptions() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Integer(), primary_key=True),
        *_texts("channel", "name", "value"),
        _moment("saved_at"),
        sa.UniqueConstraint("channel", "name", name="subscriptions_name"),
        sqlite_autoincrement=True,
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer(), primary_key=True),
        _number("subscription_id"),
        *_texts("channel", "name"),
        _day("day"),
        *_texts("kind", "state"),
        _moment("begun_at"),
        _moment("lease_until"),
        _moment("finished_at", nullable=True),
        _number("after", nullable=True),
        *(_number(name) for name in ("until", "candidates", "kept", "posted", "failed")),
        *_texts("subscription", "sources"),
        sa.UniqueConstraint("subscription_id", "day", "kind", name="deliveries_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("deliveries_channel", "deliveries", ["channel", "name", "id"])


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("key", sa.Text(), primary_key=True),
        _of("deliveries", "delivery_id"),
        _number("position"),
        *_texts("parent_key", nullable=True),
        *_texts("papers", "payload", "state"),
        *_texts("message", nullable=True),
        _moment("sent_at", nullable=True),
        sa.UniqueConstraint("delivery_id", "position", name="messages_position"),
    )
    op.create_table(
        "shown",
        sa.Column("channel", sa.Text(), primary_key=True),
        sa.Column("message", sa.Text(), primary_key=True),
        *_texts("papers"),
        _moment("sent_at"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "postings",
        sa.Column("channel", sa.Text(), primary_key=True),
        _of("papers", "paper_id", primary_key=True),
        *_texts("message_key"),
        _moment("posted_at"),
        sqlite_with_rowid=False,
    )
    op.create_index("postings_paper", "postings", ["paper_id"])


def _decisions() -> None:
    op.create_table(
        "decisions",
        _of("deliveries", "delivery_id", primary_key=True),
        _of("papers", "paper_id", primary_key=True),
        sa.Column("score", sa.Float(), nullable=False),
        *_texts("reasons"),
        _number("place"),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("decisions_paper", "decisions", ["paper_id"])


def _bookmarks() -> None:
    op.create_table(
        "bookmarks",
        sa.Column("id", sa.Integer(), primary_key=True),
        *_texts("person"),
        _of("papers", "paper_id"),
        *_texts("channel"),
        _moment("at"),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("person", "paper_id", name="bookmarks_once"),
    )
    op.create_index("bookmarks_channel", "bookmarks", ["channel", "public", "at"])
    op.create_index("bookmarks_at", "bookmarks", ["at"])
    op.create_index("bookmarks_paper", "bookmarks", ["paper_id"])
