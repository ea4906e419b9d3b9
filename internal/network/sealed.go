package network

import "bilin/internal/seal"

// Sealed are the columns that are sealed here, for a rotation of keys.
var Sealed = []seal.Field{
	{Table: "person", Column: "phone", Key: []string{"id"}, Prefix: "person/phone/"},
	{Table: "selection", Column: "phone", Key: []string{"id"}, Prefix: "selection/phone/"},
	{Table: "household", Column: "phone", Key: []string{"id"}, Prefix: "household/phone/", Subject: "'" + numberPrefix + "' || id"},
}
