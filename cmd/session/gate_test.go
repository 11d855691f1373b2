package session

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/restorectl/restorectl/cmd/render"
)

func TestTheGateTellsTheDeadline(t *testing.T) {
	path, w, s, _ := setup(t)
	var asked string
	s.Ask = func(_ context.Context, question string) error {
		if strings.Contains(question, "What is staged") {
			asked = question
			return ErrDeclined
		}
		return nil
	}
	if err := s.Apply(t.Context(), path, w); !errors.Is(err, ErrDeclined) {
		t.Fatal(err)
	}
	if !strings.Contains(asked, "6h left until the leader may give up, at 2026-11-24T18:01:00Z") {
		t.Errorf("asked %q", asked)
	}
}

// lines is an output that several goroutines write to.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func TestTheCountDownEndsWithTheDeadline(t *testing.T) {
	var out lines
	// A clock that goes a minute for each look, so that a deadline of a few looks passes at once.
	looks := 0
	s := &Session{Now: func() time.Time {
		looks++
		return noon.Add(time.Duration(looks) * time.Minute)
	}}
	s.countDown(t.Context(), noon.Add(2*time.Minute+time.Millisecond), render.NewProgress(&out))
	if said := out.buf.String(); !strings.Contains(said, "may have given up since") {
		t.Errorf("said %q", said)
	}
}

func TestWordsComeMoreOftenTowardsTheEnd(t *testing.T) {
	for left, want := range map[time.Duration]time.Duration{
		6 * time.Hour: 30 * time.Minute, 5*time.Hour + 40*time.Minute: 10 * time.Minute, 59 * time.Minute: 4 * time.Minute,
		10 * time.Minute: time.Minute, 90 * time.Second: 30 * time.Second, time.Minute: 10 * time.Second, 3 * time.Second: 3 * time.Second,
	} {
		if got := untilNextWord(left); got != want {
			t.Errorf("with %s left the next word comes in %s, not %s", left, got, want)
		}
	}
}
