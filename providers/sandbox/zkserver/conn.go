package zkserver

import (
	"crypto/subtle"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"time"
)

const (
	handshakeTimeout = 10 * time.Second
	writeTimeout     = 10 * time.Second
	// backlog is how many messages may wait for a client that does not read; with more, it is cut off.
	backlog = 4096
)

// conn is one client connection.
type conn struct {
	server *Server
	net    net.Conn
	out    chan []byte
	gone   chan struct{}
	once   sync.Once

	// Both are guarded by the server's lock.
	session *session
	who     []identity
}

func newConn(s *Server, nc net.Conn) *conn {
	return &conn{server: s, net: nc, out: make(chan []byte, backlog), gone: make(chan struct{})}
}

// serve runs the connection from its first byte to its end.
func (c *conn) serve() {
	defer c.leave()
	var head [4]byte
	_ = c.net.SetReadDeadline(time.Now().Add(handshakeTimeout))
	if _, err := io.ReadFull(c.net, head[:]); err != nil {
		return
	}
	hello, err := c.readBody(head)
	if err != nil {
		return
	}
	var writer sync.WaitGroup
	writer.Go(c.write)
	defer writer.Wait()
	defer c.finish()
	if !c.handshake(hello) {
		return
	}
	_ = c.net.SetReadDeadline(time.Time{})
	for {
		if _, err := io.ReadFull(c.net, head[:]); err != nil {
			return
		}
		body, err := c.readBody(head)
		if err != nil || !c.server.handle(c, body) {
			return
		}
	}
}

func (c *conn) readBody(head [4]byte) ([]byte, error) {
	n := binary.BigEndian.Uint32(head[:])
	if n > maxFrame {
		return nil, errMalformed
	}
	body := make([]byte, n)
	_, err := io.ReadFull(c.net, body)
	return body, err
}

// write sends what is queued, in order, until the connection is cut or finished.
func (c *conn) write() {
	defer c.cut()
	for {
		select {
		case <-c.gone:
			return
		case frame := <-c.out:
			if frame == nil {
				return
			}
			_ = c.net.SetWriteDeadline(time.Now().Add(writeTimeout))
			if _, err := c.net.Write(frame); err != nil {
				return
			}
		}
	}
}

// send queues a frame. Frames leave in the order of the calls.
func (c *conn) send(frame []byte) {
	select {
	case c.out <- frame:
	default:
		c.cut()
	}
}

// notify implements watcher.
func (c *conn) notify(ev event) { c.send(eventFrame(ev)) }

// finish closes the connection after what is queued has been sent.
func (c *conn) finish() { c.send(nil) }

// cut closes the connection at once.
func (c *conn) cut() {
	c.once.Do(func() {
		close(c.gone)
		_ = c.net.Close()
	})
}

// leave takes the connection out of the server; its session stays.
func (c *conn) leave() {
	c.cut()
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	delete(c.server.conns, c)
	c.server.tree.watches.remove(c)
	if c.session != nil && c.session.conn == c {
		c.session.conn = nil
	}
}

// handshake answers the connect request: it opens a session or takes one up again. It says whether requests may follow.
func (c *conn) handshake(hello []byte) bool {
	d := &decoder{buf: hello}
	_ = d.int32() // protocol version, always 0
	seen, timeout, id, password := d.int64(), d.int32(), d.int64(), d.buffer()
	if d.err != nil {
		return false
	}
	asksReadOnly := len(d.buf) > 0 // clients since 3.4 add a flag and expect one back

	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || seen > s.tree.zxid {
		return false // as the real server does: a client that has seen more than this server must find another one
	}
	var sess *session
	if id == 0 {
		sess = newSession(s.negotiate(timeout), s.options.Now())
		s.sessions[sess.id] = sess
	} else if known := s.sessions[id]; known != nil && subtle.ConstantTimeCompare(known.password[:], password) == 1 {
		sess = known
		sess.timeout, sess.heard = s.negotiate(timeout), s.options.Now()
	}
	e := &encoder{}
	e.int32(0)
	if sess == nil {
		e.int32(0) // an expired session: no timeout, no id, no password
		e.int64(0)
		e.buffer(make([]byte, passwordSize))
	} else {
		if sess.conn != nil {
			s.tree.watches.remove(sess.conn)
			sess.conn.cut()
		}
		sess.conn, c.session = c, sess
		e.int32(int32(sess.timeout / time.Millisecond))
		e.int64(sess.id)
		e.buffer(sess.password[:])
	}
	if asksReadOnly {
		e.bool(false)
	}
	c.send(e.frame())
	return sess != nil
}
