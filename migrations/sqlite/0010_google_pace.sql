-- How fast Google lets each process send in a Firebase project, kept up while it sends. ------------------------------------

CREATE TABLE google_pace (
    project TEXT NOT NULL,
    process BLOB NOT NULL,
    at INTEGER NOT NULL,
    per_minute INTEGER NOT NULL,
    of_quota INTEGER NOT NULL, -- the quota that it is a part of, a minute
    cut_at INTEGER, -- when Google called the quota spent, until it is all there again
    PRIMARY KEY (project, process)
) STRICT;
