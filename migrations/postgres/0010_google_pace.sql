-- How fast Google lets each process send in a Firebase project, kept up while it sends. ------------------------------------

CREATE TABLE google_pace (
    project TEXT NOT NULL,
    process UUID NOT NULL,
    at BIGINT NOT NULL,
    per_minute BIGINT NOT NULL,
    of_quota BIGINT NOT NULL, -- the quota that it is a part of, a minute
    cut_at BIGINT, -- when Google called the quota spent, until it is all there again
    PRIMARY KEY (project, process)
);
