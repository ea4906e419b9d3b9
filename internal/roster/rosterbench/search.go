package rosterbench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"bilin/internal/auth"
)

// Latency is how long questions took.
type Latency struct {
	Questions     int
	P50, P99, Max time.Duration
	Slowest       string
	Missed        int // addresses whose cell wasn't the first answer
}

// Search asks questions as people do, publicly and in the officials' search
// box: whole addresses, half ones, some with a slip, names, initials, codes.
func (c *City) Search(ctx context.Context, n int) (public, official Latency, err error) {
	questions, cells, err := c.questions(ctx, n)
	if err != nil {
		return public, official, err
	}
	public, err = measure(questions, func(i int, q string) (bool, error) {
		answers, err := c.Find.PublicFind(ctx, q)
		return cells[i] != "" && (len(answers) == 0 || answers[0].UnitID != cells[i]), err
	})
	if err != nil {
		return public, official, err
	}
	official, err = measure(questions, func(_ int, q string) (bool, error) {
		_, err := c.Find.Search(ctx, auth.System("bench"), q, 20)
		return false, err
	})
	return public, official, err
}

func measure(questions []string, ask func(i int, q string) (missed bool, err error)) (Latency, error) {
	l := Latency{Questions: len(questions)}
	took := make([]time.Duration, len(questions))
	for i, q := range questions {
		begin := time.Now()
		missed, err := ask(i, q)
		if err != nil {
			return l, err
		}
		if took[i] = time.Since(begin); took[i] > l.Max {
			l.Max, l.Slowest = took[i], q
		}
		if missed {
			l.Missed++
		}
	}
	slices.Sort(took)
	l.P50, l.P99 = took[len(took)/2], took[len(took)*99/100]
	return l, nil
}

// questions draws households and asks for them; the cell is "" where the
// question leaves it open.
func (c *City) questions(ctx context.Context, n int) (questions, cells []string, err error) {
	rows, err := read(ctx, c.DB, `SELECT unit_id, address_key FROM household ORDER BY door LIMIT `+fmt.Sprint(n), 2)
	if err != nil {
		return nil, nil, err
	}
	r, tree := rand.New(rand.NewPCG(5, 6)), c.Net.Tree()
	for i, row := range rows {
		id, key := fmt.Sprint(row[0]), fmt.Sprint(row[1])
		u := tree.ByID(id)
		path := tree.Path(u)
		town, village := path[1].Name, path[2].Name
		cell := ""
		var q string
		switch i % 8 {
		case 0, 1:
			q, cell = town+village+key, id
		case 2:
			q, cell = village+" "+key, ""
		case 3:
			q = key
		case 4:
			k := []rune(key)
			q = town + village + string(slices.Delete(k, 1, 2))
		case 5:
			q = string([]rune(key)[:2])
		case 6:
			q = village
		case 7:
			q = u.Code[:4+r.IntN(14)]
		}
		questions, cells = append(questions, q), append(cells, cell)
	}
	return questions, cells, nil
}
