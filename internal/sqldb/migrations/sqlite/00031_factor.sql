-- Second factors, when a session last proved who it is, and what takes two people.

-- +goose Up
ALTER TABLE account ADD COLUMN entered_at INTEGER;

ALTER TABLE account ADD COLUMN secured_at INTEGER;

ALTER TABLE account ADD COLUMN reset_at INTEGER;

ALTER TABLE session ADD COLUMN proved_at INTEGER NOT NULL DEFAULT 0;

ALTER TABLE session ADD COLUMN proved_by TEXT NOT NULL DEFAULT '';

-- Sensitive actions a token may do. Tokens from before this column could do all.
ALTER TABLE token ADD COLUMN scopes TEXT NOT NULL DEFAULT '*';

CREATE TABLE passkey (
    id         TEXT PRIMARY KEY,       -- credential id, base64url
    account_id TEXT NOT NULL REFERENCES account (id),
    name       TEXT NOT NULL,
    credential TEXT NOT NULL,          -- public key, counter and flags as JSON
    warned     INTEGER NOT NULL,         -- its counter went backwards: there may be a copy
    created_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT;

CREATE INDEX passkey_account ON passkey (account_id);

CREATE TABLE totp (
    account_id   TEXT PRIMARY KEY REFERENCES account (id),
    secret       TEXT NOT NULL,        -- sealed
    last_step    INTEGER NOT NULL,       -- of the last code that was taken: none is taken twice
    created_at   INTEGER NOT NULL,
    confirmed_at INTEGER                 -- NULL until a first code was right
) STRICT;

CREATE TABLE recovery_code (
    id         TEXT PRIMARY KEY,       -- hash
    account_id TEXT NOT NULL REFERENCES account (id),
    used_at    INTEGER
) STRICT;

CREATE INDEX recovery_code_account ON recovery_code (account_id);

-- Log-ins and registrations between their two steps.
CREATE TABLE ceremony (
    id         TEXT PRIMARY KEY,       -- hash of the secret that the browser holds
    kind       TEXT NOT NULL,
    account_id TEXT NOT NULL,          -- empty where nobody is known yet
    data       TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX ceremony_expires ON ceremony (expires_at);

-- What an administrator asked for and a second person decides.
CREATE TABLE factor_reset (
    id         TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES account (id),
    asked_by   TEXT NOT NULL,
    asked_name TEXT NOT NULL,
    asked_at   INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    outcome    TEXT NOT NULL DEFAULT '', -- done, refused
    decided_by TEXT NOT NULL DEFAULT '',
    decided_at INTEGER
) STRICT;

CREATE INDEX factor_reset_open ON factor_reset (expires_at) WHERE outcome = '';

CREATE INDEX factor_reset_account ON factor_reset (account_id);

CREATE TABLE appointment_ask (
    id         TEXT PRIMARY KEY,
    post_id    TEXT NOT NULL REFERENCES post (id),
    person_id  TEXT NOT NULL REFERENCES person (id),
    acting     INTEGER NOT NULL,
    starts_on  TEXT NOT NULL,
    until_on   TEXT NOT NULL,
    reason     TEXT NOT NULL,          -- why a holder goes; empty where the post is vacant
    asked_by   TEXT NOT NULL,
    asked_name TEXT NOT NULL,
    asked_at   INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    outcome    TEXT NOT NULL DEFAULT '', -- done, refused
    decided_by TEXT NOT NULL DEFAULT '',
    decided_at INTEGER
) STRICT;

CREATE INDEX appointment_ask_open ON appointment_ask (expires_at) WHERE outcome = '';

-- +goose Down
DROP TABLE appointment_ask;

DROP TABLE factor_reset;

DROP TABLE ceremony;

DROP TABLE recovery_code;

DROP TABLE totp;

DROP TABLE passkey;

ALTER TABLE token DROP COLUMN scopes;

ALTER TABLE session DROP COLUMN proved_by;

ALTER TABLE session DROP COLUMN proved_at;

ALTER TABLE account DROP COLUMN reset_at;

ALTER TABLE account DROP COLUMN secured_at;

ALTER TABLE account DROP COLUMN entered_at;
