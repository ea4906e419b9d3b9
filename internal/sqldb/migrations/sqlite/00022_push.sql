-- +goose Up
-- Browsers in which people want to hear of call-outs.
CREATE TABLE push_subscription (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL,
    endpoint_index TEXT NOT NULL, -- blind, so that one browser is one row
    sealed TEXT NOT NULL, -- JSON of endpoint and keys
    device TEXT NOT NULL, -- system and browser, for its owner to recognise
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX push_subscription_endpoint ON push_subscription (endpoint_index);
CREATE INDEX push_subscription_person ON push_subscription (person_id, created_at);

-- +goose Down
DROP TABLE push_subscription;
