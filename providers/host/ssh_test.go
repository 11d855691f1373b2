package host_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/host/hosttest"
)

// connection is how a test reaches its server.
func connection(s *hosttest.Server) config.Connection {
	return config.Connection{Kind: "ssh", User: "aurora", IdentityFiles: []string{filepath.Join(s.Dir, "id")},
		KnownHosts: []string{filepath.Join(s.Dir, "known_hosts")}, Become: "none", Timeout: 10 * time.Second}
}

// surroundings are those of an operator who has only what is in the server's Dir.
func surroundings(s *hosttest.Server) host.Options {
	return host.Options{Home: s.Dir, SystemConfig: filepath.Join(s.Dir, "system_config")}
}

func connect(t *testing.T, s *hosttest.Server, c config.Connection, opts host.Options) (*host.SSH, error) {
	t.Helper()
	opts.Home, opts.SystemConfig = s.Dir, filepath.Join(s.Dir, "system_config")
	h, err := host.ConnectSSH(t.Context(), "scheduler-1", s.Addr, c, opts)
	if err == nil {
		t.Cleanup(func() {
			if err := h.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	return h, err
}

func mustConnect(t *testing.T, s *hosttest.Server) *host.SSH {
	t.Helper()
	h, err := connect(t, s, connection(s), host.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func sh(script string) host.Command { return host.Command{Args: []string{"sh", "-c", script}} }

func TestSSHRun(t *testing.T) {
	s := hosttest.Serve(t)
	h := mustConnect(t, s)
	res, err := h.Run(t.Context(), host.Command{Args: []string{"printf", `%s\n`, "it's", "$HOME", ""}})
	if err != nil || string(res.Stdout) != "it's\n$HOME\n\n" {
		t.Errorf("printf: %q, %v", res.Stdout, err)
	}
	in := strings.Repeat("0123456789abcdef", 1<<16)
	var out bytes.Buffer
	c := host.Command{Args: []string{"cat"}, Stdin: strings.NewReader(in), Stdout: &out}
	if _, err := h.Run(t.Context(), c); err != nil || out.String() != in {
		t.Errorf("a megabyte through cat: %d bytes, %v", out.Len(), err)
	}
	_, err = h.Run(t.Context(), sh("echo first >&2; echo the reason >&2; exit 7"))
	var exit *host.ExitError
	if !errors.As(err, &exit) || exit.Code != 7 || exit.Host != "scheduler-1" || !strings.Contains(err.Error(), "exit status 7: first | the reason") {
		t.Errorf("exit 7: %v", err)
	}
	if errors.Is(err, host.ErrUnreachable) {
		t.Error("a command that failed is not an unreachable host")
	}
	_, err = h.Run(t.Context(), sh("kill -9 $PPID"))
	if !errors.As(err, &exit) || exit.Signal != "KILL" || exit.Code != -1 {
		t.Errorf("kill -9: %v", err)
	}
	if _, err := h.Run(t.Context(), host.Command{Args: []string{"a\x00b"}}); err == nil {
		t.Error("a NUL byte must be refused")
	}
	_, err = h.Run(t.Context(), host.Command{Args: []string{"no-such-program"}})
	if !errors.As(err, &exit) || exit.Code != 127 {
		t.Errorf("no such program: %v", err)
	}
	_, err = h.Run(t.Context(), host.Command{Args: []string{"head", "-c", "20000000", "/dev/zero"}})
	if err == nil || !strings.Contains(err.Error(), "more than 16 MiB") {
		t.Errorf("too much output: %v", err)
	}
	if n := s.Dials(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
}

// TestSSHLoginShell has login shells that can't be worked with.
func TestSSHLoginShell(t *testing.T) {
	for startUp, want := range map[string]string{
		`echo "Welcome to production"`:                            `the login shell on scheduler-1 prints "Welcome to production" before every program's own output`,
		`echo "This account is currently not available."; exit 1`: "runs no program for it (printf on scheduler-1: exit status 1) This account is currently not available.",
		`printf() { command printf '%s' 'its \ and !1'; }`:        `of "it's \\\\ and !1" came "its \\ and !1"`,
	} {
		s := hosttest.Serve(t)
		s.StartUp = startUp
		if _, err := connect(t, s, connection(s), host.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %s", err, want)
		}
	}
}

func TestSSHCancel(t *testing.T) {
	h := mustConnect(t, hosttest.Serve(t))
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	go func() {
		_, _ = io.ReadFull(r, make([]byte, 1)) // The command runs.
		cancel()
		_, _ = io.Copy(io.Discard, r)
	}()
	c := sh("echo; exec sleep 600")
	c.Stdout = w
	_, err := h.Run(ctx, c)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "may still run") {
		t.Errorf("cancelled: %v", err)
	}
}

func TestSSHReconnects(t *testing.T) {
	s := hosttest.Serve(t)
	h := mustConnect(t, s)
	s.Cut()
	for i := range 2 {
		if _, err := h.Run(t.Context(), host.Command{Args: []string{"true"}}); err != nil {
			t.Fatalf("command %d after the connection was cut: %v", i, err)
		}
	}
	if n := s.Dials(); n != 2 {
		t.Errorf("%d connections, want 2", n)
	}
}

func TestSSHLostWhileACommandRuns(t *testing.T) {
	s := hosttest.Serve(t)
	h := mustConnect(t, s)
	count := filepath.Join(s.Dir, "count")
	r, w := io.Pipe()
	go func() {
		_, _ = io.ReadFull(r, make([]byte, 1))
		s.Cut()
		_, _ = io.Copy(io.Discard, r)
	}()
	c := sh("echo x >>" + count + "; echo; read line")
	c.Stdout = w
	hold, release := io.Pipe()
	defer func() { _ = release.Close() }()
	c.Stdin = hold
	time.AfterFunc(time.Minute, func() { _ = release.Close() }) // The test can't hang.
	done := make(chan error, 1)
	go func() {
		_, err := h.Run(t.Context(), c)
		done <- err
	}()
	err := <-done
	if !errors.Is(err, host.ErrUnreachable) {
		t.Errorf("lost: %v", err)
	}
	if text, err := os.ReadFile(count); err != nil || string(text) != "x\n" {
		t.Errorf("the command must run exactly once: %q, %v", text, err)
	}
}

func TestSSHManyCommandsAtOnce(t *testing.T) {
	s := hosttest.Serve(t)
	h := mustConnect(t, s)
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			if _, err := h.Run(t.Context(), sh("sleep 0.02")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := s.Peak(); n > 8 {
		t.Errorf("%d commands at once; sshd allows 10 sessions", n)
	}
	if n := s.Dials(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
}

func TestSSHDial(t *testing.T) {
	h := mustConnect(t, hosttest.Serve(t))
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.Copy(c, c)
			_ = c.Close()
		}
	}()
	c, err := h.Dial(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 5)
	if _, err := io.ReadFull(c, got); err != nil || string(got) != "hello" {
		t.Errorf("echo: %q, %v", got, err)
	}
	if err := c.SetReadDeadline(time.Now().Add(10 * time.Millisecond)); err != nil {
		t.Error(err)
	}
	if _, err := c.Read(got); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read past the deadline: %v", err)
	}
	if err := errors.Join(c.Close(), l.Close()); err != nil {
		t.Error(err)
	}
	if _, err := h.Dial(t.Context(), "tcp", l.Addr().String()); !errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, host.ErrUnreachable) {
		t.Errorf("nobody listens: %v", err)
	}
}

func TestSSHUnreachable(t *testing.T) {
	s := hosttest.Serve(t)
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := connection(s)
	c.Timeout = time.Second
	// It listens and never says a word.
	_, err = host.ConnectSSH(t.Context(), "scheduler-1", l.Addr().String(), c, surroundings(s))
	if !errors.Is(err, host.ErrUnreachable) || !strings.Contains(err.Error(), "no SSH handshake within 1s") {
		t.Errorf("silent: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	c.Timeout = time.Minute
	_, err = host.ConnectSSH(t.Context(), "scheduler-1", l.Addr().String(), c, surroundings(s))
	if !errors.Is(err, host.ErrUnreachable) || !strings.Contains(err.Error(), "refused") || errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("nobody listens, which says nothing of another port: %v", err)
	}
}
