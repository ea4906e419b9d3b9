-- +goose Up
-- Response teams, kept in peacetime.
CREATE TABLE team (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    search TEXT NOT NULL, -- the name, folded
    kind TEXT NOT NULL,
    unit_id TEXT NOT NULL, -- whose team it is: a village, a town or the city
    channel TEXT NOT NULL, -- address of the team's group, sealed; empty where there is none
    created_at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL, -- 0 while there is such a team
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX team_name ON team (name, id);

-- Who is in a team, and who was.
CREATE TABLE team_member (
    team_id TEXT NOT NULL,
    person_id TEXT NOT NULL,
    joined_at INTEGER NOT NULL,
    unit_id TEXT NOT NULL, -- where the person counts
    grade INTEGER NOT NULL CHECK (grade BETWEEN 0 AND 2), -- 0 leads the team, 1 is a deputy
    left_at INTEGER NOT NULL, -- 0 while in the team
    PRIMARY KEY (team_id, person_id, joined_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX team_member_person ON team_member (person_id, team_id) WHERE left_at = 0;

CREATE TABLE team_equipment (
    id TEXT PRIMARY KEY,
    team_id TEXT NOT NULL,
    name TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    place TEXT NOT NULL, -- where it is kept
    repair INTEGER NOT NULL CHECK (repair IN (0, 1)), -- it can't be used now
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX team_equipment_team ON team_equipment (team_id, name, id);

-- Days on which somebody said they are away; gone when they are over.
CREATE TABLE person_away (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL,
    from_day TEXT NOT NULL,
    to_day TEXT NOT NULL -- the last day
) STRICT;
CREATE INDEX person_away_person ON person_away (person_id, to_day);
CREATE INDEX person_away_day ON person_away (to_day, from_day);

-- Party members, volunteers and professionals who offered to serve where they live.
CREATE TABLE volunteer (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('pending', 'active', 'left', 'refused')),
    kind TEXT NOT NULL,
    name TEXT NOT NULL, -- this, the phone, the skills and the pledge are empty once left or refused
    phone TEXT NOT NULL, -- sealed
    phone_index TEXT NOT NULL,
    unit_id TEXT NOT NULL, -- where they live: a village or a cell
    village_id TEXT NOT NULL,
    household_id TEXT NOT NULL, -- empty if not known
    skills TEXT NOT NULL, -- separated by commas
    pledge TEXT NOT NULL,
    hours INTEGER NOT NULL, -- a month, as pledged; nobody counts what is done
    key_hash TEXT NOT NULL,
    person_id TEXT NOT NULL, -- empty until active
    linked INTEGER NOT NULL CHECK (linked IN (0, 1)), -- the registry knew the person before: the key doesn't act for them
    reason TEXT NOT NULL, -- why refused
    entered_by TEXT NOT NULL, -- account of whoever entered it for them
    reported_at INTEGER NOT NULL,
    decided_at INTEGER NOT NULL,
    left_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX volunteer_village ON volunteer (village_id, state, reported_at, id);
CREATE INDEX volunteer_state ON volunteer (state, reported_at, id);
CREATE INDEX volunteer_person ON volunteer (person_id);

-- What people can do, as they say themselves.
CREATE TABLE person_skill (
    person_id TEXT NOT NULL,
    skill TEXT NOT NULL,
    unit_id TEXT NOT NULL, -- where they live, unless a post says where they count; may be empty
    PRIMARY KEY (person_id, skill)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_skill_skill ON person_skill (skill, person_id, unit_id);

-- +goose Down
DROP TABLE person_skill;
DROP TABLE volunteer;
DROP TABLE person_away;
DROP TABLE team_equipment;
DROP TABLE team_member;
DROP TABLE team;
