package backup

import (
	"bytes"
	"testing"

	"github.com/apache/thrift/lib/go/thrift"

	"github.com/restorectl/restorectl/providers/backup/baseline"
)

// TestTheBaselineReadsTheSame holds the IDL of the benchmarks' baseline to a backup that a scheduler of 0.22 wrote.
func TestTheBaselineReadsTheSame(t *testing.T) {
	data := fixture(t, "scheduler-backup-2026-11-24-08-07")
	b, err := Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	p := thrift.NewTBinaryProtocolConf(thrift.NewStreamTransportR(bytes.NewReader(data)), strictConfig)
	got := baseline.NewSnapshot()
	if err := got.Read(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	want := &b.Snapshot
	if got.Timestamp != want.Timestamp || got.SchedulerMetadata.FrameworkId != want.FrameworkID() || len(got.Tasks) != len(want.Tasks) ||
		len(got.HostAttributes) != len(want.HostAttributes) || len(got.CronJobs) != len(want.CronJobs) ||
		len(got.JobUpdateDetails) != len(want.JobUpdateDetails) || len(got.QuotaConfigurations) != len(want.QuotaConfigurations) {
		t.Errorf("%d tasks, %d hosts, %d cron jobs, %d updates, %d quotas; want %+v", len(got.Tasks), len(got.HostAttributes), len(got.CronJobs),
			len(got.JobUpdateDetails), len(got.QuotaConfigurations), summarize(b))
	}
	for i, task := range got.Tasks {
		w := &want.Tasks[i]
		a, c := task.AssignedTask, task.AssignedTask.Task
		key := w.Job()
		if a.TaskId != w.ID() || int32(task.Status) != int32(w.Status) || a.SlaveHost != w.AssignedTask.SlaveHost || a.InstanceId != w.AssignedTask.InstanceID ||
			c.Job.Role != key.Role || c.Job.Environment != key.Environment || c.Job.Name != key.Name || len(task.TaskEvents) != len(w.TaskEvents) ||
			c.ExecutorConfig.Data != w.AssignedTask.Task.ExecutorConfig.Data || len(c.Resources) != len(w.AssignedTask.Task.Resources) {
			t.Errorf("task %d: %v, want %+v", i, task, w)
		}
	}
}
