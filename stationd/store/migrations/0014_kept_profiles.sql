-- What each chip profile said by which a card was begun here, as canonical JSON, by its SHA-256.
CREATE TABLE kept_profiles (
    digest TEXT PRIMARY KEY,
    content TEXT NOT NULL
) STRICT;
