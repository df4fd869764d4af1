-- The newest version of each chip profile that this station has worked with.
CREATE TABLE profiles (
    profile TEXT PRIMARY KEY,
    version INTEGER NOT NULL
) STRICT;
