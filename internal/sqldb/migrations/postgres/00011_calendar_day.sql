-- +goose Up
-- When the city works: its weekly hours, "" for the built-in ones, and its own word on single days, which goes over the built-in
-- holidays. rev numbers every change.
CREATE TABLE calendar (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    rev BIGINT NOT NULL,
    week TEXT NOT NULL
);
INSERT INTO calendar (id, rev, week) VALUES (1, 1, '');
CREATE TABLE calendar_day (
    day TEXT COLLATE "C" PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('ordinary', 'holiday', 'workday')),
    name TEXT NOT NULL
);

-- +goose Down
DROP TABLE calendar_day;
DROP TABLE calendar;
