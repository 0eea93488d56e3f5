-- Versions of journeys that are stopped, until nobody is inside any more: what the engine goes on with.
CREATE TABLE journey_stop (
    journey_version_id UUID PRIMARY KEY REFERENCES journey_version (id),
    audit_id UUID NOT NULL -- the entry that is told how many were inside
);
CREATE INDEX journey_stop_entry ON journey_stop (audit_id);
