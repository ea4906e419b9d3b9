-- +goose Up
-- Signatures of witnesses elsewhere under a checkpoint, as lines of its note.
CREATE TABLE audit_cosignature (
    size    INTEGER NOT NULL,
    witness TEXT NOT NULL,
    at      INTEGER NOT NULL,
    line    TEXT NOT NULL,
    PRIMARY KEY (size, witness)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE audit_cosignature;
