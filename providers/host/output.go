package host

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
)

// How much of a command's output is kept.
const (
	stdoutLimit = 16 << 20
	stderrLimit = 64 << 10
)

// sink takes a command's standard output. It never fails towards the command, which would leave it blocked: it remembers the
// first error and stops the command.
type sink struct {
	to    io.Writer // nil: kept
	kept  []byte
	err   error
	abort func()

	mu     sync.Mutex
	closed bool
}

func (s *sink) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
	case s.err != nil:
	case s.to != nil:
		if _, err := s.to.Write(p); err != nil {
			s.fail(err)
		}
	case len(s.kept)+len(p) > stdoutLimit:
		s.fail(fmt.Errorf("it printed more than %d MiB", stdoutLimit>>20))
	default:
		s.kept = append(s.kept, p...)
	}
	return len(p), nil
}

func (s *sink) fail(err error) {
	s.err = err
	s.abort()
}

// close makes the sink forget what comes after, and gives the error that it remembers.
func (s *sink) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return s.err
}

// source feeds a command until it is closed. It holds no lock while it reads: the reader may block.
type source struct {
	from   io.Reader // nil: empty
	closed atomic.Bool
}

func (s *source) Read(p []byte) (int, error) {
	if s.from == nil || s.closed.Load() {
		return 0, io.EOF
	}
	return s.from.Read(p)
}

func (s *source) close() { s.closed.Store(true) }

// tail keeps the end of what is written to it.
type tail struct{ kept []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - stderrLimit; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	return len(p), nil
}
