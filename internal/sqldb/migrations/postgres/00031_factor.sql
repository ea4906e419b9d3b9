-- Second factors, when a session last proved who it is, and what takes two people.

-- +goose Up
ALTER TABLE account ADD COLUMN entered_at BIGINT;

ALTER TABLE account ADD COLUMN secured_at BIGINT;

ALTER TABLE account ADD COLUMN reset_at BIGINT;

ALTER TABLE session ADD COLUMN proved_at BIGINT NOT NULL DEFAULT 0;

ALTER TABLE session ADD COLUMN proved_by TEXT COLLATE "C" NOT NULL DEFAULT '';

-- Sensitive actions a token may do. Tokens from before this column could do all.
ALTER TABLE token ADD COLUMN scopes TEXT COLLATE "C" NOT NULL DEFAULT '*';

CREATE TABLE passkey (
    id         TEXT COLLATE "C" PRIMARY KEY,       -- credential id, base64url
    account_id TEXT COLLATE "C" NOT NULL REFERENCES account (id),
    name       TEXT COLLATE "C" NOT NULL,
    credential TEXT COLLATE "C" NOT NULL,          -- public key, counter and flags as JSON
    warned     BIGINT NOT NULL,         -- its counter went backwards: there may be a copy
    created_at BIGINT NOT NULL,
    used_at    BIGINT
);

CREATE INDEX passkey_account ON passkey (account_id);

CREATE TABLE totp (
    account_id   TEXT COLLATE "C" PRIMARY KEY REFERENCES account (id),
    secret       TEXT COLLATE "C" NOT NULL,        -- sealed
    last_step    BIGINT NOT NULL,       -- of the last code that was taken: none is taken twice
    created_at   BIGINT NOT NULL,
    confirmed_at BIGINT                 -- NULL until a first code was right
);

CREATE TABLE recovery_code (
    id         TEXT COLLATE "C" PRIMARY KEY,       -- hash
    account_id TEXT COLLATE "C" NOT NULL REFERENCES account (id),
    used_at    BIGINT
);

CREATE INDEX recovery_code_account ON recovery_code (account_id);

-- Log-ins and registrations between their two steps.
CREATE TABLE ceremony (
    id         TEXT COLLATE "C" PRIMARY KEY,       -- hash of the secret that the browser holds
    kind       TEXT COLLATE "C" NOT NULL,
    account_id TEXT COLLATE "C" NOT NULL,          -- empty where nobody is known yet
    data       TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX ceremony_expires ON ceremony (expires_at);

-- What an administrator asked for and a second person decides.
CREATE TABLE factor_reset (
    id         TEXT COLLATE "C" PRIMARY KEY,
    account_id TEXT COLLATE "C" NOT NULL REFERENCES account (id),
    asked_by   TEXT COLLATE "C" NOT NULL,
    asked_name TEXT COLLATE "C" NOT NULL,
    asked_at   BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    outcome    TEXT COLLATE "C" NOT NULL DEFAULT '', -- done, refused
    decided_by TEXT COLLATE "C" NOT NULL DEFAULT '',
    decided_at BIGINT
);

CREATE INDEX factor_reset_open ON factor_reset (expires_at) WHERE outcome = '';

CREATE INDEX factor_reset_account ON factor_reset (account_id);

CREATE TABLE appointment_ask (
    id         TEXT COLLATE "C" PRIMARY KEY,
    post_id    TEXT COLLATE "C" NOT NULL REFERENCES post (id),
    person_id  TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    acting     BIGINT NOT NULL,
    starts_on  TEXT COLLATE "C" NOT NULL,
    until_on   TEXT COLLATE "C" NOT NULL,
    reason     TEXT COLLATE "C" NOT NULL,          -- why a holder goes; empty where the post is vacant
    asked_by   TEXT COLLATE "C" NOT NULL,
    asked_name TEXT COLLATE "C" NOT NULL,
    asked_at   BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    outcome    TEXT COLLATE "C" NOT NULL DEFAULT '', -- done, refused
    decided_by TEXT COLLATE "C" NOT NULL DEFAULT '',
    decided_at BIGINT
);

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
