-- +goose Up
-- Answered demands whose authors agreed to have them shown. question and answer are without whatever gives somebody away; id is random
-- and leads nowhere else. days is how long it took, reason why it was declined. Times of 0 are "not yet".
CREATE TABLE demand_board (
    demand_id TEXT COLLATE "C" PRIMARY KEY REFERENCES demand (id),
    id TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('proposed', 'published', 'declined', 'withdrawn')),
    kind TEXT NOT NULL,
    category_id TEXT COLLATE "C" NOT NULL,
    town_id TEXT COLLATE "C" NOT NULL,
    village_id TEXT COLLATE "C" NOT NULL,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    search TEXT COLLATE "C" NOT NULL,
    days BIGINT NOT NULL,
    rung BIGINT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    editor TEXT NOT NULL DEFAULT '',
    proposed_at BIGINT NOT NULL,
    decided_at BIGINT NOT NULL DEFAULT 0,
    published_at BIGINT NOT NULL DEFAULT 0,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX demand_board_id ON demand_board (id);
CREATE INDEX demand_board_state ON demand_board (state, published_at, id);
CREATE INDEX demand_board_town ON demand_board (town_id, state, published_at, id);
CREATE INDEX demand_board_proposed ON demand_board (state, proposed_at, id);
CREATE INDEX demand_board_village ON demand_board (village_id, state, proposed_at, id);

-- +goose Down
DROP TABLE demand_board;
