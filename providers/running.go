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

// observeRunning asks what runs now: the Mesos master, or else a scheduler that is ACTIVE. Where nobody can be asked, Problems say why.
func (c *Cluster) observeRunning(ctx context.Context, hosts []planner.Host, frameworkID string) planner.Running {
	ctx, cancel := context.WithTimeout(ctx, runningPatience)
	defer cancel()
	var problems []string
	for i := range hosts {
		h := &hosts[i]
		if h.Problem != "" || h.MesosMaster() == "" {
			continue
		}
		master := mesos.Master{Address: h.MesosMaster(), Dial: c.from(h.Name)}
		r, err := master.Running(ctx, frameworkID, h.FrameworkName())
		if err == nil {
			return r
		}
		// All schedulers have the same master, or the plan says that they don't.
		problems = append(problems, fmt.Sprintf("from %s: %v", h.Name, err))
		break
	}
	for i := range hosts {
		if hosts[i].HTTP.Lifecycle != scheduler.Active {
			continue
		}
		r, err := c.askScheduler(ctx, &hosts[i])
		if err == nil {
			r.Problems = problems
			return r
		}
		problems = append(problems, err.Error())
	}
	if len(problems) == 0 {
		problems = append(problems, "no scheduler's flags could be read")
	}
	return planner.Running{Problems: problems}
}

// LiveTasks asks the cluster's ACTIVE scheduler for all its tasks.
func (c *Cluster) LiveTasks(ctx context.Context) ([]aurora.ScheduledTask, error) {
	var seen []string
	for _, s := range c.restore.Cluster.Present() {
		h := c.observeHost(ctx, s.Name)
		if h.HTTP.Lifecycle == scheduler.Active {
			return c.tasksOf(ctx, &h)
		}
		seen = append(seen, s.Name+": "+cmp.Or(h.Problem, h.HTTP.Problem, h.HTTP.Lifecycle))
	}
	return nil, fmt.Errorf("no scheduler is ACTIVE (%s)", strings.Join(seen, "; "))
}

// tasksOf asks a scheduler for its tasks.
func (c *Cluster) tasksOf(ctx context.Context, seen *planner.Host) ([]aurora.ScheduledTask, error) {
	h, err := c.machines.Host(ctx, seen.Name)
	if err != nil {
		return nil, err
	}
	client := scheduler.Client{Host: h, Port: seen.HTTPPort(), IP: seen.IP()}
	return client.GetTasksStatus(ctx, scheduler.TaskQuery{})
}

// askScheduler asks an ACTIVE scheduler for its active tasks.
func (c *Cluster) askScheduler(ctx context.Context, seen *planner.Host) (planner.Running, error) {
	tasks, err := c.tasksOf(ctx, seen)
	if err != nil {
		return planner.Running{}, err
	}
	r := planner.Running{Source: "the scheduler on " + seen.Name}
	for i := range tasks {
		if t := &tasks[i]; t.Status.Active() {
			r.Tasks = append(r.Tasks, planner.Task{ID: t.ID(), Job: t.Job().String(), Status: t.Status.String(), Agent: t.AssignedTask.SlaveHost})
		}
	}
	r.Count = len(r.Tasks)
	return r, nil
}

// registered asks the Mesos master which framework the plan's cluster is registered as.
func (c *Cluster) registered(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, runningPatience)
	defer cancel()
	for i := range c.plan.Observation.Hosts {
		if h := &c.plan.Observation.Hosts[i]; h.MesosMaster() != "" {
			master := mesos.Master{Address: h.MesosMaster(), Dial: c.from(h.Name)}
			return master.Registered(ctx, h.FrameworkName())
		}
	}
	return "", nil
}
