package backup

import "maps"

// leftOut are the tables whose rows a backup leaves out, and why. Whatever else
// the schema has is in it, so a new table is backed up without being named here.
//
// Also left out, because they are files or a schema of their own: the keys of
// sealed fields and of subjects (DATA/keys, or the schema …_keys), since a
// backup that could open what was erased would undo the erasure; and the signing
// key of the audit record (DATA/audit/key), since who holds backups must not be
// able to write another past. Both are kept apart; docs/operations.md says how.
var leftOut = map[string]string{
	"session":         "a session that was ended since would be alive again; people log in anew",
	"link":            "a log-in link that was used since would work again",
	"token":           "a program's token that was revoked since would work again; administrators make new ones",
	"ceremony":        "the second step of a log-in that was taken since could be taken again",
	"privacy_code":    "a household's code that was used or replaced since would work again; the village hands out another",
	"privacy_session": "whoever left would be let in again; a household shows anew that it is itself",
	"login_try":       "counts of wrong passwords: who was locked out then is not now",
	"push_subscription": "a browser that was unsubscribed since would get messages again; " +
		"each subscribes anew at its next visit",
}

// LeftOut are the tables whose rows a backup leaves out, with the reasons.
func LeftOut() map[string]string { return maps.Clone(leftOut) }
