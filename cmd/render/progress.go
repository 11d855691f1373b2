package render

import (
	"io"
	"sync"
	"time"

	"github.com/restorectl/restorectl/planner"
)

// Progress shows a run as it goes, a line for each step that ends.
type Progress struct {
	mu  sync.Mutex
	out *printer
}

// NewProgress writes to w.
func NewProgress(w io.Writer) *Progress { return &Progress{out: &printer{w: w}} }

// Phase writes the heading of a phase.
func (p *Progress) Phase(ph planner.Phase) { p.line("\n%s: %s", ph.Name, ph.Title) }

// Begin writes nothing for most steps; a wait of a minute without a word would look like a hang, so the long ones are named.
func (p *Progress) Begin(s planner.Step) {
	if s.Action.Waits() {
		p.line("  %s%s …", host(s), s.Title)
	}
}

// Done writes what was seen.
func (p *Progress) Done(s planner.Step, seen string, found bool, took time.Duration) {
	if found {
		p.line("  %s%s: %s", host(s), s.Title, seen)
		return
	}
	p.line("  %s%s: %s (%s)", host(s), s.Title, seen, took.Round(100*time.Millisecond))
}

// Failed writes the step that failed; the caller explains the failure at the end.
func (p *Progress) Failed(s planner.Step, err error) {
	p.line("  %s%s: FAILED: %v", host(s), s.Title, err)
}

// Note writes a word about what a step is waiting for.
func (p *Progress) Note(host, text string) {
	if host != "" {
		host += ": "
	}
	p.line("    %s%s", host, text)
}

func (p *Progress) line(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.out.line(format, args...)
}

func host(s planner.Step) string {
	if s.Host == "" {
		return ""
	}
	return s.Host + ": "
}
