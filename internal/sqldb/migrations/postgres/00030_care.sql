-- +goose Up
-- One row: the revision of the catalogue of needs.
CREATE TABLE care_rev (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    rev BIGINT NOT NULL
);
INSERT INTO care_rev (id, rev) VALUES (1, 0);

-- What a household can be owed contact for. content is the need as JSON.
CREATE TABLE care_need (
    code TEXT COLLATE "C" PRIMARY KEY,
    sort BIGINT NOT NULL,
    content TEXT COLLATE "C" NOT NULL,
    off BIGINT NOT NULL CHECK (off IN (0, 1)),
    version BIGINT NOT NULL
);

-- A need or a change that somebody proposed; approvals is JSON.
CREATE TABLE care_proposal (
    id TEXT COLLATE "C" PRIMARY KEY,
    code TEXT COLLATE "C" NOT NULL,
    is_new BIGINT NOT NULL CHECK (is_new IN (0, 1)),
    content TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('asked', 'notice', 'adopted', 'refused')),
    proposed_by TEXT COLLATE "C" NOT NULL,
    proposer TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    approvals TEXT COLLATE "C" NOT NULL,
    notice_to TEXT COLLATE "C" NOT NULL, -- a day; empty before
    decided_at BIGINT NOT NULL, -- 0 before
    reason TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX care_proposal_state ON care_proposal (state, notice_to, id);

-- A household that is owed contact: when and by whom. Why is sealed under the entry's own key.
CREATE TABLE care_entry (
    id TEXT COLLATE "C" PRIMARY KEY,
    household_id TEXT COLLATE "C" NOT NULL,
    unit_id TEXT COLLATE "C" NOT NULL,
    village_id TEXT COLLATE "C" NOT NULL,
    every_days BIGINT NOT NULL,
    who TEXT COLLATE "C" NOT NULL CHECK (who IN ('lead', 'official')),
    way TEXT COLLATE "C" NOT NULL CHECK (way IN ('visit', 'call')),
    act TEXT COLLATE "C" NOT NULL CHECK (act IN ('door', 'power', 'move')),
    stand_in TEXT COLLATE "C" NOT NULL, -- unit whose lead stands in; empty for none
    next_on TEXT COLLATE "C" NOT NULL, -- a day
    lapses_on TEXT COLLATE "C" NOT NULL, -- the last day on which it holds
    long_days BIGINT NOT NULL,
    by_id TEXT COLLATE "C" NOT NULL, -- who listed or renewed it last: somebody else renews it
    listed_on TEXT COLLATE "C" NOT NULL,
    due_contact TEXT COLLATE "C" NOT NULL, -- the contact that is open; empty for none
    sealed TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX care_entry_household ON care_entry (household_id);
CREATE INDEX care_entry_unit ON care_entry (unit_id, id);
CREATE INDEX care_entry_village ON care_entry (village_id, id);
CREATE INDEX care_entry_lapse ON care_entry (lapses_on, id);
CREATE INDEX care_entry_village_lapse ON care_entry (village_id, lapses_on, id);
CREATE INDEX care_entry_next ON care_entry (next_on, id) WHERE due_contact = '';

-- One contact that is owed. unit_id and role say who has it now.
CREATE TABLE care_contact (
    id TEXT COLLATE "C" PRIMARY KEY,
    entry_id TEXT COLLATE "C" NOT NULL REFERENCES care_entry (id),
    cell_id TEXT COLLATE "C" NOT NULL,
    village_id TEXT COLLATE "C" NOT NULL,
    month TEXT COLLATE "C" NOT NULL,
    unit_id TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    step BIGINT NOT NULL, -- 0 whom the plan names, 1 stand-in, 2 linked official, 3 village
    owed_on TEXT COLLATE "C" NOT NULL, -- the day by the plan
    due_on TEXT COLLATE "C" NOT NULL, -- the day to try
    limit_on TEXT COLLATE "C" NOT NULL, -- the last day before it climbs
    misses BIGINT NOT NULL, -- nobody home at this step
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'done')),
    outcome TEXT COLLATE "C" NOT NULL CHECK (outcome IN ('', 'fine', 'need')),
    done_on TEXT COLLATE "C" NOT NULL,
    late BIGINT NOT NULL CHECK (late IN (0, 1)),
    demand TEXT COLLATE "C" NOT NULL, -- the number of what came of it
    version BIGINT NOT NULL
);
CREATE INDEX care_contact_holder ON care_contact (unit_id, due_on, id) WHERE state = 'open';
CREATE INDEX care_contact_limit ON care_contact (limit_on, id) WHERE state = 'open';
CREATE INDEX care_contact_entry ON care_contact (entry_id, owed_on);
CREATE INDEX care_contact_done ON care_contact (done_on) WHERE state = 'done';
CREATE INDEX care_contact_cell ON care_contact (cell_id, month);

-- How many households of a village are listed for what: all that is kept in the open.
CREATE TABLE care_tally (
    village_id TEXT COLLATE "C" NOT NULL,
    need TEXT COLLATE "C" NOT NULL,
    entries BIGINT NOT NULL,
    PRIMARY KEY (village_id, need)
);

-- How the contacts of a month went in a village.
CREATE TABLE care_kept (
    month TEXT COLLATE "C" NOT NULL,
    village_id TEXT COLLATE "C" NOT NULL,
    owed BIGINT NOT NULL,
    kept BIGINT NOT NULL, -- of these, in time
    late BIGINT NOT NULL, -- and late
    climbed BIGINT NOT NULL, -- how many had to go to somebody else
    needs BIGINT NOT NULL, -- how many led to a demand
    PRIMARY KEY (month, village_id)
);

-- +goose Down
DROP TABLE care_kept;
DROP TABLE care_tally;
DROP TABLE care_contact;
DROP TABLE care_entry;
DROP TABLE care_proposal;
DROP TABLE care_need;
DROP TABLE care_rev;
