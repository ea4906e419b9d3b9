package auth_test

import (
	"fmt"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// Who guesses at many logins from one address is held back, harder and harder.
func TestGuessesAtManyLoginsFromOneAddress(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, c := setup(t, db)
		create(t, svc, "town", "official", auth.KindOfficial)
		guess := func(i int) error {
			_, err := svc.Login(t.Context(), fmt.Sprint("official-", i), "four yellow geese", auth.Origin{IP: "10.0.0.33"})
			return err
		}
		for i := range 40 {
			wantKind(t, guess(i), errs.Unauthenticated, "auth.wrong_login")
		}
		wantKind(t, guess(40), errs.TooMany, "")
		tries := 0
		for range 24 * 60 { // a day of one try a minute
			c.pass(time.Minute)
			if errs.KindOf(guess(1000+tries)) == errs.Unauthenticated {
				tries++
			}
		}
		if tries < 20 || tries > 160 {
			t.Errorf("%d guesses in a day", tries)
		}
		if _, err := svc.Login(t.Context(), "town", goodPassword, auth.Origin{IP: "10.0.0.34"}); err != nil {
			t.Errorf("another address: %v", err)
		}
	})
}

// A town hall shares an address. Its people who came in lately aren't held back
// by who guesses there, newcomers wait for a quarter of an hour at most, and
// mistyping day by day adds nothing up.
func TestATownHallIsNotLockedOut(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		svc, c := setup(t, db)
		create(t, svc, "town", "official", auth.KindOfficial)
		create(t, svc, "new", "both", auth.KindOfficial)
		hall := auth.Origin{IP: "10.0.0.1"}
		login := func(name, password string) error {
			_, err := svc.Login(t.Context(), name, password, hall)
			return err
		}
		for range 100 { // days in which some mistype
			for i := range 10 {
				_ = login(fmt.Sprint("colleague-", i), "four yellow geese")
				c.pass(20 * time.Minute)
			}
			if err := login("town", goodPassword); err != nil {
				t.Fatal(err)
			}
			c.pass(19 * time.Hour)
		}
		if err := login("new", goodPassword); err != nil {
			t.Errorf("locked out by weeks of mistyping: %v", err)
		}
		for i := range 60 {
			_ = login(fmt.Sprint("guess-", i), "four yellow geese")
			c.pass(31 * time.Second)
		}
		create(t, svc, "third", "idle", auth.KindOfficial)
		wantKind(t, login("third", goodPassword), errs.TooMany, "")
		if err := login("town", goodPassword); err != nil {
			t.Errorf("who comes in here every day: %v", err)
		}
		wantKind(t, login("third", goodPassword), errs.TooMany, "") // a right log-in lifts nothing of what others did
		c.pass(15*time.Minute + time.Second)
		if err := login("third", goodPassword); err != nil {
			t.Errorf("a newcomer after a quarter of an hour: %v", err)
		}
	})
}
