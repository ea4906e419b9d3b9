package gateway

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"bilin/internal/errs"
)

var call = GroupMessage{ID: "o-1/1", Title: "【应急】冰冻", Text: "请各村突击队到村部集合。\n带铁锹。", URL: "https://bilin.example.cn/orders/260000012"}

func TestARobotSpeaksInTheChat(t *testing.T) {
	t.Parallel()
	var answer, got atomic.Value
	fake := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m struct {
			MsgType string `json:"msgtype"`
			Text    struct {
				Content   string   `json:"content"`
				Mentioned []string `json:"mentioned_list"`
			} `json:"text"`
		}
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil || m.MsgType != "text" || r.URL.Query().Get("key") != "k-1234" {
			t.Errorf("%s %+v, %v", r.URL, m, err)
		}
		got.Store(m.Text.Content)
		switch answer := answer.Load().(string); answer {
		case "cut":
			panic(http.ErrAbortHandler)
		case "500", "404":
			w.WriteHeader(map[string]int{"500": 500, "404": 404}[answer])
		default:
			fmt.Fprint(w, answer)
		}
	}))
	t.Cleanup(fake.Close)
	robot, err := NewGroup(fake.URL+"/cgi-bin/webhook/send?key=k-1234", []string{strings.TrimPrefix(fake.URL, "http://")})
	if err != nil || robot.String() != "wecom …1234" {
		t.Fatal(robot, err)
	}
	for _, c := range []struct {
		answer, code string
		unsure       bool
	}{
		{`{"errcode":0,"errmsg":"ok"}`, "", false}, {`{"errcode":45009,"errmsg":"api freq out of limit"}`, "gateway.busy", false},
		{`{"errcode":93000,"errmsg":"invalid webhook url"}`, "gateway.group_refused", false}, {"404", "gateway.group_not_us", false},
		{"500", "gateway.unsure", true}, {"cut", "gateway.unsure", true}, {"ok", "gateway.unsure", true},
	} {
		answer.Store(c.answer)
		err := robot.Send(t.Context(), call)
		if c.code == "" && err != nil || c.code != "" && errs.CodeOf(err) != c.code || MayHaveArrived(err) != c.unsure {
			t.Errorf("%s: %v", c.answer, err)
		}
		if err != nil && strings.Contains(err.Error(), "k-1234") {
			t.Errorf("the error tells the key: %v", err)
		}
	}
	if got.Load() != call.Title+"\n"+call.Text+"\n"+call.URL {
		t.Errorf("%q", got.Load())
	}
	fake.Close()
	if err := robot.Send(t.Context(), call); errs.CodeOf(err) != "gateway.down" || MayHaveArrived(err) {
		t.Errorf("nobody there: %v", err)
	}
}

func TestGroupAddressesThatAreRefused(t *testing.T) {
	t.Parallel()
	const people = "?from=a@example.cn&to=b@example.cn"
	for name, c := range map[string]struct{ address, allow, code string }{
		"nothing":            {"", "", "gateway.bad_group"},
		"another service":    {"telegram://token@telegram", "", "gateway.bad_group"},
		"a page":             {"https://example.cn/", "", "gateway.bad_group"},
		"no key":             {"wecom://", "", "gateway.bad_group"},
		"a robot inside":     {"https://10.1.2.3/send?key=k", "", "gateway.private"},
		"a robot in open":    {"http://example.cn/send?key=k", "", "gateway.not_https"},
		"a server inside":    {"smtp://127.0.0.1:25/" + people, "", "gateway.private"},
		"mail in the open":   {"smtp://mail.example.cn:25/" + people + "&encryption=None", "", "gateway.mail_not_tls"},
		"any certificate":    {"smtp://mail.example.cn:465/" + people + "&skiptlsverify=yes", "", "gateway.mail_unsafe"},
		"an old log-in":      {"smtp://u:p@mail.example.cn:465/" + people + "&auth=CRAMMD5", "", "gateway.mail_unsafe"},
		"from nobody":        {"smtp://mail.example.cn:465/?to=b@example.cn", "", "gateway.bad_group"},
		"to no address":      {"smtp://mail.example.cn:465/?from=a@example.cn&to=bbb", "", "gateway.bad_group"},
		"two lines":          {"smtp://mail.example.cn:465/?from=a@example.cn&to=b@example.cn%0d%0ac", "", "gateway.bad_group"},
		"an odd allowance":   {"wecom://k", "10.0.0.1", "gateway.bad_allow"},
		"WeCom itself":       {"wecom://693axxx6-7aoc-4bc4?mentioned_list=@all", "", ""},
		"mail":               {"smtp://u:p@mail.example.cn:465/" + people, "", ""},
		"mail in the office": {"smtp://10.0.0.2:25/" + people + "&encryption=None", "10.0.0.2:25", ""},
	} {
		var allow []string
		if c.allow != "" {
			allow = []string{c.allow}
		}
		_, err := NewGroup(c.address, allow)
		if c.code == "" && err != nil || c.code != "" && errs.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && (strings.Contains(err.Error(), "u:p") || strings.Contains(err.Error(), "token")) {
			t.Errorf("%s: the error holds a secret: %v", name, err)
		}
	}
}

