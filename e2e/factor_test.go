package e2e

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238
	"database/sql"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	_ "modernc.org/sqlite"
)

// newOfficial gives the city one more login, as its administrator would from
// the command line, and returns its password.
func (c *city) newOfficial(t *testing.T, login, role string) string {
	t.Helper()
	out, err := exec.Command(c.bin, "account", "add", "--data", c.data(), "--login", login, "--name", "新"+login, "--role", role).CombinedOutput()
	if err != nil {
		t.Fatalf("bilin account add: %v\n%s", err, out)
	}
	found := regexp.MustCompile(`[A-Z2-7]{26}`).Find(out)
	if found == nil {
		t.Fatalf("no password: %s", out)
	}
	return string(found)
}

// logsIn types login and password.
func (v *visitor) logsIn(login, password string) {
	v.t.Helper()
	v.open("/login")
	v.fill(`input[name=login]`, login)
	v.fill(`input[name=password]`, password)
	v.submit(`form:has(input[name=password])`)
}

// device gives the visitor's browser something that keeps passkeys.
func (v *visitor) device() webauthn.AuthenticatorID {
	v.t.Helper()
	command(v, webauthn.Enable, webauthn.EnableParams{})
	out, err := chromedp.Call(v.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}})
	if err != nil {
		v.t.Fatal(err)
	}
	return out.AuthenticatorID
}

// TestPasskey is an official who adds the office computer, keeps the recovery
// codes, and logs in with a finger the next morning; and whose open pages end
// when the session is ended from elsewhere.
func TestPasskey(t *testing.T) {
	t.Parallel()
	password := here.newOfficial(t, "key", "auditor")
	v := here.visitor(t, desk)
	v.device()
	v.logsIn("key", password)
	v.open("/home")
	v.reads("登录还差第二道验证")
	v.follow(`#c-factor .actions a, #c-factor a.btn`)
	v.looks("factors")
	v.fill(`form[data-passkey-new] input[name=name]`, "办公室电脑")
	v.submit(`form[data-passkey-new]`)
	v.reads("恢复码")
	v.looks("recovery codes")
	if n := read[int](v, `document.querySelectorAll("ol.codes li").length`); n != 10 {
		t.Errorf("%d recovery codes", n)
	}
	v.follow(`a[href="/account/factors"].btn-primary`)
	v.reads("办公室电脑")
	v.open("/account")
	v.follow("main form[data-logout] button")

	v.open("/login")
	v.looks("log-in with passkeys")
	v.submit(`form[action="/login/passkey"]`)
	v.until(`document.body.dataset.account`)
	v.open("/account")
	v.reads("通行密钥")
	v.looks("account with a passkey")

	other := here.visitor(t, phone)
	other.logsIn("key", password)
	other.reads("第二道验证")
	other.looks("second step")
	code := "zzzz-zzzz-zzzz-zzzz"
	other.fill(`input[name=code]`, code)
	other.submit(`form[action="/login/second"]`)
	other.reads("验证码不对")

	elsewhere := here.as(t, "admin", desk)
	elsewhere.open("/accounts?q=key")
	elsewhere.follow(`#account-list tbody a`)
	v.open("/account")
	elsewhere.unfolds(`details.confirm:has(form[action$="/sessions/end"])`)
	elsewhere.submit(`form[action$="/sessions/end"]`)
	v.until(`location.pathname === "/login" && location.search.includes("ended=1")`)
	v.reads("已在别处被退出登录")
}

// TestCopiedPasskey is a passkey of which there are two: the counter of the copy
// lags behind, and neither opens anything more.
func TestCopiedPasskey(t *testing.T) {
	t.Parallel()
	password := here.newOfficial(t, "copy", "auditor")
	v := here.visitor(t, desk)
	id := v.device()
	v.logsIn("copy", password)
	v.open("/account/factors")
	v.fill(`form[data-passkey-new] input[name=name]`, "会被复制的")
	v.submit(`form[data-passkey-new]`)
	v.reads("恢复码")
	recovery := read[string](v, `document.querySelector("ol.codes code").textContent`)
	kept := v.passkeys(id)
	if len(kept) != 1 {
		t.Fatalf("%d passkeys on the device", len(kept))
	}
	for _, want := range []string{`document.body.dataset.account`, `document.body.innerText.includes("可能被人复制过")`} {
		v.open("/account")
		v.follow("main form[data-logout] button")
		v.open("/login")
		v.submit(`form[action="/login/passkey"]`)
		v.until(want)
		v.restores(id, kept[0])
		if !read[bool](v, `!!document.body.dataset.account`) {
			break
		}
	}
	v.logsIn("copy", password)
	v.fill(`input[name=code]`, recovery)
	v.submit(`form[action="/login/second"]`)
	v.open("/account/factors")
	v.reads("可能被复制，已停用")
	v.looks("a copied passkey")
}

