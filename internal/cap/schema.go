package cap

import "math"

// many is as often as one likes.
const many = math.MaxInt

// rule is an element of the schema: how often it stands in its parent, and what
// it may hold.
type rule struct {
	name     string
	min, max int
	check    func(text string) (code string) // of an element with text; "" is fine
	under    []rule                          // of an element with elements, in their order
}

func pair(name string) rule {
	return rule{name, 0, many, nil, []rule{{"valueName", 1, 1, anything, nil}, {"value", 1, 1, anything, nil}}}
}

func one(name string, check func(string) string) rule   { return rule{name, 1, 1, check, nil} }
func maybe(name string, check func(string) string) rule { return rule{name, 0, 1, check, nil} }

// schema is the alert of CAP 1.2 §3.2 and its XML schema.
func schema() []rule {
	return []rule{
		one("identifier", handle), one("sender", handle), one("sent", moment),
		one("status", oneOf("Actual", "Exercise", "System", "Test", "Draft")),
		one("msgType", oneOf("Alert", "Update", "Cancel", "Ack", "Error")),
		maybe("source", anything), one("scope", oneOf("Public", "Restricted", "Private")),
		maybe("restriction", anything), maybe("addresses", anything), {"code", 0, many, anything, nil}, maybe("note", anything),
		maybe("references", anything), maybe("incidents", anything), {"info", 0, many, nil, info()},
	}
}

func info() []rule {
	return []rule{
		maybe("language", language),
		{"category", 1, many, oneOf("Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE", "Other"), nil},
		one("event", anything),
		{"responseType", 0, many, oneOf("Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None"), nil},
		one("urgency", oneOf("Immediate", "Expected", "Future", "Past", "Unknown")),
		one("severity", oneOf("Extreme", "Severe", "Moderate", "Minor", "Unknown")),
		one("certainty", oneOf("Observed", "Likely", "Possible", "Unlikely", "Unknown")),
		maybe("audience", anything), pair("eventCode"), maybe("effective", moment), maybe("onset", moment), maybe("expires", moment),
		maybe("senderName", anything), maybe("headline", anything), maybe("description", anything), maybe("instruction", anything),
		maybe("web", address), maybe("contact", anything), pair("parameter"),
		{"resource", 0, many, nil, []rule{one("resourceDesc", anything), one("mimeType", anything), maybe("size", integer), maybe("uri", address), maybe("derefUri", anything), maybe("digest", anything)}},
		{"area", 0, many, nil, []rule{one("areaDesc", anything), {"polygon", 0, many, polygon, nil}, {"circle", 0, many, circle, nil}, pair("geocode"), maybe("altitude", decimal), maybe("ceiling", decimal)}},
	}
}
