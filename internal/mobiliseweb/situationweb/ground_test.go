package situationweb

import (
	"testing"

	"bilin/internal/geo"
)

func TestNamesThatHaveNoRoomOnAWall(t *testing.T) {
	at := func(x, y float64, text string) name { return name{y: geo.Point{X: x, Y: y}, text: text} }
	names := []name{at(100, 100, "玉潭街道"), at(200, 110, "城郊街道"), at(400, 120, "白马桥街道"), at(200, 180, "夏铎铺镇")}
	crowd(names)
	for i, want := range []bool{false, true, false, false} {
		if names[i].crowded != want {
			t.Errorf("%s: %v", names[i].text, names[i].crowded)
		}
	}
}
