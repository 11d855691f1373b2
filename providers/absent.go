package providers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/zookeeper"
)

// registrations are what ZooKeeper holds of a cluster's schedulers: the addresses of their replicas and of their candidates.
type registrations struct {
	replicas, candidates []string
	problem              string
}

// observeAbsent looks from afar at the schedulers that are left out: whether their hosts answer, and whether ZooKeeper holds
// anything of them. Hosts are those that are not left out.
func (c *Cluster) observeAbsent(ctx context.Context, hosts []planner.Host) []planner.Absent {
	if len(c.restore.Cluster.Absent) == 0 {
		return nil
	}
	held := c.registrations(ctx, hosts)
	absent := make([]planner.Absent, len(c.restore.Cluster.Absent))
	var wg sync.WaitGroup
	for i, name := range c.restore.Cluster.Absent {
		wg.Go(func() {
			absent[i] = planner.Absent{Name: name, Problem: held.problem, Registered: held.of(c.names(ctx, name))}
			c.visit(ctx, &absent[i])
		})
	}
	wg.Wait()
	if stranger := held.stranger(len(hosts)); stranger != "" && !slices.ContainsFunc(absent, func(a planner.Absent) bool { return a.Registered != "" }) {
		// Nobody knows by which address; it must be one of those that are left out.
		absent[0].Registered = stranger
	}
	return absent
}

// visit looks whether an absent host can be reached after all.
func (c *Cluster) visit(ctx context.Context, a *planner.Absent) {
	ctx, cancel := context.WithTimeout(ctx, visitPatience)
	defer cancel()
	h, err := c.machines.Host(ctx, a.Name)
	if err != nil {
		return
	}
	if p, err := c.process(ctx, h); err == nil {
		a.Answers, a.Runs = true, p.PID != 0
	}
}

// visitPatience bounds the try to reach a host that is taken for dead.
const visitPatience = 30 * time.Second

// registrations reads from ZooKeeper, from one of the hosts, as readElection does.
func (c *Cluster) registrations(ctx context.Context, hosts []planner.Host) registrations {
	var r registrations
	r.problem = c.fromZooKeeper(ctx, hosts, func(ctx context.Context, h *planner.Host, ensemble zookeeper.Ensemble, path string) error {
		e, err := ensemble.ReadElection(ctx, path)
		if err != nil {
			return err
		}
		replicas, err := ensemble.ReadReplicas(ctx, h.LogGroup())
		if err != nil {
			return err
		}
		r = registrations{}
		for _, c := range e.Candidates {
			r.candidates = append(r.candidates, c.Host)
		}
		for _, p := range replicas {
			r.replicas = append(r.replicas, p.PID)
		}
		return nil
	})
	return r
}

// of is the first registration that has one of the names or addresses, empty where there is none.
func (r *registrations) of(names []string) string {
	for _, held := range slices.Concat(r.replicas, r.candidates) {
		_, address, ok := strings.Cut(held, "@")
		if !ok {
			address = held
		}
		if h, _, err := net.SplitHostPort(address); err == nil {
			address = h
		}
		if slices.ContainsFunc(names, func(n string) bool {
			return strings.EqualFold(strings.TrimSuffix(n, "."), strings.TrimSuffix(address, "."))
		}) {
			return held
		}
	}
	return ""
}

// stranger says that more are registered than there are present schedulers. One that was restarted may be there twice for a moment, under
// the same address.
func (r *registrations) stranger(present int) string {
	for _, kind := range []struct {
		what string
		held []string
	}{{"replicas", r.replicas}, {"candidates", r.candidates}} {
		if held := slices.Compact(slices.Sorted(slices.Values(kind.held))); len(held) > present {
			return fmt.Sprintf("%d %s of %d schedulers (%s)", len(held), kind.what, present, strings.Join(held, ", "))
		}
	}
	return ""
}

// names are a scheduler's host's names, and what they resolve to here.
func (c *Cluster) names(ctx context.Context, name string) []string {
	names := c.machines.KnownAs(name)
	for _, n := range slices.Clone(names) {
		// A name that means nothing here resolves to nothing.
		if found, err := net.DefaultResolver.LookupHost(ctx, n); err == nil {
			names = append(names, found...)
		}
	}
	return names
}

// stayAway looks whether the schedulers that are left out are still away. What a host that died a moment ago left in ZooKeeper goes when
// its session ends, and is waited for.
func (c *Cluster) stayAway(ctx context.Context) (*planner.Absent, error) {
	for end := time.Now().Add(sessionPatience); ; {
		var alive *planner.Absent
		absent := c.observeAbsent(ctx, c.plan.Observation.Hosts)
		for i := range absent {
			a := &absent[i]
			if a.Problem != "" {
				return nil, errors.New("it can't be told whether " + a.Name + ", which is left out, is still away: " + a.Problem)
			}
			if a.Alive() != "" && alive == nil {
				alive = a
			}
		}
		if alive == nil || alive.Answers || time.Now().After(end) {
			return alive, ctx.Err()
		}
		if c.options.Progress != nil {
			c.options.Progress(alive.Name, "waiting for it to be gone: "+alive.Alive())
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(sessionPause):
		}
	}
}

// How long the ZooKeeper session of a scheduler that died may last, and how often it is looked.
const (
	sessionPatience = 45 * time.Second
	sessionPause    = 2 * time.Second
)
