-- +goose Up
-- One row: the revision of the function catalogue, the duty lists and the data catalogue.
CREATE TABLE duty_rev (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    rev BIGINT NOT NULL
);
INSERT INTO duty_rev (id, rev) VALUES (1, 0);

-- What the network is for: categories are the roots, functions under them.
CREATE TABLE duty_function (
    id TEXT COLLATE "C" PRIMARY KEY,
    parent_id TEXT COLLATE "C" NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    name_en TEXT NOT NULL,
    retired BIGINT NOT NULL CHECK (retired IN (0, 1)),
    sort BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX duty_function_code ON duty_function (code);

-- Duty lists: what is the department's own, what others assist with, what was taken back.
CREATE TABLE duty (
    id TEXT COLLATE "C" PRIMARY KEY,
    code TEXT COLLATE "C" NOT NULL,
    department_id TEXT COLLATE "C" NOT NULL,
    list TEXT COLLATE "C" NOT NULL CHECK (list IN ('own', 'assist', 'taken_back')),
    title TEXT COLLATE "C" NOT NULL,
    basis TEXT NOT NULL,
    function_id TEXT COLLATE "C" NOT NULL,
    retired BIGINT NOT NULL CHECK (retired IN (0, 1)),
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX duty_code ON duty (code);
CREATE INDEX duty_department ON duty (department_id, code);

-- Data that the city already holds, and where.
CREATE TABLE data_field (
    id TEXT COLLATE "C" PRIMARY KEY,
    code TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    name_en TEXT NOT NULL,
    department_id TEXT COLLATE "C" NOT NULL,
    place TEXT NOT NULL,
    words TEXT NOT NULL,
    retired BIGINT NOT NULL CHECK (retired IN (0, 1)),
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX data_field_code ON data_field (code);

-- Minutes a month that a lead under the unit has; the nearest unit above counts.
CREATE TABLE minutes_budget (
    unit_id TEXT COLLATE "C" PRIMARY KEY,
    minutes BIGINT NOT NULL CHECK (minutes BETWEEN 0 AND 2400),
    reason TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);

-- What a department wants done. content is the form as JSON; what queries ask for stands beside it.
CREATE TABLE matter (
    id TEXT COLLATE "C" PRIMARY KEY,
    number TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    department_id TEXT COLLATE "C" NOT NULL,
    function_id TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    content TEXT NOT NULL,
    conditions TEXT NOT NULL,
    from_day TEXT COLLATE "C" NOT NULL,
    until_day TEXT COLLATE "C" NOT NULL,
    priority BIGINT NOT NULL,
    emergency BIGINT NOT NULL CHECK (emergency IN (0, 1)),
    ends_at BIGINT NOT NULL,
    reviewed_at BIGINT NOT NULL,
    submitted_at BIGINT NOT NULL,
    decide_by BIGINT NOT NULL,
    decided_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX matter_number ON matter (number);
CREATE INDEX matter_state ON matter (state, decide_by, id);
CREATE INDEX matter_department ON matter (department_id, id);
CREATE INDEX matter_until ON matter (until_day, id) WHERE state = 'admitted';

-- Each step of a matter; decisions and their reasons are public.
CREATE TABLE matter_event (
    matter_id TEXT COLLATE "C" NOT NULL REFERENCES matter (id),
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    actor_id TEXT COLLATE "C" NOT NULL,
    actor_name TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    unit_id TEXT COLLATE "C" NOT NULL,
    department_id TEXT COLLATE "C" NOT NULL,
    text TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (matter_id, seq)
);

-- A village that doesn't want a matter; the city office decides.
CREATE TABLE matter_objection (
    id TEXT COLLATE "C" PRIMARY KEY,
    matter_id TEXT COLLATE "C" NOT NULL REFERENCES matter (id),
    unit_id TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'upheld', 'dismissed')),
    reason TEXT NOT NULL,
    actor_id TEXT COLLATE "C" NOT NULL,
    actor_name TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    decision TEXT NOT NULL,
    decided_at BIGINT NOT NULL
);
CREATE INDEX matter_objection_matter ON matter_objection (matter_id, unit_id);
CREATE INDEX matter_objection_open ON matter_objection (at, id) WHERE state = 'open';

-- What may be asked of leads in a month. digest is of the lines at publication.
CREATE TABLE monthly_list (
    month TEXT COLLATE "C" PRIMARY KEY,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('composing', 'published')),
    publish_on TEXT COLLATE "C" NOT NULL,
    published_at BIGINT NOT NULL,
    issued_at BIGINT NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL
);

-- A matter on a month's list, as it stood when the list was published.
CREATE TABLE list_line (
    id TEXT COLLATE "C" PRIMARY KEY,
    month TEXT COLLATE "C" NOT NULL REFERENCES monthly_list (month),
    matter_id TEXT COLLATE "C" NOT NULL REFERENCES matter (id),
    priority BIGINT NOT NULL,
    late BIGINT NOT NULL CHECK (late IN (0, 1)),
    reason TEXT NOT NULL,
    leads BIGINT NOT NULL,
    minutes BIGINT NOT NULL,
    content TEXT NOT NULL,
    added_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX list_line_once ON list_line (month, matter_id);

-- What one lead is asked in one month. Rows are made by the gate alone.
CREATE TABLE task (
    id TEXT COLLATE "C" PRIMARY KEY,
    matter_id TEXT COLLATE "C" NOT NULL REFERENCES matter (id),
    month TEXT COLLATE "C" NOT NULL,
    unit_id TEXT COLLATE "C" NOT NULL,
    village_id TEXT COLLATE "C" NOT NULL,
    homes BIGINT NOT NULL,
    minutes BIGINT NOT NULL,
    first_day TEXT COLLATE "C" NOT NULL,
    last_day TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'done', 'returned', 'cancelled')),
    state_at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    bypass BIGINT NOT NULL CHECK (bypass IN (0, 1)),
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX task_once ON task (unit_id, month, matter_id);
CREATE INDEX task_matter ON task (matter_id, month);
CREATE INDEX task_returned ON task (state_at, id) WHERE state = 'returned';

-- A lead's own mark at a household; nobody else reads it, nothing counts it, and it bears no time.
CREATE TABLE task_mark (
    task_id TEXT COLLATE "C" NOT NULL REFERENCES task (id),
    household_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (task_id, household_id)
);

-- What was sent and what became of it, by matter and village.
CREATE TABLE task_tally (
    month TEXT COLLATE "C" NOT NULL,
    village_id TEXT COLLATE "C" NOT NULL,
    matter_id TEXT COLLATE "C" NOT NULL,
    tasks BIGINT NOT NULL,
    minutes BIGINT NOT NULL,
    done BIGINT NOT NULL,
    returned BIGINT NOT NULL,
    PRIMARY KEY (month, village_id, matter_id)
);

-- What merging visits saved in a month, by village. separate is visits without merging.
CREATE TABLE village_plan (
    month TEXT COLLATE "C" NOT NULL,
    village_id TEXT COLLATE "C" NOT NULL,
    leads BIGINT NOT NULL,
    visits BIGINT NOT NULL,
    separate BIGINT NOT NULL,
    minutes BIGINT NOT NULL,
    saved BIGINT NOT NULL,
    PRIMARY KEY (month, village_id)
);

-- Work that came past the list. The reporter is sealed.
CREATE TABLE offlist (
    id TEXT COLLATE "C" PRIMARY KEY,
    number TEXT COLLATE "C" NOT NULL,
    month TEXT COLLATE "C" NOT NULL,
    day TEXT COLLATE "C" NOT NULL,
    town_id TEXT COLLATE "C" NOT NULL,
    village_id TEXT COLLATE "C" NOT NULL,
    department_id TEXT COLLATE "C" NOT NULL,
    way TEXT COLLATE "C" NOT NULL,
    what TEXT NOT NULL,
    minutes BIGINT NOT NULL,
    reporter TEXT NOT NULL,
    reporter_index TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'confirmed', 'dismissed')),
    summary TEXT NOT NULL,
    decided_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX offlist_number ON offlist (number);
