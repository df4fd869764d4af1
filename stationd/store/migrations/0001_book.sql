-- The book itself: append-only, each entry the exact text that was hashed.
CREATE TABLE book (
    seq    INTEGER PRIMARY KEY,
    text   TEXT NOT NULL,
    digest TEXT NOT NULL
) STRICT;
CREATE TRIGGER book_is_never_changed BEFORE UPDATE ON book BEGIN SELECT RAISE(ABORT, 'the book is append-only'); END;
CREATE TRIGGER book_is_never_shortened BEFORE DELETE ON book BEGIN SELECT RAISE(ABORT, 'the book is append-only'); END;

-- The station's signature over the head of each commit, and the registry's over each acknowledged head.
CREATE TABLE commits (
    seq       INTEGER PRIMARY KEY,
    head      TEXT NOT NULL,
    signature BLOB NOT NULL
) STRICT;
CREATE TABLE countersignatures (
    seq  INTEGER PRIMARY KEY,
    head TEXT NOT NULL,
    jws  TEXT NOT NULL
) STRICT;

CREATE TABLE identity (
    station     TEXT NOT NULL,
    incarnation TEXT NOT NULL
) STRICT;

-- Sealed things. Not derived from the book: the book names them by digest.
CREATE TABLE vault (
    job_id TEXT PRIMARY KEY,
    sealed BLOB NOT NULL,
    label  BLOB NOT NULL
) STRICT;
CREATE TABLE policies (
    version INTEGER PRIMARY KEY,
    digest  TEXT NOT NULL,
    jws     TEXT NOT NULL
) STRICT;

-- Projections: derived from the book in the transaction that writes it, and rebuildable from it.
CREATE TABLE jobs (
    job_id         TEXT PRIMARY KEY,
    citizen_ref    TEXT NOT NULL,
    issue_no       INTEGER NOT NULL,
    epoch          INTEGER NOT NULL,
    start_before   INTEGER NOT NULL,
    reason         TEXT NOT NULL,
    urgent         TEXT,
    layout         TEXT NOT NULL,
    profile        TEXT NOT NULL,
    sealed_digest  TEXT NOT NULL,
    arrived        INTEGER NOT NULL,
    state          TEXT NOT NULL,
    cause          TEXT NOT NULL DEFAULT '',
    detail         TEXT NOT NULL DEFAULT '',
    ordered        INTEGER,
    attempt_id     TEXT,
    payload        INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX jobs_by_state ON jobs (state, ordered, arrived);

CREATE TABLE refusals (
    sealed_digest TEXT PRIMARY KEY,
    job_id        TEXT NOT NULL,
    cause         TEXT NOT NULL,
    detail        TEXT NOT NULL,
    seq           INTEGER NOT NULL
) STRICT;

CREATE TABLE attempts (
    attempt_id TEXT PRIMARY KEY,
    job_id     TEXT NOT NULL,
    line       TEXT NOT NULL,
    identity   TEXT NOT NULL,
    state      TEXT NOT NULL,
    going_on   INTEGER NOT NULL,
    inside     INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX one_attempt_going_on_for_a_job ON attempts (job_id) WHERE going_on;
CREATE UNIQUE INDEX one_card_inside_a_line ON attempts (line) WHERE inside;
CREATE UNIQUE INDEX one_attempt_for_a_chip ON attempts (identity) WHERE identity <> '';

CREATE TABLE balances (
    place TEXT NOT NULL,
    line  TEXT NOT NULL,
    stock TEXT NOT NULL,
    batch TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (place, line, stock, batch)
) STRICT;

CREATE TABLE questions (
    question_id TEXT PRIMARY KEY,
    attempt_id  TEXT NOT NULL,
    job_id      TEXT NOT NULL,
    line        TEXT NOT NULL,
    step        TEXT NOT NULL,
    cause       TEXT NOT NULL,
    answer      TEXT
) STRICT;

CREATE TABLE shelf (
    job_id      TEXT PRIMARY KEY,
    attempt_id  TEXT NOT NULL,
    citizen_ref TEXT NOT NULL,
    issue_no    INTEGER NOT NULL,
    identity    TEXT NOT NULL,
    since       REAL NOT NULL,
    seq         INTEGER NOT NULL
) STRICT;
