package config

import (
	"fmt"
	"strings"
	"time"

	"bilin/internal/errs"
)

// Backups are those that the server makes by itself, and whom backups are for.
type Backups struct {
	BackupDir        string        // where they go; empty: none are made by the server
	BackupRecipients []string      // age1…, who can open them
	BackupKeep       int           // how many of the server's own are kept
	BackupEvery      time.Duration // how often
}

// What suits a city that says nothing: two weeks of days.
const (
	backupKeep  = 14
	backupEvery = 24 * time.Hour
	// leastBackup apart: one that takes a minute should not follow the other.
	leastBackup = 5 * time.Minute
	mostKept    = 10_000
)

func backupSettings() []setting {
	return []setting{
		{"backup-dir", text(func(c *Config) *string { return &c.BackupDir })},
		{"backup-recipient", setRecipients},
		{"backup-keep", whole(func(c *Config) *int { return &c.BackupKeep }, mostKept)},
		{"backup-every", setBackupEvery},
	}
}

// setRecipients reads age recipients, separated by commas or spaces.
func setRecipients(c *Config, v string) error {
	c.BackupRecipients = nil // a stronger setting replaces a weaker one
	for _, r := range strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' }) {
		if !strings.HasPrefix(r, "age1") {
			return fmt.Errorf("want age1…")
		}
		c.BackupRecipients = append(c.BackupRecipients, r)
	}
	return nil
}

func setBackupEvery(c *Config, v string) error {
	d, err := time.ParseDuration(v)
	if err != nil || d < leastBackup {
		return fmt.Errorf("want a time such as 24h, at least %v", leastBackup)
	}
	c.BackupEvery = d
	return nil
}

// checkBackups: what the server makes by itself nobody types a passphrase for.
func (c Config) checkBackups() error {
	if c.BackupDir != "" && len(c.BackupRecipients) == 0 {
		return errs.E(errs.Invalid, "config.no_recipient")
	}
	return nil
}