func (v *visitor) passkeys(id webauthn.AuthenticatorID) []*webauthn.Credential {
	v.t.Helper()
	out, err := chromedp.Call(v.ctx, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: id})
	if err != nil {
		v.t.Fatal(err)
	}
	return out.Credentials
}

// restores puts a copy of a passkey back on the device, as it was. The typed
// command asks for more than this device can do.
func (v *visitor) restores(id webauthn.AuthenticatorID, c *webauthn.Credential) {
	v.t.Helper()
	command(v, webauthn.ClearCredentials, webauthn.ClearCredentialsParams{AuthenticatorID: id})
	add := cdp.Command[map[string]any, cdp.Empty]{Method: webauthn.CommandAddCredential}
	command(v, add, map[string]any{"authenticatorId": id, "credential": map[string]any{
		"credentialId": c.CredentialID, "isResidentCredential": true, "rpId": c.RpID, "privateKey": c.PrivateKey,
		"userHandle": c.UserHandle, "signCount": c.SignCount,
	}})
}

// TestAuthenticatorWithoutScript sets up an authenticator and logs in with it in
// a browser whose scripts are off.
func TestAuthenticatorWithoutScript(t *testing.T) {
	t.Parallel()
	password := here.newOfficial(t, "plain", "auditor")
	v := here.visitor(t, phone)
	command(v, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b := here.plain(t)
	b.send("/login", "login", "plain", "password", password)
	b.send("/account/totp/start")
	page := b.read("/account/totp")
	secret := strings.ReplaceAll(between(page, "<code>", "</code>"), " ", "")
	page = b.send("/account/totp", "code", shown(t, secret, time.Now()))
	recovery := between(page, "<code>", "</code>")
	if !strings.Contains(page, "恢复码") || len(recovery) != 19 {
		t.Fatalf("no recovery codes: %s", page)
	}
	b.send("/logout")

	v.do(chromedp.Navigate(here.url + "/login"))
	v.do(chromedp.SetValue(chromedp.CSS(`input[name=login]`), "plain"), chromedp.SetValue(chromedp.CSS(`input[name=password]`), password),
		chromedp.Submit(chromedp.CSS(`input[name=password]`)), chromedp.WaitReady(chromedp.CSS(`input[name=code]`)),
		chromedp.SetValue(chromedp.CSS(`input[name=code]`), recovery), chromedp.Submit(chromedp.CSS(`input[name=code]`)),
		chromedp.WaitReady(chromedp.CSS(`form[data-logout]`)))
}

// plainBrowser is a browser without scripts: forms and links, no more.
type plainBrowser struct {
	t      *testing.T
	url    string
	client *http.Client
}

func (c *city) plain(t *testing.T) *plainBrowser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &plainBrowser{t, c.url, &http.Client{Jar: jar}}
}

// send sends a form of names and values, follows where it leads, and returns the page.
func (b *plainBrowser) send(path string, form ...string) string {
	b.t.Helper()
	values := url.Values{}
	for i := 0; i+1 < len(form); i += 2 {
		values.Add(form[i], form[i+1])
	}
	resp, err := b.client.PostForm(b.url+path, values)
	return b.page(resp, err)
}

func (b *plainBrowser) read(path string) string {
	b.t.Helper()
	resp, err := b.client.Get(b.url + path)
	return b.page(resp, err)
}

func (b *plainBrowser) page(resp *http.Response, err error) string {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return string(raw)
}

// shown is what an authenticator shows at a moment.
func shown(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		t.Fatalf("%q: %v", secret, err)
	}
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, at.Unix()/30)
	sum := mac.Sum(nil)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[sum[19]&15:])&0x7fffffff%1_000_000)
}

// TestProveBeforeAnOrder is a commander whose session is old: the page to write
// an order asks first who is there, and then leads on to it.
func TestProveBeforeAnOrder(t *testing.T) {
	t.Parallel()
	password := here.newOfficial(t, "old", "command")
	v := here.visitor(t, desk)
	v.logsIn("old", password)
	here.ages(t, "old")
	v.open("/orders/new")
	v.reads("请确认是您本人")
	v.looks("prove")
	v.fill(`input[name=_proof]`, "not the password")
	v.submit(`form:has(input[name=_proof][type=password])`)
	v.reads("密码不对")
	v.fill(`input[name=_proof]`, password)
	v.submit(`form:has(input[name=_proof][type=password])`)
	v.until(`location.pathname === "/orders/new"`)
}

// ages makes the proof of a login's sessions old.
func (c *city) ages(t *testing.T, login string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(c.data(), "bilin.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	res, err := db.Exec(`UPDATE session SET proved_at = 0 WHERE account_id = (SELECT id FROM account WHERE login = $1)`, login)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("%s has no session: %v", login, err)
	}
}
