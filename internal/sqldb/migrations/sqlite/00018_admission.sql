-- +goose Up
-- One row: the revision of the function catalogue, the duty lists and the data catalogue.
CREATE TABLE duty_rev (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    rev INTEGER NOT NULL
) STRICT;
INSERT INTO duty_rev (id, rev) VALUES (1, 0);

-- What the network is for: categories are the roots, functions under them.
CREATE TABLE duty_function (
    id TEXT PRIMARY KEY,
    parent_id TEXT NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    retired INTEGER NOT NULL CHECK (retired IN (0, 1)),
    sort INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX duty_function_code ON duty_function (code);

-- Duty lists: what is the department's own, what others assist with, what was taken back.
CREATE TABLE duty (
    id TEXT PRIMARY KEY,
    code TEXT NOT NULL,
    department_id TEXT NOT NULL,
    list TEXT NOT NULL CHECK (list IN ('own', 'assist', 'taken_back')),
    title TEXT NOT NULL,
    basis TEXT NOT NULL,
    function_id TEXT NOT NULL,
    retired INTEGER NOT NULL CHECK (retired IN (0, 1)),
    version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX duty_code ON duty (code);
CREATE INDEX duty_department ON duty (department_id, code);

-- Data that the city already holds, and where.
CREATE TABLE data_field (
    id TEXT PRIMARY KEY,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    department_id TEXT NOT NULL,
    place TEXT NOT NULL,
    words TEXT NOT NULL,
    retired INTEGER NOT NULL CHECK (retired IN (0, 1)),
    version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX data_field_code ON data_field (code);

-- Minutes a month that a lead under the unit has; the nearest unit above counts.
CREATE TABLE minutes_budget (
    unit_id TEXT PRIMARY KEY,
    minutes INTEGER NOT NULL CHECK (minutes BETWEEN 0 AND 2400),
    reason TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;

-- What a department wants done. content is the form as JSON; what queries ask for stands beside it.
CREATE TABLE matter (
    id TEXT PRIMARY KEY,
    number TEXT NOT NULL,
    state TEXT NOT NULL,
    department_id TEXT NOT NULL,
    function_id TEXT NOT NULL,
    title TEXT NOT NULL,
    content TEXT NOT NULL,
    conditions TEXT NOT NULL,
    from_day TEXT NOT NULL,
    until_day TEXT NOT NULL,
    priority INTEGER NOT NULL,
    emergency INTEGER NOT NULL CHECK (emergency IN (0, 1)),
    ends_at INTEGER NOT NULL,
    reviewed_at INTEGER NOT NULL,
    submitted_at INTEGER NOT NULL,
    decide_by INTEGER NOT NULL,
    decided_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    seq INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX matter_number ON matter (number);
CREATE INDEX matter_state ON matter (state, decide_by, id);
CREATE INDEX matter_department ON matter (department_id, id);
CREATE INDEX matter_until ON matter (until_day, id) WHERE state = 'admitted';

-- Each step of a matter; decisions and their reasons are public.
CREATE TABLE matter_event (
    matter_id TEXT NOT NULL REFERENCES matter (id),
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    role TEXT NOT NULL,
    unit_id TEXT NOT NULL,
    department_id TEXT NOT NULL,
    text TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (matter_id, seq)
) STRICT, WITHOUT ROWID;

-- A village that doesn't want a matter; the city office decides.
CREATE TABLE matter_objection (
    id TEXT PRIMARY KEY,
    matter_id TEXT NOT NULL REFERENCES matter (id),
    unit_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'upheld', 'dismissed')),
    reason TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    at INTEGER NOT NULL,
    decision TEXT NOT NULL,
    decided_at INTEGER NOT NULL
) STRICT;
CREATE INDEX matter_objection_matter ON matter_objection (matter_id, unit_id);
CREATE INDEX matter_objection_open ON matter_objection (at, id) WHERE state = 'open';

-- What may be asked of leads in a month. digest is of the lines at publication.
CREATE TABLE monthly_list (
    month TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('composing', 'published')),
    publish_on TEXT NOT NULL,
    published_at INTEGER NOT NULL,
    issued_at INTEGER NOT NULL,
    digest TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT;

-- A matter on a month's list, as it stood when the list was published.
CREATE TABLE list_line (
    id TEXT PRIMARY KEY,
    month TEXT NOT NULL REFERENCES monthly_list (month),
    matter_id TEXT NOT NULL REFERENCES matter (id),
    priority INTEGER NOT NULL,
    late INTEGER NOT NULL CHECK (late IN (0, 1)),
    reason TEXT NOT NULL,
    leads INTEGER NOT NULL,
    minutes INTEGER NOT NULL,
    content TEXT NOT NULL,
    added_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX list_line_once ON list_line (month, matter_id);

-- What one lead is asked in one month. Rows are made by the gate alone.
CREATE TABLE task (
    id TEXT PRIMARY KEY,
    matter_id TEXT NOT NULL REFERENCES matter (id),
    month TEXT NOT NULL,
    unit_id TEXT NOT NULL,
    village_id TEXT NOT NULL,
    homes INTEGER NOT NULL,
    minutes INTEGER NOT NULL,
    first_day TEXT NOT NULL,
    last_day TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'done', 'returned', 'cancelled')),
    state_at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    person_id TEXT NOT NULL,
    bypass INTEGER NOT NULL CHECK (bypass IN (0, 1)),
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX task_once ON task (unit_id, month, matter_id);
CREATE INDEX task_matter ON task (matter_id, month);
CREATE INDEX task_returned ON task (state_at, id) WHERE state = 'returned';

-- A lead's own mark at a household; nobody else reads it, nothing counts it, and it bears no time.
CREATE TABLE task_mark (
    task_id TEXT NOT NULL REFERENCES task (id),
    household_id TEXT NOT NULL,
    PRIMARY KEY (task_id, household_id)
) STRICT, WITHOUT ROWID;

-- What was sent and what became of it, by matter and village.
CREATE TABLE task_tally (
    month TEXT NOT NULL,
    village_id TEXT NOT NULL,
    matter_id TEXT NOT NULL,
    tasks INTEGER NOT NULL,
    minutes INTEGER NOT NULL,
    done INTEGER NOT NULL,
    returned INTEGER NOT NULL,
    PRIMARY KEY (month, village_id, matter_id)
) STRICT, WITHOUT ROWID;

-- What merging visits saved in a month, by village. separate is visits without merging.
CREATE TABLE village_plan (
    month TEXT NOT NULL,
    village_id TEXT NOT NULL,
    leads INTEGER NOT NULL,
    visits INTEGER NOT NULL,
    separate INTEGER NOT NULL,
    minutes INTEGER NOT NULL,
    saved INTEGER NOT NULL,
    PRIMARY KEY (month, village_id)
) STRICT, WITHOUT ROWID;

-- Work that came past the list. The reporter is sealed.
CREATE TABLE offlist (
    id TEXT PRIMARY KEY,
    number TEXT NOT NULL,
    month TEXT NOT NULL,
    day TEXT NOT NULL,
    town_id TEXT NOT NULL,
    village_id TEXT NOT NULL,
    department_id TEXT NOT NULL,
    way TEXT NOT NULL,
    what TEXT NOT NULL,
    minutes INTEGER NOT NULL,
    reporter TEXT NOT NULL,
    reporter_index TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'confirmed', 'dismissed')),
    summary TEXT NOT NULL,
    decided_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX offlist_number ON offlist (number);
CREATE INDEX offlist_open ON offlist (created_at, id) WHERE state = 'open';
CREATE INDEX offlist_month ON offlist (month, department_id, state);
CREATE INDEX offlist_reporter ON offlist (reporter_index, id);

-- Nets of departments' own that go up in the one network.
CREATE TABLE old_net (
    id TEXT PRIMARY KEY,
    department_id TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('mapping', 'set', 'retired')),
    retires_on TEXT NOT NULL,
    retired_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE old_grid (
    id TEXT PRIMARY KEY,
    net_id TEXT NOT NULL REFERENCES old_net (id),
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    unit_id TEXT NOT NULL,
    how TEXT NOT NULL,
    households INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX old_grid_code ON old_grid (net_id, code);
CREATE INDEX old_grid_unit ON old_grid (unit_id);

CREATE TABLE old_worker (
    id TEXT PRIMARY KEY,
    net_id TEXT NOT NULL REFERENCES old_net (id),
    grid_id TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    post_id TEXT NOT NULL,
    fate TEXT NOT NULL CHECK (fate IN ('', 'post', 'released'))
) STRICT;
CREATE INDEX old_worker_net ON old_worker (net_id, name, id);

-- What the old net was for and the forms it filled in: each becomes part of a function or is dropped.
CREATE TABLE old_duty (
    id TEXT PRIMARY KEY,
    net_id TEXT NOT NULL REFERENCES old_net (id),
    kind TEXT NOT NULL CHECK (kind IN ('duty', 'form')),
    name TEXT NOT NULL,
    yearly INTEGER NOT NULL,
    function_id TEXT NOT NULL,
    fate TEXT NOT NULL CHECK (fate IN ('', 'merged', 'dropped'))
) STRICT;
CREATE INDEX old_duty_net ON old_duty (net_id, kind, id);

-- +goose Down
DROP TABLE old_duty;
DROP TABLE old_worker;
DROP TABLE old_grid;
DROP TABLE old_net;
DROP TABLE offlist;
DROP TABLE village_plan;
DROP TABLE task_tally;
DROP TABLE task_mark;
DROP TABLE task;
DROP TABLE list_line;
DROP TABLE monthly_list;
DROP TABLE matter_objection;
DROP TABLE matter_event;
DROP TABLE matter;
DROP TABLE minutes_budget;
DROP TABLE data_field;
DROP TABLE duty;
DROP TABLE duty_function;
DROP TABLE duty_rev;
