package app

import (
	"strings"
	"testing"
)

// Divisions that are read have a whole code, a name and a level.
func FuzzReadUnits(f *testing.F) {
	f.Add("code,name,level,parent\n430182000000,宁乡市,city,\n430182001000,玉潭街道,town,430182000000\n")
	f.Add("430182001000,\"a\nb\",镇街,x")
	f.Fuzz(func(t *testing.T, text string) {
		units, err := readUnits(strings.NewReader(text))
		if err == nil && len(units) == 0 {
			t.Error("nothing read and no error")
		}
		for _, u := range units {
			if len(u.Code) != 12 || u.Name == "" || u.Level == 0 {
				t.Errorf("%+v", u)
			}
		}
	})
}
