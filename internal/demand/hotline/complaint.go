package hotline

import (
	"strings"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/network"
)

// spokenOf are the words by which callers speak of the network's people, and
// the level at which they serve.
var spokenOf = []struct {
	role  auth.Role
	level network.Level
	words []string
}{
	{auth.TownOfficial, network.Town, []string{"镇干部", "乡干部", "街道干部", "镇长", "乡长", "镇书记", "街道书记", "街道主任"}},
	{auth.VillageOfficial, network.Village, []string{"村干部", "社区干部", "村支书", "村书记", "社区书记", "村主任", "社区主任", "村委会主任"}},
	{auth.AreaLead, network.Area, []string{"片长"}},
	{auth.GroupLead, network.Group, []string{"组长", "队长"}},
	{auth.Lead, network.Cell, []string{"邻长", "网格员"}},
}

// about says whom a complaint is about. Most of the hotline's complaints are
// about matters; one that speaks of somebody of the network must go past them,
// whether or not its order says so. Where the place is too wide to tell who is
// meant, only whoever has it may read it.
func (o Order) about(u *network.Unit) (role string, private bool) {
	if o.Kind != demand.Complaint || o.About != "" {
		return o.About, false
	}
	for _, who := range spokenOf {
		for _, word := range who.words {
			if !strings.Contains(o.Text, word) {
				continue
			}
			if u.Level >= who.level {
				return string(who.role), false
			}
			return demand.AboutMatter, true
		}
	}
	return demand.AboutMatter, false
}
