-- What goes before what -------------------------------------------------------------------------------------------------

ALTER TABLE delivery ADD COLUMN rank BIGINT NOT NULL DEFAULT 2; -- 0 for what is tried out, then by its message's: see model::delivery::Turn

DROP INDEX delivery_due;
CREATE INDEX delivery_due ON delivery (doubtful, rank, due_at) WHERE state IN ('queued', 'waiting');

ALTER TABLE delivery ADD COLUMN slot_by UUID; -- the rule set whose pace alone gave its moment (slot_at)
-- A push of a higher rank takes the moment of one of a lower rank that waits for the same pace.
CREATE INDEX delivery_slot_by ON delivery (slot_by, rank, slot_at) WHERE slot_by IS NOT NULL AND state = 'waiting';

-- When a message goes out ------------------------------------------------------------------------------------------------

ALTER TABLE delivery ADD COLUMN moment_at BIGINT; -- the person's best time, where the message waits for it and it was found

-- At which hours people open pushes.
CREATE INDEX delivery_opened ON delivery (profile_id, opened_at) WHERE opened_at IS NOT NULL;
CREATE INDEX delivery_opened_of_app ON delivery (app_id, opened_at) WHERE opened_at IS NOT NULL;
