package gateway

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/mail"
	netsmtp "net/smtp"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/nicholas-fedor/shoutrrr/pkg/services/email/smtp"

	"bilin/internal/errs"
)

const (
	mailTimeout   = 30 * time.Second // of the whole conversation
	maxRecipients = 50
	base64Line    = 57 // bytes that make a line of 76
)

// post sends mail. Its address is shoutrrr's; it sends itself, because shoutrrr
// dials its own connections, which nobody can guard.
type post struct {
	cfg   smtp.Config
	addr  string
	open  bool // the administrator named it: it may go without TLS
	dial  func(ctx context.Context, network, addr string) (net.Conn, error)
	roots *x509.CertPool // nil: the system's
	from  mail.Address
	to    []string
	now   func() time.Time
}

func newMail(u *url.URL, guard *Guard) (GroupSender, error) {
	p := &post{cfg: smtp.Config{
		Port: smtp.DefaultSMTPPort, Auth: smtp.AuthTypes.Unknown, Encryption: smtp.EncMethods.Auto, ClientHost: "localhost",
	}, now: time.Now}
	if err := p.cfg.SetURL(u); err != nil || p.cfg.Host == "" {
		return nil, errs.E(errs.Invalid, "gateway.bad_group")
	}
	if err := p.settle(); err != nil {
		return nil, err
	}
	p.addr = net.JoinHostPort(strings.ToLower(p.cfg.Host), strconv.Itoa(int(p.cfg.Port)))
	if p.open = guard.Allows(p.addr); !p.open {
		if private(p.cfg.Host) {
			return nil, errs.E(errs.Invalid, "gateway.private", "host", p.addr)
		}
		if p.cfg.Encryption == smtp.EncMethods.None {
			return nil, errs.E(errs.Invalid, "gateway.mail_not_tls", "host", p.addr)
		}
	}
	p.dial = guard.dialer(p.cfg.Port)
	return p, nil
}

// settle reads what the settings mean, and refuses those that would let anybody
// read the mail or the password.
func (p *post) settle() error {
	c := &p.cfg
	c.FixEmailTags()
	if c.Auth == smtp.AuthTypes.Unknown {
		if c.Auth = smtp.AuthTypes.None; c.Username != "" {
			c.Auth = smtp.AuthTypes.Plain
		}
	}
	if c.SkipTLSVerify || c.Auth != smtp.AuthTypes.None && c.Auth != smtp.AuthTypes.Plain {
		return errs.E(errs.Invalid, "gateway.mail_unsafe")
	}
	from, err := mail.ParseAddress(c.FromAddress)
	if err != nil || len(c.ToAddresses) > maxRecipients {
		return errs.E(errs.Invalid, "gateway.bad_group")
	}
	p.from = mail.Address{Name: c.FromName, Address: from.Address}
	for _, to := range c.ToAddresses {
		a, err := mail.ParseAddress(to)
		if err != nil {
			return errs.E(errs.Invalid, "gateway.bad_group")
		}
		p.to = append(p.to, a.Address)
	}
	return nil
}

// String names the server.
func (p *post) String() string { return "mail " + p.cfg.Host }

// Send mails a message to everybody on the list. Of a list in which some
// addresses are refused the others get it.
func (p *post) Send(ctx context.Context, m GroupMessage) error {
	ctx, cancel := context.WithTimeout(ctx, mailTimeout)
	defer cancel()
	c, err := p.connect(ctx)
	if err != nil {
		return mailDown(err)
	}
	defer c.Close()
	refused, err := p.address(c)
	if err != nil {
		return mailDown(err)
	}
	w, err := c.Data()
	if err != nil {
		return mailDown(err)
	}
	if _, err := w.Write(p.letter(m)); err != nil {
		return mailDown(err) // without its last line a server drops it
	}
	if err := w.Close(); err != nil {
		if answered, ok := errors.AsType[*textproto.Error](err); ok {
			return mailDown(answered)
		}
		return unsure(err)
	}
	_ = c.Quit() // it is theirs now, whatever becomes of the farewell
	if refused > 0 {
		return errs.E(errs.Invalid, "gateway.mail_partly", "n", refused)
	}
	return nil
}

