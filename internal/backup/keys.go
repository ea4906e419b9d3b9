package backup

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"bilin/internal/errs"
)

// workFactor makes guessing a passphrase cost about a second a try.
const workFactor = 18

// leastPassphrase characters: backups are copied to where we see nobody guess.
const leastPassphrase = 12

// Recipients are those who can open a backup: age1…, or whoever knows the passphrase.
func Recipients(names []string, passphrase string) ([]age.Recipient, error) {
	if passphrase != "" {
		if len(names) > 0 {
			return nil, errs.E(errs.Invalid, "backup.both")
		}
		if len([]rune(passphrase)) < leastPassphrase {
			return nil, errs.E(errs.Invalid, "backup.short_passphrase", "n", leastPassphrase)
		}
		r, err := age.NewScryptRecipient(passphrase)
		if err != nil {
			return nil, err
		}
		r.SetWorkFactor(workFactor)
		return []age.Recipient{r}, nil
	}
	if len(names) == 0 {
		return nil, errs.E(errs.Invalid, "backup.for_nobody")
	}
	var all []age.Recipient
	for _, name := range names {
		r, err := age.ParseRecipients(strings.NewReader(name))
		if err != nil {
			return nil, errs.Wrap(err, errs.Invalid, "backup.bad_recipient", "name", name)
		}
		all = append(all, r...)
	}
	return all, nil
}

// Identities are what opens a backup: files with AGE-SECRET-KEY-1… lines, or a passphrase.
func Identities(files []string, passphrase string) ([]age.Identity, error) {
	var all []age.Identity
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, errs.Wrap(err, errs.NotFound, "backup.no_identity", "file", name)
		}
		if err != nil {
			return nil, errs.Wrap(err, errs.Invalid, "backup.no_identity", "file", name)
		}
		ids, err := age.ParseIdentities(strings.NewReader(string(raw)))
		if err != nil {
			return nil, errs.Wrap(err, errs.Invalid, "backup.bad_identity", "file", name)
		}
		all = append(all, ids...)
	}
	if passphrase != "" {
		id, err := age.NewScryptIdentity(passphrase)
		if err != nil {
			return nil, err
		}
		all = append(all, id)
	}
	if len(all) == 0 {
		return nil, errs.E(errs.Invalid, "backup.no_key")
	}
	return all, nil
}

// NewIdentity writes a new key into a file of its own, for the owner only, and
// returns the recipient that goes with it.
func NewIdentity(name string) (recipient string, err error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return "", err
	}
	recipient = id.Recipient().String()
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return "", errs.Wrap(err, errs.Conflict, "backup.exists", "file", name)
	}
	if err != nil {
		return "", errs.Wrap(err, errs.Invalid, "backup.no_out", "file", name)
	}
	_, err = f.WriteString("# public key: " + recipient + "\n" + id.String() + "\n")
	return recipient, errors.Join(err, f.Sync(), f.Close(), syncDir(filepath.Dir(name)))
}
