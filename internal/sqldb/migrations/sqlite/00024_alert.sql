-- +goose Up
-- Alerts of CAP 1.2 that came in. Sender, identifier and time sent name one for ever.
CREATE TABLE alert (
    id TEXT PRIMARY KEY,
    sender TEXT NOT NULL,
    identifier TEXT NOT NULL,
    sent INTEGER NOT NULL,
    digest TEXT NOT NULL, -- of what it says
    status TEXT NOT NULL,
    msg_type TEXT NOT NULL,
    scope TEXT NOT NULL,
    source TEXT NOT NULL, -- file, api, or a feed's name
    state TEXT NOT NULL CHECK (state IN ('new', 'kept', 'used', 'dismissed', 'superseded', 'withdrawn')),
    reason TEXT NOT NULL, -- message key: why it suggests nothing
    note TEXT NOT NULL, -- why somebody dismissed it
    event TEXT NOT NULL,
    headline TEXT NOT NULL,
    sender_name TEXT NOT NULL,
    severity TEXT NOT NULL,
    urgency TEXT NOT NULL,
    certainty TEXT NOT NULL,
    effective INTEGER NOT NULL, -- 0 where not given, as onset and expires
    onset INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    area TEXT NOT NULL, -- in the sender's words
    hazard TEXT NOT NULL,
    villages INTEGER NOT NULL, -- touched
    about_person INTEGER NOT NULL CHECK (about_person IN (0, 1)), -- its words are erased after 72 hours
    received_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL, -- when the first order was made from it
    decided_at INTEGER NOT NULL,
    decided_by TEXT NOT NULL,
    by_id TEXT NOT NULL, -- the alert that superseded or withdrew it
    erased_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX alert_named ON alert (sender, identifier, sent);
CREATE INDEX alert_received ON alert (received_at, id);
CREATE INDEX alert_new ON alert (received_at) WHERE state = 'new';

-- An alert as it came.
CREATE TABLE alert_text (
    alert_id TEXT PRIMARY KEY,
    xml TEXT NOT NULL
) STRICT;

-- The towns that an alert touches.
CREATE TABLE alert_town (
    alert_id TEXT NOT NULL,
    unit_id TEXT NOT NULL,
    PRIMARY KEY (alert_id, unit_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_town_unit ON alert_town (unit_id, alert_id);

-- The earlier messages that an alert names, whether they came or not.
CREATE TABLE alert_reference (
    alert_id TEXT NOT NULL,
    n INTEGER NOT NULL,
    sender TEXT NOT NULL,
    identifier TEXT NOT NULL,
    sent INTEGER NOT NULL,
    PRIMARY KEY (alert_id, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_reference_named ON alert_reference (sender, identifier, sent);

-- The feeds that are asked for alerts, and how they do.
CREATE TABLE alert_feed (
    id TEXT PRIMARY KEY, -- digest of its address, which may hold a secret
    etag TEXT NOT NULL,
    modified TEXT NOT NULL,
    checked_at INTEGER NOT NULL,
    ok_at INTEGER NOT NULL, -- 0 if it never worked
    failing_since INTEGER NOT NULL, -- 0 while it works
    error TEXT NOT NULL, -- message key
    detail TEXT NOT NULL, -- its placeholders, JSON
    refused_at INTEGER NOT NULL, -- when it last brought what can't be taken
    refused TEXT NOT NULL,
    refused_detail TEXT NOT NULL
) STRICT;

-- The entries of a feed that were looked at.
CREATE TABLE alert_entry (
    feed_id TEXT NOT NULL,
    entry TEXT NOT NULL, -- digest of what names it
    tries INTEGER NOT NULL, -- that failed
    next_at INTEGER NOT NULL, -- 0: done with
    seen_at INTEGER NOT NULL, -- when it last stood in the feed
    PRIMARY KEY (feed_id, entry)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE alert_entry;
DROP TABLE alert_feed;
DROP TABLE alert_reference;
DROP TABLE alert_town;
DROP TABLE alert_text;
DROP TABLE alert;
