-- +goose Up
-- Work orders of the 12345 hotline, by the hotline's own numbers; each is one demand, however often it is sent. digest is of its words.
CREATE TABLE demand_hotline (
    order_no TEXT COLLATE "C" PRIMARY KEY,
    demand_id TEXT COLLATE "C" NOT NULL REFERENCES demand (id),
    digest TEXT COLLATE "C" NOT NULL,
    received_at BIGINT NOT NULL,
    taken_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX demand_hotline_demand ON demand_hotline (demand_id);

-- What goes back to the hotline, in the order in which it happened here: entries of these demands' timelines.
CREATE TABLE demand_hotline_answer (
    noted_at BIGINT NOT NULL,
    demand_id TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (noted_at, demand_id, seq)
);
CREATE INDEX demand_hotline_answer_demand ON demand_hotline_answer (demand_id, seq);

-- +goose Down
DROP TABLE demand_hotline_answer;
DROP TABLE demand_hotline;
