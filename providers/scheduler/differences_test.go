package scheduler

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/providers/aurora"
)

func TestDifferences(t *testing.T) {
	const id = "ops-prod-cache-0-6f4a39c7-ff29-4922-905e-f60eb416e0aa"
	one := func() []aurora.ScheduledTask {
		return slices.DeleteFunc(backupTasks(t, recorded), func(s aurora.ScheduledTask) bool { return s.ID() != id })
	}
	text := func(s string) *string { return &s }
	number := func(n int64) *int64 { return &n }
	for name, tt := range map[string]struct {
		want, got func(s *aurora.ScheduledTask) // change the backup's task, and the scheduler's
		lines     []string
	}{
		"the same":        {},
		"status":          {got: func(s *aurora.ScheduledTask) { s.Status = aurora.Lost }, lines: []string{"task " + id + " is LOST, not RUNNING"}},
		"failures":        {got: func(s *aurora.ScheduledTask) { s.FailureCount++ }, lines: []string{"task " + id + " differs in ScheduledTask.FailureCount"}},
		"agent":           {got: func(s *aurora.ScheduledTask) { s.AssignedTask.SlaveHost = "x" }, lines: []string{"task " + id + " differs in AssignedTask.SlaveHost"}},
		"port":            {got: func(s *aurora.ScheduledTask) { s.AssignedTask.AssignedPorts = map[string]int32{"http": 1} }, lines: []string{"task " + id + " differs in AssignedTask.AssignedPorts"}},
		"event":           {got: func(s *aurora.ScheduledTask) { s.TaskEvents = s.TaskEvents[1:] }, lines: []string{"task " + id + " differs in ScheduledTask.TaskEvents"}},
		"order of events": {got: func(s *aurora.ScheduledTask) { s.TaskEvents = slices.Clone(s.TaskEvents); slices.Reverse(s.TaskEvents) }, lines: []string{"task " + id + " differs in ScheduledTask.TaskEvents"}},
		"command": {got: func(s *aurora.ScheduledTask) { s.AssignedTask.Task.ExecutorConfig.Data += " " },
			lines: []string{"task " + id + " differs in ExecutorConfig.Data"}},
		"job":   {got: func(s *aurora.ScheduledTask) { s.AssignedTask.Task.Job.Name = "x" }, lines: []string{"task " + id + " differs in its job"}},
		"ram":   {got: func(s *aurora.ScheduledTask) { s.AssignedTask.Task.Resources[0].RAMMB = number(1) }, lines: []string{"task " + id + " differs in its resources"}},
		"label": {got: func(s *aurora.ScheduledTask) { s.AssignedTask.Task.Metadata[0].Value = "x" }, lines: []string{"task " + id + " differs in TaskConfig.Metadata"}},
		"tier":  {got: func(s *aurora.ScheduledTask) { s.AssignedTask.Task.Tier = text("x") }, lines: []string{"task " + id + " differs in TaskConfig.Tier"}},
		"no tier": {got: func(s *aurora.ScheduledTask) { s.AssignedTask.Task.Tier = nil },
			lines: []string{"task " + id + " differs in TaskConfig.Tier"}},
		"missing": {got: func(s *aurora.ScheduledTask) { s.AssignedTask.TaskID = "other" },
			lines: []string{"task " + id + " is missing", "task other is not in the backup"}},
		"order of a set": {got: func(s *aurora.ScheduledTask) { slices.Reverse(s.AssignedTask.Task.Resources) }},
		"unset set":      {want: func(s *aurora.ScheduledTask) { s.AssignedTask.Task.Constraints = nil }},
		"filled in": {want: func(s *aurora.ScheduledTask) {
			s.TimesPartitioned, s.AssignedTask.Task.Tier, s.AssignedTask.Task.Container = nil, nil, nil
		}},
		"written by an old release": {want: func(s *aurora.ScheduledTask) {
			c, cpus := s.AssignedTask.Task, 1.0
			c.NumCPUs, c.RAMMB, c.DiskMB, c.RequestedPorts, c.Resources = &cpus, number(512), number(1024), []string{"http"}, nil
			c.JobName, c.Environment, c.Owner.Role, c.Job = "cache", "prod", "ops", nil
		}},
	} {
		t.Run(name, func(t *testing.T) {
			want, got := one(), one()
			if tt.want != nil {
				tt.want(&want[0])
			}
			if tt.got != nil {
				tt.got(&got[0])
			}
			if diff := cmp.Diff(tt.lines, differences(want, got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if diff := cmp.Diff([]string{"task " + id + " is there twice"}, differences(one(), append(one(), one()...))); diff != "" {
		t.Errorf("twice (-want +got):\n%s", diff)
	}
}

// TestStoreDifferences has a leader that changes its store before it is registered.
func TestStoreDifferences(t *testing.T) {
	task := func(id string, status aurora.ScheduleStatus, events ...aurora.TaskEvent) aurora.ScheduledTask {
		return aurora.ScheduledTask{AssignedTask: &aurora.AssignedTask{TaskID: id}, Status: status, TaskEvents: events}
	}
	throttled := aurora.TaskEvent{Timestamp: 1, Status: aurora.Throttled}
	committed := []aurora.ScheduledTask{task("runs", aurora.Running), task("over", aurora.Failed), task("waits", aurora.Throttled, throttled)}
	parted := task("parted", aurora.Partitioned)
	successor := func(of string, status aurora.ScheduleStatus) aurora.ScheduledTask {
		t := task("new", status)
		t.AncestorID = of
		return t
	}
	for name, tt := range map[string]struct {
		committed, store []aurora.ScheduledTask
		want             []string
	}{
		"as committed": {store: committed},
		"given up and put in again": {
			committed: append(slices.Clone(committed), parted),
			store:     append(slices.Clone(committed), task("parted", aurora.Lost, aurora.TaskEvent{Timestamp: 2}), successor("parted", aurora.Pending))},
		"given up and put in again, but it runs": {
			committed: append(slices.Clone(committed), parted),
			store:     append(slices.Clone(committed), task("parted", aurora.Lost), successor("parted", aurora.Running)),
			want:      []string{"task new is not in the backup"}},
		"another one put in again": {
			committed: append(slices.Clone(committed), parted),
			store:     append(slices.Clone(committed), task("parted", aurora.Lost), successor("runs", aurora.Pending)),
			want:      []string{"task new is not in the backup"}},
		"pruned, and not throttled any more": {
			store: []aurora.ScheduledTask{task("runs", aurora.Running), task("waits", aurora.Pending, throttled, aurora.TaskEvent{Timestamp: 2})}},
		"a task that runs is missing":      {store: committed[1:], want: []string{"task runs is missing"}},
		"one that is throttled is missing": {store: committed[:2], want: []string{"task waits is missing"}},
		"one that was over is not": {
			store: []aurora.ScheduledTask{committed[0], task("over", aurora.Pending), committed[2]}, want: []string{"task over is PENDING, not FAILED"}},
		"one that was throttled is lost": {
			store: []aurora.ScheduledTask{committed[0], committed[1], task("waits", aurora.Lost, throttled)}, want: []string{"task waits is LOST, not THROTTLED"}},
		"one that was never committed": {store: append(slices.Clone(committed), task("new", aurora.Failed)), want: []string{"task new is not in the backup"}},
	} {
		t.Run(name, func(t *testing.T) {
			wanted := tt.committed
			if wanted == nil {
				wanted = committed
			}
			if diff := cmp.Diff(tt.want, storeDifferences(wanted, tt.store)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
