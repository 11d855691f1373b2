package hostsim

import (
	"bytes"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// line is what befalls what goes over a host's connections.
type line struct {
	// delay, in nanoseconds, is added to whatever a client sends.
	delay atomic.Int64

	mu   sync.Mutex
	trap *trap
}

// trap waits for the answer to a request.
type trap struct {
	mark   []byte
	sprung func()
}

// Slow delays whatever clients send over SSH by d, 0 for not at all: what is asked arrives late, and so does the answer.
func (h *Host) Slow(d time.Duration) error {
	l, err := h.up()
	if err != nil {
		return err
	}
	l.ssh.line.delay.Store(int64(d))
	return nil
}

// LoseAnswer lies in wait for the next request with the mark in it that goes through a forwarded connection. When its answer comes,
// so that the request was carried out, f is called first, and then all SSH connections are cut: nobody gets that answer. An empty mark
// gives it up.
func (h *Host) LoseAnswer(mark string, f func()) error {
	l, err := h.up()
	if err != nil {
		return err
	}
	var t *trap
	if mark != "" {
		t = &trap{[]byte(mark), f}
	}
	l.ssh.line.set(t)
	return nil
}

func (l *line) set(t *trap) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.trap = t
}

// caught gives the trap that waits for a request, once.
func (l *line) caught(request []byte) *trap {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.trap
	if t == nil || !bytes.Contains(request, t.mark) {
		return nil
	}
	l.trap = nil
	return t
}

// delayed is a connection on which what arrives is late.
type delayed struct {
	net.Conn
	line *line
}

// Read waits behind the reading, as a long way would let it.
func (d delayed) Read(p []byte) (int, error) {
	n, err := d.Conn.Read(p)
	time.Sleep(time.Duration(d.line.delay.Load()))
	return n, err
}

// watched hands requests on, and remembers the trap that one of them fell into.
type watched struct {
	to   io.Writer
	line *line
	trap atomic.Pointer[trap]
}

// Write hands on. A request's mark must lie in one piece, as those of short calls do.
func (w *watched) Write(p []byte) (int, error) {
	if t := w.line.caught(p); t != nil {
		w.trap.Store(t)
	}
	return w.to.Write(p)
}

// guarded hands answers on, unless their request fell into a trap.
type guarded struct {
	to   io.Writer
	from *watched
	cut  func()
}

// Write springs the trap, where there is one, in place of handing on.
func (g *guarded) Write(p []byte) (int, error) {
	if t := g.from.trap.Load(); t != nil {
		if t.sprung != nil {
			t.sprung()
		}
		g.cut()
		return 0, io.ErrClosedPipe
	}
	return g.to.Write(p)
}
