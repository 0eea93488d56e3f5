-- People, sessions, audit -----------------------------------------------------------------------------------------

CREATE TABLE person (
    id UUID PRIMARY KEY,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE, -- lower case
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    signed_in_at BIGINT
);

CREATE TABLE session (
    id TEXT PRIMARY KEY,
    person_id UUID REFERENCES person (id) ON DELETE CASCADE,
    data BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX session_person ON session (person_id);
CREATE INDEX session_expiry ON session (expires_at);

-- Failed sign-ins by e-mail address and by network address.
CREATE TABLE sign_in_failure (
    subject TEXT PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_at BIGINT NOT NULL
);

CREATE TABLE audit (
    id UUID PRIMARY KEY,
    at BIGINT NOT NULL,
    person_id UUID,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object_id UUID,
    object_name TEXT NOT NULL,
    detail JSONB NOT NULL
);

CREATE TABLE setting (
    key TEXT PRIMARY KEY,
    value JSONB NOT NULL
);

-- Apps and their credentials --------------------------------------------------------------------------------------

CREATE TABLE app (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    platform TEXT NOT NULL,
    app TEXT NOT NULL, -- bundle id or package name
    style TEXT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT app_once UNIQUE (platform, app)
);

CREATE TABLE credential (
    app_id UUID PRIMARY KEY REFERENCES app (id) ON DELETE CASCADE,
    summary JSONB NOT NULL,
    sealed BYTEA NOT NULL,
    state JSONB NOT NULL,
    revision BIGINT NOT NULL,
    probe_at BIGINT, -- while it is refused: when one waiting delivery tries it again
    updated_at BIGINT NOT NULL
);

-- Collection ------------------------------------------------------------------------------------------------------

CREATE TABLE datastream (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    events_per_second BIGINT NOT NULL,
    body_limit BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE property (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    datastream_id UUID NOT NULL REFERENCES datastream (id),
    settings JSONB NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE environment (
    id UUID PRIMARY KEY,
    property_id UUID NOT NULL REFERENCES property (id) ON DELETE CASCADE,
    stage TEXT NOT NULL,
    version BIGINT,
    published_at BIGINT,
    configuration JSONB,
    CONSTRAINT environment_once UNIQUE (property_id, stage)
);

-- Profiles --------------------------------------------------------------------------------------------------------

CREATE TABLE profile (
    id UUID PRIMARY KEY,
    attributes JSONB NOT NULL,
    name_key TEXT NOT NULL DEFAULT '', -- the person's name in lower case, to be searched
    test BOOLEAN NOT NULL, -- offered for previews
    collect_refused BOOLEAN NOT NULL DEFAULT FALSE, -- consents.collect.val is “n”
    merged_into UUID, -- the survivor; all that this profile had is there
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX profile_merged ON profile (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE identity (
    value_key TEXT COLLATE "C" NOT NULL,
    namespace_key TEXT COLLATE "C" NOT NULL,
    namespace TEXT NOT NULL,
    value TEXT NOT NULL,
    profile_id UUID NOT NULL,
    created_at BIGINT NOT NULL,
    linked_at BIGINT NOT NULL DEFAULT 0, -- of the event that last decided whose it is
    linked_by TEXT NOT NULL DEFAULT 'device', -- which identity map did: the device's own, or the event's
    PRIMARY KEY (value_key, namespace_key)
);
CREATE INDEX identity_profile ON identity (profile_id);

CREATE TABLE device (
    profile_id UUID NOT NULL,
    id UUID NOT NULL,
    app TEXT NOT NULL,
    platform TEXT NOT NULL,
    token TEXT NOT NULL,
    token_key TEXT NOT NULL,
    ecid TEXT,
    status TEXT NOT NULL,
    status_reason TEXT,
    status_at BIGINT NOT NULL,
    registered_at BIGINT NOT NULL,
    accepted_at BIGINT,
    suspected_at BIGINT, -- first of the two refusals that retire a token called not valid
    PRIMARY KEY (profile_id, id)
);
CREATE UNIQUE INDEX device_token ON device (token_key, app, platform);
CREATE INDEX device_id ON device (id);
CREATE INDEX device_ecid ON device (ecid) WHERE ecid IS NOT NULL;

CREATE TABLE experience_event (
    profile_id UUID NOT NULL,
    id UUID NOT NULL,
    datastream_id UUID NOT NULL,
    key TEXT NOT NULL,
    event_type TEXT NOT NULL,
    timestamp BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    identity TEXT NOT NULL, -- as shown: the first one that named the profile
    xdm JSONB NOT NULL,
    data JSONB NOT NULL,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (profile_id, id)
);
CREATE UNIQUE INDEX experience_event_key ON experience_event (key, datastream_id);
CREATE INDEX experience_event_id ON experience_event (id);
CREATE INDEX experience_event_received ON experience_event (received_at);

-- What came in and was not kept: duplicates and refusals.
CREATE TABLE refusal (
    id UUID PRIMARY KEY,
    datastream_id UUID,
    at BIGINT NOT NULL,
    verdict TEXT NOT NULL,
    event_type TEXT NOT NULL,
    reason TEXT NOT NULL,
    bytes BIGINT NOT NULL
);
CREATE INDEX refusal_at ON refusal (at);

-- An event that a live journey starts with, until the engine has judged it.
CREATE TABLE event_work (
    id UUID PRIMARY KEY, -- the event's
    profile_id UUID NOT NULL,
    event_type TEXT NOT NULL,
    received_at BIGINT NOT NULL
);

-- Audiences, messages, journeys -----------------------------------------------------------------------------------

CREATE TABLE audience (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    rule JSONB NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE message (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    draft JSONB NOT NULL,
    revision BIGINT NOT NULL,
    version BIGINT, -- the newest published one
    archived_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE message_version (
    message_id UUID NOT NULL REFERENCES message (id),
    version BIGINT NOT NULL,
    content JSONB NOT NULL,
    published_at BIGINT NOT NULL,
    published_by TEXT NOT NULL,
    PRIMARY KEY (message_id, version)
);

CREATE TABLE journey (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    draft JSONB NOT NULL,
    revision BIGINT NOT NULL,
    status TEXT NOT NULL,
    version BIGINT, -- the newest published one
    archived_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE journey_version (
    id UUID PRIMARY KEY,
    journey_id UUID NOT NULL REFERENCES journey (id),
    version BIGINT NOT NULL,
    document JSONB NOT NULL,
    status TEXT NOT NULL,
    published_at BIGINT NOT NULL,
    published_by TEXT NOT NULL,
    CONSTRAINT journey_version_once UNIQUE (journey_id, version)
);

-- The events that live journeys start with, by type: what collection asks before it writes event_work.
CREATE TABLE journey_start (
    event_type TEXT NOT NULL,
    journey_version_id UUID NOT NULL REFERENCES journey_version (id),
    node TEXT NOT NULL,
    PRIMARY KEY (event_type, journey_version_id, node)
);

-- A read of an audience, from its due time until everyone has entered.
CREATE TABLE audience_read (
    journey_version_id UUID NOT NULL REFERENCES journey_version (id),
    node TEXT NOT NULL,
    audience_id UUID NOT NULL,
    due_at BIGINT NOT NULL,
    after_profile UUID, -- profiles up to this one have entered
    finished_at BIGINT,
    error TEXT,
    PRIMARY KEY (journey_version_id, node)
);

-- Whoever is in a journey, or was, as far as its rule for entering again asks: see store::instances.
CREATE TABLE journey_entry (
    profile_id UUID NOT NULL,
    journey_id UUID NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (profile_id, journey_id, key)
);

CREATE TABLE instance (
    profile_id UUID NOT NULL,
    id UUID NOT NULL,
    journey_id UUID NOT NULL,
    journey_version_id UUID NOT NULL,
    node TEXT NOT NULL,
    step BIGINT NOT NULL, -- how many nodes it has been at before this one
    active BOOLEAN NOT NULL,
    wake_at BIGINT NOT NULL,
    context JSONB NOT NULL,
    entry_key TEXT NOT NULL,
    entered_at BIGINT NOT NULL,
    left_at BIGINT,
    left_by TEXT,
    PRIMARY KEY (profile_id, id)
);
CREATE INDEX instance_due ON instance (wake_at) WHERE active;
CREATE INDEX instance_inside ON instance (journey_version_id, node, id) WHERE active;

CREATE TABLE step (
    profile_id UUID NOT NULL,
    instance_id UUID NOT NULL,
    step BIGINT NOT NULL,
    node TEXT NOT NULL,
    port TEXT, -- the way out; none where the journey ended here
    at BIGINT NOT NULL,
    detail JSONB NOT NULL,
    PRIMARY KEY (profile_id, instance_id, step)
);

-- Deliveries ------------------------------------------------------------------------------------------------------

CREATE TABLE delivery (
    profile_id UUID NOT NULL,
    id UUID NOT NULL,
    cause TEXT NOT NULL, -- what made it: a second attempt to make it finds its own trace
    device_id UUID, -- none where the profile had no active device
    app_id UUID, -- likewise
    message_id UUID NOT NULL,
    message_version BIGINT NOT NULL,
    journey_id UUID,
    journey_version_id UUID,
    instance_id UUID,
    node TEXT NOT NULL,
    proof BOOLEAN NOT NULL, -- a proof is sent to try a message out; it is never counted
    state TEXT NOT NULL,
    reason TEXT, -- an outcome's or exclusion's code
    detail TEXT, -- the provider's own words, or ours
    attempts BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    lease_until BIGINT,
    held BOOLEAN NOT NULL DEFAULT FALSE, -- it waits for the app's credential to work
    context JSONB NOT NULL,
    content JSONB, -- a proof's own; otherwise that of the message's version
    payload TEXT, -- what was sent
    provider_id TEXT, -- the provider's identifier of the push
    created_at BIGINT NOT NULL,
    sent_at BIGINT,
    ended_at BIGINT,
    displayed_at BIGINT,
    opened_at BIGINT,
    clicked_at BIGINT,
    clicked TEXT,
    dismissed_at BIGINT,
    PRIMARY KEY (profile_id, id)
);
CREATE UNIQUE INDEX delivery_cause ON delivery (cause, profile_id, COALESCE(device_id, id));
CREATE INDEX delivery_id ON delivery (id);
CREATE INDEX delivery_due ON delivery (due_at) WHERE state IN ('queued', 'waiting');
CREATE INDEX delivery_lease ON delivery (lease_until) WHERE state = 'sending';
CREATE INDEX delivery_held ON delivery (app_id, due_at) WHERE held;
CREATE INDEX delivery_message ON delivery (message_id, id);
CREATE INDEX delivery_journey ON delivery (journey_id, id) WHERE journey_id IS NOT NULL;

-- What happened to a delivery on its way, in order: attempts, answers, what the phone said.
CREATE TABLE delivery_hop (
    profile_id UUID NOT NULL,
    delivery_id UUID NOT NULL,
    id UUID NOT NULL,
    at BIGINT NOT NULL,
    what TEXT NOT NULL,
    detail JSONB NOT NULL,
    PRIMARY KEY (profile_id, delivery_id, id)
);

-- Counters --------------------------------------------------------------------------------------------------------

-- grain: minute, hour or day (UTC). What does not apply is the nil UUID or empty text. shard: the writing process.
CREATE TABLE counter (
    grain TEXT NOT NULL,
    at BIGINT NOT NULL,
    journey_id UUID NOT NULL,
    journey_version_id UUID NOT NULL,
    node TEXT NOT NULL,
    message_id UUID NOT NULL,
    app_id UUID NOT NULL,
    figure TEXT NOT NULL,
    reason TEXT NOT NULL,
    shard BIGINT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (grain, at, journey_id, journey_version_id, node, message_id, app_id, figure, reason, shard)
);
CREATE INDEX counter_journey ON counter (journey_id, grain, at);
CREATE INDEX counter_message ON counter (message_id, grain, at);
