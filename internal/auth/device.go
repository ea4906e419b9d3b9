package auth

import "strings"

// Device folds a browser's description to what its owner recognises: system
// and browser. Anything finer would be a fingerprint.
func Device(userAgent string) string {
	return first(userAgent, "", systems) + "/" + first(userAgent, "", browsers)
}

// Order matters: an Android also calls itself Linux, Edge also Chrome.
var (
	systems = [][2]string{{"HarmonyOS", "HarmonyOS"}, {"OpenHarmony", "HarmonyOS"}, {"Android", "Android"},
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS", "Mac"}, {"Linux", "Linux"}}
	browsers = [][2]string{{"MicroMessenger", "WeChat"}, {"DingTalk", "DingTalk"}, {"QQBrowser", "QQ"},
		{"UCBrowser", "UC"}, {"Edg", "Edge"}, {"Firefox", "Firefox"}, {"Chrome", "Chrome"}, {"Safari", "Safari"}}
)

func first(s, otherwise string, table [][2]string) string {
	for _, row := range table {
		if strings.Contains(s, row[0]) {
			return row[1]
		}
	}
	return otherwise
}
