-- Rule sets -------------------------------------------------------------------------------------------------------

CREATE TABLE rule_set (
    id BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    reach TEXT NOT NULL,
    rules TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

-- A push that counts for the caps of a rule set, from before it is sent; taken out again if it could not be sent.
CREATE TABLE cap_use (
    profile_id BLOB NOT NULL,
    rule_set_id BLOB NOT NULL,
    cause TEXT NOT NULL, -- the deliveries': a push to several devices of a person counts once
    at INTEGER NOT NULL,
    PRIMARY KEY (profile_id, rule_set_id, cause)
) STRICT;

-- How far the pace of a rule set has come.
CREATE TABLE rule_pace (
    rule_set_id BLOB PRIMARY KEY,
    next_at INTEGER NOT NULL,
    remainder INTEGER NOT NULL, -- microseconds
    started_at INTEGER NOT NULL
) STRICT;

ALTER TABLE delivery ADD COLUMN slot_at INTEGER; -- when the pace of its rule sets lets it go
