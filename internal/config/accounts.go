package config

import (
	"fmt"
	"strconv"
	"time"
)

// Accounts are the rules of log-ins.
type Accounts struct {
	SecondFactorAfter int // days from the first log-in on that an official may go without a second factor
}

const (
	defaultFactorDays = 7
	maxFactorDays     = 90
)

func accountSettings() []setting {
	return []setting{{"second-factor-after", setFactorDays}}
}

func setFactorDays(c *Config, v string) error {
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 || n > maxFactorDays {
		return fmt.Errorf("want a whole number of days from 0 to %d", maxFactorDays)
	}
	c.SecondFactorAfter = n
	return nil
}

// Grace is how long an official may go without a second factor; below 0, not at all.
func (a Accounts) Grace() time.Duration {
	if a.SecondFactorAfter == 0 {
		return -1
	}
	return time.Duration(a.SecondFactorAfter) * 24 * time.Hour
}