// A name that turns out to mean an inner address is refused when it is dialled.
func TestMailGoesThroughTheGuard(t *testing.T) {
	t.Parallel()
	s := startSMTP(t, nil)
	g, err := NewGroup("smtp://mail.example.cn:"+s.port()+"/?from=a@example.cn&to=b@example.cn", nil)
	if err != nil {
		t.Fatal(err)
	}
	p := g.(*post)
	p.addr = net.JoinHostPort("127.0.0.1", s.port()) // as if a name server had said so
	if err := p.Send(t.Context(), call); errs.CodeOf(err) != "gateway.down" || len(s.mails()) != 0 {
		t.Errorf("%v, %d mails", err, len(s.mails()))
	}
}

func TestWhatAGroupIsToldHasBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := GroupMessage{
			Title: rapid.StringN(0, 60, 180).Draw(t, "title"), Text: rapid.String().Draw(t, "text"),
			URL: rapid.SampledFrom([]string{"", "https://bilin.example.cn/o/1"}).Draw(t, "url"),
		}
		most := rapid.IntRange(400, 3000).Draw(t, "most")
		got := m.compose(true, most)
		if len(got) > most || strings.Count(got, "\n") >= MaxGroupLines || !utf8.ValidString(got) || !strings.HasSuffix(got, m.URL) {
			t.Fatalf("%d bytes, %d lines: %q", len(got), strings.Count(got, "\n")+1, got)
		}
	})
	long := GroupMessage{Title: "标题", Text: strings.Repeat("路滑。", 900), URL: "https://x.cn/"}
	if got := long.compose(true, maxRobotBytes); !strings.HasPrefix(got, "标题\n路滑。") || !strings.HasSuffix(got, "…\nhttps://x.cn/") || len(got) < maxRobotBytes-9 {
		t.Errorf("%d %q", len(got), got)
	}
}

// fakeSMTP is a mail server that remembers, with TLS if it has a certificate.
type fakeSMTP struct {
	net.Listener
	secure *tls.Config

	mu     sync.Mutex
	got    []string
	refuse string // a recipient with this in it
	hangUp bool   // after the mail was taken, before that is said
}

func startSMTP(t *testing.T, secure *tls.Config) *fakeSMTP {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &fakeSMTP{Listener: l, secure: secure}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go s.talk(conn)
		}
	}()
	return s
}

func (s *fakeSMTP) port() string {
	_, port, _ := net.SplitHostPort(s.Addr().String())
	return port
}

func (s *fakeSMTP) mails() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got
}

func (s *fakeSMTP) set(refuse string, hangUp bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse, s.hangUp = refuse, hangUp
}

func (s *fakeSMTP) talk(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	secure := false
	r := bufio.NewReader(conn)
	say := func(line string) { fmt.Fprint(conn, line+"\r\n") }
	say("220 fake")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		s.mu.Lock()
		refuse, hangUp := s.refuse, s.hangUp
		s.mu.Unlock()
		switch verb, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(line)), " "); {
		case verb == "EHLO" && s.secure != nil && !secure:
			say("250-fake\r\n250 STARTTLS")
		case verb == "EHLO":
			say("250-fake\r\n250 AUTH PLAIN")
		case verb == "STARTTLS":
			say("220 go")
			conn = tls.Server(conn, s.secure)
			r, secure = bufio.NewReader(conn), true
		case verb == "AUTH":
			if !strings.Contains(line, base64.StdEncoding.EncodeToString([]byte("\x00u\x00geheim"))) {
				say("535 no")
				continue
			}
			say("235 welcome")
		case verb == "RCPT" && refuse != "" && strings.Contains(line, refuse):
			say("550 nobody here")
		case verb == "DATA":
			say("354 go on")
			var mail strings.Builder
			for {
				line, err := r.ReadString('\n')
				if err != nil || line == ".\r\n" {
					break
				}
				mail.WriteString(line)
			}
			s.mu.Lock()
			s.got = append(s.got, mail.String())
			s.mu.Unlock()
			if hangUp {
				return
			}
			say("250 taken")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			say("250 fine")
		}
	}
}

