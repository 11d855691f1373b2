package planner

import (
	"slices"
	"strings"
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
		Restarted:   []Task{task("started", "ads/prod/api")},
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

// outcome says in words what the impact says of the only task that there is.
func outcome(im *Impact) string {
	var words []string
	for word, n := range map[string]int{
		"unaffected": im.Unaffected, "killed": len(im.Killed), "restarted": len(im.Restarted), "rescheduled": len(im.Rescheduled),
		"unclear": len(im.Unclear), "launched": im.Launched, "forgotten": im.Forgotten,
	} {
		if n > 0 {
			words = append(words, word)
		}
	}
	slices.Sort(words)
	return strings.Join(words, ", ")
}

// TestImpactByStatus goes through every status of a task in the backup (ScheduleStatus in api.thrift).
func TestImpactByStatus(t *testing.T) {
	for _, tt := range []struct{ status, runs, gone string }{
		{"INIT", "unclear", ""},
		{"THROTTLED", "restarted", "launched"},
		{"PENDING", "restarted", "launched"},
		{"ASSIGNED", "unaffected", "rescheduled"},
		{"STARTING", "unaffected", "rescheduled"},
		{"RUNNING", "unaffected", "rescheduled"},
		{"PREEMPTING", "restarted", "rescheduled"},
		{"RESTARTING", "restarted", "rescheduled"},
		{"DRAINING", "restarted", "rescheduled"},
		{"PARTITIONED", "unclear", "rescheduled"},
		{"KILLING", "killed", ""},
		{"FINISHED", "killed", ""},
		{"FAILED", "killed", ""},
		{"KILLED", "killed", ""},
		{"LOST", "killed", ""},
		{"", "killed", ""}, // Not in the backup.
	} {
		o := &Observation{Running: Running{Source: "test"}}
		if tt.status != "" {
			o.Backup.Index = []Task{{ID: "t", Job: "ads/prod/api", Status: tt.status}}
		}
		if got := outcome(impact(o, nil)); got != tt.gone {
			t.Errorf("%q in the backup, not running: %q, want %q", tt.status, got, tt.gone)
		}
		o.Running.Tasks = []Task{{ID: "t", Job: "ads/prod/api", Status: "TASK_RUNNING"}}
		im := impact(o, nil)
		if got := outcome(im); got != tt.runs || im.Running != 1 {
			t.Errorf("%q in the backup, running: %q of %d, want %q", tt.status, got, im.Running, tt.runs)
		}
	}
}

// TestImpactByWhatIsNow goes through what a Mesos master, a scheduler, a log or a backup may say of a task that the backup has as RUNNING,
// and of one that it has not.
func TestImpactByWhatIsNow(t *testing.T) {
	for _, tt := range []struct {
		status, known, unknown string
		running                int
	}{
		{"TASK_STAGING", "unaffected", "killed", 1},
		{"TASK_STARTING", "unaffected", "killed", 1},
		{"TASK_RUNNING", "unaffected", "killed", 1},
		{"TASK_KILLING", "unclear", "killed", 1},
		{"TASK_UNREACHABLE", "unclear", "killed", 1},
		{"ASSIGNED", "unaffected", "killed", 1},
		{"RUNNING", "unaffected", "killed", 1},
		{"RESTARTING", "unclear", "killed", 1},
		{"KILLING", "unclear", "killed", 1},
		{"PARTITIONED", "unclear", "killed", 1},
		{"PENDING", "rescheduled", "forgotten", 0},
		{"THROTTLED", "rescheduled", "forgotten", 0},
	} {
		o := &Observation{Running: Running{Source: "test", Tasks: []Task{{ID: "t", Job: "ads/prod/api", Status: tt.status}}}}
		im := impact(o, nil)
		if got := outcome(im); got != tt.unknown || im.Running != tt.running || !slices.Equal(im.JobsGone, []string{"ads/prod/api"}) {
			t.Errorf("%s, not in the backup: %q of %d, want %q; jobs gone: %v", tt.status, got, im.Running, tt.unknown, im.JobsGone)
		}
		o.Backup.Index = []Task{{ID: "t", Job: "ads/prod/api", Status: "RUNNING"}}
		if got := outcome(impact(o, nil)); got != tt.known {
			t.Errorf("%s, RUNNING in the backup: %q, want %q", tt.status, got, tt.known)
		}
	}
}

// TestTheCostIsAWarning has a task that is killed and launched anew, and one that stays.
func TestTheCostIsAWarning(t *testing.T) {
	o := &Observation{Backup: Backup{Index: []Task{{ID: "t", Status: "DRAINING"}, {ID: "u", Status: "RUNNING"}}},
		Running: Running{Source: "test", Tasks: []Task{{ID: "t", Status: "TASK_RUNNING"}, {ID: "u", Status: "TASK_RUNNING"}}}}
	var fs findings
	checkImpact(&fs, o, impact(o, nil), time.Time{})
	if len(fs) != 1 || fs[0].Code != "tasks-restarted" || fs[0].Severity != Warning || !strings.HasPrefix(fs[0].Summary, "1 of 2 running tasks") {
		t.Errorf("%+v", fs)
	}
}

// TestMaintenance has a task on a host that is in maintenance, by its mode, and whether there is a request.
func TestMaintenance(t *testing.T) {
	for _, tt := range []struct {
		mode, status string
		requested    bool
		want         string
		severity     Severity
	}{
		{"SCHEDULED", "RUNNING", true, "unaffected", Note},
		{"DRAINED", "RUNNING", true, "unaffected", Note},
		{"DRAINING", "RUNNING", false, "unaffected", Note},
		{"DRAINING", "RUNNING", true, "restarted", Warning},
		{"DRAINING", "ASSIGNED", true, "restarted", Warning},
		{"DRAINING", "KILLING", true, "killed", Warning},
	} {
		o := &Observation{Running: Running{Source: "test", Tasks: []Task{{ID: "t", Status: "TASK_RUNNING"}}}}
		o.Backup.Index = []Task{{ID: "t", Status: tt.status, Agent: "agent-1"}}
		o.Backup.Maintenance = []Maintenance{{Host: "agent-1", Mode: tt.mode, Requested: tt.requested}}
		if got := outcome(impact(o, nil)); got != tt.want {
			t.Errorf("%s, requested %t, %s: %q, want %q", tt.mode, tt.requested, tt.status, got, tt.want)
		}
		var fs findings
		checkMaintenance(&fs, &o.Backup)
		if len(fs) != 1 || fs[0].Code != "hosts-in-maintenance" || fs[0].Severity != tt.severity ||
			!strings.Contains(fs[0].Summary, "agent-1 ("+tt.mode+")") || strings.Contains(fs[0].Summary, "are killed") != (tt.severity == Warning) {
			t.Errorf("%+v", fs)
		}
		o.Running.Tasks = nil
		if got := outcome(impact(o, nil)); tt.want != "killed" && got != "rescheduled" {
			t.Errorf("%s, not running: %q", tt.mode, got)
		}
	}
	var fs findings
	if checkMaintenance(&fs, &Backup{}); len(fs) > 0 {
		t.Error(fs)
	}
	many := make([]Maintenance, maxHosts+2)
	if checkMaintenance(&fs, &Backup{Maintenance: many}); len(fs) != 1 || !strings.Contains(fs[0].Summary, "and 2 more") {
		t.Error(fs)
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
