package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/wecom"

	"bilin/internal/errs"
)

// robotAddress is where WeCom's own robots are.
const robotAddress = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"

// What a robot's answer says, as far as it matters here.
const (
	robotBusy    = -1
	robotTooFast = 45009 // more than 20 a minute
)

// robot speaks in a WeCom chat. Its words and its address are shoutrrr's; it
// sends itself, because shoutrrr's robot has an HTTP client that nobody can
// guard.
type robot struct {
	url                *url.URL
	mentioned, mobiles []string
	http               *http.Client
}

func newRobot(u *url.URL, guard *Guard) (GroupSender, error) {
	var cfg wecom.Config
	if u.Scheme == wecom.Scheme {
		if err := cfg.SetURL(u); err != nil {
			return nil, errs.E(errs.Invalid, "gateway.bad_group")
		}
		u, _ = url.Parse(robotAddress + "?key=" + url.QueryEscape(cfg.Key))
	}
	if u == nil || u.Query().Get("key") == "" {
		return nil, errs.E(errs.Invalid, "gateway.bad_group")
	}
	if err := guard.Check(u); err != nil {
		return nil, err
	}
	port, err := portOf(u)
	if err != nil {
		return nil, err
	}
	return &robot{
		url: u, mentioned: names(cfg.MentionedList), mobiles: names(cfg.MentionedMobileList), http: guard.Client(defaultTimeout, 2, port),
	}, nil
}

// names splits a list.
func names(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

// String names the robot by the end of its key.
func (r *robot) String() string {
	key := r.url.Query().Get("key")
	return "wecom …" + key[max(0, len(key)-4):]
}

// Send says a message in the chat.
func (r *robot) Send(ctx context.Context, m GroupMessage) error {
	body, err := json.Marshal(wecom.RequestBody{MsgType: "text", Text: wecom.TextContent{
		Content: m.compose(true, maxRobotBytes), MentionedList: r.mentioned, MentionedMobileList: r.mobiles,
	}})
	if err != nil {
		return fmt.Errorf("gateway: %w", err)
	}
	var written atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(i httptrace.WroteRequestInfo) { written.Store(i.Err == nil) }})
	req := &http.Request{
		Method: http.MethodPost, URL: r.url, Host: r.url.Host, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
		Close: true, // on a connection that was kept nobody knows whether the other side had left it
	}
	res, err := r.http.Do(req.WithContext(ctx))
	switch {
	case err != nil && written.Load():
		return unsure(down(err))
	case err != nil:
		return down(err)
	}
	defer res.Body.Close()
	return heard(res)
}

// heard reads the robot's answer.
func heard(res *http.Response) error {
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	var answer wecom.Response
	switch {
	case res.StatusCode >= 500 || res.StatusCode == http.StatusOK && (err != nil || json.Unmarshal(raw, &answer) != nil):
		return unsure(fmt.Errorf("gateway: the robot answered %d", res.StatusCode))
	case res.StatusCode != http.StatusOK:
		return errs.Wrap(fmt.Errorf("gateway: the robot answered %d", res.StatusCode), errs.Unavailable, "gateway.group_not_us")
	}
	cause := fmt.Errorf("gateway: the robot answered %d", answer.ErrCode)
	switch answer.ErrCode {
	case 0:
		return nil
	case robotBusy, robotTooFast:
		return errs.Wrap(cause, errs.Unavailable, "gateway.busy")
	}
	return errs.Wrap(cause, errs.Invalid, "gateway.group_refused")
}
