-- By which version of this program's rules the derived tables were written. No row: by none that is known.
CREATE TABLE derived (
    version INTEGER NOT NULL
) STRICT;

-- How many jobs are in each state: counted as they change, so that nobody counts all jobs of all years.
CREATE TABLE job_tally (
    state TEXT PRIMARY KEY,
    jobs  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER job_is_tallied AFTER INSERT ON jobs BEGIN
    INSERT INTO job_tally VALUES (NEW.state, 1) ON CONFLICT DO UPDATE SET jobs = jobs + 1;
END;
CREATE TRIGGER job_is_tallied_elsewhere AFTER UPDATE OF state ON jobs WHEN OLD.state <> NEW.state BEGIN
    INSERT INTO job_tally VALUES (NEW.state, 1) ON CONFLICT DO UPDATE SET jobs = jobs + 1;
    UPDATE job_tally SET jobs = jobs - 1 WHERE state = OLD.state;
    DELETE FROM job_tally WHERE state = OLD.state AND jobs = 0;
END;
CREATE TRIGGER job_is_tallied_no_more AFTER DELETE ON jobs BEGIN
    UPDATE job_tally SET jobs = jobs - 1 WHERE state = OLD.state;
    DELETE FROM job_tally WHERE state = OLD.state AND jobs = 0;
END;

-- A table that is its own index: a commit writes a page less for each account that it changes.
DROP TABLE balances;
CREATE TABLE balances (
    place TEXT NOT NULL,
    line  TEXT NOT NULL,
    stock TEXT NOT NULL,
    batch TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (place, line, stock, batch)
) STRICT, WITHOUT ROWID;

-- More of what is asked again and again, and must not take longer with every card that was ever made.
CREATE INDEX attempts_by_job ON attempts (job_id);
CREATE INDEX discrepancies_unsettled ON discrepancies (since) WHERE state <> 'settled';
DROP INDEX discrepancies_by_state;
