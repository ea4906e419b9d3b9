-- +goose Up
-- When the city works: its weekly hours, "" for the built-in ones, and its own word on single days, which goes over the built-in
-- holidays. rev numbers every change.
CREATE TABLE calendar (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    rev INTEGER NOT NULL,
    week TEXT NOT NULL
) STRICT;
INSERT INTO calendar (id, rev, week) VALUES (1, 1, '');
CREATE TABLE calendar_day (
    day TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('ordinary', 'holiday', 'workday')),
    name TEXT NOT NULL
) STRICT;

-- +goose Down
DROP TABLE calendar_day;
DROP TABLE calendar;
