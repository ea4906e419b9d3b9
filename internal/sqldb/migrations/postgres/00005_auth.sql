-- Accounts, and what proves to be them: sessions, one-time links, bearer tokens.
-- Secrets are kept only as hashes.

-- +goose Up
CREATE TABLE account (
    id         TEXT COLLATE "C" PRIMARY KEY,
    login      TEXT COLLATE "C" NOT NULL UNIQUE,    -- folded
    person_id  TEXT COLLATE "C",                   -- whose posts give the rights, NULL for an installation's own administrator
    name       TEXT COLLATE "C" NOT NULL,
    kind       TEXT NOT NULL,          -- official, lead, admin
    password   TEXT NOT NULL,          -- PHC string, empty where there is none
    demo       BIGINT NOT NULL,
    disabled   BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT,                   -- last login
    version    BIGINT NOT NULL
);

CREATE INDEX account_person ON account (person_id);

CREATE INDEX account_name ON account (name);

CREATE INDEX account_demo ON account (login) WHERE demo = 1;

CREATE TABLE session (
    id         TEXT COLLATE "C" PRIMARY KEY,       -- hash of the cookie's token
    account_id TEXT COLLATE "C" NOT NULL REFERENCES account (id),
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,          -- coarse: written every few minutes at most
    expires_at BIGINT NOT NULL,
    idle_ms    BIGINT NOT NULL,
    device     TEXT NOT NULL           -- kind of device and browser, nothing finer
);

CREATE INDEX session_account ON session (account_id);

CREATE INDEX session_expires ON session (expires_at);

CREATE TABLE link (
    id         TEXT COLLATE "C" PRIMARY KEY,       -- hash of the link's token
    account_id TEXT COLLATE "C" NOT NULL REFERENCES account (id),
    purpose    TEXT NOT NULL,          -- login, password
    issued_by  TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);

CREATE INDEX link_account ON link (account_id);

CREATE INDEX link_expires ON link (expires_at);

CREATE TABLE token (
    id         TEXT COLLATE "C" PRIMARY KEY,
    hash       TEXT COLLATE "C" NOT NULL UNIQUE,
    account_id TEXT COLLATE "C" NOT NULL REFERENCES account (id),
    label      TEXT NOT NULL,
    issued_by  TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT                    -- coarse: written once an hour at most
);

CREATE INDEX token_account ON token (account_id);

CREATE INDEX token_expires ON token (expires_at);

-- Failed log-ins by login, address, and both, as hashes, which are forgotten after a day.
CREATE TABLE login_try (
    id      TEXT COLLATE "C" PRIMARY KEY,
    fails   BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    until   BIGINT NOT NULL
);

CREATE INDEX login_try_last ON login_try (last_at);

-- +goose Down
DROP TABLE login_try;

DROP TABLE token;

DROP TABLE link;

DROP TABLE session;

DROP TABLE account;
