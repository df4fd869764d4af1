-- Papers by kind, year and number; what they say is sealed in files beside the database.
CREATE TABLE paper_numbers (
    kind TEXT NOT NULL,
    year INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (kind, year)
) STRICT, WITHOUT ROWID;
CREATE TABLE documents (
    kind         TEXT NOT NULL,
    year         INTEGER NOT NULL,
    number       INTEGER NOT NULL,
    subject      TEXT NOT NULL,
    pages        INTEGER NOT NULL,
    issued       REAL NOT NULL,
    issued_by    TEXT NOT NULL,
    seq          INTEGER NOT NULL,
    content      TEXT NOT NULL,
    digest       TEXT NOT NULL,
    cites        INTEGER NOT NULL,
    head         TEXT NOT NULL,
    retain_until REAL NOT NULL,
    scan_digest  TEXT NOT NULL DEFAULT '',
    scan_media   TEXT NOT NULL DEFAULT '',
    scan_size    INTEGER NOT NULL DEFAULT 0,
    erased       INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, year, number)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER papers_have_no_gaps BEFORE INSERT ON documents
WHEN NEW.number <> 1 + coalesce((SELECT last FROM paper_numbers WHERE (kind, year) = (NEW.kind, NEW.year)), 0)
BEGIN SELECT RAISE(ABORT, 'a number of a paper was left out or given twice'); END;
CREATE TRIGGER paper_takes_its_number AFTER INSERT ON documents
BEGIN INSERT INTO paper_numbers VALUES (NEW.kind, NEW.year, NEW.number) ON CONFLICT DO UPDATE SET last = NEW.number; END;
CREATE INDEX documents_kept ON documents (retain_until) WHERE NOT erased;
CREATE INDEX documents_by_subject ON documents (kind, subject);
CREATE INDEX documents_by_entry ON documents (seq);
