package app

import (
	"bytes"
	"context"
	_ "embed"

	"bilin/internal/admission/duty"
	"bilin/internal/auth"
)

//go:embed demoduties.csv
var demoDutyTable []byte

// demoDuties imports the departments' duty lists as the city office does.
func (a *App) demoDuties(ctx context.Context) error {
	rows, err := duty.ReadTable(bytes.NewReader(demoDutyTable), int64(len(demoDutyTable)))
	if err != nil {
		return err
	}
	if err := a.Duties.Assign(ctx); err != nil {
		return err
	}
	_, err = a.Duties.ImportDuties(ctx, auth.System("demo"), duty.Import{Key: "demo", Rows: rows})
	return err
}
