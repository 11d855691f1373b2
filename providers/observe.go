package providers

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"sync"
	"time"

	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/backup"
	"github.com/restorectl/restorectl/providers/clusters"
	"github.com/restorectl/restorectl/providers/firewall"
	"github.com/restorectl/restorectl/providers/flags"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/hosts"
	"github.com/restorectl/restorectl/providers/log"
	"github.com/restorectl/restorectl/providers/run"
	"github.com/restorectl/restorectl/providers/scheduler"
	"github.com/restorectl/restorectl/providers/service"
)

// hostPatience bounds the observation of one host but for its log, readPatience the reading of a log, of a backup, or of all that one host
// has: gigabytes, which may come over a slow line.
const (
	hostPatience = 5 * time.Minute
	readPatience = time.Hour
)

// Observe looks at every scheduler's host, all of them side by side, at the election, and at the chosen backup, and changes nothing.
// A host that can't be observed says so in Problem. An error means that ctx ended.
func (c *Cluster) Observe(ctx context.Context) (*planner.Observation, error) {
	o := &planner.Observation{Time: time.Now().UTC().Truncate(time.Second)}
	present := c.restore.Cluster.Present()
	o.Hosts = make([]planner.Host, len(present))
	var wg sync.WaitGroup
	for i, s := range present {
		wg.Go(func() { o.Hosts[i] = c.observeHost(ctx, s.Name) })
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("looking at the cluster was stopped: %w", err)
	}
	c.release = releaseOf(o.Hosts)
	if c.restore.Backup.Newest {
		chosen, err := c.chooseNewest(ctx, o)
		switch {
		case errors.Is(err, errNoBackup):
			o.Backup.Problem = err.Error()
		case err != nil:
			return nil, err
		default:
			// From here on it is that one: a plan must not change its mind.
			c.restore.Backup = chosen
		}
	}
	o.Absent = c.observeAbsent(ctx, o.Hosts)
	if !o.Quorum() {
		for i := range o.Hosts {
			wg.Go(func() { c.rebuild(ctx, &o.Hosts[i]) })
		}
	}
	wg.Go(func() { o.Election = c.readElection(ctx, o.Hosts) })
	wg.Go(func() { o.Lock = c.lookLock(ctx, o.Hosts) })
	if o.Backup.Problem == "" {
		wg.Go(func() {
			limited, cancel := context.WithTimeout(ctx, readPatience)
			defer cancel()
			o.Backup = c.observeBackup(limited, o.Hosts)
		})
	}
	wg.Wait()
	if c.plan == nil {
		c.observeCost(ctx, o)
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("looking at the cluster was stopped: %w", err)
	}
	return o, nil
}

// observeHost looks at one host. The looks that need what the settings say come after the settings.
func (c *Cluster) observeHost(ctx context.Context, name string) planner.Host {
	limited, cancel := context.WithTimeout(ctx, hostPatience)
	defer cancel()
	seen := c.lookAt(limited, name, c.lookNames, c.lookClock, c.lookService, c.lookSettings, c.lookEdits, c.lookFiles, c.lookFirewall, c.lookRuns, c.lookBackups)
	if seen.Problem != "" {
		return seen
	}
	h, err := c.machines.Host(ctx, name)
	if err != nil {
		return planner.Host{Name: name, Problem: err.Error()}
	}
	if err := c.lookLog(ctx, h, &seen); err != nil {
		return planner.Host{Name: name, Problem: err.Error()}
	}
	seen.HTTP = scheduler.Observe(ctx, h, seen.HTTPPort(), seen.IP())
	return seen
}

func (c *Cluster) lookNames(ctx context.Context, h host.Host, seen *planner.Host) (err error) {
	seen.Names, err = host.Names(ctx, h)
	return err
}

// lookAt takes some looks at a host, one after the other, until one fails.
func (c *Cluster) lookAt(ctx context.Context, name string, looks ...func(context.Context, host.Host, *planner.Host) error) planner.Host {
	seen := planner.Host{Name: name}
	h, err := c.machines.Host(ctx, name)
	for i := 0; err == nil && i < len(looks); i++ {
		err = looks[i](ctx, h, &seen)
	}
	if err != nil {
		return planner.Host{Name: name, Problem: err.Error()}
	}
	return seen
}

func (c *Cluster) lookClock(ctx context.Context, h host.Host, seen *planner.Host) error {
	before := time.Now()
	clock, err := host.Clock(ctx, h)
	if err != nil {
		return err
	}
	// The host's clock is read to the second, somewhere between the two moments here.
	middle := before.Add(time.Since(before) / 2)
	seen.Skew = planner.Duration(clock.Sub(middle).Round(time.Second))
	return nil
}

func (c *Cluster) lookService(ctx context.Context, h host.Host, seen *planner.Host) (err error) {
	if seen.Service, err = service.Observe(ctx, h, c.restore.Cluster.Service); err != nil {
		return err
	}
	seen.Process, err = service.Running(ctx, h, c.restore.Cluster.Service)
	return err
}

func (c *Cluster) lookSettings(ctx context.Context, h host.Host, seen *planner.Host) (err error) {
	seen.Settings, err = flags.Observe(ctx, h, c.restore.Cluster.Flags)
	return err
}

