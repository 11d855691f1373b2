// Package difference compares two states of a cluster: what became of tasks, and how the configurations of jobs differ. It is pure.
package difference

import (
	"cmp"
	"slices"
	"strings"

	"github.com/restorectl/restorectl/providers/aurora"
)

// Between is how a later state differs from an earlier one. All lists are sorted.
type Between struct {
	JobsAdded   []string `json:"jobs_added"`
	JobsRemoved []string `json:"jobs_removed"`
	// Tasks that are only in one of the states, or in both with another status, or on another agent.
	TasksAdded   []Task `json:"tasks_added"`
	TasksRemoved []Task `json:"tasks_removed"`
	TasksChanged []Task `json:"tasks_changed"`
	TasksMoved   []Task `json:"tasks_moved"`
	// Configs are jobs whose tasks' configurations differ.
	Configs []Config `json:"configs"`
	// Crons are jobs whose cron schedules were added, removed or changed, Quotas roles whose quotas were.
	Crons  []Change `json:"crons"`
	Quotas []Change `json:"quotas"`
	// Updates are job updates in progress, by job and id, that are only in one of the states or stand otherwise.
	Updates []Change `json:"updates"`
	// Unchanged counts the tasks that are the same in both.
	Unchanged int `json:"unchanged"`
}

// Task is a task in the state that has it; Before is its status, or its agent, in the earlier one where that differs.
type Task struct {
	ID     string `json:"id"`
	Job    string `json:"job"`
	Status string `json:"status"`
	Host   string `json:"host,omitempty"`
	Before string `json:"before,omitempty"`
}

// Config is how the configurations of a job's tasks differ, by the path of each value.
type Config struct {
	Job     string   `json:"job"`
	Tasks   int      `json:"tasks"`
	Changes []Change `json:"changes"`
}

// Change is one value in both states; empty where it is not there.
type Change struct {
	Path   string `json:"path"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Empty says that nothing differs.
func (b *Between) Empty() bool {
	return len(b.JobsAdded)+len(b.JobsRemoved)+len(b.TasksAdded)+len(b.TasksRemoved)+len(b.TasksChanged)+len(b.TasksMoved)+
		len(b.Configs)+len(b.Crons)+len(b.Quotas)+len(b.Updates) == 0
}

// Compare says how the state after differs from the state before.
func Compare(before, after *aurora.Snapshot) *Between {
	out := &Between{}
	then, now := byID(before.Tasks), byID(after.Tasks)
	for id, t := range now {
		was, ok := then[id]
		switch {
		case !ok:
			out.TasksAdded = append(out.TasksAdded, told(t, ""))
		case was.Status != t.Status:
			out.TasksChanged = append(out.TasksChanged, told(t, was.Status.String()))
		case was.AssignedTask.SlaveHost != t.AssignedTask.SlaveHost:
			out.TasksMoved = append(out.TasksMoved, told(t, was.AssignedTask.SlaveHost))
		default:
			out.Unchanged++
		}
	}
	for id, t := range then {
		if _, ok := now[id]; !ok {
			out.TasksRemoved = append(out.TasksRemoved, told(t, ""))
		}
	}
	for _, list := range [][]Task{out.TasksAdded, out.TasksRemoved, out.TasksChanged, out.TasksMoved} {
		slices.SortFunc(list, func(a, b Task) int { return cmp.Or(strings.Compare(a.Job, b.Job), strings.Compare(a.ID, b.ID)) })
	}
	configsThen, configsNow := configs(before), configs(after)
	out.JobsAdded, out.JobsRemoved = missing(configsNow, configsThen), missing(configsThen, configsNow)
	for job, c := range configsNow {
		was, ok := configsThen[job]
		if changes := compareValues(was.values, c.values); ok && len(changes) > 0 {
			out.Configs = append(out.Configs, Config{Job: job, Tasks: c.tasks, Changes: changes})
		}
	}
	slices.SortFunc(out.Configs, func(a, b Config) int { return strings.Compare(a.Job, b.Job) })
	out.Crons = compareValues(before.CronSchedules(), after.CronSchedules())
	out.Updates = compareValues(before.Updates(), after.Updates())
	out.Quotas = compareValues(before.Quotas(), after.Quotas())
	return out
}

func byID(tasks []aurora.ScheduledTask) map[string]*aurora.ScheduledTask {
	out := map[string]*aurora.ScheduledTask{}
	for i := range tasks {
		if tasks[i].AssignedTask != nil {
			out[tasks[i].ID()] = &tasks[i]
		}
	}
	return out
}

func told(t *aurora.ScheduledTask, before string) Task {
	return Task{ID: t.ID(), Job: t.Job().String(), Status: t.Status.String(), Host: t.AssignedTask.SlaveHost, Before: before}
}

// config is the configuration of a job's active tasks: that of the newest one, and how many tasks the job has.
type config struct {
	values map[string]string
	newest int64
	tasks  int
}

func configs(s *aurora.Snapshot) map[string]config {
	out := map[string]config{}
	for i := range s.Tasks {
		t := &s.Tasks[i]
		if !t.Status.Active() || t.AssignedTask == nil || t.AssignedTask.Task == nil {
			continue
		}
		job := t.Job().String()
		c := out[job]
		c.tasks++
		made := int64(0)
		if len(t.TaskEvents) > 0 {
			made = t.TaskEvents[0].Timestamp
		}
		if c.values == nil || made > c.newest {
			c.values, c.newest = flatten(t.AssignedTask.Task), made
		}
		out[job] = c
	}
	return out
}

func missing(in, from map[string]config) []string {
	var out []string
	for job := range in {
		if _, ok := from[job]; !ok {
			out = append(out, job)
		}
	}
	slices.Sort(out)
	return out
}

func compareValues(before, after map[string]string) []Change {
	var out []Change
	for path, v := range after {
		if was := before[path]; was != v {
			out = append(out, Change{path, was, v})
		}
	}
	for path, was := range before {
		if _, ok := after[path]; !ok {
			out = append(out, Change{path, was, ""})
		}
	}
	slices.SortFunc(out, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	return out
}
