// Package doorcard draws the cards that hang beside a door: who this
// household's neighbour lead is, how to reach them, and the code that leads there.
package doorcard

import (
	"embed"
	"errors"
	"io"
	"io/fs"
	"strings"
	"sync"
	"time"

	"bilin/internal/errs"
	"bilin/internal/i18n"
)

//go:embed messages.json
var rawMessages []byte

// Messages are this package's words.
var Messages = i18n.MustParse(rawMessages)

//go:embed all:fonts
var fonts embed.FS

// fontFile is put there by assets/build.mjs and isn't committed.
const fontFile = "fonts/NotoSansSC_500Medium.ttf"

// MaxCards is how many cards one document holds.
const MaxCards = 3000

// Card is one card. It names no resident.
type Card struct {
	Path    string // town and village
	Cell    string // the cell's name, with its group's
	Lead    string // "" while the post is vacant
	Acting  bool   // Lead stands in
	Phone   string // only if the lead chose to show it
	Address string // of the household, so that the card finds its door; "" on a cell's card
	Code    string // the household's random code; "" on a cell's card
	URL     string // what the QR code says
}

// Printer draws cards in one font.
type Printer struct {
	font func() ([]byte, error)
	now  func() time.Time
}

// New returns a printer with the built-in font.
func New(now func() time.Time) *Printer {
	return &Printer{font: sync.OnceValues(builtIn), now: now}
}

func builtIn() ([]byte, error) {
	raw, err := fonts.ReadFile(fontFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errs.Wrap(err, errs.Unavailable, "doorcard.font_missing")
	}
	return raw, err
}

// T says a message in the reader's language.
type T func(key string, args ...any) string

// Write draws the cards, one A6 page each.
func (p *Printer) Write(w io.Writer, cards []Card, t T) error {
	switch {
	case len(cards) == 0:
		return errs.E(errs.NotFound, "doorcard.none")
	case len(cards) > MaxCards:
		return errs.E(errs.TooLarge, "doorcard.too_many", "max", MaxCards)
	}
	font, err := p.font()
	if err != nil {
		return err
	}
	sheet := newSheet(font, p.now(), t)
	for _, c := range cards {
		if err := sheet.add(c); err != nil {
			return err
		}
	}
	return sheet.pdf.Output(w)
}

// Grouped writes a code in groups that can be read aloud and typed: ABC-DEFG-HJK.
func Grouped(code string) string {
	if len(code) != 10 {
		return code
	}
	return code[:3] + "-" + code[3:7] + "-" + code[7:]
}

// printable replaces what the PDF's 16-bit font can't hold, such as a rare
// character of a name, by the mark printers use for a missing type.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r > 0xFFFF:
			return '〓'
		case r < ' ':
			return ' '
		}
		return r
	}, s)
}
