package app

import (
	"context"
	"fmt"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demand/board"
	"bilin/internal/demand/hotline"
	"bilin/internal/demo"
	"bilin/internal/find"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// BuildDemo fills an empty city with the demo city.
func (a *App) BuildDemo(ctx context.Context, o demo.Options) (demo.Made, error) {
	made, err := demo.Build(ctx, demo.Services{
		DB: a.DB, Network: a.Network, Auth: a.Auth, Index: chunkIndex{a.Index}, Demand: a.demandAt, Catalog: a.Catalog, Now: a.Now,
	}, o)
	if err != nil {
		return made, err
	}
	if _, err := a.Board.Fill(ctx, demoEntries, a.demoDecision); err != nil {
		return made, err
	}
	return made, a.demoOrders(ctx)
}

// demoEntries bounds the demo's public board.
const demoEntries = 20_000

// demoDecision publishes what was proposed over three days ago, but for a few
// that say too much about somebody.
func (a *App) demoDecision(e *board.Entry) board.Decided {
	switch {
	case a.Now().Sub(e.ProposedAt) < 3*24*time.Hour:
		return board.Decided{} // waits for the editor
	case len([]rune(e.Question))%13 == 0:
		return board.Decided{State: board.Declined, Reason: "只关系到一户人家，看得出是谁，不宜公开。", Editor: "system:demo", After: 20 * time.Hour}
	}
	return board.Decided{State: board.Published, Editor: "system:demo", After: 26 * time.Hour}
}

// demoOrders are work orders of the hotline that came in just now.
func (a *App) demoOrders(ctx context.Context) error {
	towns := a.Network.Tree().Units(network.Town)
	for i, text := range []string{
		"来电人反映农贸市场门口占道经营，早上车辆通行困难，希望规范摊位。",
		"来电人咨询老旧小区加装电梯的补贴标准和申请流程。",
		"来电人反映路口红绿灯夜间不亮，存在安全隐患。",
		"来电人反映工地夜间施工噪声扰民，已持续三天。",
		"来电人反映公交末班车时间调整后没有通知，希望公告。",
		"来电人不清楚事发地归属，反映河边有人倾倒建筑垃圾。",
	} {
		order := hotline.Order{No: fmt.Sprintf("DEMO-%05d", i+1), Text: text, Received: a.Now().Add(-time.Duration(i+1) * time.Hour)}
		if i < 5 && len(towns) > 0 {
			order.UnitCode = towns[i%len(towns)].Code
		}
		if _, err := a.Hotline.Take(ctx, auth.System("demo"), order); err != nil {
			return err
		}
	}
	return nil
}

// chunkIndex puts a chunk's new addresses into the search index.
type chunkIndex struct{ index *find.Index }

func (x chunkIndex) IndexChunk(ctx context.Context, tx *sqldb.Tx, c *network.Chunk) error {
	var places find.Gather
	for i := range c.Households {
		places.Put(c.Households[i].UnitID, c.Households[i].AddressKey)
	}
	return x.index.Add(ctx, tx, places.Places())
}
