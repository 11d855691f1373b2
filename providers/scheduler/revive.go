package scheduler

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// How long a scheduler must have been half alive before it is restarted, where the cluster does not say, and how often that is done.
const (
	defaultRevival = 20 * time.Second
	revivals       = 3
)

// revival restarts schedulers whose process lives on with its port closed, as after a lost leadership: their supervisor takes them for
// running and never would.
type revival struct {
	actor *Actor
	// only is the scheduler that is looked after; empty means all of them.
	only string
	// since is when a scheduler was first seen half alive, tries how often it was restarted.
	since map[string]time.Time
	tries map[string]int
}

func newRevival(a *Actor) *revival {
	return &revival{actor: a, since: map[string]time.Time{}, tries: map[string]int{}}
}

// unless restarts who has been half alive for long enough, where what is waited for is not there yet, and gives the reason back.
func (r *revival) unless(ctx context.Context, err error) error {
	if err == nil || final(err) || r.actor.Restart == nil {
		return err
	}
	return errors.Join(err, r.look(ctx))
}

func (r *revival) look(ctx context.Context) error {
	half, _ := r.actor.halfAlive(ctx)
	seen := map[string]bool{}
	for _, name := range half {
		if r.only != "" && name != r.only {
			continue
		}
		seen[name] = true
		if _, known := r.since[name]; !known {
			r.since[name] = time.Now()
		}
		if time.Since(r.since[name]) < cmp.Or(r.actor.Cluster.Revival, defaultRevival) || r.tries[name] == revivals {
			continue
		}
		r.tries[name]++
		r.actor.Cluster.tell(name, "its process lives on with its port closed: it is restarted")
		if err := r.actor.Restart(ctx, name); err != nil {
			return fmt.Errorf("restarting %s: %w", name, err)
		}
		delete(r.since, name)
	}
	for name := range r.since {
		if !seen[name] {
			delete(r.since, name)
		}
	}
	return nil
}
