// Package providers joins the providers, one folder each, into the world of a plan: it observes every scheduler's host and gives the
// actor of each step. What is decided here is only who is asked for what.
package providers

import (
	"context"
	"fmt"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/run"
	"github.com/restorectl/restorectl/providers/scheduler"
)

// Options are what a cluster takes from the operator's side.
type Options struct {
	host.Options
	// By and From name the operator and the machine, for the records of runs.
	By, From string
	// Progress, where not nil, is told what is waited for, by scheduler name, empty for the cluster. It must be safe for use by
	// several goroutines.
	Progress func(scheduler, text string)
}

// note tells what is waited for, where somebody listens.
func (o *Options) note(scheduler, text string) {
	if o.Progress != nil {
		o.Progress(scheduler, text)
	}
}

// Cluster is the cluster of a configuration, or of a plan. It implements session.Cluster.
type Cluster struct {
	restore  *config.Restore
	options  Options
	machines *host.Machines
	// release is what the schedulers said that they are when they were observed, empty where none did.
	release string
	// found are all backups, where they were read already to choose the newest.
	found []planner.BackupSight
	// kept are the tasks of the run's backup, once they were read.
	kept scheduler.Kept
	// plan is whose steps are carried out; nil while there is none.
	plan *planner.Plan
}

// Connect gives the cluster of a configuration. Hosts are connected when they are needed, and until Close.
func Connect(r *config.Restore, o Options) *Cluster {
	return &Cluster{restore: r, options: o, machines: host.NewPool(r.Cluster, o.Options)}
}

// Follow gives the cluster of a plan, whose steps it can carry out.
func Follow(p *planner.Plan, o Options) *Cluster {
	c := Connect(&p.Restore, o)
	c.plan = p
	return c
}

// Close closes the connections to the hosts.
func (c *Cluster) Close() error { return c.machines.Close() }

// seen is a scheduler's host as the plan saw it.
func (c *Cluster) seen(name string) (*planner.Host, error) {
	if c.plan != nil {
		for i := range c.plan.Observation.Hosts {
			if h := &c.plan.Observation.Hosts[i]; h.Name == name {
				return h, nil
			}
		}
	}
	return nil, fmt.Errorf("the plan saw no scheduler %q", name)
}

// folders gives the folders of a run.
type folders struct {
	cluster *Cluster
	runID   string
}

// Folder gives the run's folder on the host of a scheduler.
func (f folders) Folder(ctx context.Context, name string) (*run.Folder, error) {
	h, err := f.cluster.machines.Host(ctx, name)
	if err != nil {
		return nil, err
	}
	parent := f.cluster.plan.RunFolder(name)
	if parent == "" {
		return nil, fmt.Errorf("the plan saw no scheduler %q, so that its run has no folder there", name)
	}
	parent, err = host.Expand(ctx, h, parent)
	return &run.Folder{Host: h, Parent: parent, ID: f.runID}, err
}

// schedulers gives the schedulers as the plan saw them.
func (c *Cluster) schedulers() (*scheduler.Cluster, error) {
	credentials, err := credentials(c.restore.Admin)
	if err != nil {
		return nil, err
	}
	s := &scheduler.Cluster{Hosts: c.machines, Elections: c.election, Credentials: credentials, Progress: c.options.Progress}
	for i := range c.plan.Observation.Hosts {
		h := &c.plan.Observation.Hosts[i]
		s.Members = append(s.Members, scheduler.Member{
			Name: h.Name, Port: h.HTTPPort(), IP: h.IP(), BackupDir: h.BackupDir(), Service: h.KerberosService(), Aliases: append(h.Aliases(), c.address(h.Name)),
		})
	}
	return s, nil
}

// address is the address by which a scheduler's host is reached, without a port.
func (c *Cluster) address(name string) string {
	for _, s := range c.restore.Cluster.Schedulers {
		if s.Name == name && s.Address != "" {
			return withoutPort(s.Address)
		}
	}
	return name
}
