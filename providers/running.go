package providers

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/aurora"
	"github.com/restorectl/restorectl/providers/mesos"
	"github.com/restorectl/restorectl/providers/scheduler"
)

// runningPatience bounds the question what runs now.
const runningPatience = 2 * time.Minute

// observeCost reads what the cost of a restore is told from: what runs now, by the Mesos master, or else by the best state that can be
// read; the cron schedules and updates, by the latter; and the backups that may be better than the chosen one.
func (c *Cluster) observeCost(ctx context.Context, o *planner.Observation) {
	remedy, _, err := planner.Rank(c.restore, o)
	if err != nil || remedy != planner.RemedyRestore && remedy != planner.RemedySalvage {
		// Nothing is restored.
		return
	}
	if o.Backup.Problem != "" {
		// Only which other one would do is left to tell.
		c.observeOthers(ctx, o)
		return
	}
	running, problem := c.askMaster(ctx, o)
	if problem == "" {
		o.Running = running
	}
	c.observeOthers(ctx, o)
	best, problems := c.bestState(ctx, o, remedy)
	if best != nil {
		o.Jobs = best.jobs()
	}
	switch {
	case problem == "":
	case best != nil:
		o.Running = best.running()
		o.Running.Problems = append([]string{problem}, problems...)
	default:
		o.Running = planner.Running{Problems: append([]string{problem}, problems...)}
	}
}

// Running asks the Mesos master of the plan's cluster, as the plan saw it named, what runs now; Problems say why it could not be asked.
func (c *Cluster) Running(ctx context.Context) planner.Running {
	r, problem := c.askMaster(ctx, &c.plan.Observation)
	if problem != "" {
		return planner.Running{Problems: []string{problem}}
	}
	return r
}

// askMaster asks the Mesos master what runs now.
func (c *Cluster) askMaster(ctx context.Context, o *planner.Observation) (r planner.Running, problem string) {
	ctx, cancel := context.WithTimeout(ctx, runningPatience)
	defer cancel()
	for i := range o.Hosts {
		h := &o.Hosts[i]
		if h.Problem != "" || h.MesosMaster() == "" {
			continue
		}
		// All schedulers have the same master, or the plan says that they don't.
		master := mesos.Master{Address: h.MesosMaster(), Dial: c.from(h.Name)}
		r, err := master.Running(ctx, o.Backup.FrameworkID, h.FrameworkNames())
		if err != nil {
			return r, fmt.Sprintf("from %s: %v", h.Name, err)
		}
		return r, ""
	}
	return r, "no scheduler's flags could be read"
}

// Live asks the cluster's ACTIVE scheduler for what it has now.
func (c *Cluster) Live(ctx context.Context) (*aurora.Snapshot, error) {
	var seen []string
	for _, s := range c.restore.Cluster.Present() {
		h := c.observeHost(ctx, s.Name)
		if h.HTTP.Lifecycle == scheduler.Active {
			return c.stateOf(ctx, &h)
		}
		seen = append(seen, s.Name+": "+cmp.Or(h.Problem, h.HTTP.Problem, h.HTTP.Lifecycle))
	}
	return nil, fmt.Errorf("no scheduler is ACTIVE (%s)", strings.Join(seen, "; "))
}

// stateOf asks an ACTIVE scheduler for what it has.
func (c *Cluster) stateOf(ctx context.Context, seen *planner.Host) (*aurora.Snapshot, error) {
	h, err := c.machines.Host(ctx, seen.Name)
	if err != nil {
		return nil, err
	}
	credentials, err := credentials(c.restore.Admin)
	if err != nil {
		return nil, err
	}
	client := scheduler.Client{Host: h, Port: seen.HTTPPort(), IP: seen.IP(), Credentials: credentials, Service: seen.KerberosService()}
	return client.State(ctx)
}

// registered asks the Mesos master which framework the plan's cluster is registered as.
func (c *Cluster) registered(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, runningPatience)
	defer cancel()
	for i := range c.plan.Observation.Hosts {
		if h := &c.plan.Observation.Hosts[i]; h.MesosMaster() != "" {
			master := mesos.Master{Address: h.MesosMaster(), Dial: c.from(h.Name)}
			return master.Registered(ctx, h.FrameworkNames())
		}
	}
	return "", nil
}
