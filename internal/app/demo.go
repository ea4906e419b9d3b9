package app

import (
	"context"

	"bilin/internal/demo"
	"bilin/internal/find"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// BuildDemo fills an empty city with the demo city.
func (a *App) BuildDemo(ctx context.Context, o demo.Options) (demo.Made, error) {
	return demo.Build(ctx, demo.Services{
		DB: a.DB, Network: a.Network, Auth: a.Auth, Index: chunkIndex{a.Index}, Demand: a.demandAt, Catalog: a.Catalog, Now: a.Now,
	}, o)
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
