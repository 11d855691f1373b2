// Package backuptest makes backups for tests and benchmarks, as large as they ask for.
package backuptest

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"github.com/restorectl/restorectl/providers/aurora"
)

// Generate writes a backup of n made-up tasks, as a scheduler of 0.22 writes it, in bounded memory: a bit more than a kilobyte for each.
func Generate(w io.Writer, n int) error {
	return GenerateWith(w, n, func(int) int { return 0 })
}

// GenerateWith makes each task larger by so many bytes.
func GenerateWith(w io.Writer, n int, larger func(i int) int) error {
	const i64Type, structType, setType = 10, 12, 14 // Of the binary protocol.
	head := binary.BigEndian.AppendUint64([]byte{i64Type, 0, 1}, 1795507647000)
	head = append(head, setType, 0, 4, structType)
	head = binary.BigEndian.AppendUint32(head, uint32(n)) //nolint:gosec // As many as a test asks for.
	if _, err := w.Write(head); err != nil {
		return err
	}
	for i := range n {
		task := Task(i)
		task.AssignedTask.Task.ExecutorConfig.Data += strings.Repeat(" ", larger(i))
		b, err := aurora.Marshal(&task)
		if err != nil {
			return err
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	rest, err := aurora.Marshal(&aurora.Snapshot{SchedulerMetadata: &aurora.SchedulerMetadata{FrameworkID: "framework-1"}})
	if err != nil {
		return err
	}
	// Without the time, which the head has.
	_, err = w.Write(rest[11:])
	return err
}

// Task is the task with the number i of such a backup, as large as those of real clusters.
func Task(i int) aurora.ScheduledTask {
	of := func(s string) *string { return &s }
	cpus, ram, disk, yes := 1.5, int64(2048), int64(4096), true
	key := &aurora.JobKey{Role: fmt.Sprintf("role%d", i/500%50), Environment: "prod", Name: fmt.Sprintf("service-%d", i/50%400)}
	data := fmt.Sprintf(`{"role": %q, "environment": "prod", "name": %q, "task": {"processes": [{"name": "run", "cmdline": "./run --port={{thermos.ports[http]}} --shard={{mesos.instance}}"}], "resources": {"cpu": 1.5, "ram": 2147483648, "disk": 4294967296}, "constraints": [{"order": ["fetch", "run"]}]}}`, key.Role, key.Name)
	var events []aurora.TaskEvent
	for e, s := range []aurora.ScheduleStatus{aurora.Pending, aurora.Assigned, aurora.Starting, aurora.Running} {
		events = append(events, aurora.TaskEvent{Timestamp: 1795507600000 + int64(e), Status: s, Scheduler: of("scheduler-1.example.com")})
	}
	return aurora.ScheduledTask{
		Status: aurora.Running, TaskEvents: events,
		AssignedTask: &aurora.AssignedTask{
			TaskID: fmt.Sprintf("%s-prod-%s-%d-6f4a39c7-ff29-4922-905e-%012x", key.Role, key.Name, i%50, i), SlaveID: "20261001-000000-1234-0001-S12",
			SlaveHost: fmt.Sprintf("agent-%d.example.com", i%800), InstanceID: int32(i % 50), AssignedPorts: map[string]int32{"http": 31000, "aurora": 31000},
			Task: &aurora.TaskConfig{
				IsService: true, MaxTaskFailures: 1, Owner: &aurora.Identity{User: key.Role}, Production: &yes, Job: key, Tier: of("preferred"),
				TaskLinks: map[string]string{"http": "http://%host%:%port:http%"}, ContactEmail: of(key.Role + "@example.com"),
				ExecutorConfig: &aurora.ExecutorConfig{Name: "AuroraExecutor", Data: data}, Metadata: []aurora.Metadata{{Key: "team", Value: key.Role}},
				Container:   &aurora.Container{Mesos: &aurora.MesosContainer{}},
				Constraints: []aurora.Constraint{{Name: "host", Constraint: &aurora.TaskConstraint{Limit: &aurora.LimitConstraint{Limit: 1}}}},
				Resources:   []aurora.Resource{{NumCPUs: &cpus}, {RAMMB: &ram}, {DiskMB: &disk}, {NamedPort: of("http")}},
			},
		},
	}
}
