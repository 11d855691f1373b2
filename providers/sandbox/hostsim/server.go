package hostsim

import (
	"bytes"
	"errors"
	"net"
	"sync"

	"golang.org/x/crypto/ssh"
)

// maxSessions is how many sessions a connection may have at once, as in sshd_config's default.
const maxSessions = 10

// server is the host's sshd.
type server struct {
	listener net.Listener
	opts     *Options
	env      []string
	starter  *starter

	mu       sync.Mutex
	closed   bool
	conns    map[net.Conn]bool
	commands map[int]bool  // process groups
	down     chan struct{} // closed when the host goes down
	wait     sync.WaitGroup
	line     line
}

func serve(l net.Listener, o *Options, env []string, st *starter) *server {
	s := &server{listener: l, opts: o, env: env, starter: st, conns: map[net.Conn]bool{}, commands: map[int]bool{}, down: make(chan struct{})}
	s.wait.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.wait.Go(func() { s.connection(c) })
		}
	})
	return s
}

// close ends all connections and commands.
func (s *server) close() {
	_ = s.listener.Close() // It ends the waiting for more.
	s.mu.Lock()
	s.closed = true
	close(s.down)
	for group := range s.commands {
		killGroup(group)
	}
	s.mu.Unlock()
	s.cut()
	s.wait.Wait()
}

// cut ends all connections.
func (s *server) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.Close() // Cutting is all that is wanted.
	}
}

// connection serves one client.
func (s *server) connection(c net.Conn) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		_ = c.Close() // It came too late.
		return
	}
	s.conns[c] = true
	s.mu.Unlock()
	defer func() {
		_ = c.Close() // The client may have closed it.
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
	}()
	conn, channels, requests, err := ssh.NewServerConn(delayed{c, &s.line}, s.config())
	if err != nil {
		return
	}
	// Keepalives want any answer, and get a refusal, as from sshd.
	s.wait.Go(func() { ssh.DiscardRequests(requests) })
	sessions := make(chan struct{}, maxSessions)
	for nc := range channels {
		switch nc.ChannelType() {
		case "session":
			select {
			case sessions <- struct{}{}:
				s.wait.Go(func() {
					s.session(nc, conn)
					<-sessions
				})
			default:
				_ = nc.Reject(ssh.ConnectionFailed, "open failed")
			}
		case "direct-tcpip":
			s.wait.Go(func() { s.forward(nc) })
		default:
			_ = nc.Reject(ssh.UnknownChannelType, "unknown channel type")
		}
	}
}

func (s *server) config() *ssh.ServerConfig {
	key := s.opts.ClientKey.Marshal()
	c := &ssh.ServerConfig{PublicKeyCallback: func(meta ssh.ConnMetadata, offered ssh.PublicKey) (*ssh.Permissions, error) {
		if meta.User() != CurrentUser() || !bytes.Equal(offered.Marshal(), key) {
			return nil, errors.New("not this user with this key")
		}
		return &ssh.Permissions{}, nil
	}}
	c.AddHostKey(s.opts.HostKey)
	return c
}
