-- Addresses in doubt have a queue of their own ---------------------------------------------------------------------------

ALTER TABLE delivery ADD COLUMN doubtful INTEGER NOT NULL DEFAULT FALSE; -- its address may be dead: see model::profile::Device

DROP INDEX delivery_due;
CREATE INDEX delivery_due ON delivery (doubtful, due_at) WHERE state IN ('queued', 'waiting');

-- That the provider took a push is told by the delivery itself.
DELETE FROM delivery_hop WHERE what = 'accepted';
