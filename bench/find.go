package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"time"

	"bilin/internal/app"
	"bilin/internal/network"
)

const (
	findBudget    = 50 * time.Millisecond
	findQuestions = 2000
)

// measureFind asks what people ask, of the public search and of the officials'
// search box, one question after the other.
func measureFind(ctx context.Context, r *run) (rows []Row, err error) {
	dir, err := r.city(ctx, "city")
	if err != nil {
		return nil, err
	}
	a, err := r.open(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Close(context.WithoutCancel(ctx))) }()
	questions, doors, err := questions(ctx, a)
	if err != nil {
		return nil, err
	}
	srv, err := a.Server()
	if err != nil {
		return nil, err
	}
	at, err := serve(srv.Handler())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, at.close()) }()
	cookie, err := cookieOf(a, "city")
	if err != nil {
		return nil, err
	}
	bare, err := bareLookups(ctx, a, doors)
	if err != nil {
		return nil, err
	}
	for _, kind := range []struct{ work, path, cookie string }{
		{"find your lead (API)", "/api/v1/find?q=", ""},
		{"search box of an official", "/network/search?q=", cookie},
	} {
		row, err := r.askAll(ctx, at, kind.path, kind.cookie, questions)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", kind.path, err)
		}
		row.Work, row.Bare = kind.work, "p99 "+millis(bare)+": a door by its index"
		rows = append(rows, row)
	}
	return rows, nil
}

func (r *run) askAll(ctx context.Context, at *site, path, cookie string, questions []string) (Row, error) {
	requests := make([]string, len(questions))
	for i, q := range questions {
		requests[i] = get(path+url.QueryEscape(q), cookie)
	}
	l := load{Addr: at.addr, Requests: requests, Conns: 1, For: 4 * r.Round, Most: len(requests), Want: http.StatusOK}
	at.took()
	if _, err := send(ctx, l); err != nil {
		return Row{}, err
	}
	each := at.took()
	if len(each) == 0 {
		return Row{}, errors.New("no questions were answered")
	}
	p99 := percentile(each, 99)
	slowest := 0
	for i := range each {
		if each[i] > each[slowest] {
			slowest = i
		}
	}
	r.say("  %s slowest %q: %s", path, questions[slowest], millis(each[slowest]))
	return Row{
		Measured: fmt.Sprintf("p99 %s, median %s, of %d questions", millis(p99), millis(percentile(each, 50)), len(each)),
		Ratio:    "—", Budget: "p99 < 50 ms", Met: p99 < findBudget,
	}, nil
}

// questions are about households all over the city: whole addresses and half
// ones, with the village or without, a slip, a name's beginning, codes.
func questions(ctx context.Context, a *app.App) (questions, doors []string, err error) {
	rows, err := a.DB.Reader().QueryContext(ctx,
		`SELECT unit_id, address, address_key, door FROM household ORDER BY door LIMIT $1`, findQuestions)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	dice, tree := rand.New(rand.NewPCG(5, 6)), a.Network.Tree() //nolint:gosec // the same questions each time
	for rows.Next() {
		var unit, address, key, door string
		if err := rows.Scan(&unit, &address, &key, &door); err != nil {
			return nil, nil, err
		}
		doors = append(doors, door)
		questions = append(questions, question(dice, tree, tree.ByID(unit), address, key, door))
	}
	return questions, doors, rows.Err()
}

func question(dice *rand.Rand, tree *network.Tree, cell *network.Unit, address, key, door string) string {
	path := tree.Path(cell)
	town, village := path[1].Name, path[2].Name
	runes := []rune(key)
	switch dice.IntN(10) {
	case 0:
		return address
	case 1:
		return town + village + key
	case 2:
		return village + " " + key
	case 3:
		return key
	case 4: // a slip
		i := dice.IntN(len(runes))
		return town + string(slices.Delete(runes, i, i+1))
	case 5: // as one types
		return string(runes[:min(len(runes), 2+dice.IntN(3))])
	case 6:
		return string([]rune(village)[:2])
	case 7:
		return cell.Code[:12+dice.IntN(len(cell.Code)-11)]
	case 8:
		return door
	}
	return path[len(path)-2].Name + string(runes)
}

// bareLookups is how long one row by an index takes, without anything around it.
func bareLookups(ctx context.Context, a *app.App, doors []string) (time.Duration, error) {
	each := make([]time.Duration, 0, len(doors))
	for _, door := range doors {
		begin := time.Now()
		var unit string
		if err := a.DB.Reader().QueryRowContext(ctx, `SELECT unit_id FROM household WHERE door = $1`, door).Scan(&unit); err != nil {
			return 0, err
		}
		each = append(each, time.Since(begin))
	}
	return percentile(each, 99), nil
}
