package hostsim

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// TestMain lets the test's program stand for the hosts' commands.
func TestMain(m *testing.M) {
	switch filepath.Base(os.Args[0]) {
	case "systemctl":
		os.Exit(Systemctl(os.Args[1:], RunFolder(os.Getenv("SANDBOX_ROOT")), os.Stdout, os.Stderr))
	case "sudo":
		os.Exit(Sudo(os.Args[1:], os.Environ(), os.Getenv("SANDBOX_NO_SUDO") != "", os.Stderr))
	}
	os.Exit(m.Run())
}

// world is a host that is up, and what a client needs.
type world struct {
	*Host
	t    *testing.T
	opts Options
	key  ssh.Signer
}

func key(t *testing.T) ssh.Signer {
	t.Helper()
	_, k, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s, err := ssh.NewSignerFromKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// boot starts a host with units, by name without .service, at a free address.
func boot(t *testing.T, units map[string]string, env ...string) *world {
	t.Helper()
	w := &world{t: t, key: key(t)}
	w.opts = Options{Name: "scheduler-1", Root: t.TempDir(), HostKey: key(t), ClientKey: w.key.PublicKey(), Env: env,
		Peers: map[string]string{"peer": "127.0.0.7"}}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []string{"systemctl", "sudo"} {
		w.link(program, "bin/"+c)
	}
	for name, text := range units {
		w.file("lib/systemd/system/"+name+".service", text)
		w.link(filepath.Join(w.opts.Root, "lib/systemd/system", name+".service"), wants+"/"+name+".service")
	}
	for range 50 {
		b := make([]byte, 2)
		if _, err := rand.Read(b); err != nil {
			t.Fatal(err)
		}
		w.opts.Address = fmt.Sprintf("127.%d.%d.1", b[0]%250+2, b[1])
		if w.Host, err = Start(t.Context(), w.opts); err == nil {
			t.Cleanup(w.Close)
			return w
		}
	}
	t.Fatal(err)
	return nil
}

func (w *world) file(name, text string) {
	w.t.Helper()
	path := filepath.Join(w.opts.Root, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o755)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) link(to, name string) {
	w.t.Helper()
	path := filepath.Join(w.opts.Root, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.Symlink(to, path)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) read(name string) string {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.opts.Root, name))
	if err != nil && !os.IsNotExist(err) {
		w.t.Fatal(err)
	}
	return string(text)
}

func (w *world) dialAs(user string, key ssh.Signer) (*ssh.Client, error) {
	return ssh.Dial("tcp", w.opts.Address+":2222", &ssh.ClientConfig{User: user, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)},
		HostKeyCallback: ssh.FixedHostKey(w.opts.HostKey.PublicKey()), Timeout: 30 * time.Second})
}

func (w *world) dial() *ssh.Client {
	w.t.Helper()
	c, err := w.dialAs(CurrentUser(), w.key)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = c.Close() })
	return c
}

// exec runs a command over a connection.
func (w *world) exec(c *ssh.Client, line, stdin string) (stdout, stderr string, err error) {
	w.t.Helper()
	s, err := c.NewSession()
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = s.Close() }() // It has ended.
	var out, errs bytes.Buffer
	s.Stdin, s.Stdout, s.Stderr = strings.NewReader(stdin), &out, &errs
	err = s.Run(line)
	return out.String(), errs.String(), err
}

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// echo listens at an address and tells each client where it comes from.
func echo(t *testing.T, address string) (port int) {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(context.Background(), "tcp", address+":0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			host, _, _ := net.SplitHostPort(c.RemoteAddr().String())
			_, _ = io.WriteString(c, host) // Its reader checks.
			_ = c.Close()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close() // It ends the loop.
		<-done
	})
	a, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		t.Fatal("not TCP")
	}
	return a.Port
}
