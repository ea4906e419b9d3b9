package demand

import "bilin/internal/seal"

// Sealed are the columns that are sealed here, for a rotation of keys.
var Sealed = []seal.Field{
	{Table: "demand", Column: "contact", Key: []string{"id"}, Prefix: "demand/contact/", Subject: "household_id"},
	{Table: "demand", Column: "track", Key: []string{"id"}, Prefix: "demand/track/"},
	{Table: "demand_follow", Column: "contact", Key: []string{"id"}, Prefix: "demand/follow/"},
	{Table: "demand_photo", Column: "image", Key: []string{"id"}, Prefix: "demand/photo/", Big: true},
	{Table: "demand_photo", Column: "thumb", Key: []string{"id"}, Prefix: "demand/thumb/", Big: true},
}