// lookEdits tries the edits that a restore would begin with, before anything is stopped for it.
func (c *Cluster) lookEdits(ctx context.Context, h host.Host, seen *planner.Host) (err error) {
	if c.plan != nil {
		return nil
	}
	if err := service.ObserveHold(ctx, h, c.restore.Cluster.Service, &seen.Service); err != nil || seen.Settings.Problem != "" {
		return err
	}
	seen.Settings.Refusal, err = flags.Refusal(ctx, h, c.restore.Cluster.Flags, planner.FlagEdits(c.restore, seen))
	return err
}

func (c *Cluster) lookFiles(ctx context.Context, h host.Host, seen *planner.Host) (err error) {
	admin := c.restore.Admin
	if seen.Clusters, err = clusters.Observe(ctx, h, admin.ClustersFiles); err != nil {
		return err
	}
	if admin.KerberosHost != "" {
		seen.HostsFile, err = hosts.Observe(ctx, h, admin.HostsFile, admin.KerberosHost)
	}
	return err
}

func (c *Cluster) lookFirewall(ctx context.Context, h host.Host, seen *planner.Host) (err error) {
	seen.Firewall, err = firewall.Observe(ctx, h, c.restore.Isolation.Firewall)
	return err
}

func (c *Cluster) lookLog(ctx context.Context, h host.Host, seen *planner.Host) (err error) {
	ctx, cancel := context.WithTimeout(ctx, readPatience)
	defer cancel()
	path := seen.LogPath()
	if path == "" {
		return nil
	}
	if seen.Replica, err = log.Observe(ctx, h, path); err != nil {
		return err
	}
	return c.lookTool(ctx, h, seen)
}

// lookTool looks whether a log that is not initialised could be, before anything is stopped for it.
func (c *Cluster) lookTool(ctx context.Context, h host.Host, seen *planner.Host) error {
	user := seen.LogUser(c.restore.Cluster.Log.User)
	if c.plan != nil || user == "" || seen.Replica.State == "initialised" {
		return nil
	}
	return log.ObserveTool(ctx, h, c.restore.Cluster.Log.Tool, user, &seen.Replica)
}

func (c *Cluster) lookBackups(ctx context.Context, h host.Host, seen *planner.Host) (err error) {
	if dir := seen.BackupDir(); dir != "" {
		seen.Backups, err = backup.List(ctx, h, dir)
	}
	return err
}

// rebuild reads the state out of a replica, since no quorum of them is sound.
func (c *Cluster) rebuild(ctx context.Context, seen *planner.Host) {
	if seen.Problem != "" || seen.Replica.State != "used" && seen.Replica.State != "damaged" {
		return
	}
	rebuilt, err := c.readLog(ctx, seen)
	if err != nil {
		rebuilt = &planner.Rebuilt{Problem: err.Error()}
	}
	seen.Replica.Rebuilt = rebuilt
}

// readLog rebuilds the state from a copy of a replica.
func (c *Cluster) readLog(ctx context.Context, seen *planner.Host) (*planner.Rebuilt, error) {
	ctx, cancel := context.WithTimeout(ctx, readPatience)
	defer cancel()
	h, err := c.machines.Host(ctx, seen.Name)
	if err != nil {
		return nil, err
	}
	return log.Rebuild(ctx, h, seen.LogPath())
}

func (c *Cluster) lookRuns(ctx context.Context, h host.Host, seen *planner.Host) error {
	parent := c.restore.Cluster.Log.RunFolder
	if parent == "" && seen.LogPath() == "" {
		return nil
	}
	if parent == "" {
		parent = planner.RunFolderBeside(seen.LogPath())
	}
	parent, err := host.Expand(ctx, h, parent)
	if err != nil {
		return err
	}
	if logPath := seen.LogPath(); logPath != "" && c.restore.Cluster.Log.RunFolder != "" {
		same, err := host.SameFilesystem(ctx, h, parent, path.Dir(logPath))
		if err != nil {
			return err
		}
		seen.RunsApart = !same
	}
	seen.Runs, err = run.Records(ctx, h, parent)
	return err
}

// observeBackup reads the chosen backup whole.
func (c *Cluster) observeBackup(ctx context.Context, hosts []planner.Host) planner.Backup {
	dir := ""
	if slices.Contains(c.restore.Cluster.Absent, c.restore.Backup.Scheduler) {
		return planner.Backup{Name: c.restore.Backup.Name, Scheduler: c.restore.Backup.Scheduler,
			Problem: fmt.Sprintf("the backup lies on %s, which is left out", c.restore.Backup.Scheduler)}
	}
	for i := range hosts {
		if hosts[i].Name == c.restore.Backup.Scheduler {
			dir = hosts[i].BackupDir()
			if hosts[i].Problem != "" {
				return planner.Backup{Name: c.restore.Backup.Name, Scheduler: hosts[i].Name, Problem: "the backup can't be read: " + hosts[i].Problem}
			}
		}
	}
	seen := backup.Observe(ctx, c.sources(), c.restore.Backup, dir)
	seen.Refusals, seen.LaterRefusals = refused(c.release, seen.Refusals, seen.LaterRefusals)
	return seen
}
