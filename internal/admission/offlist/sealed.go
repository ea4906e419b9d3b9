package offlist

import "bilin/internal/seal"

// Sealed are the columns that are sealed here, for a rotation of keys.
var Sealed = []seal.Field{
	{Table: "offlist", Column: "reporter", Key: []string{"id"}, Prefix: "offlist/reporter/"},
}
