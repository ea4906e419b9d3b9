package cap

import "time"

// all returns the elements of a name.
func (n *node) all(name string) []*node {
	var out []*node
	for _, c := range n.under {
		if c.name == name {
			out = append(out, c)
		}
	}
	return out
}

// get returns the text of the one element of a name, or "".
func (n *node) get(name string) string {
	for _, c := range n.under {
		if c.name == name {
			return c.text
		}
	}
	return ""
}

func (n *node) texts(name string) []string {
	var out []string
	for _, c := range n.all(name) {
		out = append(out, c.text)
	}
	return out
}

func (n *node) at(name string) time.Time {
	at, _ := readMoment(n.get(name)) // checked before
	return at
}

func (n *node) values(name string) []Value {
	var out []Value
	for _, c := range n.all(name) {
		out = append(out, Value{c.get("valueName"), c.get("value")})
	}
	return out
}

// alert makes an alert of a document that was checked.
func (n *node) alert() *Alert {
	a := &Alert{Identifier: n.get("identifier"), Sender: n.get("sender"), Sent: n.at("sent"), Status: Status(n.get("status")), MsgType: MsgType(n.get("msgType")),
		Source: n.get("source"), Scope: n.get("scope"), Restriction: n.get("restriction"), Addresses: n.get("addresses"), Codes: n.texts("code"),
		Note: n.get("note"), Incidents: n.get("incidents")}
	a.References, _ = readReferences(n.get("references"))
	for _, c := range n.all("info") {
		a.Infos = append(a.Infos, c.info())
	}
	return a
}

func (n *node) info() Info {
	i := Info{Language: collapse(n.get("language")), Categories: n.texts("category"), Event: n.get("event"), ResponseTypes: n.texts("responseType"),
		Urgency: n.get("urgency"), Severity: n.get("severity"), Certainty: n.get("certainty"), Audience: n.get("audience"), EventCodes: n.values("eventCode"),
		Effective: n.at("effective"), Onset: n.at("onset"), Expires: n.at("expires"), SenderName: n.get("senderName"), Headline: n.get("headline"),
		Description: n.get("description"), Instruction: n.get("instruction"), Web: collapse(n.get("web")), Contact: n.get("contact"), Parameters: n.values("parameter")}
	for _, c := range n.all("resource") {
		i.Resources = append(i.Resources, Resource{c.get("resourceDesc"), c.get("mimeType"), collapse(c.get("size")), collapse(c.get("uri")), c.get("derefUri"), c.get("digest")})
	}
	for _, c := range n.all("area") {
		i.Areas = append(i.Areas, c.area())
	}
	return i
}

func (n *node) area() Area {
	a := Area{Desc: n.get("areaDesc"), Geocodes: n.values("geocode"), Altitude: collapse(n.get("altitude")), Ceiling: collapse(n.get("ceiling"))}
	for _, text := range n.texts("polygon") {
		p, _ := readPolygon(text) // checked before
		a.Polygons = append(a.Polygons, p)
	}
	for _, text := range n.texts("circle") {
		c, _ := readCircle(text)
		a.Circles = append(a.Circles, c)
	}
	return a
}

// sense refuses what the schema allows and the standard's words don't.
func (n *node) sense(a *Alert) error {
	_, readable := readReferences(n.get("references"))
	switch {
	case !readable:
		return refuse(n.line, "cap.bad_references")
	case a.Scope == "Restricted" && collapse(a.Restriction) == "":
		return refuse(n.line, "cap.missing", "name", "restriction", "in", n.name)
	case a.Scope == "Private" && collapse(a.Addresses) == "":
		return refuse(n.line, "cap.missing", "name", "addresses", "in", n.name)
	}
	return nil
}
