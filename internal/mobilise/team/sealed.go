package team

import "bilin/internal/seal"

// Sealed are the columns that are sealed here, for a rotation of keys.
var Sealed = []seal.Field{
	{Table: "team", Column: "channel", Key: []string{"id"}, Prefix: "team/channel/"},
}
