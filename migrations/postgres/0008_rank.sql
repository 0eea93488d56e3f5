-- What goes before what -------------------------------------------------------------------------------------------------

ALTER TABLE delivery ADD COLUMN rank BIGINT NOT NULL DEFAULT 2; -- 0 for what is tried out, then by its message's: see model::delivery::Turn

DROP INDEX delivery_due;
CREATE INDEX delivery_due ON delivery (doubtful, rank, due_at) WHERE state IN ('queued', 'waiting');
