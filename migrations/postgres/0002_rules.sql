-- Rule sets -------------------------------------------------------------------------------------------------------

CREATE TABLE rule_set (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    reach TEXT NOT NULL,
    rules JSONB NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- A push that counts for the caps of a rule set, from before it is sent; taken out again if it could not be sent.
CREATE TABLE cap_use (
    profile_id UUID NOT NULL,
    rule_set_id UUID NOT NULL,
    cause TEXT NOT NULL, -- the deliveries': a push to several devices of a person counts once
    at BIGINT NOT NULL,
    PRIMARY KEY (profile_id, rule_set_id, cause)
);

-- How far the pace of a rule set has come.
CREATE TABLE rule_pace (
    rule_set_id UUID PRIMARY KEY,
    next_at BIGINT NOT NULL,
    remainder BIGINT NOT NULL, -- microseconds
    started_at BIGINT NOT NULL
);

ALTER TABLE delivery ADD COLUMN slot_at BIGINT; -- when the pace of its rule sets lets it go
