-- Versions of journeys that are stopped, until nobody is inside any more: what the engine goes on with.
CREATE TABLE journey_stop (
    journey_version_id BLOB PRIMARY KEY REFERENCES journey_version (id),
    audit_id BLOB NOT NULL -- the entry that is told how many were inside
) STRICT;
CREATE INDEX journey_stop_entry ON journey_stop (audit_id);
