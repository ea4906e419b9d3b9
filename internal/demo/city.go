// Package demo builds the demo city: Ningxiang's public facts at true scale,
// filled with synthetic units, people and households that belong to nobody.
package demo

import (
	"embed"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"bilin/internal/network"
)

//go:embed data
var files embed.FS

// The city's published totals at scale 1, see data/SOURCES.md. The number of
// leads is "about 42,000"; it follows from the cells that the plan makes.
const (
	cityHouseholds      = 468_178
	cityResidents       = 1_263_332
	cityCells           = 42_000
	cityLinkedOfficials = 2_946
)

// place is a town or village as the statistics bureau lists it.
type place struct {
	Code, Name, ParentCode string
	Level                  network.Level
	Urban                  bool
	Population             float64 // of a town; an estimate where none is published
}

// divisions reads the city, its towns and its villages, parents first.
func divisions() ([]place, error) {
	populations, err := townPopulations()
	if err != nil {
		return nil, err
	}
	levels := map[string]network.Level{"county": network.City, "township": network.Town, "village": network.Village}
	var out []place
	err = eachRecord("data/ningxiang_divisions.csv", func(rec map[string]string) error {
		level, ok := levels[rec["level"]]
		if !ok {
			return fmt.Errorf("level %q", rec["level"])
		}
		p := place{Code: rec["code"], Name: shortName(rec["name"]), Level: level}
		if level != network.City {
			p.ParentCode = rec["parent_code"]
		}
		p.Urban = strings.Contains(rec["name"], "社区") || strings.Contains(rec["name"], "街道")
		if p.Population = populations[p.Code]; p.Population == 0 {
			p.Population = 34_000
		}
		out = append(out, p)
		return nil
	})
	return out, err
}

// shortName drops the committee from a village's name: people say 文中社区, not
// 文中社区居委会.
func shortName(name string) string {
	for _, tail := range []struct{ committee, kind string }{
		{"居民委员会", "社区"}, {"居委会", "社区"},
		{"村民委员会", "村"}, {"村民委委会", "村"}, {"村委会", "村"},
	} {
		head, ok := strings.CutSuffix(name, tail.committee)
		if !ok {
			continue
		}
		if strings.HasSuffix(head, "社区") || strings.HasSuffix(head, "村") {
			return head
		}
		return head + tail.kind
	}
	return name
}

// townPopulations reads what is published of the towns. Four central
// subdistricts hold most of the urban population and publish none of their own.
func townPopulations() (map[string]float64, error) {
	out := map[string]float64{
		"430182001000": 190_000, "430182002000": 110_000, "430182003000": 120_000, "430182004000": 95_000,
	}
	err := eachRecord("data/ningxiang_township_points.csv", func(rec map[string]string) error {
		n, err := strconv.ParseFloat(rec["population"], 64)
		if err == nil && out[rec["code"]] == 0 {
			out[rec["code"]] = n
		}
		return nil
	})
	return out, err
}

// eachRecord calls fn for each line of an embedded CSV file, by column name.
func eachRecord(name string, fn func(map[string]string) error) error {
	f, err := files.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	r := csv.NewReader(f)
	header, err := r.Read()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for {
		line, err := r.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		rec := make(map[string]string, len(header))
		for i, col := range header {
			rec[col] = line[i]
		}
		if err := fn(rec); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
}

var departments = []struct{ Code, Name string }{
	{"GA", "市公安局"}, {"MZ", "市民政局"}, {"RS", "市人力资源和社会保障局"}, {"WJ", "市卫生健康局"},
	{"JY", "市教育局"}, {"ZJ", "市住房和城乡建设局"}, {"CG", "市城市管理和综合执法局"}, {"NY", "市农业农村局"},
	{"SL", "市水利局"}, {"JT", "市交通运输局"}, {"YJ", "市应急管理局"}, {"SC", "市市场监督管理局"},
	{"HB", "市生态环境分局"}, {"DL", "市供电服务办公室"},
}
