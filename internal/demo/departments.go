package demo

import (
	"context"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/demand/catalog"
)

// behind names the department that stands behind a category, by their codes.
// A category that isn't listed goes by the part of its code before the dash.
var behind = map[string]string{
	"environment": "CG", "env-pollution": "HB", "env-river": "SL",
	"road": "JT", "road-light": "CG", "road-parking": "CG", "road-safety": "GA",
	"utility": "ZJ", "utility-water": "SL", "utility-power": "DL",
	"housing": "ZJ", "housing-illegal": "CG", "housing-land": "NY",
	"welfare": "MZ", "welfare-pension": "RS", "welfare-work": "RS", "welfare-health": "WJ",
	"safety": "YJ", "safety-water": "SL", "safety-wire": "DL", "safety-fraud": "GA",
	"farming": "NY", "farming-irrigation": "SL", "farming-sale": "SC",
	"education": "JY", "advice-papers": "GA", "advice-household": "GA",
}

func departmentCode(category string) string {
	if code, ok := behind[category]; ok {
		return code
	}
	root, _, _ := strings.Cut(category, "-")
	if root == "env" {
		root = "environment"
	}
	return behind[root]
}

// nameDepartments says in the catalogue which department stands behind what.
func (s Services) nameDepartments(ctx context.Context, list *catalog.Service) error {
	ids := map[string]string{}
	for _, d := range s.Network.Tree().Departments() {
		ids[d.Code] = d.ID
	}
	for _, c := range list.Catalog().All() {
		id := ids[behind[c.Code]]
		if id == "" || c.DepartmentID == id {
			continue
		}
		_, err := list.SetDepartment(ctx, auth.System("demo"), catalog.SetDepartment{ID: c.ID, DepartmentID: id, Version: c.Version})
		if err != nil {
			return err
		}
	}
	return nil
}
