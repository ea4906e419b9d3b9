-- +goose Up
-- One row: the revision of the catalogue of needs.
CREATE TABLE care_rev (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    rev INTEGER NOT NULL
) STRICT;
INSERT INTO care_rev (id, rev) VALUES (1, 0);

-- What a household can be owed contact for. content is the need as JSON.
CREATE TABLE care_need (
    code TEXT PRIMARY KEY,
    sort INTEGER NOT NULL,
    content TEXT NOT NULL,
    off INTEGER NOT NULL CHECK (off IN (0, 1)),
    version INTEGER NOT NULL
) STRICT;

-- A need or a change that somebody proposed; approvals is JSON.
CREATE TABLE care_proposal (
    id TEXT PRIMARY KEY,
    code TEXT NOT NULL,
    is_new INTEGER NOT NULL CHECK (is_new IN (0, 1)),
    content TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('asked', 'notice', 'adopted', 'refused')),
    proposed_by TEXT NOT NULL,
    proposer TEXT NOT NULL,
    at INTEGER NOT NULL,
    approvals TEXT NOT NULL,
    notice_to TEXT NOT NULL, -- a day; empty before
    decided_at INTEGER NOT NULL, -- 0 before
    reason TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX care_proposal_state ON care_proposal (state, notice_to, id);

-- A household that is owed contact: when and by whom. Why is sealed under the entry's own key.
CREATE TABLE care_entry (
    id TEXT PRIMARY KEY,
    household_id TEXT NOT NULL,
    unit_id TEXT NOT NULL,
    village_id TEXT NOT NULL,
    every_days INTEGER NOT NULL,
    who TEXT NOT NULL CHECK (who IN ('lead', 'official')),
    way TEXT NOT NULL CHECK (way IN ('visit', 'call')),
    act TEXT NOT NULL CHECK (act IN ('door', 'power', 'move')),
    stand_in TEXT NOT NULL, -- unit whose lead stands in; empty for none
    next_on TEXT NOT NULL, -- a day
    lapses_on TEXT NOT NULL, -- the last day on which it holds
    long_days INTEGER NOT NULL,
    by_id TEXT NOT NULL, -- who listed or renewed it last: somebody else renews it
    listed_on TEXT NOT NULL,
    due_contact TEXT NOT NULL, -- the contact that is open; empty for none
    sealed TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX care_entry_household ON care_entry (household_id);
CREATE INDEX care_entry_unit ON care_entry (unit_id, id);
CREATE INDEX care_entry_village ON care_entry (village_id, id);
CREATE INDEX care_entry_lapse ON care_entry (lapses_on, id);
CREATE INDEX care_entry_village_lapse ON care_entry (village_id, lapses_on, id);
CREATE INDEX care_entry_next ON care_entry (next_on, id) WHERE due_contact = '';

-- One contact that is owed. unit_id and role say who has it now.
CREATE TABLE care_contact (
    id TEXT PRIMARY KEY,
    entry_id TEXT NOT NULL REFERENCES care_entry (id),
    cell_id TEXT NOT NULL,
    village_id TEXT NOT NULL,
    month TEXT NOT NULL,
    unit_id TEXT NOT NULL,
    role TEXT NOT NULL,
    step INTEGER NOT NULL, -- 0 whom the plan names, 1 stand-in, 2 linked official, 3 village
    owed_on TEXT NOT NULL, -- the day by the plan
    due_on TEXT NOT NULL, -- the day to try
    limit_on TEXT NOT NULL, -- the last day before it climbs
    misses INTEGER NOT NULL, -- nobody home at this step
    state TEXT NOT NULL CHECK (state IN ('open', 'done')),
    outcome TEXT NOT NULL CHECK (outcome IN ('', 'fine', 'need')),
    done_on TEXT NOT NULL,
    late INTEGER NOT NULL CHECK (late IN (0, 1)),
    demand TEXT NOT NULL, -- the number of what came of it
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX care_contact_holder ON care_contact (unit_id, due_on, id) WHERE state = 'open';
CREATE INDEX care_contact_limit ON care_contact (limit_on, id) WHERE state = 'open';
CREATE INDEX care_contact_entry ON care_contact (entry_id, owed_on);
CREATE INDEX care_contact_done ON care_contact (done_on) WHERE state = 'done';
CREATE INDEX care_contact_cell ON care_contact (cell_id, month);

-- How many households of a village are listed for what: all that is kept in the open.
CREATE TABLE care_tally (
    village_id TEXT NOT NULL,
    need TEXT NOT NULL,
    entries INTEGER NOT NULL,
    PRIMARY KEY (village_id, need)
) STRICT, WITHOUT ROWID;

-- How the contacts of a month went in a village.
CREATE TABLE care_kept (
    month TEXT NOT NULL,
    village_id TEXT NOT NULL,
    owed INTEGER NOT NULL,
    kept INTEGER NOT NULL, -- of these, in time
    late INTEGER NOT NULL, -- and late
    climbed INTEGER NOT NULL, -- how many had to go to somebody else
    needs INTEGER NOT NULL, -- how many led to a demand
    PRIMARY KEY (month, village_id)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE care_kept;
DROP TABLE care_tally;
DROP TABLE care_contact;
DROP TABLE care_entry;
DROP TABLE care_proposal;
DROP TABLE care_need;
DROP TABLE care_rev;
