package planner

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestImpact(t *testing.T) {
	b := &Backup{FrameworkID: "f1", CronKeys: []string{"ops/prod/nightly"}, Index: []Task{
		{ID: "same", Job: "ads/prod/api", Status: "RUNNING"},
		{ID: "dead", Job: "ads/prod/old", Status: "RUNNING"},
		{ID: "waits", Job: "ads/prod/api", Status: "PENDING"},
		{ID: "started", Job: "ads/prod/api", Status: "PENDING"},
		{ID: "over", Job: "ads/prod/api", Status: "FINISHED"},
		{ID: "deleted", Job: "ads/prod/api", Status: "RUNNING"},
	}}
	task := func(id, job string) Task { return Task{ID: id, Job: job, Status: "TASK_RUNNING"} }
	r := &Running{Source: "test", Tasks: []Task{
		task("same", "ads/prod/api"), task("started", "ads/prod/api"), task("over", "ads/prod/api"), task("deleted", "ads/prod/api"),
		task("new-2", "new/prod/job"), task("new-1", "new/prod/job"), task("cron", "ops/prod/nightly"),
	}}
	want := &Impact{
		Source: "test", Running: 7, Unaffected: 1, Launched: 1,
		Killed: []Task{task("deleted", "ads/prod/api"), task("over", "ads/prod/api"), task("new-1", "new/prod/job"), task("new-2", "new/prod/job"),
			task("cron", "ops/prod/nightly")},
		Rescheduled: []Task{{ID: "dead", Job: "ads/prod/old", Status: "RUNNING"}},
		Unclear:     []Task{task("started", "ads/prod/api")},
		JobsGone:    []string{"new/prod/job"}, JobsBack: []string{"ads/prod/old"},
	}
	if diff := cmp.Diff(want, impact(b, r, []string{"deleted"})); diff != "" {
		t.Error(diff)
	}
	if impact(b, &Running{Problems: []string{"no master"}}, nil) != nil {
		t.Error("an impact without a source")
	}
}

func TestFrameworkFindings(t *testing.T) {
	now := time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)
	left := func(ago, timeout time.Duration) Framework {
		return Framework{ID: "f1", Unregistered: now.Add(-ago), FailoverTimeout: Duration(timeout)}
	}
	for name, tt := range map[string]struct {
		frameworks []Framework
		want       []string
	}{
		"connected":      {[]Framework{{ID: "f1", Connected: true}}, nil},
		"waits long":     {[]Framework{left(time.Hour, 21*24*time.Hour)}, nil},
		"nearly over":    {[]Framework{left(time.Hour, 2*time.Hour)}, []string{"failover-near"}},
		"removed":        {[]Framework{{ID: "f1", Completed: true}, {ID: "f2"}}, []string{"framework-removed"}},
		"another":        {[]Framework{{ID: "f2"}}, []string{"framework-id-mismatch"}},
		"never heard of": {nil, []string{"framework-unknown"}},
	} {
		var fs findings
		o := &Observation{Backup: Backup{FrameworkID: "f1"}, Running: Running{Source: "m", Mesos: true, Frameworks: tt.frameworks}}
		checkImpact(&fs, o, impact(&o.Backup, &o.Running, nil), now)
		var got []string
		for _, f := range fs {
			got = append(got, f.Code)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}
