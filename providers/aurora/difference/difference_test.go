package difference

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/providers/aurora"
)

func snapshot(t *testing.T, name string) *aurora.Snapshot {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "backup", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var s aurora.Snapshot
	if err := aurora.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	return &s
}

func TestAStateDoesNotDifferFromItself(t *testing.T) {
	s := snapshot(t, "scheduler-backup-2026-11-20-09-15")
	if b := Compare(s, s); !b.Empty() || b.Unchanged != len(s.Tasks) {
		t.Errorf("%+v", b)
	}
}

// TestAnHour compares two backups of one cluster, an hour apart: tasks lost and rescheduled, finished, one job removed, one added.
func TestAnHour(t *testing.T) {
	before, after := snapshot(t, "scheduler-backup-2026-11-20-09-15"), snapshot(t, "scheduler-backup-2026-11-20-10-15")
	b := Compare(before, after)
	if len(b.JobsAdded) != 1 || len(b.JobsRemoved) != 1 || len(b.TasksAdded) == 0 || len(b.TasksChanged) == 0 {
		t.Errorf("%+v", b)
	}
	if got := len(before.Tasks) - len(b.TasksRemoved) + len(b.TasksAdded); got != len(after.Tasks) {
		t.Errorf("%d tasks, want %d", got, len(after.Tasks))
	}
	back := Compare(after, before)
	if diff := cmp.Diff(b.JobsAdded, back.JobsRemoved); diff != "" {
		t.Error(diff)
	}
	if len(back.TasksAdded) != len(b.TasksRemoved) || back.Unchanged != b.Unchanged {
		t.Errorf("backwards: %+v", back)
	}
}

func TestConfigurationsAreComparedValueByValue(t *testing.T) {
	task := func(cpus float64, data string, resources ...aurora.Resource) *aurora.Snapshot {
		return &aurora.Snapshot{Tasks: []aurora.ScheduledTask{{Status: aurora.Running, AssignedTask: &aurora.AssignedTask{TaskID: "t", Task: &aurora.TaskConfig{
			Job: &aurora.JobKey{Role: "ads", Environment: "prod", Name: "api"}, ExecutorConfig: &aurora.ExecutorConfig{Data: data},
			Resources: append(resources, aurora.Resource{NumCPUs: &cpus}),
		}}}}}
	}
	ram := int64(512)
	before := task(1, `{"task": {"processes": [{"cmdline": "run --v1"}]}, "gone": 1}`, aurora.Resource{RAMMB: &ram})
	after := task(2, `{"task": {"processes": [{"cmdline": "run --v2"}]}}`, aurora.Resource{RAMMB: &ram})
	after.Tasks[0].AssignedTask.SlaveHost = "agent-2"
	want := &Between{
		TasksMoved: []Task{{ID: "t", Job: "ads/prod/api", Status: "RUNNING", Host: "agent-2"}},
		Configs: []Config{{Job: "ads/prod/api", Tasks: 1, Changes: []Change{
			{"ExecutorConfig.Data.gone", "1", ""},
			{"ExecutorConfig.Data.task.processes[0].cmdline", "run --v1", "run --v2"},
			{"Resources[0]", "NumCPUs=1", "NumCPUs=2"},
		}}},
	}
	if diff := cmp.Diff(want, Compare(before, after)); diff != "" {
		t.Error(diff)
	}
}
