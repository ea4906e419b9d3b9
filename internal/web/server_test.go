package web_test

import (
	"embed"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"bilin/internal/webtest"
)

//go:embed testdata/demo
var demoFiles embed.FS

func TestTemplates(t *testing.T) {
	webtest.CheckTemplates(t, demoServer(t))
}

func get(t *testing.T, client *http.Client, url string, headers ...string) (*http.Response, string) {
	t.Helper()
	return do(t, client, http.MethodGet, url, nil, headers...)
}

func post(t *testing.T, client *http.Client, url string, form url.Values, headers ...string) (*http.Response, string) {
	t.Helper()
	return do(t, client, http.MethodPost, url, form, headers...)
}

func do(t *testing.T, client *http.Client, method, url string, form url.Values, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func TestPageHasTheFrame(t *testing.T) {
	base, client := webtest.Start(t, demoServer(t))
	resp, body := get(t, client, base+"/")
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("status %d: %s", resp.StatusCode, body)
	}
	for _, want := range []string{`<html lang="zh-CN" class="face-phone">`, `href="#main"`, `<main id="main"`, "<title>我的邻里 · 比邻</title>", `aria-current="page"`} {
		if !strings.Contains(body, want) {
			t.Errorf("page lacks %s", want)
		}
	}
	if strings.Contains(body, "⟦") || strings.Contains(body, "no value") {
		t.Error("page shows a missing message or value")
	}
}
