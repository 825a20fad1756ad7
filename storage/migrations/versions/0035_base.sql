CREATE TABLE papers (
    id INTEGER NOT NULL PRIMARY KEY, key TEXT NOT NULL, version INTEGER NOT NULL, announced DATE NOT NULL,
    announce_type TEXT NOT NULL, published DATETIME, first_seen DATETIME NOT NULL, doi TEXT, journal TEXT,
    licence TEXT, url TEXT NOT NULL, pdf_url TEXT NOT NULL, categories TEXT NOT NULL, sources TEXT NOT NULL,
    identifiers TEXT NOT NULL, signals TEXT NOT NULL, title TEXT NOT NULL, authors TEXT NOT NULL,
    abstract TEXT NOT NULL, comment TEXT NOT NULL DEFAULT '', title_key BIGINT, title_words TEXT,
    abstract_words TEXT, author_words TEXT, shown_key BIGINT, url_key BIGINT, pdf_key BIGINT,
    CONSTRAINT papers_key UNIQUE (key)
);
CREATE INDEX papers_announced ON papers (announced, id);
CREATE INDEX papers_pdf ON papers (pdf_key) WHERE pdf_key IS NOT NULL;
CREATE INDEX papers_published ON papers (published);
CREATE INDEX papers_shown ON papers (shown_key);
CREATE INDEX papers_title ON papers (title_key);
CREATE INDEX papers_url ON papers (url_key) WHERE url_key IS NOT NULL;

CREATE TABLE paper_categories (
    paper_id INTEGER NOT NULL REFERENCES papers, category TEXT NOT NULL, announced DATE NOT NULL,
    PRIMARY KEY (paper_id, category)
) WITHOUT ROWID;
CREATE INDEX paper_categories_listing ON paper_categories (category, announced, paper_id);

CREATE TABLE identifiers (
    key TEXT NOT NULL PRIMARY KEY, paper_id INTEGER NOT NULL REFERENCES papers
) WITHOUT ROWID;
CREATE INDEX identifiers_paper ON identifiers (paper_id);

CREATE TABLE clues (
    key TEXT NOT NULL, paper_id INTEGER NOT NULL REFERENCES papers, PRIMARY KEY (key, paper_id)
) WITHOUT ROWID;
CREATE INDEX clues_paper ON clues (paper_id);

CREATE TABLE accounts (
    source TEXT NOT NULL, name TEXT NOT NULL, paper_id INTEGER NOT NULL REFERENCES papers, value TEXT NOT NULL,
    PRIMARY KEY (source, name)
) WITHOUT ROWID;
CREATE INDEX accounts_paper ON accounts (paper_id);

CREATE TABLE apart (
    one TEXT NOT NULL, other TEXT NOT NULL, at DATETIME NOT NULL, PRIMARY KEY (one, other)
) WITHOUT ROWID;
CREATE INDEX apart_other ON apart (other);

CREATE TABLE readings (
    id INTEGER NOT NULL PRIMARY KEY, paper_id INTEGER NOT NULL REFERENCES papers, source TEXT NOT NULL,
    name TEXT NOT NULL, at DATETIME NOT NULL, signals TEXT NOT NULL
);
CREATE INDEX readings_paper ON readings (paper_id);

CREATE TABLE events (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, paper_id INTEGER NOT NULL REFERENCES papers,
    kind TEXT NOT NULL, detail TEXT NOT NULL, source TEXT NOT NULL, at DATETIME NOT NULL,
    CONSTRAINT events_once UNIQUE (paper_id, kind, detail)
);
CREATE INDEX events_at ON events (at);

CREATE TABLE announcements (
    seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, paper_id INTEGER NOT NULL REFERENCES papers,
    source TEXT NOT NULL, scope TEXT NOT NULL, type TEXT NOT NULL, version INTEGER NOT NULL, name TEXT NOT NULL,
    day DATE NOT NULL, history BOOLEAN NOT NULL, seen_at DATETIME NOT NULL,
    CONSTRAINT announcements_once UNIQUE (paper_id, source, scope, type, version, name)
);
CREATE INDEX announcements_day ON announcements (day, paper_id);

