-- Fragments: texts that messages share. A published message carries the texts that it was published with.
CREATE TABLE fragment (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL, -- by which templates call it
    draft JSONB NOT NULL,
    revision BIGINT NOT NULL,
    version BIGINT, -- the newest published one
    archived_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL
);
CREATE UNIQUE INDEX fragment_name ON fragment (LOWER(name));

CREATE TABLE fragment_version (
    fragment_id UUID NOT NULL REFERENCES fragment (id) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    content JSONB NOT NULL,
    published_at BIGINT NOT NULL,
    published_by TEXT NOT NULL,
    PRIMARY KEY (fragment_id, version)
);