CREATE INDEX offlist_open ON offlist (created_at, id) WHERE state = 'open';
CREATE INDEX offlist_month ON offlist (month, department_id, state);
CREATE INDEX offlist_reporter ON offlist (reporter_index, id);

-- Nets of departments' own that go up in the one network.
CREATE TABLE old_net (
    id TEXT COLLATE "C" PRIMARY KEY,
    department_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('mapping', 'set', 'retired')),
    retires_on TEXT COLLATE "C" NOT NULL,
    retired_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);

CREATE TABLE old_grid (
    id TEXT COLLATE "C" PRIMARY KEY,
    net_id TEXT COLLATE "C" NOT NULL REFERENCES old_net (id),
    code TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    unit_id TEXT COLLATE "C" NOT NULL,
    how TEXT COLLATE "C" NOT NULL,
    households BIGINT NOT NULL
);
CREATE UNIQUE INDEX old_grid_code ON old_grid (net_id, code);
CREATE INDEX old_grid_unit ON old_grid (unit_id);

CREATE TABLE old_worker (
    id TEXT COLLATE "C" PRIMARY KEY,
    net_id TEXT COLLATE "C" NOT NULL REFERENCES old_net (id),
    grid_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    post_id TEXT COLLATE "C" NOT NULL,
    fate TEXT COLLATE "C" NOT NULL CHECK (fate IN ('', 'post', 'released'))
);
CREATE INDEX old_worker_net ON old_worker (net_id, name, id);

-- What the old net was for and the forms it filled in: each becomes part of a function or is dropped.
CREATE TABLE old_duty (
    id TEXT COLLATE "C" PRIMARY KEY,
    net_id TEXT COLLATE "C" NOT NULL REFERENCES old_net (id),
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('duty', 'form')),
    name TEXT COLLATE "C" NOT NULL,
    yearly BIGINT NOT NULL,
    function_id TEXT COLLATE "C" NOT NULL,
    fate TEXT COLLATE "C" NOT NULL CHECK (fate IN ('', 'merged', 'dropped'))
);
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
