package seal

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"

	"bilin/internal/sqldb"
)

// Missing is a key of the city that isn't there, though texts were sealed with it.
type Missing struct {
	ID    uint32
	Texts int
}

// Missing counts the texts of all fields that no key of the city opens, by the
// key that sealed them.
func (r *Rotator) Missing(ctx context.Context) ([]Missing, error) {
	return r.missing(ctx, func(f *Field) string { return f.Table })
}

// latest rows of each field are looked at when a city starts.
const latest = 200

// MissingLately is Missing for each field's latest rows, which takes no time:
// older keys than the data's show there first.
func (r *Rotator) MissingLately(ctx context.Context) ([]Missing, error) {
	return r.missing(ctx, func(f *Field) string {
		backwards := ""
		for i, k := range f.Key {
			if i > 0 {
				backwards += ", "
			}
			backwards += k + " DESC"
		}
		return fmt.Sprintf(`(SELECT %s FROM %s ORDER BY %s LIMIT %d) late`, f.Column, f.Table, backwards, latest)
	})
}

func (r *Rotator) missing(ctx context.Context, from func(*Field) string) (out []Missing, err error) {
	known := r.o.Keys.keys().field.known
	for i := range r.o.Fields {
		f := &r.o.Fields[i]
		found, err := f.byKey(ctx, r.o.DB.Reader(), from(f))
		if err != nil {
			return nil, fmt.Errorf("seal: %s: %w", f.Table, err)
		}
		for _, m := range found {
			if known[m.ID] {
				continue
			}
			at := slices.IndexFunc(out, func(o Missing) bool { return o.ID == m.ID })
			if at < 0 {
				out = append(out, m)
			} else {
				out[at].Texts += m.Texts
			}
		}
	}
	return out, nil
}

// byKey counts a field's texts by the key of the city that sealed them.
func (f *Field) byKey(ctx context.Context, q sqldb.Querier, from string) ([]Missing, error) {
	const chars = "8" // of a text, that hold its key's whole number
	rows, err := q.QueryContext(ctx, `SELECT min(substr(`+f.Column+`, 1, `+chars+`)), count(*) FROM `+from+`
		WHERE `+f.Column+` IS NOT NULL AND `+f.Column+` <> '' AND substr(`+f.Column+`, 1, 2) < '`+vaulted+`' GROUP BY substr(`+f.Column+`, 1, `+fmt.Sprint(freshChars)+`)`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Missing
	for rows.Next() {
		var text string
		var m Missing
		if err := rows.Scan(&text, &m.Texts); err != nil {
			return nil, err
		}
		raw, err := base64.RawStdEncoding.DecodeString(text)
		if err != nil {
			continue // not a sealed text; whoever opens it is told
		}
		if id, ok := keyNumber(raw); ok {
			m.ID = id
			out = append(out, m)
		}
	}
	return out, rows.Err()
}
