package orderweb

import (
	"time"

	"bilin/internal/auth"
	"bilin/internal/mobilise"
	"bilin/internal/network"
	"bilin/internal/web"
)

// looks of the states, as the status component has them.
var stateLook = map[mobilise.State]string{
	mobilise.Proposed: "warn", mobilise.Active: "info", mobilise.Closed: "ok", mobilise.Cancelled: "idle", mobilise.Refused: "idle",
}

// and of the standings.
var standingLook = map[mobilise.Standing]string{
	mobilise.Queued: "idle", mobilise.Handed: "idle", mobilise.Delivered: "info", mobilise.Seen: "info",
	mobilise.Cant: "warn", mobilise.Coming: "ok", mobilise.Arrived: "ok", mobilise.Released: "ok",
}

// roleName says as what somebody is called.
func roleName(say Say, role string) string {
	if role == mobilise.AsTeam || role == mobilise.AsSkill {
		return say("order.role." + role)
	}
	return say("auth.role." + role)
}

// place names a unit by its path; the city by its name.
func place(tree *network.Tree, id string) string {
	u := tree.ByID(id)
	if u == nil {
		return ""
	}
	return tree.PathName(u, " · ")
}

// serves reports whether a channel is set up.
func (p *Pages) serves(c mobilise.Channel) bool { return p.o.Serves == nil || p.o.Serves(c) }

func (p *Pages) channelOptions(say Say) (out []web.Option) {
	for _, c := range mobilise.Channels() {
		label := say("order.channel." + string(c))
		if !p.serves(c) {
			label = say("orderweb.unserved", "channel", label)
		}
		out = append(out, web.Option{Value: string(c), Label: label})
	}
	return out
}

func channelNames(say Say, list []mobilise.Channel) (out []string) {
	for _, c := range list {
		out = append(out, say("order.channel."+string(c)))
	}
	return out
}

func reasonOptions(say Say) (out []web.Option) {
	for _, r := range mobilise.Reasons() {
		out = append(out, web.Option{Value: string(r), Label: say("order.reason." + string(r))})
	}
	return out
}

// callable are the roles of posts that an order may call.
var callable = []auth.Role{auth.Lead, auth.GroupLead, auth.AreaLead, auth.LinkedOfficial, auth.VillageOfficial}

// timeLayout is how a browser's input writes a moment.
const timeLayout = "2006-01-02T15:04"

func localTime(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.In(web.CityZone).Format(timeLayout)
}

// readTime reads a moment as browsers send it, or as people type it.
func readTime(text string) (time.Time, bool) {
	for _, layout := range []string{timeLayout, "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-1-2 15:04", "2006/1/2 15:04"} {
		if at, err := time.ParseInLocation(layout, text, web.CityZone); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}