CREATE TABLE summaries (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, paper_id INTEGER NOT NULL REFERENCES papers,
    language TEXT NOT NULL, version INTEGER NOT NULL, made_by TEXT NOT NULL, depth TEXT NOT NULL,
    recipe TEXT NOT NULL, gist TEXT NOT NULL, motivation TEXT NOT NULL, method TEXT NOT NULL,
    result TEXT NOT NULL, conclusion TEXT NOT NULL, readers TEXT NOT NULL, novelty TEXT NOT NULL,
    evidence TEXT NOT NULL, CONSTRAINT summaries_once UNIQUE (paper_id, language, version, made_by, depth, recipe)
);

CREATE TABLE source_states (
    source TEXT NOT NULL, scope TEXT NOT NULL, state TEXT NOT NULL, checked_at DATETIME NOT NULL,
    fresh_at DATETIME, listing_day DATE, listed INTEGER NOT NULL, etag TEXT, last_modified TEXT,
    problems TEXT NOT NULL, came_otherwise BOOLEAN NOT NULL, wait_until DATETIME, troubles INTEGER NOT NULL,
    PRIMARY KEY (source, scope)
);

CREATE TABLE refreshes (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, scope TEXT NOT NULL,
    at DATETIME NOT NULL, state TEXT NOT NULL, fetched INTEGER NOT NULL, "new" INTEGER NOT NULL,
    updated INTEGER NOT NULL, known INTEGER NOT NULL, merged INTEGER NOT NULL, failed INTEGER NOT NULL,
    problems TEXT NOT NULL, retry_after_s FLOAT
);
CREATE INDEX refreshes_at ON refreshes (at);
CREATE INDEX refreshes_scope ON refreshes (source, scope, at);

CREATE TABLE backfills (
    source TEXT NOT NULL, scope TEXT NOT NULL, since DATE NOT NULL, until DATE NOT NULL, phase TEXT NOT NULL,
    cursor TEXT NOT NULL, fetched INTEGER NOT NULL, "new" INTEGER NOT NULL, updated INTEGER NOT NULL,
    known INTEGER NOT NULL, merged INTEGER NOT NULL, failed INTEGER NOT NULL, troubles INTEGER NOT NULL,
    wait_until DATETIME, at DATETIME NOT NULL, PRIMARY KEY (source, scope, since, until)
);

CREATE TABLE archived_spans (
    source TEXT NOT NULL, scope TEXT NOT NULL, since DATE NOT NULL, until DATE NOT NULL,
    PRIMARY KEY (source, scope, since, until)
);

CREATE TABLE enrichments (
    source TEXT NOT NULL, paper_id INTEGER NOT NULL REFERENCES papers, at DATETIME NOT NULL,
    PRIMARY KEY (source, paper_id)
) WITHOUT ROWID;
CREATE INDEX enrichments_paper ON enrichments (paper_id);

CREATE TABLE identity (
    number INTEGER NOT NULL PRIMARY KEY, database TEXT NOT NULL
);

CREATE TABLE subscriptions (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
    saved_at DATETIME NOT NULL, next_look DATETIME, settled_until DATETIME, next_due DATETIME,
    absent_since DATETIME, CONSTRAINT subscriptions_name UNIQUE (channel, name)
);
CREATE INDEX subscriptions_absent_since ON subscriptions (absent_since);
CREATE INDEX subscriptions_next_due ON subscriptions (next_due, id);
CREATE INDEX subscriptions_next_look ON subscriptions (next_look);

CREATE TABLE ended_subscriptions (
    channel TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, ended_at DATETIME NOT NULL,
    PRIMARY KEY (channel, name)
) WITHOUT ROWID;
CREATE INDEX ended_subscriptions_ended_at ON ended_subscriptions (ended_at);

CREATE TABLE departures (
    channel TEXT NOT NULL PRIMARY KEY, reason TEXT NOT NULL, left_at DATETIME NOT NULL
) WITHOUT ROWID;
CREATE INDEX departures_left_at ON departures (left_at);

