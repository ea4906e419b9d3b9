package pull

import (
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"bilin/internal/errs"
)

// check judges a source before it is asked anything, and mends its words.
func (s Source) check() (Source, error) {
	bad := errs.E(errs.Invalid, "outcome.invalid")
	s.Address, s.User, s.Query = strings.TrimSpace(s.Address), strings.TrimSpace(s.User), strings.TrimSpace(s.Query)
	for _, f := range []struct {
		name, text string
		most       int
		needed     bool
	}{{"address", s.Address, MaxAddress, true}, {"user", s.User, MaxUser, s.Kind == Postgres || s.Kind == MySQL}, {"secret", s.Secret, MaxSecret, false}, {"query", s.Query, MaxQuery, s.Kind != HTTP}} {
		switch n := utf8.RuneCountInString(f.text); {
		case n == 0 && f.needed:
			bad = bad.WithField(f.name, "outcome.missing")
		case n > f.most:
			bad = bad.WithField(f.name, "outcome.too_long", "max", f.most)
		case !utf8.ValidString(f.text) || strings.ContainsAny(f.text, "\x00"):
			bad = bad.WithField(f.name, "outcome.pull.bad_text")
		}
	}
	if s.Hours < 1 || s.Hours > MaxHours {
		bad = bad.WithField("hours", "outcome.pull.bad_hours", "max", MaxHours)
	}
	if len(bad.Fields) == 0 {
		bad = s.checkAddress(bad)
	}
	if s.Kind != HTTP && s.Query != "" && !onlyReads(s.Query) {
		bad = bad.WithField("query", "outcome.pull.not_select")
	}
	if len(bad.Fields) > 0 {
		return s, bad
	}
	return s, nil
}

func (s Source) checkAddress(bad *errs.Error) *errs.Error {
	switch s.Kind {
	case HTTP:
		u, err := url.Parse(s.Address)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return bad.WithField("address", "outcome.pull.bad_url")
		}
		if u.User != nil {
			return bad.WithField("address", "outcome.pull.no_user")
		}
	case Postgres, MySQL:
		if _, err := s.place(); err != nil {
			return bad.WithField("address", errs.CodeOf(err), errs.As(err).Args...)
		}
	case SQLite:
		if !filepath.IsLocal(s.Address) || strings.ContainsAny(s.Address, "?#%\\") {
			return bad.WithField("address", "outcome.pull.bad_file")
		}
	default:
		return bad.WithField("kind", "outcome.missing")
	}
	return bad
}

// place is where a database is.
type place struct {
	host     string
	port     uint16
	database string
}

func (p place) hostPort() string { return p.host + ":" + strconv.Itoa(int(p.port)) }

var ports = map[Kind]uint16{Postgres: 5432, MySQL: 3306}

// place reads a database's address. It names host, port and database and nothing
// else: a parameter could lead elsewhere.
func (s Source) place() (place, error) {
	u, err := url.Parse(s.Address)
	scheme := strings.Replace(strings.ToLower(strings.TrimSpace(schemeOf(u))), "postgresql", "postgres", 1)
	if err != nil || scheme != string(s.Kind) || u.Hostname() == "" || strings.Contains(u.Hostname(), ":") {
		return place{}, errs.E(errs.Invalid, "outcome.pull.bad_database", "kind", string(s.Kind))
	}
	if u.User != nil {
		return place{}, errs.E(errs.Invalid, "outcome.pull.no_user")
	}
	p := place{host: strings.ToLower(u.Hostname()), port: ports[s.Kind], database: strings.Trim(u.Path, "/")}
	if u.Port() != "" {
		port, err := strconv.ParseUint(u.Port(), 10, 16)
		if err != nil {
			return p, errs.E(errs.Invalid, "outcome.pull.bad_database", "kind", string(s.Kind))
		}
		p.port = uint16(port)
	}
	if u.RawQuery != "" || u.Fragment != "" || p.database == "" || strings.Contains(p.database, "/") {
		return p, errs.E(errs.Invalid, "outcome.pull.bad_database", "kind", string(s.Kind))
	}
	return p, nil
}

func schemeOf(u *url.URL) string {
	if u == nil {
		return ""
	}
	return u.Scheme
}

var (
	reads  = regexp.MustCompile(`(?i)^(select|with)\b`)
	writes = regexp.MustCompile(`(?i)\b(insert|update|delete|merge|replace\s+into|drop|alter|create|attach|detach|vacuum|pragma|call|exec|execute|grant|copy|load_file|outfile|dumpfile|pg_read_file|pg_sleep|sleep|benchmark|load_extension)\b`)
)

// differently are signs by which one database begins a text, a name or a note
// where another doesn't.
const differently = "`[$\\#@:"

// onlyReads reports whether a query is a single SELECT. It spares mistakes a way
// to the database; what holds is that the transaction is read-only, that a SQLite
// file can open no other, and that the database's user should be allowed nothing
// else.
func onlyReads(query string) bool {
	query = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(query), ";"))
	if strings.Contains(query, ";") && strings.ContainsAny(query, differently) {
		return false
	}
	bare := strings.TrimSpace(withoutTexts(query))
	return reads.MatchString(bare) && !strings.Contains(bare, ";") && !writes.MatchString(bare)
}

// withoutTexts is a query without its texts, quoted names and notes, read from
// the left as a database does: quotes in a note begin no text, and dashes in a
// text no note.
func withoutTexts(query string) string {
	var b strings.Builder
	for query != "" {
		end := ""
		switch {
		case strings.HasPrefix(query, "--"):
			end = "\n"
		case strings.HasPrefix(query, "/*"):
			end = "*/"
		case strings.ContainsRune("'\"`", rune(query[0])):
			end = query[:1]
		default:
			b.WriteByte(query[0])
			query = query[1:]
			continue
		}
		b.WriteByte(' ')
		_, query, _ = strings.Cut(query[len(end):], end) // a doubled quote is two texts side by side
	}
	return b.String()
}

// shown is an address without what may be secret in it.
func (s Source) shown() string {
	if s.Kind != HTTP {
		return s.Address
	}
	u, err := url.Parse(s.Address)
	if err != nil {
		return ""
	}
	u.RawQuery, u.Fragment = "", ""
	return u.String()
}
