package roster

import "bilin/internal/seal"

// Sealed are the columns that are sealed here, for a rotation of keys.
var Sealed = []seal.Field{
	{Table: "roster_run", Column: "issues", Key: []string{"id"}, Prefix: "roster_run/issues/", Big: true},
	{Table: "roster_file", Column: "data", Key: []string{"run_id", "part"}, Prefix: "roster_file/data/", Big: true},
}
