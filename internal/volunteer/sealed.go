package volunteer

import "bilin/internal/seal"

// Sealed are the columns that are sealed here, for a rotation of keys.
var Sealed = []seal.Field{
	{Table: "volunteer", Column: "phone", Key: []string{"id"}, Prefix: "volunteer/phone/"},
}
