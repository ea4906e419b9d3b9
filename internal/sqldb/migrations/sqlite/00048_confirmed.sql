-- +goose Up
-- Since when somebody other than who made an account has said that it is its
-- owner's. Until then it vouches for nobody. What was there before first
-- log-ins were kept, and what the command line made, counts as known.
ALTER TABLE account ADD COLUMN confirmed_at INTEGER;

UPDATE account SET confirmed_at = created_at
WHERE id NOT IN (SELECT account_id FROM first_login WHERE outcome <> 'theirs' AND substr(made_by, 1, 7) <> 'system:');

-- The authenticator of a new telephone; the old one counts until a first code
-- of it was right.
ALTER TABLE totp ADD COLUMN next_secret TEXT; -- sealed; NULL while none is set up

-- +goose Down
ALTER TABLE totp DROP COLUMN next_secret;

ALTER TABLE account DROP COLUMN confirmed_at;
