package pull

import "bilin/internal/seal"

// Sealed are the columns that are sealed here, for a rotation of keys.
var Sealed = []seal.Field{
	{Table: "outcome_pull", Column: "secret", Key: []string{"id"}, Prefix: "outcome_pull/secret/"},
}
