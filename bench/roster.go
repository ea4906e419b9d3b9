package bench

import (
	"context"
	"fmt"

	"bilin/internal/roster/rosterbench"
)

// wholeCity is how many households there are at scale 1.
const wholeCity = 468_178

// measureImport imports a roster and inserts the same rows with nothing around
// them, each into a database of its own.
func measureImport(ctx context.Context, r *run) ([]Row, error) {
	dir, err := r.sub("import")
	if err != nil {
		return nil, err
	}
	bench := rosterbench.Bench{Dir: dir, Households: int(wholeCity * r.Scale), Once: true}
	result, err := bench.Run(ctx)
	if err != nil {
		return nil, err
	}
	ours, bare := float64(result.Rows)/result.Import.Seconds(), float64(result.Rows)/result.Bare.Seconds()
	return []Row{{
		Work:     fmt.Sprintf("import of %d households from CSV, validated", result.Rows),
		Measured: fmt.Sprintf("%s (%.1f s)", rate(ours), result.Import.Seconds()),
		Bare:     fmt.Sprintf("%s: bulk insert, same indexes", rate(bare)),
		Ratio:    percent(ours / bare), Budget: "≥ 50%", Met: ours >= bare/2,
	}}, nil
}
