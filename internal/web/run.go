package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

type drainState struct{ flag atomic.Bool }

func (d *drainState) started() bool { return d.flag.Load() }

// Run serves until ctx ends, then lets the requests in work finish.
func (s *Server) Run(ctx context.Context) error {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.opt.Addr)
	if err != nil {
		return err
	}
	return s.Serve(ctx, ln)
}

// Serve is Run on a listener that is already open, which it closes.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	if err := s.assets.complete(); err != nil {
		return errors.Join(err, ln.Close())
	}
	srv := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       2 * time.Minute, // 10 MiB over a poor line
		WriteTimeout:      2 * time.Minute, // streams lift it for themselves
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.opt.Logger.Handler(), slog.LevelDebug),
	}
	for _, fn := range s.opt.OnShutdown {
		srv.RegisterOnShutdown(fn)
	}
	failed := make(chan error, 1)
	go func() { failed <- s.listen(srv, ln) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return s.shutdown(srv)
	}
}

func (s *Server) listen(srv *http.Server, ln net.Listener) error {
	if s.opt.TLSCert != "" {
		return srv.ServeTLS(ln, s.opt.TLSCert, s.opt.TLSKey)
	}
	return srv.Serve(ln)
}

// shutdown turns /readyz red, tells the streams, waits for the rest, and
// closes what still isn't done at the end.
func (s *Server) shutdown(srv *http.Server) error {
	s.drain.flag.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), s.opt.DrainTimeout)
	defer cancel()
	err := srv.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		s.opt.Logger.Warn("requests cut off at shutdown", "after", s.opt.DrainTimeout)
		return srv.Close()
	}
	return err
}
