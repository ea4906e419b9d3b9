-- +goose Up
-- What a command records, in its own transaction; the sequencer moves it on.
CREATE TABLE audit_pending (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    at          BIGINT NOT NULL,
    actor_id    TEXT COLLATE "C" NOT NULL,
    actor_name  TEXT NOT NULL,
    action      TEXT COLLATE "C" NOT NULL,
    object_kind TEXT NOT NULL,
    object_id   TEXT COLLATE "C" NOT NULL,
    unit_id     TEXT COLLATE "C" NOT NULL,
    purpose     TEXT NOT NULL,
    detail      TEXT NOT NULL
);

-- The log: row seq is leaf seq of the tree, and is never changed.
CREATE TABLE audit_entry (
    seq         BIGINT NOT NULL PRIMARY KEY,
    id          TEXT COLLATE "C" NOT NULL,
    at          BIGINT NOT NULL,
    actor_id    TEXT COLLATE "C" NOT NULL,
    actor_name  TEXT NOT NULL,
    action      TEXT COLLATE "C" NOT NULL,
    object_kind TEXT NOT NULL,
    object_id   TEXT COLLATE "C" NOT NULL,
    unit_id     TEXT COLLATE "C" NOT NULL,
    purpose     TEXT NOT NULL,
    detail      TEXT NOT NULL
);

CREATE INDEX audit_entry_at ON audit_entry (at, seq);
CREATE INDEX audit_entry_actor ON audit_entry (actor_id, at, seq);
CREATE INDEX audit_entry_object ON audit_entry (object_id, at, seq);
CREATE INDEX audit_entry_unit ON audit_entry (unit_id, at, seq);
CREATE INDEX audit_entry_action ON audit_entry (action, at, seq);

-- The tree's nodes by their stored hash index.
CREATE TABLE audit_hash (
    idx  BIGINT NOT NULL PRIMARY KEY,
    hash BYTEA NOT NULL
);

-- One row: how many leaves the tree has. Who sequences holds it.
CREATE TABLE audit_head (
    id    BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    size  BIGINT NOT NULL,
    turns BIGINT NOT NULL
);

INSERT INTO audit_head (id, size, turns) VALUES (1, 0, 0);

CREATE TABLE audit_checkpoint (
    size BIGINT NOT NULL PRIMARY KEY,
    at   BIGINT NOT NULL,
    note TEXT NOT NULL
);

-- +goose Down
DROP TABLE audit_checkpoint;
DROP TABLE audit_head;
DROP TABLE audit_hash;
DROP TABLE audit_entry;
DROP TABLE audit_pending;
