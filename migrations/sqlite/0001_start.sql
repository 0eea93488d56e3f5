-- People, sessions, audit -----------------------------------------------------------------------------------------

CREATE TABLE person (
    id BLOB PRIMARY KEY,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE, -- lower case
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    active INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    signed_in_at INTEGER
) STRICT;

CREATE TABLE session (
    id TEXT PRIMARY KEY,
    person_id BLOB REFERENCES person (id) ON DELETE CASCADE,
    data BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX session_person ON session (person_id);
CREATE INDEX session_expiry ON session (expires_at);

-- Failed sign-ins by e-mail address and by network address.
CREATE TABLE sign_in_failure (
    subject TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    last_at INTEGER NOT NULL
) STRICT;

CREATE TABLE audit (
    id BLOB PRIMARY KEY,
    at INTEGER NOT NULL,
    person_id BLOB,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object_id BLOB,
    object_name TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;

CREATE TABLE setting (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- Apps and their credentials --------------------------------------------------------------------------------------

CREATE TABLE app (
    id BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    platform TEXT NOT NULL,
    app TEXT NOT NULL, -- bundle id or package name
    style TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT app_once UNIQUE (platform, app)
) STRICT;

CREATE TABLE credential (
    app_id BLOB PRIMARY KEY REFERENCES app (id) ON DELETE CASCADE,
    summary TEXT NOT NULL,
    sealed BLOB NOT NULL,
    state TEXT NOT NULL,
    revision INTEGER NOT NULL,
    probe_at INTEGER, -- while it is refused: when one waiting delivery tries it again
    updated_at INTEGER NOT NULL
) STRICT;

-- Collection ------------------------------------------------------------------------------------------------------

CREATE TABLE datastream (
    id BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    events_per_second INTEGER NOT NULL,
    body_limit INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE property (
    id BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    datastream_id BLOB NOT NULL REFERENCES datastream (id),
    settings TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE environment (
    id BLOB PRIMARY KEY,
    property_id BLOB NOT NULL REFERENCES property (id) ON DELETE CASCADE,
    stage TEXT NOT NULL,
    version INTEGER,
    published_at INTEGER,
    configuration TEXT,
    CONSTRAINT environment_once UNIQUE (property_id, stage)
) STRICT;

-- Profiles --------------------------------------------------------------------------------------------------------

CREATE TABLE profile (
    id BLOB PRIMARY KEY,
    attributes TEXT NOT NULL,
    name_key TEXT NOT NULL DEFAULT '', -- the person's name in lower case, to be searched
    test INTEGER NOT NULL, -- offered for previews
    collect_refused INTEGER NOT NULL DEFAULT 0, -- consents.collect.val is “n”
    merged_into BLOB, -- the survivor; all that this profile had is there
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX profile_merged ON profile (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE identity (
    value_key TEXT NOT NULL,
    namespace_key TEXT NOT NULL,
    namespace TEXT NOT NULL,
    value TEXT NOT NULL,
    profile_id BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    linked_at INTEGER NOT NULL DEFAULT 0, -- of the event that last decided whose it is
    linked_by TEXT NOT NULL DEFAULT 'device', -- which identity map did: the device's own, or the event's
    PRIMARY KEY (value_key, namespace_key)
) STRICT;
CREATE INDEX identity_profile ON identity (profile_id);

CREATE TABLE device (
    profile_id BLOB NOT NULL,
    id BLOB NOT NULL,
    app TEXT NOT NULL,
    platform TEXT NOT NULL,
    token TEXT NOT NULL,
    token_key TEXT NOT NULL,
    ecid TEXT,
    status TEXT NOT NULL,
    status_reason TEXT,
    status_at INTEGER NOT NULL,
    registered_at INTEGER NOT NULL,
    accepted_at INTEGER,
    suspected_at INTEGER, -- first of the two refusals that retire a token called not valid
    PRIMARY KEY (profile_id, id)
) STRICT;
CREATE UNIQUE INDEX device_token ON device (token_key, app, platform);
CREATE INDEX device_id ON device (id);
CREATE INDEX device_ecid ON device (ecid) WHERE ecid IS NOT NULL;

CREATE TABLE experience_event (
    profile_id BLOB NOT NULL,
    id BLOB NOT NULL,
    datastream_id BLOB NOT NULL,
    key TEXT NOT NULL,
    event_type TEXT NOT NULL,
    timestamp INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    identity TEXT NOT NULL, -- as shown: the first one that named the profile
    xdm TEXT NOT NULL,
    data TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (profile_id, id)
) STRICT;
CREATE UNIQUE INDEX experience_event_key ON experience_event (key, datastream_id);
CREATE INDEX experience_event_id ON experience_event (id);
CREATE INDEX experience_event_received ON experience_event (received_at);

-- What came in and was not kept: duplicates and refusals.
CREATE TABLE refusal (
    id BLOB PRIMARY KEY,
    datastream_id BLOB,
    at INTEGER NOT NULL,
    verdict TEXT NOT NULL,
    event_type TEXT NOT NULL,
    reason TEXT NOT NULL,
    bytes INTEGER NOT NULL
) STRICT;
CREATE INDEX refusal_at ON refusal (at);

-- An event that a live journey starts with, until the engine has judged it.
CREATE TABLE event_work (
    id BLOB PRIMARY KEY, -- the event's
    profile_id BLOB NOT NULL,
    event_type TEXT NOT NULL,
    received_at INTEGER NOT NULL
) STRICT;

-- Audiences, messages, journeys -----------------------------------------------------------------------------------

CREATE TABLE audience (
    id BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    rule TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE message (
    id BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    draft TEXT NOT NULL,
    revision INTEGER NOT NULL,
    version INTEGER, -- the newest published one
    archived_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE message_version (
    message_id BLOB NOT NULL REFERENCES message (id),
    version INTEGER NOT NULL,
    content TEXT NOT NULL,
    published_at INTEGER NOT NULL,
    published_by TEXT NOT NULL,
    PRIMARY KEY (message_id, version)
) STRICT;

CREATE TABLE journey (
    id BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    draft TEXT NOT NULL,
    revision INTEGER NOT NULL,
    status TEXT NOT NULL,
    version INTEGER, -- the newest published one
    archived_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE journey_version (
    id BLOB PRIMARY KEY,
    journey_id BLOB NOT NULL REFERENCES journey (id),
    version INTEGER NOT NULL,
    document TEXT NOT NULL,
    status TEXT NOT NULL,
    published_at INTEGER NOT NULL,
    published_by TEXT NOT NULL,
    CONSTRAINT journey_version_once UNIQUE (journey_id, version)
) STRICT;

-- The events that live journeys start with, by type: what collection asks before it writes event_work.
CREATE TABLE journey_start (
    event_type TEXT NOT NULL,
    journey_version_id BLOB NOT NULL REFERENCES journey_version (id),
    node TEXT NOT NULL,
    PRIMARY KEY (event_type, journey_version_id, node)
) STRICT;

-- A read of an audience, from its due time until everyone has entered.
CREATE TABLE audience_read (
    journey_version_id BLOB NOT NULL REFERENCES journey_version (id),
    node TEXT NOT NULL,
    audience_id BLOB NOT NULL,
    due_at INTEGER NOT NULL,
    after_profile BLOB, -- profiles up to this one have entered
    finished_at INTEGER,
    error TEXT,
    PRIMARY KEY (journey_version_id, node)
) STRICT;

-- Whoever is in a journey, or was, as far as its rule for entering again asks: see store::instances.
CREATE TABLE journey_entry (
    profile_id BLOB NOT NULL,
    journey_id BLOB NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (profile_id, journey_id, key)
) STRICT;

CREATE TABLE instance (
    profile_id BLOB NOT NULL,
    id BLOB NOT NULL,
    journey_id BLOB NOT NULL,
    journey_version_id BLOB NOT NULL,
    node TEXT NOT NULL,
    step INTEGER NOT NULL, -- how many nodes it has been at before this one
    active INTEGER NOT NULL,
    wake_at INTEGER NOT NULL,
    context TEXT NOT NULL,
    entry_key TEXT NOT NULL,
    entered_at INTEGER NOT NULL,
    left_at INTEGER,
    left_by TEXT,
    PRIMARY KEY (profile_id, id)
) STRICT;
CREATE INDEX instance_due ON instance (wake_at) WHERE active;
CREATE INDEX instance_inside ON instance (journey_version_id, node, id) WHERE active;

CREATE TABLE step (
    profile_id BLOB NOT NULL,
    instance_id BLOB NOT NULL,
    step INTEGER NOT NULL,
    node TEXT NOT NULL,
    port TEXT, -- the way out; none where the journey ended here
    at INTEGER NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (profile_id, instance_id, step)
) STRICT;

-- Deliveries ------------------------------------------------------------------------------------------------------

CREATE TABLE delivery (
    profile_id BLOB NOT NULL,
    id BLOB NOT NULL,
    cause TEXT NOT NULL, -- what made it: a second attempt to make it finds its own trace
    device_id BLOB, -- none where the profile had no active device
    app_id BLOB, -- likewise
    message_id BLOB NOT NULL,
    message_version INTEGER NOT NULL,
    journey_id BLOB,
    journey_version_id BLOB,
    instance_id BLOB,
    node TEXT NOT NULL,
    proof INTEGER NOT NULL, -- a proof is sent to try a message out; it is never counted
    state TEXT NOT NULL,
    reason TEXT, -- an outcome's or exclusion's code
    detail TEXT, -- the provider's own words, or ours
    attempts INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    lease_until INTEGER,
    held INTEGER NOT NULL DEFAULT FALSE, -- it waits for the app's credential to work
    context TEXT NOT NULL,
    content TEXT, -- a proof's own; otherwise that of the message's version
    payload TEXT, -- what was sent
    provider_id TEXT, -- the provider's identifier of the push
    created_at INTEGER NOT NULL,
    sent_at INTEGER,
    ended_at INTEGER,
    displayed_at INTEGER,
    opened_at INTEGER,
    clicked_at INTEGER,
    clicked TEXT,
    dismissed_at INTEGER,
    PRIMARY KEY (profile_id, id)
) STRICT;
CREATE UNIQUE INDEX delivery_cause ON delivery (cause, profile_id, COALESCE(device_id, id));
CREATE INDEX delivery_id ON delivery (id);
CREATE INDEX delivery_due ON delivery (due_at) WHERE state IN ('queued', 'waiting');
CREATE INDEX delivery_lease ON delivery (lease_until) WHERE state = 'sending';
CREATE INDEX delivery_held ON delivery (app_id, due_at) WHERE held;
CREATE INDEX delivery_message ON delivery (message_id, id);
CREATE INDEX delivery_journey ON delivery (journey_id, id) WHERE journey_id IS NOT NULL;

-- What happened to a delivery on its way, in order: attempts, answers, what the phone said.
CREATE TABLE delivery_hop (
    profile_id BLOB NOT NULL,
    delivery_id BLOB NOT NULL,
    id BLOB NOT NULL,
    at INTEGER NOT NULL,
    what TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (profile_id, delivery_id, id)
) STRICT;

-- Counters --------------------------------------------------------------------------------------------------------

-- grain: minute, hour or day (UTC). What does not apply is the nil UUID or empty text. shard: the writing process.
CREATE TABLE counter (
    grain TEXT NOT NULL,
    at INTEGER NOT NULL,
    journey_id BLOB NOT NULL,
    journey_version_id BLOB NOT NULL,
    node TEXT NOT NULL,
    message_id BLOB NOT NULL,
    app_id BLOB NOT NULL,
    figure TEXT NOT NULL,
    reason TEXT NOT NULL,
    shard INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (grain, at, journey_id, journey_version_id, node, message_id, app_id, figure, reason, shard)
) STRICT;
CREATE INDEX counter_journey ON counter (journey_id, grain, at);
CREATE INDEX counter_message ON counter (message_id, grain, at);
