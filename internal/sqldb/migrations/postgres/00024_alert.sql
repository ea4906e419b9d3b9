-- +goose Up
-- Alerts of CAP 1.2 that came in. Sender, identifier and time sent name one for ever.
CREATE TABLE alert (
    id TEXT COLLATE "C" PRIMARY KEY,
    sender TEXT COLLATE "C" NOT NULL,
    identifier TEXT COLLATE "C" NOT NULL,
    sent BIGINT NOT NULL,
    digest TEXT COLLATE "C" NOT NULL, -- of what it says
    status TEXT COLLATE "C" NOT NULL,
    msg_type TEXT COLLATE "C" NOT NULL,
    scope TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL, -- file, api, or a feed's name
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('new', 'kept', 'used', 'dismissed', 'superseded', 'withdrawn')),
    reason TEXT COLLATE "C" NOT NULL, -- message key: why it suggests nothing
    note TEXT COLLATE "C" NOT NULL, -- why somebody dismissed it
    event TEXT COLLATE "C" NOT NULL,
    headline TEXT COLLATE "C" NOT NULL,
    sender_name TEXT COLLATE "C" NOT NULL,
    severity TEXT COLLATE "C" NOT NULL,
    urgency TEXT COLLATE "C" NOT NULL,
    certainty TEXT COLLATE "C" NOT NULL,
    effective BIGINT NOT NULL, -- 0 where not given, as onset and expires
    onset BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    area TEXT COLLATE "C" NOT NULL, -- in the sender's words
    hazard TEXT COLLATE "C" NOT NULL,
    villages BIGINT NOT NULL, -- touched
    about_person BIGINT NOT NULL CHECK (about_person IN (0, 1)), -- its words are erased after 72 hours
    received_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL, -- when the first order was made from it
    decided_at BIGINT NOT NULL,
    decided_by TEXT COLLATE "C" NOT NULL,
    by_id TEXT COLLATE "C" NOT NULL, -- the alert that superseded or withdrew it
    erased_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX alert_named ON alert (sender, identifier, sent);
CREATE INDEX alert_received ON alert (received_at, id);
CREATE INDEX alert_new ON alert (received_at) WHERE state = 'new';

-- An alert as it came.
CREATE TABLE alert_text (
    alert_id TEXT COLLATE "C" PRIMARY KEY,
    xml TEXT COLLATE "C" NOT NULL
);

-- The towns that an alert touches.
CREATE TABLE alert_town (
    alert_id TEXT COLLATE "C" NOT NULL,
    unit_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (alert_id, unit_id)
);
CREATE INDEX alert_town_unit ON alert_town (unit_id, alert_id);

-- The earlier messages that an alert names, whether they came or not.
CREATE TABLE alert_reference (
    alert_id TEXT COLLATE "C" NOT NULL,
    n BIGINT NOT NULL,
    sender TEXT COLLATE "C" NOT NULL,
    identifier TEXT COLLATE "C" NOT NULL,
    sent BIGINT NOT NULL,
    PRIMARY KEY (alert_id, n)
);
CREATE INDEX alert_reference_named ON alert_reference (sender, identifier, sent);

-- The feeds that are asked for alerts, and how they do.
CREATE TABLE alert_feed (
    id TEXT COLLATE "C" PRIMARY KEY, -- digest of its address, which may hold a secret
    etag TEXT COLLATE "C" NOT NULL,
    modified TEXT COLLATE "C" NOT NULL,
    checked_at BIGINT NOT NULL,
    ok_at BIGINT NOT NULL, -- 0 if it never worked
    failing_since BIGINT NOT NULL, -- 0 while it works
    error TEXT COLLATE "C" NOT NULL, -- message key
    detail TEXT COLLATE "C" NOT NULL, -- its placeholders, JSON
    refused_at BIGINT NOT NULL, -- when it last brought what can't be taken
    refused TEXT COLLATE "C" NOT NULL,
    refused_detail TEXT COLLATE "C" NOT NULL
);

-- The entries of a feed that were looked at.
CREATE TABLE alert_entry (
    feed_id TEXT COLLATE "C" NOT NULL,
    entry TEXT COLLATE "C" NOT NULL, -- digest of what names it
    tries BIGINT NOT NULL, -- that failed
    next_at BIGINT NOT NULL, -- 0: done with
    seen_at BIGINT NOT NULL, -- when it last stood in the feed
    PRIMARY KEY (feed_id, entry)
);

-- +goose Down
DROP TABLE alert_entry;
DROP TABLE alert_feed;
DROP TABLE alert_reference;
DROP TABLE alert_town;
DROP TABLE alert_text;
DROP TABLE alert;
