package host

import (
	"fmt"
	"io"
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
}

func (s *sink) Write(p []byte) (int, error) {
	switch {
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

// tail keeps the end of what is written to it.
type tail struct{ kept []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - stderrLimit; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	return len(p), nil
}
