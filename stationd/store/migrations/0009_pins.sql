-- What officers' PINs are recognised by: Argon2id over the PIN under a pepper that is not in this database.
CREATE TABLE pins (
    officer TEXT PRIMARY KEY,
    hash TEXT NOT NULL
) STRICT;

-- How many sign-ins in a row failed, so that a start does not give new tries. What stands for a name that is no
-- officer's is one of a few hundred marks: what was typed is not kept.
CREATE TABLE failed_sign_ins (
    name TEXT PRIMARY KEY,
    failures INTEGER NOT NULL
) STRICT;

-- One-time codes of a policy that were used.
CREATE TABLE spent_pin_codes (
    digest TEXT PRIMARY KEY
) STRICT;
