-- +goose Up
-- Signatures of witnesses elsewhere under a checkpoint, as lines of its note.
CREATE TABLE audit_cosignature (
    size    BIGINT NOT NULL,
    witness TEXT COLLATE "C" NOT NULL,
    at      BIGINT NOT NULL,
    line    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (size, witness)
);

-- +goose Down
DROP TABLE audit_cosignature;