CREATE TABLE rule_lists (
    channel TEXT NOT NULL, name TEXT NOT NULL, rule TEXT NOT NULL, saved_at DATETIME NOT NULL,
    PRIMARY KEY (channel, name)
) WITHOUT ROWID;

CREATE TABLE setting_changes (
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, person TEXT NOT NULL,
    person_name TEXT NOT NULL, at DATETIME NOT NULL, before TEXT, after TEXT, signs_before TEXT, signs_after TEXT,
    CONSTRAINT setting_changes_channel UNIQUE (channel, number)
);
CREATE INDEX setting_changes_person ON setting_changes (person);

CREATE TABLE pending_changes (
    key TEXT NOT NULL, channel TEXT NOT NULL, person TEXT NOT NULL, before TEXT, after TEXT NOT NULL,
    at DATETIME NOT NULL, PRIMARY KEY (key, channel)
) WITHOUT ROWID;
CREATE INDEX pending_changes_at ON pending_changes (at);
CREATE INDEX pending_changes_person ON pending_changes (person, channel);

CREATE TABLE subscription_categories (
    subscription_id INTEGER NOT NULL, category TEXT NOT NULL, PRIMARY KEY (subscription_id, category),
    FOREIGN KEY (subscription_id) REFERENCES subscriptions (id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX subscription_categories_category ON subscription_categories (category);

CREATE TABLE delivery_days (
    subscription_id INTEGER NOT NULL, day DATE NOT NULL, due_at DATETIME NOT NULL, state TEXT NOT NULL,
    reason TEXT NOT NULL, opened_at DATETIME NOT NULL, closed_at DATETIME, PRIMARY KEY (subscription_id, day)
) WITHOUT ROWID;
CREATE INDEX delivery_days_state ON delivery_days (state, due_at);

CREATE TABLE deliveries (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, subscription_id INTEGER NOT NULL, channel TEXT NOT NULL,
    name TEXT NOT NULL, day DATE NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL, begun_at DATETIME NOT NULL,
    holder TEXT, lease_until DATETIME NOT NULL, finished_at DATETIME, after INTEGER, until INTEGER NOT NULL,
    candidates INTEGER NOT NULL, kept INTEGER NOT NULL, posted INTEGER NOT NULL, failed INTEGER NOT NULL,
    subscription TEXT NOT NULL, sources TEXT NOT NULL, post TEXT, attempts INTEGER, retry_at DATETIME,
    failure TEXT, failure_sentence TEXT, absence TEXT,
    CONSTRAINT deliveries_once UNIQUE (subscription_id, day, kind)
);
CREATE INDEX deliveries_channel ON deliveries (channel, name, id);
CREATE INDEX deliveries_open ON deliveries (state, id);

CREATE TABLE stand_ins (
    delivery_id INTEGER NOT NULL REFERENCES deliveries, papers TEXT NOT NULL, is_improved BOOLEAN NOT NULL,
    attempts INTEGER NOT NULL, look_at DATETIME NOT NULL, PRIMARY KEY (delivery_id)
);
CREATE INDEX stand_ins_look_at ON stand_ins (look_at);

CREATE TABLE messages (
    key TEXT NOT NULL PRIMARY KEY, delivery_id INTEGER NOT NULL REFERENCES deliveries, position INTEGER NOT NULL,
    parent_key TEXT, papers TEXT NOT NULL, payload TEXT NOT NULL, state TEXT NOT NULL, message TEXT,
    sent_at DATETIME, CONSTRAINT messages_position UNIQUE (delivery_id, position)
);

CREATE TABLE shown (
    channel TEXT NOT NULL, message TEXT NOT NULL, papers TEXT NOT NULL, sent_at DATETIME NOT NULL,
    PRIMARY KEY (channel, message)
) WITHOUT ROWID;
CREATE INDEX shown_message ON shown (message);
CREATE INDEX shown_sent_at ON shown (sent_at);

CREATE TABLE decisions (
    delivery_id INTEGER NOT NULL REFERENCES deliveries, paper_id INTEGER NOT NULL REFERENCES papers,
    score FLOAT NOT NULL, reasons TEXT NOT NULL, place INTEGER NOT NULL, chosen BOOLEAN NOT NULL, standing TEXT,
    PRIMARY KEY (delivery_id, paper_id)
) WITHOUT ROWID;
CREATE INDEX decisions_paper ON decisions (paper_id);

CREATE TABLE postings (
    channel TEXT NOT NULL, paper_id INTEGER NOT NULL REFERENCES papers, message_key TEXT NOT NULL,
    posted_at DATETIME NOT NULL, PRIMARY KEY (channel, paper_id)
) WITHOUT ROWID;
CREATE INDEX postings_paper ON postings (paper_id);

CREATE TABLE digest_orders (
    channel TEXT NOT NULL PRIMARY KEY, at DATETIME NOT NULL
) WITHOUT ROWID;

CREATE TABLE bookmarks (
    id INTEGER NOT NULL PRIMARY KEY, person TEXT NOT NULL, paper_id INTEGER NOT NULL REFERENCES papers,
    channel TEXT NOT NULL, at DATETIME NOT NULL, public BOOLEAN NOT NULL,
    CONSTRAINT bookmarks_once UNIQUE (person, paper_id, channel, public)
);
CREATE INDEX bookmarks_at ON bookmarks (at);
CREATE INDEX bookmarks_channel ON bookmarks (channel, public, at);
CREATE INDEX bookmarks_paper ON bookmarks (paper_id);

CREATE TABLE paper_annotations (
    person TEXT NOT NULL, paper_id INTEGER NOT NULL REFERENCES papers, channel TEXT NOT NULL, note TEXT NOT NULL,
    tags TEXT NOT NULL, done_at DATETIME, at DATETIME NOT NULL, PRIMARY KEY (person, paper_id, channel)
) WITHOUT ROWID;
CREATE INDEX paper_annotations_channel ON paper_annotations (channel);
CREATE INDEX paper_annotations_paper ON paper_annotations (paper_id);

CREATE TABLE event_notices (
    event_id INTEGER NOT NULL, recipient TEXT NOT NULL, claimed_at DATETIME NOT NULL,
    PRIMARY KEY (event_id, recipient)
) WITHOUT ROWID;
CREATE INDEX event_notices_claimed_at ON event_notices (claimed_at);

CREATE TABLE feedback (
    person TEXT NOT NULL, paper_id INTEGER NOT NULL REFERENCES papers, feeling TEXT NOT NULL,
    channel TEXT NOT NULL, at DATETIME NOT NULL, public BOOLEAN NOT NULL,
    PRIMARY KEY (person, paper_id, feeling, channel)
) WITHOUT ROWID;
CREATE INDEX feedback_channel ON feedback (channel, at);
CREATE INDEX feedback_paper ON feedback (paper_id);

CREATE TABLE updates (
    account TEXT NOT NULL, number BIGINT NOT NULL, content TEXT NOT NULL, received_at DATETIME NOT NULL,
    attempts INTEGER NOT NULL, done BOOLEAN NOT NULL, PRIMARY KEY (account, number)
) WITHOUT ROWID;
CREATE INDEX updates_waiting ON updates (account, done, received_at);

CREATE TABLE reactions (
    channel TEXT NOT NULL, message TEXT NOT NULL, person TEXT NOT NULL, emoji TEXT NOT NULL,
    feeling TEXT NOT NULL, added BOOLEAN NOT NULL, happened_at DATETIME NOT NULL, at DATETIME NOT NULL,
    paper_id INTEGER REFERENCES papers, PRIMARY KEY (channel, message, person, emoji)
) WITHOUT ROWID;
CREATE INDEX reactions_paper ON reactions (paper_id, at);

CREATE TABLE tallies (
    channel TEXT NOT NULL, message TEXT NOT NULL, paper_id INTEGER NOT NULL REFERENCES papers,
    told INTEGER NOT NULL, post TEXT, at DATETIME NOT NULL, edit_at DATETIME, edited_at DATETIME,
    is_fixed BOOLEAN NOT NULL, PRIMARY KEY (channel, message)
);
CREATE INDEX tallies_at ON tallies (at);
CREATE INDEX tallies_edit_at ON tallies (edit_at);
CREATE INDEX tallies_paper ON tallies (paper_id);

CREATE TABLE channel_signs (
    channel TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE hints (
    recipient TEXT NOT NULL, name TEXT NOT NULL, at DATETIME NOT NULL, PRIMARY KEY (recipient, name)
) WITHOUT ROWID;

CREATE TABLE searches (
    key TEXT NOT NULL PRIMARY KEY, typed TEXT NOT NULL, at DATETIME NOT NULL
) WITHOUT ROWID;
CREATE INDEX searches_at ON searches (at);

CREATE TABLE services (
    id TEXT NOT NULL PRIMARY KEY, host TEXT NOT NULL, pid INTEGER NOT NULL, machine TEXT NOT NULL,
    version TEXT NOT NULL, started_at DATETIME NOT NULL, seen_at DATETIME NOT NULL, platforms TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE claims (
    installation TEXT NOT NULL PRIMARY KEY, holder TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL,
    machine TEXT NOT NULL, since DATETIME NOT NULL, until DATETIME NOT NULL
) WITHOUT ROWID;

CREATE TABLE alerts (
    key TEXT NOT NULL PRIMARY KEY, sentence TEXT NOT NULL, since DATETIME NOT NULL, told_at DATETIME,
    resolved_at DATETIME, resolution_told_at DATETIME
) WITHOUT ROWID;

CREATE TABLE model_usage (
    day DATE NOT NULL, model TEXT NOT NULL, purpose TEXT NOT NULL, channel TEXT NOT NULL, calls INTEGER NOT NULL,
    input_tokens BIGINT NOT NULL, cached_tokens BIGINT NOT NULL, output_tokens BIGINT NOT NULL,
    cost_usd FLOAT NOT NULL, unpriced_calls INTEGER NOT NULL, PRIMARY KEY (day, model, purpose, channel)
) WITHOUT ROWID;
CREATE INDEX model_usage_channel ON model_usage (channel, day);

CREATE TABLE grades (
    criteria TEXT NOT NULL, paper TEXT NOT NULL, version INTEGER NOT NULL, fit INTEGER NOT NULL,
    novelty INTEGER NOT NULL, criterion INTEGER NOT NULL, basis TEXT NOT NULL, made_by TEXT NOT NULL,
    graded_at DATETIME NOT NULL, PRIMARY KEY (criteria, paper)
) WITHOUT ROWID;
CREATE INDEX grades_graded_at ON grades (graded_at);

CREATE TABLE full_texts (
    paper TEXT NOT NULL, version INTEGER NOT NULL, kept_at DATETIME NOT NULL, content TEXT NOT NULL,
    PRIMARY KEY (paper, version)
);
CREATE INDEX full_texts_kept ON full_texts (kept_at);

CREATE TABLE profiles (
    channel TEXT NOT NULL PRIMARY KEY, since DATETIME, basis TEXT NOT NULL, value TEXT NOT NULL,
    learned_at DATETIME NOT NULL
);

CREATE TABLE seeds (
    channel TEXT NOT NULL, key TEXT NOT NULL, person TEXT NOT NULL, at DATETIME NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (channel, key)
) WITHOUT ROWID;

CREATE TABLE corrections (
    channel TEXT NOT NULL, term TEXT NOT NULL, paper TEXT NOT NULL, wanted TEXT NOT NULL, at DATETIME NOT NULL,
    PRIMARY KEY (channel, term, paper)
) WITHOUT ROWID;

CREATE TABLE vectors (
    paper_id INTEGER NOT NULL REFERENCES papers, model TEXT NOT NULL, vector BLOB NOT NULL,
    made_at DATETIME NOT NULL, PRIMARY KEY (paper_id, model)
) WITHOUT ROWID;

CREATE TABLE embedders (
    model TEXT NOT NULL PRIMARY KEY, problem TEXT NOT NULL, since DATETIME NOT NULL, size INTEGER
);
