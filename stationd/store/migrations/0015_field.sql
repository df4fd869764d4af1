-- An officer's report about a citizen: what is waiting for this citizen is held until the registry has looked at it.
-- `jobs.reported` is the kind of the report that a job's claims do not answer yet; empty for most.
ALTER TABLE jobs ADD COLUMN reported TEXT NOT NULL DEFAULT '';
CREATE INDEX jobs_by_citizen ON jobs (citizen_ref);
CREATE TABLE reports (
    seq         INTEGER PRIMARY KEY,
    citizen_ref TEXT NOT NULL,
    kind        TEXT NOT NULL,
    at          REAL NOT NULL
) STRICT;
CREATE INDEX reports_by_citizen ON reports (citizen_ref, seq);

-- Whose data was and is on this disk, from when to when. `until` is null while it is. `seq` is the entry that began it.
CREATE TABLE keepings (
    seq         INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    job_id      TEXT NOT NULL,
    citizen_ref TEXT NOT NULL,
    since       REAL NOT NULL,
    until       REAL,
    why         TEXT NOT NULL,
    PRIMARY KEY (seq, kind, job_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX keepings_by_job ON keepings (job_id, kind) WHERE until IS NULL;

-- The log of processing: each opening of a citizen's data, without the citizen. Not derived from the book.
CREATE TABLE processings (
    id      INTEGER PRIMARY KEY,
    at      REAL NOT NULL,
    trust   TEXT NOT NULL,
    actor   TEXT NOT NULL,
    job_id  TEXT NOT NULL,
    act     TEXT NOT NULL,
    purpose TEXT NOT NULL
) STRICT;
CREATE INDEX processings_by_job ON processings (job_id);

-- The last test card of each printer, and the records of readiness that were made.
CREATE TABLE test_cards (
    printer TEXT PRIMARY KEY,
    line    TEXT NOT NULL,
    seq     INTEGER NOT NULL,
    at      REAL NOT NULL
) STRICT;
CREATE TABLE readiness (
    digest TEXT PRIMARY KEY,
    seq    INTEGER NOT NULL,
    at     REAL NOT NULL
) STRICT;
