package push

import "bilin/internal/seal"

// Sealed are the columns that are sealed here, for a rotation of keys.
var Sealed = []seal.Field{
	{Table: "push_subscription", Column: "sealed", Key: []string{"id"}, Prefix: "push_subscription/sealed/"},
}
