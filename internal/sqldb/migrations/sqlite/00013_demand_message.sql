-- +goose Up
-- Messages to residents: one for each entry of a timeline that they are to hear of. recipient is 'author', or the id of one who follows.
-- Neither number nor text is kept: both are put together when it is sent. error is a message key.
CREATE TABLE demand_message (
    id TEXT PRIMARY KEY,
    demand_id TEXT NOT NULL REFERENCES demand (id),
    seq INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    word TEXT NOT NULL,
    channel TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'failed', 'dropped')),
    attempts INTEGER NOT NULL,
    at INTEGER NOT NULL,
    sent_at INTEGER NOT NULL,
    error TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX demand_message_once ON demand_message (demand_id, seq, recipient);
CREATE INDEX demand_message_queued ON demand_message (at, id) WHERE state = 'queued';

-- +goose Down
DROP TABLE demand_message;
