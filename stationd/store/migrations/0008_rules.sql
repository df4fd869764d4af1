-- Who pressed print: their papers are looked at again before the blank is fed.
ALTER TABLE jobs ADD COLUMN ordered_by TEXT NOT NULL DEFAULT '';
-- An earlier card of a citizen that lies here is looked for at every arrival and order.
CREATE INDEX shelf_by_citizen ON shelf (citizen_ref);

-- Blanks as they were used up, for shares of a day and for forecasts. `id` is the attempt's, or the entry's number.
CREATE TABLE uses (
    id     TEXT PRIMARY KEY,
    line   TEXT NOT NULL,
    stock  TEXT NOT NULL,
    reason TEXT NOT NULL,
    began  REAL NOT NULL,
    count  INTEGER NOT NULL,
    wasted INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX uses_by_time ON uses (began);

-- Requests for blanks, ribbon or film that wait for what was asked for.
CREATE TABLE requests (
    supply    TEXT NOT NULL,
    line      TEXT NOT NULL,
    stock     TEXT NOT NULL,
    seq       INTEGER NOT NULL,
    since     REAL NOT NULL,
    addressee TEXT NOT NULL,
    left_then INTEGER NOT NULL,
    wanted    INTEGER NOT NULL,
    arrived   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (supply, line, stock)
) STRICT, WITHOUT ROWID;