func TestMailToAList(t *testing.T) {
	t.Parallel()
	s := startSMTP(t, nil)
	g, err := NewGroup("smtp://127.0.0.1:"+s.port()+"/?from=bilin@example.cn&fromname=比邻&to=a@example.cn,b@example.cn", []string{"127.0.0.1:" + s.port()})
	if err != nil || g.String() != "mail 127.0.0.1" {
		t.Fatal(g, err)
	}
	if err := g.Send(t.Context(), call); err != nil {
		t.Fatal(err)
	}
	m, err := mail.ReadMessage(strings.NewReader(s.mails()[0]))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != call.Title || m.Header.Get("Message-Id") != "<o-1-1@example.cn>" || strings.Contains(s.mails()[0], "b@example.cn") {
		t.Errorf("%q, %v, %v", subject, m.Header, err)
	}
	raw, err := base64.StdEncoding.DecodeString(read(t, m))
	if want := strings.ReplaceAll(call.Text+"\n"+call.URL, "\n", "\r\n"); err != nil || string(raw) != want {
		t.Errorf("%q, %v", raw, err)
	}
	s.set("b@example.cn", false)
	if err := g.Send(t.Context(), call); errs.CodeOf(err) != "gateway.mail_partly" || len(s.mails()) != 2 {
		t.Errorf("one address refused: %v", err)
	}
	s.set("@example.cn", false)
	if err := g.Send(t.Context(), call); errs.CodeOf(err) != "gateway.group_refused" || errs.KindOf(err) != errs.Invalid || strings.Contains(err.Error(), "nobody") || len(s.mails()) != 2 {
		t.Errorf("all refused: %v", err)
	}
	s.set("", true)
	if err := g.Send(t.Context(), call); !MayHaveArrived(err) || len(s.mails()) != 3 {
		t.Errorf("the answer was lost: %v", err)
	}
	_ = s.Close()
	if err := g.Send(t.Context(), call); errs.CodeOf(err) != "gateway.down" {
		t.Errorf("nobody there: %v", err)
	}
}

func read(t *testing.T, m *mail.Message) string {
	t.Helper()
	var b strings.Builder
	for lines := bufio.NewScanner(m.Body); lines.Scan(); {
		b.WriteString(lines.Text())
	}
	return b.String()
}

// Without TLS neither password nor words leave; with it, only to whom the
// certificate names.
func TestMailIsSecured(t *testing.T) {
	t.Parallel()
	web := httptest.NewUnstartedServer(nil)
	web.StartTLS()
	t.Cleanup(web.Close)
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	send := func(s *fakeSMTP, user string, open bool, roots *x509.CertPool) error {
		g, err := NewGroup("smtp://"+user+"127.0.0.1:"+s.port()+"/?from=a@example.cn&to=b@example.cn", []string{"127.0.0.1:" + s.port()})
		if err != nil {
			t.Fatal(err)
		}
		p := g.(*post)
		p.open, p.roots = open, roots
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		return p.Send(ctx, call)
	}
	bare, secure := startSMTP(t, nil), startSMTP(t, web.TLS)
	for name, c := range map[string]struct {
		err  error
		code string
	}{
		"in the open":            {send(bare, "", false, nil), "gateway.mail_not_tls"},
		"a password in the open": {send(bare, "u:geheim@", true, nil), "gateway.mail_not_tls"},
		"an unknown certificate": {send(secure, "u:geheim@", true, nil), "gateway.down"},
		"another password":       {send(secure, "u:falsch@", true, roots), "gateway.group_not_us"},
		"all in order":           {send(secure, "u:geheim@", false, roots), ""},
	} {
		if c.code == "" && c.err != nil || c.code != "" && errs.CodeOf(c.err) != c.code {
			t.Errorf("%s: %v", name, c.err)
		}
	}
	if len(bare.mails()) != 0 || len(secure.mails()) != 1 {
		t.Errorf("%d and %d mails", len(bare.mails()), len(secure.mails()))
	}
}
