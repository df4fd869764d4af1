-- A job that is revoked while its card is under way is over when that card is.
ALTER TABLE jobs ADD COLUMN revoked INTEGER NOT NULL DEFAULT 0;
