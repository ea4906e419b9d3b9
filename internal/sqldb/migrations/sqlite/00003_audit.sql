-- +goose Up
-- What a command records, in its own transaction; the sequencer moves it on.
CREATE TABLE audit_pending (
    id          TEXT NOT NULL PRIMARY KEY,
    at          INTEGER NOT NULL,
    actor_id    TEXT NOT NULL,
    actor_name  TEXT NOT NULL,
    action      TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object_id   TEXT NOT NULL,
    unit_id     TEXT NOT NULL,
    purpose     TEXT NOT NULL,
    detail      TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The log: row seq is leaf seq of the tree, and is never changed.
CREATE TABLE audit_entry (
    seq         INTEGER NOT NULL PRIMARY KEY,
    id          TEXT NOT NULL,
    at          INTEGER NOT NULL,
    actor_id    TEXT NOT NULL,
    actor_name  TEXT NOT NULL,
    action      TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object_id   TEXT NOT NULL,
    unit_id     TEXT NOT NULL,
    purpose     TEXT NOT NULL,
    detail      TEXT NOT NULL
) STRICT;

CREATE INDEX audit_entry_at ON audit_entry (at, seq);
CREATE INDEX audit_entry_actor ON audit_entry (actor_id, at, seq);
CREATE INDEX audit_entry_object ON audit_entry (object_id, at, seq);
CREATE INDEX audit_entry_unit ON audit_entry (unit_id, at, seq);
CREATE INDEX audit_entry_action ON audit_entry (action, at, seq);

-- The tree's nodes by their stored hash index.
CREATE TABLE audit_hash (
    idx  INTEGER NOT NULL PRIMARY KEY,
    hash BLOB NOT NULL
) STRICT;

-- One row: how many leaves the tree has. Who sequences holds it.
CREATE TABLE audit_head (
    id    INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    size  INTEGER NOT NULL,
    turns INTEGER NOT NULL
) STRICT;

INSERT INTO audit_head (id, size, turns) VALUES (1, 0, 0);

CREATE TABLE audit_checkpoint (
    size INTEGER NOT NULL PRIMARY KEY,
    at   INTEGER NOT NULL,
    note TEXT NOT NULL
) STRICT;

-- +goose Down
DROP TABLE audit_checkpoint;
DROP TABLE audit_head;
DROP TABLE audit_hash;
DROP TABLE audit_entry;
DROP TABLE audit_pending;
