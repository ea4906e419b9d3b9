package rosterbench

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"

	"bilin/internal/auth"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

const (
	towns    = 29
	villages = 278
)

// Place is a village to fill.
type Place struct{ Code, Town, Name string }

var syllables = []rune("金银铜铁石木水火土山河湖塘湾冲坝桥路花草竹松梅兰菊桃李杏枫樟杉白青黄红黑大小上下东西南北新老龙凤虎马牛羊")

func name(r *rand.Rand, n int) string {
	b := make([]rune, n)
	for i := range b {
		b[i] = syllables[r.IntN(len(syllables))]
	}
	return string(b)
}

// Build enters a city of 29 towns and 278 villages.
func (c *City) Build(ctx context.Context) ([]Place, error) {
	r := rand.New(rand.NewPCG(1, 2))
	var chunk network.Chunk
	add := func(code, name, parent string, level network.Level) string {
		id := sqldb.NewID()
		chunk.Units = append(chunk.Units, network.NewUnit{ID: id, Code: code, Name: name, ParentID: parent, Level: level})
		return id
	}
	city := add("430182000000", "宁乡市", "", network.City)
	var places []Place
	for t := range towns {
		townName := name(r, 2) + "镇"
		town := add(fmt.Sprintf("430182%03d000", t+1), townName, city, network.Town)
		for v := t; v < villages; v += towns {
			p := Place{Code: fmt.Sprintf("430182%03d%03d", t+1, 200+v/towns), Town: townName, Name: name(r, 2) + "村"}
			add(p.Code, p.Name, town, network.Village)
			places = append(places, p)
		}
	}
	if err := c.Net.ImportChunk(ctx, auth.System("bench"), chunk); err != nil {
		return nil, err
	}
	return places, c.Net.Refresh(ctx)
}

// WriteRoster writes a roster of the villages: cells of 11 households, groups
// of 5 cells, areas of 5 groups, as a city has them.
func WriteRoster(w io.Writer, places []Place, households int) error {
	r := rand.New(rand.NewPCG(3, 4))
	phone := func() string { return fmt.Sprintf("129%08d", r.IntN(1e8)) }
	person := func() string { return name(r, 3) }
	if _, err := fmt.Fprintln(w, "村代码,镇街,村社区,片,组,邻,片长,片长电话,组长,组长电话,邻长,邻长电话,联片干部,联片干部电话,联组干部,联组干部电话,户编号,户主,联系电话,地址,人数"); err != nil {
		return err
	}
	for i, p := range places {
		var area, group, lead, official, stem string
		for h := range households*(i+1)/len(places) - households*i/len(places) {
			cell := h / 11
			if h%(11*25) == 0 {
				area, official = person()+","+phone(), person()+","+phone()
			}
			if h%(11*5) == 0 {
				group, stem = person()+","+phone(), name(r, 2)+"湾"
			}
			if h%11 == 0 {
				lead = person() + "," + phone()
			}
			_, err := fmt.Fprintf(w, "%s,%s,%s,第%d片,第%d组,%d邻,%s,%s,%s,%s,,,%05d,%s,%s,%s%s%s%d号,%d\n",
				p.Code, p.Town, p.Name, cell/25+1, cell%25/5+1, cell%5+1, area, group, lead, official,
				h+1, person(), phone(), p.Town, p.Name, stem, h%(11*5)+1, r.IntN(6)+1)
			if err != nil {
				return err
			}
		}
	}
	return nil
}
