package providers

import (
	"context"
	"sync"
	"time"

	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/scheduler"
	"github.com/restorectl/restorectl/providers/service"
)

// How long one look at a host that lives may take, and how long after it a scheduler that seems half alive is looked at again: one that was
// started a moment ago looks the same.
const (
	livePatience = 20 * time.Second
	secondLook   = 3 * time.Second
)

// LookNow looks at what is short-lived on the hosts of the plan, all of them side by side: each one's service, process and port, and nothing
// else of planner.Host. A host that can't be looked at says so in Problem. Absent schedulers are looked at from afar.
func (c *Cluster) LookNow(ctx context.Context) ([]planner.Host, []planner.Absent) {
	hosts := make([]planner.Host, len(c.plan.Observation.Hosts))
	var wg sync.WaitGroup
	for i := range c.plan.Observation.Hosts {
		wg.Go(func() { hosts[i] = c.live(ctx, &c.plan.Observation.Hosts[i]) })
	}
	var absent []planner.Absent
	wg.Go(func() { absent = c.observeAbsent(ctx, c.plan.Observation.Hosts) })
	wg.Wait()
	return hosts, absent
}

func (c *Cluster) live(ctx context.Context, planned *planner.Host) planner.Host {
	ctx, cancel := context.WithTimeout(ctx, livePatience)
	defer cancel()
	for first := true; ; first = false {
		seen, err := c.lookLive(ctx, planned)
		if err != nil {
			return planner.Host{Name: planned.Name, Problem: err.Error()}
		}
		if !first || !seen.HalfAlive() {
			return seen
		}
		select {
		case <-ctx.Done():
			return seen
		case <-time.After(secondLook):
		}
	}
}

func (c *Cluster) lookLive(ctx context.Context, planned *planner.Host) (planner.Host, error) {
	seen := planner.Host{Name: planned.Name}
	h, err := c.machines.Host(ctx, planned.Name)
	if err != nil {
		return seen, err
	}
	if seen.Service, err = service.Observe(ctx, h, c.restore.Cluster.Service); err != nil {
		return seen, err
	}
	if seen.Process, err = c.process(ctx, h); err != nil {
		return seen, err
	}
	seen.HTTP = scheduler.Observe(ctx, h, planned.HTTPPort(), planned.IP())
	return seen, nil
}

// silent says why schedulers of the plan, but for the named one, give others nothing of their logs now.
func (c *Cluster) silent(ctx context.Context, but string) []string {
	hosts, _ := c.LookNow(ctx)
	var out []string
	for i := range hosts {
		switch h := &hosts[i]; {
		case h.Name == but:
		case h.Problem != "":
			out = append(out, h.Name+": "+h.Problem)
		case h.Process.PID == 0:
			out = append(out, h.Name+": its scheduler does not run (service "+h.Service.State+")")
		}
	}
	return out
}
