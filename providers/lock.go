package providers

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/flags"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/lock"
	"github.com/restorectl/restorectl/providers/run"
	"github.com/restorectl/restorectl/providers/zookeeper"
)

// Lock takes the plan's cluster for this process, in ZooKeeper and on every host. A *lock.TakenError says who has it.
func (c *Cluster) Lock(ctx context.Context, claim planner.Claim) (executor.Lock, error) {
	return c.keeper(c.plan.Observation.Hosts).Take(ctx, claim)
}

// keeper gives what the lock of a cluster is kept by, as its schedulers' flags were observed.
func (c *Cluster) keeper(hosts []planner.Host) *lock.Keeper {
	k := &lock.Keeper{Note: c.note}
	for i := range hosts {
		h := &hosts[i]
		if h.Problem != "" || h.LogPath() == "" {
			continue
		}
		k.Hosts = append(k.Hosts, lock.Host{Name: h.Name, LogPath: h.LogPath(), Runs: c.runsOn(h),
			Connect: func(ctx context.Context) (host.Host, error) { return c.machines.Host(ctx, h.Name) }})
		if endpoints, folder := h.LockPath(); k.Ensemble == nil && len(endpoints) > 0 {
			k.Ensemble = &lock.Ensemble{Ensemble: zookeeper.Ensemble{Endpoints: endpoints, Dial: c.throughAny(hosts)}, Folder: folder}
			if _, secret := h.Flag(planner.FlagZKCredentials); secret {
				k.Ensemble.Credentials = func(ctx context.Context) (string, error) { return c.zkCredentials(ctx, hosts) }
			}
		}
	}
	return k
}

// runsOn is the folder for runs on a host.
func (c *Cluster) runsOn(h *planner.Host) string {
	if f := c.restore.Cluster.Log.RunFolder; f != "" {
		return f
	}
	return planner.RunFolderBeside(h.LogPath())
}

// zkCredentials reads -zk_digest_credentials from the first host that answers. They go nowhere but to ZooKeeper.
func (c *Cluster) zkCredentials(ctx context.Context, hosts []planner.Host) (string, error) {
	var last error
	for i := range hosts {
		h, err := c.machines.Host(ctx, hosts[i].Name)
		if err == nil {
			var credentials string
			if credentials, err = flags.Secret(ctx, h, c.restore.Cluster.Flags, planner.FlagZKCredentials); err == nil {
				return credentials, nil
			}
		}
		last = err
	}
	return "", fmt.Errorf("the credentials of -%s can't be read on any scheduler's host: %w", planner.FlagZKCredentials, last)
}

// Mirror keeps copies of a run's journal in its folder on every host.
func (c *Cluster) Mirror(runID string) executor.Mirror {
	m := &run.Mirror{Folders: folders{cluster: c, runID: runID}, Note: c.note}
	for i := range c.plan.Observation.Hosts {
		m.Hosts = append(m.Hosts, c.plan.Observation.Hosts[i].Name)
	}
	return m
}

// note tells the operator something about the cluster.
func (c *Cluster) note(text string) {
	if c.options.Progress != nil {
		c.options.Progress("", text)
	}
}

// lookPatience bounds the look at who has the lock.
const lookPatience = 30 * time.Second

// lookLock says who has the lock of the cluster; nil where nobody has.
func (c *Cluster) lookLock(ctx context.Context, hosts []planner.Host) *planner.Lock {
	ctx, cancel := context.WithTimeout(ctx, lookPatience)
	defer cancel()
	if l := c.keeper(hosts).Look(ctx); l.Run != nil || l.Holder != nil || len(l.Live) > 0 || l.Problem != "" {
		return &l
	}
	return nil
}

// Claims looks at the runs that are open on the hosts and at who has the lock, and at nothing else of the cluster. A host that can't be
// looked at says so in Problem.
func (c *Cluster) Claims(ctx context.Context) (*planner.Observation, error) {
	o := &planner.Observation{Time: time.Now().UTC().Truncate(time.Second)}
	present := c.restore.Cluster.Present()
	o.Hosts = make([]planner.Host, len(present))
	var wg sync.WaitGroup
	for i, s := range present {
		wg.Go(func() { o.Hosts[i] = c.lookAt(ctx, s.Name, c.lookSettings, c.lookRuns) })
	}
	wg.Wait()
	o.Lock = c.lookLock(ctx, o.Hosts)
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("looking at the cluster was stopped: %w", err)
	}
	return o, nil
}
