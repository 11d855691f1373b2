package hosttest

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// Server is a real SSH server on loopback that runs what it is asked to with sh, as the test's user. It forwards connections. It
// is closed after the test.
type Server struct {
	// Addr is where it listens, host:port.
	Addr string
	// Dir holds what a client needs: id, its key; known_hosts, with the server's key; and home, the HOME of the commands.
	Dir string
	// Bin comes first on the PATH of the commands.
	Bin string
	// HostKey is the server's key.
	HostKey ssh.Signer
	// ClientKey is the only key that it lets in, unless Accept is set before the first connection.
	ClientKey ssh.Signer
	// Accept decides on keys in place of ClientKey.
	Accept func(key ssh.PublicKey) bool
	// StartUp is what the login shell runs before each command.
	StartUp string

	listener net.Listener
	mu       sync.Mutex
	conns    map[net.Conn]bool
	dials    int
	running  int
	peak     int
	wait     sync.WaitGroup
}

// Key makes an Ed25519 key and writes it, in OpenSSH's format, to a file of mode 0600; passphrase encrypts it where not empty. The
// public half goes to file.pub.
func Key(t testing.TB, file, passphrase string) ssh.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if passphrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, pem.EncodeToMemory(block))
	write(t, file+".pub", ssh.MarshalAuthorizedKey(signer.PublicKey()))
	return signer
}

func write(t testing.TB, file string, content []byte) {
	t.Helper()
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Serve starts a server.
func Serve(t testing.TB) *Server {
	t.Helper()
	s := &Server{Dir: t.TempDir(), Bin: t.TempDir(), conns: map[net.Conn]bool{}}
	s.HostKey = Key(t, filepath.Join(s.Dir, "host_key"), "")
	s.ClientKey = Key(t, filepath.Join(s.Dir, "id"), "")
	if err := os.Mkdir(filepath.Join(s.Dir, "home"), 0o700); err != nil {
		t.Fatal(err)
	}
	var lc net.ListenConfig
	var err error
	if s.listener, err = lc.Listen(context.Background(), "tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	s.Addr = s.listener.Addr().String()
	s.Know(t, s.Addr, s.HostKey.PublicKey())
	s.wait.Go(s.accept)
	t.Cleanup(func() {
		_ = s.listener.Close() // It ends accept.
		s.Cut()
		s.wait.Wait()
	})
	return s
}

// Know makes Dir/known_hosts hold exactly one key for an address.
func (s *Server) Know(t testing.TB, address string, key ssh.PublicKey) {
	t.Helper()
	write(t, filepath.Join(s.Dir, "known_hosts"), []byte(knownhosts.Line([]string{knownhosts.Normalize(address)}, key)+"\n"))
}

// Cut ends all connections, as a lost network or a restart of the server would.
func (s *Server) Cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.Close() // Cutting is all that is wanted.
	}
}

// Dials is how many connections were made to the server.
func (s *Server) Dials() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dials
}

// Peak is how many commands ran at once at most.
func (s *Server) Peak() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.peak
}

func (s *Server) accept() {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.dials++
		s.conns[c] = true
		s.mu.Unlock()
		s.wait.Go(func() {
			s.serve(c)
			s.mu.Lock()
			delete(s.conns, c)
			s.mu.Unlock()
		})
	}
}

// Identify gives the server another key.
func (s *Server) Identify(key ssh.Signer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.HostKey = key
}

func (s *Server) serve(c net.Conn) {
	defer func() { _ = c.Close() }() // The client may have closed it.
	cfg := &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		ok := string(key.Marshal()) == string(s.ClientKey.PublicKey().Marshal())
		if s.Accept != nil {
			ok = s.Accept(key)
		}
		if !ok {
			return nil, errors.New("not this key")
		}
		return &ssh.Permissions{}, nil
	}}
	s.mu.Lock()
	cfg.AddHostKey(s.HostKey)
	s.mu.Unlock()
	conn, channels, requests, err := ssh.NewServerConn(c, cfg)
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	s.wait.Go(func() { ssh.DiscardRequests(requests) })
	for ch := range channels {
		switch ch.ChannelType() {
		case "session":
			s.wait.Go(func() { s.session(ch) })
		case "direct-tcpip":
			s.wait.Go(func() { forward(ch) })
		default:
			_ = ch.Reject(ssh.UnknownChannelType, "not here")
		}
	}
}

// session runs one command.
func (s *Server) session(nc ssh.NewChannel) {
	ch, requests, err := nc.Accept()
	if err != nil {
		return
	}
	defer func() { _ = ch.Close() }() // The client may have closed it.
	for r := range requests {
		var payload struct{ Command string }
		if r.Type != "exec" || ssh.Unmarshal(r.Payload, &payload) != nil {
			_ = r.Reply(false, nil)
			continue
		}
		_ = r.Reply(true, nil)
		s.exec(ch, requests, payload.Command)
		return
	}
}

// exec runs a command line. It ends with a signal of the client's, or when the client goes.
func (s *Server) exec(ch ssh.Channel, requests <-chan *ssh.Request, line string) {
	s.mu.Lock()
	s.running++
	s.peak = max(s.peak, s.running)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.running--
		s.mu.Unlock()
	}()
	cmd := exec.Command("/bin/sh", "-c", s.StartUp+"\n"+line)
	cmd.Env = []string{"PATH=" + s.Bin + ":" + os.Getenv("PATH"), "HOME=" + filepath.Join(s.Dir, "home")}
	cmd.Stdout, cmd.Stderr = ch, ch.Stderr()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, err := cmd.StdinPipe()
	if err != nil || cmd.Start() != nil {
		return
	}
	ended := make(chan struct{})
	kill := func(sig syscall.Signal) {
		select {
		case <-ended:
		default:
			_ = syscall.Kill(-cmd.Process.Pid, sig) // It may be ending.
		}
	}
	s.wait.Go(func() {
		for r := range requests {
			if r.Type == "signal" {
				kill(syscall.SIGTERM)
			}
		}
		kill(syscall.SIGKILL)
	})
	go func() {
		_, _ = io.Copy(stdin, ch) // The command need not read it all.
		_ = stdin.Close()
	}()
	_ = cmd.Wait() // Its status tells.
	close(ended)
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		signal := struct {
			Signal string
			Core   bool
			Text   string
			Lang   string
		}{Signal: "KILL"}
		_, _ = ch.SendRequest("exit-signal", false, ssh.Marshal(signal))
		return
	}
	_, _ = ch.SendRequest("exit-status", false, ssh.Marshal(struct{ Code uint32 }{uint32(status.ExitStatus())})) //nolint:gosec // 0 to 255.
}

// forward connects a channel with the address that it asks for.
func forward(nc ssh.NewChannel) {
	var to struct {
		Host   string
		Port   uint32
		Origin string
		OPort  uint32
	}
	if ssh.Unmarshal(nc.ExtraData(), &to) != nil {
		_ = nc.Reject(ssh.ConnectionFailed, "bad request")
		return
	}
	var d net.Dialer
	c, err := d.DialContext(context.Background(), "tcp", net.JoinHostPort(to.Host, strconv.Itoa(int(to.Port))))
	if err != nil {
		_ = nc.Reject(ssh.ConnectionFailed, "Connection refused")
		return
	}
	ch, requests, err := nc.Accept()
	if err != nil {
		_ = c.Close()
		return
	}
	go ssh.DiscardRequests(requests)
	done := make(chan struct{})
	go func() {
		_, _ = io.Copy(c, ch) // Either side may end it.
		_ = c.Close()
		close(done)
	}()
	_, _ = io.Copy(ch, c)
	_ = ch.Close()
	<-done
}
