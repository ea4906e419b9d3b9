package app_test

import (
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"bilin/internal/auth"
)

var (
	postForms = regexp.MustCompile(`(?s)<form[^>]*method="post"[^>]*>.*?</form>`)
	formTo    = regexp.MustCompile(`action="([^"]*)"`)
	formParts = regexp.MustCompile(`(?s)<input[^>]*>|<textarea[^>]*>|<select[^>]*>.*?</select>`)
	partName  = regexp.MustCompile(` name="([^"]*)"`)
	partValue = regexp.MustCompile(` value="([^"]*)"`)
	wordsAway = regexp.MustCompile(`nothing-of-the-sort|[0-9a-f]{8}-[0-9a-f-]{27}|[A-Z]?[0-9]{5,}|[0-9a-z]{20,}`)
)

// far is far too long for anything that somebody types, and still sent by people
// who paste what they have.
var far = "开头" + strings.Repeat("长", 10_000) + "结尾"

// lineByLine is the form whose text is read line by line: the line that is wrong is named.
const lineByLine = "/settings/calendar/check"

// typed is a form as somebody sends it who put far into each of its texts.
func typed(form, key string) (to string, values url.Values, texts int) {
	values = url.Values{}
	for _, part := range formParts.FindAllString(form, -1) {
		name, value := partName.FindStringSubmatch(part), partValue.FindStringSubmatch(part)
		switch {
		case name == nil:
			continue
		case strings.HasPrefix(part, "<textarea"):
			texts++
			values.Set(name[1], far)
		case strings.HasPrefix(part, "<select"):
			all := partValue.FindAllStringSubmatch(part, -1)
			for _, v := range all {
				if values.Get(name[1]) == "" {
					values.Set(name[1], html.UnescapeString(v[1]))
				}
			}
		case strings.Contains(part, `type="file"`) || (strings.Contains(part, `type="radio"`) || strings.Contains(part, `type="checkbox"`)) && values.Has(name[1]):
		case value != nil:
			values.Add(name[1], html.UnescapeString(value[1]))
		}
	}
	values.Set("_key", key)
	if at := formTo.FindStringSubmatch(form); at != nil {
		to = html.UnescapeString(at[1])
	}
	return to, values, texts
}

// post sends a form as somebody.
func (h *house) post(a auth.Actor, path string, values url.Values) *httptest.ResponseRecorder {
	h.Helper()
	r := httptest.NewRequest(http.MethodPost, "http://localhost"+path, strings.NewReader(values.Encode())).WithContext(auth.With(h.Context(), a))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.site.ServeHTTP(w, r)
	return w
}

// TestTooLongComesBack: of whatever form of the house somebody fills in far too
// long, the text comes back, with how much is too much.
func TestTooLongComesBack(t *testing.T) {
	h := inhabited(t)
	tried := map[string]bool{}
	for _, who := range slices.Backward(h.actors) {
		for _, path := range append(h.walk(who), "/feedback", "/report-in", "/demands/new") {
			page := h.get(who, path)
			if page.Code != http.StatusOK {
				continue
			}
			for _, form := range postForms.FindAllString(page.Body.String(), -1) {
				to, values, texts := typed(form, "far-"+who.Login+path)
				shape := wordsAway.ReplaceAllString(strings.Split(to, "?")[0], "*")
				if texts == 0 || tried[shape] {
					continue
				}
				tried[shape] = true
				w := h.post(who, to, values)
				body := w.Body.String()
				if w.Code < 400 || w.Code >= 500 || w.Code == http.StatusRequestEntityTooLarge || strings.Count(body, far) < 1 {
					t.Errorf("%s on %s by %q: %d, the text comes back %d times of %d", to, path, who.Login, w.Code, strings.Count(body, far), texts)
				} else if !strings.Contains(body, "多了") && shape != lineByLine {
					t.Errorf("%s on %s by %q: %d, and doesn't say how much is too much", to, path, who.Login, w.Code)
				}
			}
		}
	}
	t.Logf("%d forms: %v", len(tried), slices.Sorted(maps.Keys(tried)))
	if len(tried) < 30 {
		t.Errorf("only %d forms have a text: does the walk still work?", len(tried))
	}
}
