package netfilter

import (
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"
)

// Wrap makes a listener obey the rules in a state file, which may change at any time. A refused connection is reset; a dropped
// one stays open, and silent, until the listener is closed or its client gives up. With an empty state file the listener is given
// back as it is.
func Wrap(l net.Listener, stateFile string) net.Listener {
	if stateFile == "" {
		return l
	}
	return &listener{Listener: l, filter: &filter{file: stateFile}, dropped: map[net.Conn]bool{}}
}

type listener struct {
	net.Listener
	filter *filter

	mu      sync.Mutex
	closed  bool
	dropped map[net.Conn]bool
}

// Accept waits for a connection that the rules let in.
func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		switch l.filter.judge(c, false) {
		case Accept:
			return &conn{Conn: c, filter: l.filter}, nil
		case Drop:
			l.drop(c)
		default:
			reset(c)
		}
	}
}

// Close closes the listener and the connections that it dropped.
func (l *listener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for c := range l.dropped {
		reset(c)
	}
	return l.Listener.Close()
}

// drop keeps a connection that nobody answers.
func (l *listener) drop(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		reset(c)
		return
	}
	l.dropped[c] = true
	go func() {
		b := make([]byte, 512)
		for {
			if _, err := c.Read(b); err != nil {
				break
			}
		}
		_ = c.Close() // Its client has gone.
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.dropped, c)
	}()
}

// conn is a connection whose packets are looked at too.
type conn struct {
	net.Conn
	filter *filter
}

// Read reads what the rules let through.
func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n == 0 {
		return n, err
	}
	switch c.filter.judge(c.Conn, true) {
	case Accept:
		return n, err
	case Drop:
		// The packets never arrive: the reader waits for others until its deadline.
		return c.Read(b)
	default:
		reset(c.Conn)
		return 0, &net.OpError{Op: "read", Net: "tcp", Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: syscall.ECONNRESET}
	}
}

// reset ends a connection with a TCP reset.
func reset(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0) // It is gone already, then.
	}
	_ = c.Close()
}

// filter reads the rules again when their file has changed.
type filter struct {
	file string

	mu    sync.Mutex
	rules *Ruleset
	size  int64
	time  time.Time
	inode uint64
}

// judge tells what becomes of a connection's packets. While the rules can't be read nothing passes.
func (f *filter) judge(c net.Conn, established bool) Verdict {
	rules, err := f.current()
	if err != nil {
		return Reject
	}
	source, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return Reject
	}
	target, err := netip.ParseAddrPort(c.LocalAddr().String())
	if err != nil {
		return Reject
	}
	return rules.Evaluate(Packet{
		Source: source.Addr(), Port: target.Port(), Loopback: source.Addr().Unmap() == target.Addr().Unmap(), Established: established,
	})
}

func (f *filter) current() (*Ruleset, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	info, err := os.Stat(f.file)
	if os.IsNotExist(err) {
		f.rules = nil
		return &Ruleset{}, nil
	}
	if err != nil {
		return nil, err
	}
	inode := uint64(0)
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		inode = s.Ino
	}
	if f.rules != nil && f.size == info.Size() && f.time.Equal(info.ModTime()) && f.inode == inode {
		return f.rules, nil
	}
	rules, err := Load(f.file)
	if err != nil {
		return nil, err
	}
	f.rules, f.size, f.time, f.inode = rules, info.Size(), info.ModTime(), inode
	return rules, nil
}
