-- While nothing is sent of a message: since when, and who stopped it.
ALTER TABLE message ADD COLUMN stopped_at BIGINT;
ALTER TABLE message ADD COLUMN stopped_by TEXT;
