-- When a job came, and who was moved to the front of the queue: the number of the entry, and why.
ALTER TABLE jobs ADD COLUMN since REAL NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN front INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN front_reason TEXT NOT NULL DEFAULT '';

-- Acts that were done under a key of their client's, with what was answered: asked again, they are not done again.
CREATE TABLE answered (
    key    TEXT PRIMARY KEY,
    act    TEXT NOT NULL,
    answer TEXT NOT NULL
) STRICT;
