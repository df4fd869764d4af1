-- Up to where this station has vouched for its own book: at a start only what follows is checked before work begins.
CREATE TABLE checkpoints (
    seq       INTEGER PRIMARY KEY,
    head      TEXT NOT NULL,
    signature BLOB NOT NULL
) STRICT;

-- Derived: what makes this book one that no card may be made on any more.
CREATE TABLE doubts (
    cause TEXT PRIMARY KEY,
    seq   INTEGER NOT NULL
) STRICT;

-- What is asked at every start and at every look must not take longer with every card that was ever made.
CREATE INDEX jobs_by_arrival ON jobs (arrived);
CREATE INDEX jobs_with_payload ON jobs (arrived) WHERE payload;
CREATE INDEX questions_open ON questions (question_id) WHERE answer IS NULL;
CREATE INDEX refusals_by_seq ON refusals (seq);
