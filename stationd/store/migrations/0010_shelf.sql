-- Where a card lies and of which account it is; `came` is the sender's list for a card made elsewhere. A card that is not
-- to be found keeps its row, with the time since when.
ALTER TABLE shelf ADD COLUMN place TEXT NOT NULL DEFAULT '';
ALTER TABLE shelf ADD COLUMN stock TEXT NOT NULL DEFAULT 'wni';
ALTER TABLE shelf ADD COLUMN batch TEXT NOT NULL DEFAULT '';
ALTER TABLE shelf ADD COLUMN came TEXT NOT NULL DEFAULT '';
ALTER TABLE shelf ADD COLUMN lost REAL;
CREATE INDEX shelf_by_identity ON shelf (identity);

-- Cards that have left the shelf, and how.
CREATE TABLE shelf_past (
    job_id      TEXT PRIMARY KEY,
    citizen_ref TEXT NOT NULL,
    issue_no    INTEGER NOT NULL,
    identity    TEXT NOT NULL,
    since       REAL NOT NULL,
    seq         INTEGER NOT NULL,
    left_at     REAL NOT NULL,
    how         TEXT NOT NULL,
    detail      TEXT NOT NULL
) STRICT;
CREATE INDEX shelf_past_by_identity ON shelf_past (identity);

-- Notices to the owners of cards.
CREATE TABLE notices (
    job_id   TEXT NOT NULL,
    number   INTEGER NOT NULL,
    channel  TEXT NOT NULL,
    delivery TEXT NOT NULL,
    at       REAL NOT NULL,
    tries    INTEGER NOT NULL,
    cause    TEXT NOT NULL,
    PRIMARY KEY (job_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX notices_open ON notices (delivery, job_id);

-- Boxes of cards that another office made, and what is on the lists that came with them.
CREATE TABLE arrivals (
    list_id TEXT PRIMARY KEY,
    sender  TEXT NOT NULL,
    digest  TEXT NOT NULL,
    opened  REAL NOT NULL,
    by      TEXT NOT NULL,
    cards   INTEGER NOT NULL,
    closed  REAL
) STRICT;
CREATE TABLE arrival_cards (
    list_id     TEXT NOT NULL,
    job_id      TEXT NOT NULL,
    identity    TEXT NOT NULL,
    citizen_ref TEXT NOT NULL,
    issue_no    INTEGER NOT NULL,
    stock       TEXT NOT NULL,
    state       TEXT NOT NULL,
    PRIMARY KEY (list_id, job_id, identity)
) STRICT, WITHOUT ROWID;

-- Who waits for a card: sealed, each under a key of its own outside this database, and not derived from the book.
CREATE TABLE shelf_records (
    job_id TEXT PRIMARY KEY,
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