// connect greets the server, by TLS unless the administrator let it be without.
func (p *post) connect(ctx context.Context) (*netsmtp.Client, error) {
	conn, err := p.dial(ctx, "tcp", p.addr)
	if err != nil {
		return nil, err
	}
	if end, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(end)
	}
	secured := &tls.Config{ServerName: p.cfg.Host, MinVersion: tls.VersionTLS12, RootCAs: p.roots}
	implicit := p.cfg.Encryption == smtp.EncMethods.ImplicitTLS || p.cfg.Encryption == smtp.EncMethods.Auto && p.cfg.Port == smtp.ImplicitTLSPort
	if implicit {
		conn = tls.Client(conn, secured)
	}
	c, err := netsmtp.NewClient(conn, p.cfg.Host)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if err := p.greet(c, implicit, secured); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (p *post) greet(c *netsmtp.Client, secure bool, secured *tls.Config) error {
	if err := c.Hello(p.cfg.ClientHost); err != nil {
		return err
	}
	if offered, _ := c.Extension("STARTTLS"); !secure && offered && p.cfg.Encryption != smtp.EncMethods.None {
		if err := c.StartTLS(secured); err != nil {
			return err
		}
		secure = true
	}
	plain := p.cfg.Auth == smtp.AuthTypes.Plain
	if !secure && (!p.open || plain) { // a password never goes in the open
		return errs.E(errs.Unavailable, "gateway.mail_not_tls", "host", p.addr)
	}
	if !plain {
		return nil
	}
	err := c.Auth(netsmtp.PlainAuth("", p.cfg.Username, p.cfg.Password, p.cfg.Host))
	if answered, ok := errors.AsType[*textproto.Error](err); ok {
		return errs.Wrap(fmt.Errorf("gateway: the mail server answered %d", answered.Code), errs.Unavailable, "gateway.group_not_us")
	}
	return err
}

// address says from whom and to whom, and counts whom the server refuses.
func (p *post) address(c *netsmtp.Client) (refused int, err error) {
	if err := c.Mail(p.from.Address); err != nil {
		return 0, err
	}
	for _, to := range p.to {
		if err = c.Rcpt(to); err != nil {
			refused++
		}
	}
	if refused == len(p.to) {
		return refused, err
	}
	return refused, nil
}

// mailDown says whether a mail that wasn't taken may be, later. No error of a
// server is shown: it may name the recipient.
func mailDown(err error) error {
	if known, ok := errors.AsType[*errs.Error](err); ok {
		return known
	}
	if answered, ok := errors.AsType[*textproto.Error](err); ok {
		cause := fmt.Errorf("gateway: the mail server answered %d", answered.Code)
		if answered.Code >= 500 {
			return errs.Wrap(cause, errs.Invalid, "gateway.group_refused")
		}
		return errs.Wrap(cause, errs.Unavailable, "gateway.busy")
	}
	return errs.Wrap(err, errs.Unavailable, "gateway.down")
}

// letter writes the mail.
func (p *post) letter(m GroupMessage) []byte {
	to := "undisclosed-recipients:;"
	if len(p.to) == 1 {
		to = (&mail.Address{Address: p.to[0]}).String()
	}
	var b bytes.Buffer
	head := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
	head("From", p.from.String())
	head("To", to)
	head("Subject", mime.BEncoding.Encode("utf-8", oneLine(m.Title)))
	head("Date", p.now().Format(time.RFC1123Z))
	if reportID(m.ID) {
		_, domain, _ := strings.Cut(p.from.Address, "@")
		head("Message-ID", "<"+strings.Map(atom, m.ID)+"@"+domain+">")
	}
	head("Auto-Submitted", "auto-generated")
	head("MIME-Version", "1.0")
	head("Content-Type", "text/plain; charset=utf-8")
	head("Content-Transfer-Encoding", "base64")
	b.WriteString("\r\n")
	text := []byte(strings.ReplaceAll(m.compose(false, maxMailBytes), "\n", "\r\n"))
	for len(text) > 0 {
		n := min(len(text), base64Line)
		b.WriteString(base64.StdEncoding.EncodeToString(text[:n]) + "\r\n")
		text = text[n:]
	}
	return b.Bytes()
}

// atom leaves in an id what may stand in a Message-ID.
func atom(r rune) rune {
	switch {
	case r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '-', r == '.', r == '_':
		return r
	}
	return '-'
}
