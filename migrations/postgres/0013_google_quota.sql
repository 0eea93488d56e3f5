-- How many messages a minute Google lets the Android app's Firebase project send: see model::app_config::GoogleQuota.
ALTER TABLE app ADD COLUMN google_quota BIGINT NOT NULL DEFAULT 600000;
