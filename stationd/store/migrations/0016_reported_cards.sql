-- Of a card that lies here: what was reported of its owner and is not answered; it may have come without a job.
ALTER TABLE shelf ADD COLUMN reported TEXT NOT NULL DEFAULT '';
ALTER TABLE reports ADD COLUMN answered INTEGER NOT NULL DEFAULT 0;
