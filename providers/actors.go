package providers

import (
	"context"
	"fmt"

	"github.com/restorectl/restorectl/executor"
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

// Actor gives the actor of a step of the run with the id.
func (c *Cluster) Actor(runID string, s planner.Step) (executor.Actor, error) {
	a, err := c.actor(runID, s)
	if err != nil {
		return nil, err
	}
	return c.guard(s, a), nil
}

func (c *Cluster) actor(runID string, s planner.Step) (executor.Actor, error) {
	if c.plan == nil {
		return nil, fmt.Errorf("step %s: there is no plan to follow", s.ID)
	}
	in := folders{cluster: c, runID: runID}
	switch a := s.Action; {
	case a.Run != nil:
		return &run.Actor{Folders: in, By: c.options.By, From: c.options.From}, nil
	case a.Service != nil:
		return &service.Actor{Hosts: c.machines, Config: c.restore.Cluster.Service, Blocked: firewall.Blocks(c.restore.Isolation.Firewall)}, nil
	case a.Hold != nil:
		return &service.Holder{Folders: in, Config: c.restore.Cluster.Service}, nil
	case a.Firewall != nil:
		return &firewall.Actor{Hosts: c.machines, Kind: c.restore.Isolation.Firewall, Process: c.process, Probe: c.probe}, nil
	case a.Flags != nil:
		return &flags.Actor{Folders: in, Config: c.restore.Cluster.Flags}, nil
	case a.Clusters != nil:
		return &clusters.Actor{Folders: in}, nil
	case a.HostsFile != nil:
		return &hosts.Actor{Folders: in}, nil
	case a.Log != nil:
		return &log.Actor{Folders: in, Running: c.running, Others: c.silent, Progress: c.options.Progress}, nil
	case a.Backup != nil:
		return &backup.Actor{From: c.sources(), Folders: in}, nil
	case a.Scheduler != nil:
		return c.schedulerActor(in)
	}
	return nil, fmt.Errorf("step %s is of a kind that this restorectl does not know", s.ID)
}

func (c *Cluster) schedulerActor(in folders) (executor.Actor, error) {
	all, err := c.schedulers()
	if err != nil {
		return nil, err
	}
	return &scheduler.Actor{Cluster: all, Backups: scheduler.Shipped{Folders: in, Kept: &c.kept}, Process: c.pid, Restart: c.restart, FrameworkID: c.registered}, nil
}

// process reads the scheduler process that a host's supervisor runs.
func (c *Cluster) process(ctx context.Context, h host.Host) (planner.Process, error) {
	return service.Running(ctx, h, c.restore.Cluster.Service)
}

// running says whether a host's scheduler has a process.
func (c *Cluster) running(ctx context.Context, h host.Host) (bool, error) {
	p, err := c.process(ctx, h)
	return p.PID != 0, err
}

// pid is the number of a scheduler's process, 0 where none runs.
func (c *Cluster) pid(ctx context.Context, name string) (int, error) {
	h, err := c.machines.Host(ctx, name)
	if err != nil {
		return 0, err
	}
	p, err := c.process(ctx, h)
	return p.PID, err
}

// restart stops a scheduler and starts it again, with the settings that stand.
func (c *Cluster) restart(ctx context.Context, name string) error {
	seen, err := c.seen(name)
	if err != nil {
		return err
	}
	actor := &service.Actor{Hosts: c.machines, Config: c.restore.Cluster.Service, Blocked: firewall.Blocks(c.restore.Isolation.Firewall)}
	for _, op := range []planner.ServiceOp{planner.OpStop, planner.OpStart} {
		step := planner.Step{ID: "restart/" + string(op), Host: name, Action: planner.Action{Service: &planner.ServiceAction{
			Op: op, Settle: planner.Duration(c.restore.Cluster.Service.SettleTime()), HTTPPort: seen.HTTPPort(),
		}}}
		if _, err := actor.Act(ctx, step); err != nil {
			return err
		}
		if _, err := actor.Verify(ctx, step); err != nil {
			return err
		}
	}
	return nil
}
