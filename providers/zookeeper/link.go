package zookeeper

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

const (
	// maxGreeting is far above the 37 bytes of the answer to a connect request, and far below any text read as a length.
	maxGreeting = 1 << 10
	// minMessage is the size of a reply's header.
	minMessage = 16
	// maxMessage is above what a ZooKeeper with default settings (jute.maxbuffer, 1 MiB) can send.
	maxMessage = 16 << 20
)

var (
	errNotZooKeeper = errors.New("what answers there is not ZooKeeper")
	errClosedEarly  = errors.New("the server closed the connection without an answer: it may be starting, or be without a quorum")
	errLinkUsed     = errors.New("the connection was lost")
)

// silent keeps the client library from writing to the standard logger.
type silent struct{}

func (silent) Printf(string, ...any) {}

// oneServer keeps the client library on one server, and its name from being resolved on this machine.
type oneServer struct {
	address string
	asked   bool
}

func (o *oneServer) Init([]string) error { return nil }
func (o *oneServer) Len() int            { return 1 }
func (o *oneServer) Connected()          {}

func (o *oneServer) Next() (string, bool) {
	again := o.asked
	o.asked = true
	return o.address, again
}

// link is the one connection that a client of the library may open. It remembers why it failed, which the library only logs.
type link struct {
	ctx    context.Context // the library's dialer has no context of its own
	open   func(ctx context.Context, network, address string) (net.Conn, error)
	failed chan struct{}

	mu     sync.Mutex // guards all below
	used   bool
	closed bool
	conn   net.Conn
	cause  error
}

func newLink(ctx context.Context, open func(context.Context, string, string) (net.Conn, error)) *link {
	if open == nil {
		open = (&net.Dialer{}).DialContext
	}
	return &link{ctx: ctx, open: open, failed: make(chan struct{})}
}

// dial implements zk.Dialer.
func (l *link) dial(network, address string, _ time.Duration) (net.Conn, error) {
	l.mu.Lock()
	again := l.used
	l.used = true
	l.mu.Unlock()
	if again {
		l.fail(errLinkUsed)
		return nil, errLinkUsed
	}
	conn, err := l.open(l.ctx, network, address)
	if err != nil {
		l.fail(err)
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = conn.Close()
		return nil, errLinkUsed
	}
	l.conn = conn
	return &checkedConn{Conn: conn, link: l}, nil
}

// fail records the first failure.
func (l *link) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cause == nil && !l.closed {
		l.cause = err
		close(l.failed)
	}
}

func (l *link) failure() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cause
}

// close ends the connection at once, and keeps another from being opened.
func (l *link) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.used, l.closed = true, true
	if l.conn != nil {
		_ = l.conn.Close()
	}
}

// checkedConn refuses messages of impossible length, for which the client library would reserve memory, or panic.
type checkedConn struct {
	net.Conn
	link    *link
	head    []byte // the part read of a message's length
	left    int    // bytes left of the present message
	greeted bool
}

// Read implements net.Conn.
func (c *checkedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if bad := c.check(p[:n]); bad != nil {
		c.link.fail(bad)
		return 0, bad
	}
	if err != nil {
		cause := err
		if !c.greeted {
			cause = fmt.Errorf("%w (%w)", errClosedEarly, err)
		}
		c.link.fail(cause)
	}
	return n, err
}

func (c *checkedConn) check(p []byte) error {
	for len(p) > 0 {
		if c.left > 0 {
			n := min(c.left, len(p))
			c.left -= n
			p = p[n:]
			continue
		}
		n := min(4-len(c.head), len(p))
		c.head = append(c.head, p[:n]...)
		p = p[n:]
		if len(c.head) < 4 {
			return nil
		}
		size := binary.BigEndian.Uint32(c.head)
		most := uint32(maxMessage)
		if !c.greeted {
			most = maxGreeting
		}
		if size < minMessage || size > most {
			return fmt.Errorf("%w: it began a message with %q", errNotZooKeeper, c.head)
		}
		c.left, c.head, c.greeted = int(size), c.head[:0], true
	}
	return nil
}
