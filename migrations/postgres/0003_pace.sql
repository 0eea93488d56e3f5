-- How far the deliveries that wait for a pace reach.
CREATE INDEX delivery_slot ON delivery (slot_at) WHERE slot_at IS NOT NULL;
