-- Fragments: texts that messages share. A published message carries the texts that it was published with.
CREATE TABLE fragment (
    id BLOB PRIMARY KEY,
    name TEXT NOT NULL, -- by which templates call it
    draft TEXT NOT NULL,
    revision INTEGER NOT NULL,
    version INTEGER, -- the newest published one
    archived_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    updated_by TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX fragment_name ON fragment (LOWER(name));

CREATE TABLE fragment_version (
    fragment_id BLOB NOT NULL REFERENCES fragment (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    content TEXT NOT NULL,
    published_at INTEGER NOT NULL,
    published_by TEXT NOT NULL,
    PRIMARY KEY (fragment_id, version)
) STRICT;
