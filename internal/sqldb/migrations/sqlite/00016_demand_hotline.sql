-- +goose Up
-- Work orders of the 12345 hotline, by the hotline's own numbers; each is one demand, however often it is sent. digest is of its words.
CREATE TABLE demand_hotline (
    order_no TEXT PRIMARY KEY,
    demand_id TEXT NOT NULL REFERENCES demand (id),
    digest TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    taken_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX demand_hotline_demand ON demand_hotline (demand_id);

-- What goes back to the hotline, in the order in which it happened here: entries of these demands' timelines.
CREATE TABLE demand_hotline_answer (
    noted_at INTEGER NOT NULL,
    demand_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (noted_at, demand_id, seq)
) STRICT;
CREATE INDEX demand_hotline_answer_demand ON demand_hotline_answer (demand_id, seq);

-- +goose Down
DROP TABLE demand_hotline_answer;
DROP TABLE demand_hotline;
