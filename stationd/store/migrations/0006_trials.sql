-- Blanks that an officer has given for a trial, one a line at most.
CREATE TABLE trial_blanks (
    line TEXT PRIMARY KEY,
    since REAL NOT NULL,
    by TEXT NOT NULL
) STRICT;
