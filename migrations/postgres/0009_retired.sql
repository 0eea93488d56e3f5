-- Which tokens of an app were retired lately.
CREATE INDEX device_retired ON device (app, status_at) WHERE status = 'retired';
