-- +goose Up
-- Messages to residents: one for each entry of a timeline that they are to hear of. recipient is 'author', or the id of one who follows.
-- Neither number nor text is kept: both are put together when it is sent. error is a message key.
CREATE TABLE demand_message (
    id TEXT COLLATE "C" PRIMARY KEY,
    demand_id TEXT COLLATE "C" NOT NULL REFERENCES demand (id),
    seq BIGINT NOT NULL,
    recipient TEXT COLLATE "C" NOT NULL,
    word TEXT COLLATE "C" NOT NULL,
    channel TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('queued', 'sent', 'failed', 'dropped')),
    attempts BIGINT NOT NULL,
    at BIGINT NOT NULL,
    sent_at BIGINT NOT NULL,
    error TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX demand_message_once ON demand_message (demand_id, seq, recipient);
CREATE INDEX demand_message_queued ON demand_message (at, id) WHERE state = 'queued';

-- +goose Down
DROP TABLE demand_message;
