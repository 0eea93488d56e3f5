-- Stopping, and not believing too many refusals at once ------------------------------------------------------------------

ALTER TABLE app ADD COLUMN stop TEXT; -- while nothing is sent to it: since when, and who or what stopped it
ALTER TABLE app ADD COLUMN stop_until INTEGER; -- when the stop ends by itself; none where somebody has to end it
ALTER TABLE app ADD COLUMN doubted_at INTEGER; -- when too many of its addresses were last called not valid at once

-- What providers have answered lately, in spans of some seconds. shard: the writing process.
CREATE TABLE app_answer (
    app_id BLOB NOT NULL,
    at INTEGER NOT NULL,
    shard INTEGER NOT NULL,
    answers INTEGER NOT NULL,
    not_valid INTEGER NOT NULL,
    PRIMARY KEY (app_id, at, shard)
) STRICT;

-- An address that was called not valid; what follows from that is judged by what came back in the minute after it.
CREATE TABLE address_doubt (
    app_id BLOB NOT NULL,
    device_id BLOB NOT NULL,
    at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (app_id, device_id)
) STRICT;
CREATE INDEX address_doubt_at ON address_doubt (at);

-- What waits, by app and reason: to be counted from the index alone, and dropped in the order in which it was made.
CREATE INDEX delivery_pending ON delivery (app_id, held, reason, id, due_at, state)
    WHERE state IN ('queued', 'waiting');
CREATE INDEX delivery_journey_pending ON delivery (journey_id, id)
    WHERE journey_id IS NOT NULL AND state IN ('queued', 'waiting');

CREATE INDEX cap_use_age ON cap_use (rule_set_id, at);
