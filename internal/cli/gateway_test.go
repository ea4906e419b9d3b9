package cli_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"bilin/internal/cli"
	"bilin/internal/gateway"
)

func TestTheTrialGatewayStaysOnItsMachine(t *testing.T) {
	t.Setenv("LANG", "en_US.UTF-8")
	tm := terminal{t, t.TempDir()}
	tm.says(tm.run(4, "gateway", "--addr", "0.0.0.0:0"), "only an address of this machine")
	tm.says(tm.run(2, "gateway", "--fail", "101"), "0 to 100")
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	tm.says(tm.run(6, "gateway", "--addr", taken.Addr().String()), "in use")
	tm.says(tm.run(2, "serve", "--gateway-url", "sms.example.cn"), "gateway-url")
}

// The flags it prints are those that a sender needs.
func TestTheTrialGatewaySaysHowToReachIt(t *testing.T) {
	t.Setenv("LANG", "en_US.UTF-8")
	hold := make(chan os.Signal, 1)
	signal.Notify(hold, syscall.SIGTERM) // so that the signal below can't end the test itself
	defer signal.Stop(hold)
	read, write := io.Pipe()
	done := make(chan int, 1)
	go func() {
		var errw bytes.Buffer
		done <- cli.Run([]string{"gateway", "--addr", "127.0.0.1:0"}, write, &errw)
	}()
	said := make([]byte, 4096)
	n, err := read.Read(said)
	if err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, read) }()
	found := regexp.MustCompile(`--gateway-url (\S+) --gateway-allow (\S+)`).FindStringSubmatch(string(said[:n]))
	if found == nil {
		t.Fatalf("%s", said[:n])
	}
	sender, err := gateway.NewHTTP(gateway.Config{URL: found[1], Allow: []string{found[2]}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := sender.Send(ctx, gateway.Message{ID: "1", To: "12900000001", Text: "试一试"}); err != nil {
		t.Fatal(err)
	}
	res, err := http.Get("http://" + found[2] + "/messages")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil || !strings.Contains(string(body), "试一试") {
		t.Errorf("%s, %v", body, err)
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := <-done; code != 0 {
		t.Errorf("exit %d", code)
	}
}
