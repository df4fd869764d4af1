-- At an office: what mobile kits have of its blanks. `stated` is what a kit said at the end, as JSON; empty until then.
CREATE TABLE allotments (
    allotment_id TEXT PRIMARY KEY,
    kit       TEXT NOT NULL,
    stock     TEXT NOT NULL,
    count     INTEGER NOT NULL,
    batches   TEXT NOT NULL,
    signed_at INTEGER NOT NULL,
    since     REAL NOT NULL,
    by        TEXT NOT NULL,
    back      REAL,
    stated    TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

-- At a kit: its trips. `base` is what each place held when it began, `figures` what it came to; JSON.
CREATE TABLE trips (
    allotment_id TEXT PRIMARY KEY,
    office    TEXT NOT NULL,
    stock     TEXT NOT NULL,
    announced INTEGER NOT NULL,
    jobs      INTEGER NOT NULL,
    begins    INTEGER NOT NULL,
    until     INTEGER NOT NULL,
    offline   INTEGER NOT NULL,
    place     TEXT NOT NULL,
    state     TEXT NOT NULL,
    opened    INTEGER NOT NULL,
    since     REAL NOT NULL,
    by        TEXT NOT NULL,
    base      TEXT NOT NULL,
    signed_at INTEGER NOT NULL DEFAULT 0,
    figures   TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX one_trip_at_a_time ON trips (state <> 'closed') WHERE state <> 'closed';

-- This book's half of each way of an allotment. `state`: alone, paired or differs; `told`: a discrepancy is in the book.
CREATE TABLE halves (
    allotment_id TEXT NOT NULL,
    leg   TEXT NOT NULL,
    seq   INTEGER NOT NULL,
    stock TEXT NOT NULL,
    count INTEGER NOT NULL,
    there INTEGER,
    state TEXT NOT NULL,
    told  INTEGER NOT NULL,
    PRIMARY KEY (allotment_id, leg)
) STRICT, WITHOUT ROWID;

-- Partners' lists. Their good rows lie in the vault, sealed, until the registry has them.
CREATE TABLE partner_lists (
    list_id TEXT PRIMARY KEY,
    partner TEXT NOT NULL,
    rows    INTEGER NOT NULL,
    good    INTEGER NOT NULL,
    bad     INTEGER NOT NULL,
    double  INTEGER NOT NULL,
    since   REAL NOT NULL,
    by      TEXT NOT NULL,
    state   TEXT NOT NULL,
    cause   TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
