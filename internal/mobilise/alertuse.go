package mobilise

import (
	"context"

	"bilin/internal/auth"
	"bilin/internal/sqldb"
)

// AlertUse is what an order makes of the alert it was begun with.
type AlertUse struct {
	ID       string
	Drill    bool
	Proposed bool // now: whoever proposes may see the alert, and it still holds
	Issued   bool // now
}

func (s *Service) useAlert(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, o *Order, proposed bool) error {
	if o.AlertID == "" || s.o.UseAlert == nil {
		return nil
	}
	return s.o.UseAlert(ctx, tx, actor, AlertUse{ID: o.AlertID, Drill: o.IsDrill(), Proposed: proposed, Issued: o.State == Active})
}
