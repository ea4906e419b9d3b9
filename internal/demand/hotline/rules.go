package hotline

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"bilin/internal/demand"
	"bilin/internal/errs"
)

// Limits of an order.
const (
	MaxNo    = 64  // characters of an order's number
	MaxTitle = 200 // characters
)

// ahead is how far the hotline's clock may be before ours.
const ahead = 24 * time.Hour

// clean brings an order into the form in which it is stored, and names
// everything in it that can't be. Nothing is cut short in silence.
func (o Order) clean(now time.Time) (Order, error) {
	bad := errs.E(errs.Invalid, "hotline.check")
	o.No, o.Title, o.Text = strings.TrimSpace(o.No), demand.Clean(o.Title), demand.Clean(o.Text)
	o.UnitCode, o.Category = strings.TrimSpace(o.UnitCode), strings.TrimSpace(o.Category)
	switch {
	case o.No == "":
		bad.WithField("order", "hotline.order_missing")
	case len(o.No) > MaxNo || strings.ContainsFunc(o.No, oddInNo):
		bad.WithField("order", "hotline.order_bad", "max", MaxNo)
	}
	if utf8.RuneCountInString(o.Title) > MaxTitle {
		bad.WithField("title", "hotline.title_long", "max", MaxTitle)
	}
	if !strings.HasPrefix(o.Text, o.Title) {
		o.Text = strings.TrimSpace(o.Title + "\n" + o.Text)
	}
	switch {
	case o.Text == "":
		bad.WithField("text", "hotline.text_missing")
	case utf8.RuneCountInString(o.Text) > demand.MaxText:
		bad.WithField("text", "hotline.text_long", "max", demand.MaxText)
	}
	if o.Kind == "" {
		o.Kind = demand.Report
	}
	if !slices.Contains(demand.Kinds(), o.Kind) {
		bad.WithField("kind", "hotline.kind_bad")
	}
	if o.Received.IsZero() {
		o.Received = now
	}
	if o.Received.After(now.Add(ahead)) {
		bad.WithField("received", "hotline.received_ahead")
	}
	if utf8.RuneCountInString(o.Contact) > demand.MaxContact {
		bad.WithField("contact", "hotline.contact_long", "max", demand.MaxContact)
	}
	if utf8.RuneCountInString(o.Place) > demand.MaxPlace {
		bad.WithField("place", "hotline.place_long", "max", demand.MaxPlace)
	}
	if !(o.Lon >= -180 && o.Lon <= 180 && o.Lat >= -90 && o.Lat <= 90) { // NaN too
		bad.WithField("lon", "hotline.point_bad")
	}
	if len(bad.Fields) > 0 {
		return o, bad
	}
	return o, nil
}

// oddInNo reports whether no order number has such a character.
func oddInNo(r rune) bool {
	plain := r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
	return !plain && !strings.ContainsRune("-_./", r)
}

// digest is what two sendings of one order are compared by: their words,
// whatever the spaces between them.
func (o Order) digest() string {
	sum := sha256.Sum256([]byte(strings.Join(strings.Fields(o.Text), "")))
	return hex.EncodeToString(sum[:])
}

// goesBack are the steps that the hotline hears of. What only concerns the
// handling within the network isn't among them, nor are the resident's own
// words: the hotline hears that they spoke by the state.
var goesBack = []demand.Step{
	demand.StepAssigned, demand.StepAccepted, demand.StepAnswered, demand.StepAdopted, demand.StepAsked, demand.StepResumed,
	demand.StepResolved, demand.StepConfirmed, demand.StepReopened, demand.StepWithdrawn, demand.StepLapsed,
	demand.StepTaken, demand.StepDecided, demand.StepOverdue, demand.StepAgreed, demand.StepMerged, demand.StepSplit,
}

// tells reports whether an entry goes back to the hotline.
func tells(e demand.Event) bool {
	return !e.Internal && slices.Contains(goesBack, e.Step)
}

// wordsOf is the text of an entry as the hotline gets it.
func wordsOf(e demand.Event) string {
	if e.Side == demand.Resident {
		return ""
	}
	return e.Text
}
