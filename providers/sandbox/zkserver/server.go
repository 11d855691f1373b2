package zkserver

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// Options adjusts a server. The zero value is a server with ZooKeeper's own defaults.
type Options struct {
	// MinSessionTimeout and MaxSessionTimeout bound what clients may ask for; zero means 4 s and 40 s.
	MinSessionTimeout time.Duration
	MaxSessionTimeout time.Duration
	// Now is the clock that sessions expire by; nil means time.Now.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	if o.MinSessionTimeout <= 0 {
		o.MinSessionTimeout = 4 * time.Second
	}
	if o.MaxSessionTimeout <= 0 {
		o.MaxSessionTimeout = 40 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Server is a running ZooKeeper server. Its methods may be called from any goroutine.
type Server struct {
	options Options
	address string
	stop    chan struct{}
	running sync.WaitGroup

	mu       sync.Mutex   // guards all below
	listener net.Listener // nil while the server is paused
	tree     *tree
	sessions map[int64]*session
	conns    map[*conn]struct{}
	closed   bool
}

// Listen starts a server on a TCP address such as "127.0.0.1:2181"; port 0 takes a free one. It fails when the address can't
// be listened on. Close ends the server.
func Listen(addr string, options Options) (*Server, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("start the sandbox's ZooKeeper: %w", err)
	}
	options = options.withDefaults()
	s := &Server{
		options:  options,
		listener: listener,
		address:  listener.Addr().String(),
		stop:     make(chan struct{}),
		tree:     newTree(options.Now),
		sessions: map[int64]*session{},
		conns:    map[*conn]struct{}{},
	}
	s.running.Go(func() { s.accept(listener) })
	s.running.Go(s.watchSessions)
	return s, nil
}

// Addr is the address that clients connect to, host:port.
func (s *Server) Addr() string { return s.address }

// Close ends all connections and returns when nothing of the server runs any more. All data is lost.
func (s *Server) Close() error {
	s.mu.Lock()
	already, listener := s.closed, s.listener
	s.closed = true
	s.mu.Unlock()
	if already {
		return nil
	}
	close(s.stop)
	var err error
	if listener != nil {
		err = listener.Close()
	}
	s.DropConnections()
	s.running.Wait()
	return err
}

// Sessions lists the sessions that have not ended, in no order.
func (s *Server) Sessions() []Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Session, 0, len(s.sessions))
	for _, sess := range s.sessions {
		list = append(list, Session{ID: sess.id, Timeout: sess.timeout, Connected: sess.conn != nil})
	}
	return list
}

// Expire ends a session as if its client had been silent for too long, and says whether there was such a session.
func (s *Server) Expire(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	sess := s.sessions[id]
	if sess == nil {
		return false
	}
	s.endSession(sess)
	return true
}

// DropConnections cuts every connection. Sessions live on: clients may reconnect within their timeout.
func (s *Server) DropConnections() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.cut()
	}
}

func (s *Server) accept(listener net.Listener) {
	for {
		nc, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			// Out of descriptors or the like: the listener itself is sound.
			select {
			case <-s.stop:
				return
			case <-time.After(50 * time.Millisecond):
				continue
			}
		}
		s.mu.Lock()
		if s.closed || s.listener == nil {
			s.mu.Unlock()
			_ = nc.Close()
			return
		}
		c := newConn(s, nc)
		s.conns[c] = struct{}{}
		s.mu.Unlock()
		s.running.Go(c.serve)
	}
}

// watchSessions looks for expired sessions often enough that one lasts at most an eighth longer than its timeout.
func (s *Server) watchSessions() {
	ticker := time.NewTicker(max(5*time.Millisecond, min(250*time.Millisecond, s.options.MinSessionTimeout/8)))
	defer ticker.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-ticker.C:
			s.expireSessions()
		}
	}
}
