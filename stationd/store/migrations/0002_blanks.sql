-- More projections: what is guarded, what does not agree, and what went through each printer.
CREATE TABLE exchanges (
    line  TEXT PRIMARY KEY,
    since REAL NOT NULL,
    by    TEXT NOT NULL
) STRICT;

CREATE TABLE closed_day (
    seq   INTEGER PRIMARY KEY,
    since REAL NOT NULL,
    by    TEXT NOT NULL
) STRICT;

CREATE TABLE discrepancies (
    discrepancy_id TEXT PRIMARY KEY,
    origin         TEXT NOT NULL,
    subject        TEXT NOT NULL,
    line           TEXT NOT NULL,
    stock          TEXT NOT NULL,
    expected       INTEGER NOT NULL,
    found          INTEGER NOT NULL,
    moves          TEXT NOT NULL,
    since          REAL NOT NULL,
    found_by       TEXT NOT NULL,
    state          TEXT NOT NULL,
    explanation    TEXT NOT NULL,
    requested_by   TEXT NOT NULL,
    settled_by     TEXT NOT NULL,
    reference      TEXT NOT NULL
) STRICT;
CREATE INDEX discrepancies_by_state ON discrepancies (state);

CREATE TABLE machine_attempts (
    attempt_id TEXT PRIMARY KEY,
    printer    TEXT NOT NULL
) STRICT;
CREATE TABLE machine_tallies (
    printer TEXT NOT NULL,
    tally   TEXT NOT NULL,
    sure    INTEGER NOT NULL,
    doubted INTEGER NOT NULL,
    PRIMARY KEY (printer, tally)
) STRICT;
CREATE TABLE counters (
    printer TEXT NOT NULL,
    kind    TEXT NOT NULL,
    line    TEXT NOT NULL,
    cards   INTEGER NOT NULL,
    booked  INTEGER NOT NULL,
    doubted INTEGER NOT NULL,
    open    INTEGER NOT NULL,
    PRIMARY KEY (printer, kind)
) STRICT;
CREATE TABLE supplies (
    line     TEXT NOT NULL,
    name     TEXT NOT NULL,
    printer  TEXT NOT NULL,
    position INTEGER NOT NULL,
    remaining INTEGER,
    capacity INTEGER,
    lot      TEXT,
    since    REAL NOT NULL,
    PRIMARY KEY (line, name)
) STRICT;
