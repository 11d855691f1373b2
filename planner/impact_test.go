package planner

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestImpact(t *testing.T) {
	b := Backup{FrameworkID: "f1", Crons: map[string]string{"ops/prod/nightly": "0 3 * * *", "ops/prod/back": "1 * * * *", "ops/prod/same": "2 * * * *"},
		Updates: map[string]string{"ads/prod/api u1": "ROLLING_FORWARD"}, Index: []Task{
			{ID: "same", Job: "ads/prod/api", Status: "RUNNING"},
			{ID: "dead", Job: "ads/prod/old", Status: "RUNNING"},
			{ID: "waits", Job: "ads/prod/api", Status: "PENDING"},
			{ID: "started", Job: "ads/prod/api", Status: "PENDING"},
			{ID: "over", Job: "ads/prod/api", Status: "FINISHED"},
			{ID: "deleted", Job: "ads/prod/api", Status: "RUNNING"},
			{ID: "dying", Job: "ads/prod/api", Status: "KILLING"},
			{ID: "died", Job: "ads/prod/gone", Status: "KILLING"},
		}}
	task := func(id, job string) Task { return Task{ID: id, Job: job, Status: "TASK_RUNNING"} }
	jobs := Jobs{Source: "a scheduler", Crons: map[string]string{"ops/prod/nightly": "0 4 * * *", "ops/prod/same": "2 * * * *", "ops/prod/new": "5 * * * *"},
		Updates: map[string]string{"ads/prod/api u2": "ROLLING_BACK"}}
	r := Running{Source: "test", Tasks: []Task{
		task("same", "ads/prod/api"), task("started", "ads/prod/api"), task("over", "ads/prod/api"), task("deleted", "ads/prod/api"), task("dying", "ads/prod/api"),
		task("new-2", "new/prod/job"), task("new-1", "new/prod/job"), task("cron", "ops/prod/nightly"),
	}}
	want := &Impact{
		Source: "test", Running: 8, Unaffected: 1, Launched: 1,
		Killed: []Task{task("deleted", "ads/prod/api"), task("dying", "ads/prod/api"), task("over", "ads/prod/api"), task("new-1", "new/prod/job"), task("new-2", "new/prod/job"),
			task("cron", "ops/prod/nightly")},
		Rescheduled: []Task{{ID: "dead", Job: "ads/prod/old", Status: "RUNNING"}},
		Unclear:     []Task{task("started", "ads/prod/api")},
		JobsGone:    []string{"new/prod/job"}, JobsBack: []string{"ads/prod/old"},
		Jobs: Jobs{Source: "a scheduler"},
		Crons: []Change{{Subject: "ops/prod/new", Before: "5 * * * *"}, {Subject: "ops/prod/nightly", Before: "0 4 * * *", After: "0 3 * * *"},
			{Subject: "ops/prod/back", After: "1 * * * *"}},
		Updates: []Change{{Subject: "ads/prod/api u2", Before: "ROLLING_BACK"}, {Subject: "ads/prod/api u1", After: "ROLLING_FORWARD"}},
	}
	if diff := cmp.Diff(want, impact(&Observation{Backup: b, Running: r, Jobs: jobs}, []string{"deleted"})); diff != "" {
		t.Error(diff)
	}
	if impact(&Observation{Backup: b, Running: Running{Problems: []string{"no master"}}}, nil) != nil {
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
		active     int
		want       []string
	}{
		"connected":     {[]Framework{{ID: "f1", Connected: true}}, 0, nil},
		"waits long":    {[]Framework{left(time.Hour, 21*24*time.Hour)}, 0, nil},
		"nearly over":   {[]Framework{left(time.Hour, 2*time.Hour)}, 0, []string{"failover-near"}},
		"over":          {[]Framework{left(3*time.Hour, 2*time.Hour)}, 0, []string{"failover-passed"}},
		"removed":       {[]Framework{{ID: "f1", Completed: true}, {ID: "f2"}}, 0, []string{"framework-removed"}},
		"shows no task": {[]Framework{{ID: "f1", Connected: true}}, 3, []string{"no-tasks-shown"}},
		"another":       {[]Framework{{ID: "f2"}}, 0, []string{"framework-id-mismatch"}},
	} {
		var fs findings
		o := &Observation{Backup: Backup{FrameworkID: "f1", ActiveTasks: tt.active}, Running: Running{Source: "m", Mesos: true, Frameworks: tt.frameworks}}
		checkImpact(&fs, o, impact(o, nil), now)
		var got []string
		for _, f := range fs {
			got = append(got, f.Code)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}
