package hosttest

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/restorectl/restorectl/providers/host"
)

// Faulty loses a host at one command: from then on nothing reaches it, until Heal.
type Faulty struct {
	host.Host
	// At is the number of the command, counted from 1, at which the host is lost; 0 is never.
	At int
	// After lets that command run and loses its answer; otherwise the command does not run.
	After bool

	mu   sync.Mutex
	runs int
	down bool
}

// Run runs a command, or loses the host.
func (f *Faulty) Run(ctx context.Context, c host.Command) (host.Result, error) {
	f.mu.Lock()
	f.runs++
	now := !f.down && f.runs == f.At
	f.down = f.down || now
	down, after, number := f.down, f.After, f.runs
	f.mu.Unlock()
	switch {
	case now && after:
		if _, err := f.Host.Run(ctx, c); err != nil && ctx.Err() != nil {
			return host.Result{}, err
		}
	case !down:
		return f.Host.Run(ctx, c)
	}
	return host.Result{}, fmt.Errorf("%w: lost by the test at command %d: %s", host.ErrUnreachable, number, strings.Join(c.Args, " "))
}

// Next loses the host at the next command, before it runs or after it.
func (f *Faulty) Next(after bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.At, f.After = f.runs+1, after
}

// Runs is how many commands were asked for.
func (f *Faulty) Runs() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.runs
}

// Heal brings the host back, for good.
func (f *Faulty) Heal() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.At, f.down = 0, false
}
