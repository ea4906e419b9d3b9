-- +goose Up
-- Browsers in which people want to hear of call-outs.
CREATE TABLE push_subscription (
    id TEXT COLLATE "C" PRIMARY KEY,
    person_id TEXT COLLATE "C" NOT NULL,
    endpoint_index TEXT COLLATE "C" NOT NULL, -- blind, so that one browser is one row
    sealed TEXT COLLATE "C" NOT NULL, -- JSON of endpoint and keys
    device TEXT COLLATE "C" NOT NULL, -- system and browser, for its owner to recognise
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX push_subscription_endpoint ON push_subscription (endpoint_index);
CREATE INDEX push_subscription_person ON push_subscription (person_id, created_at);

-- +goose Down
DROP TABLE push_subscription;
