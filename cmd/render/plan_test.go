package render

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/planner/planfile"
	"github.com/restorectl/restorectl/planner/planfile/planfiletest"
)

var update = flag.Bool("update", false, "write the golden files anew")

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// sample is the plan of a restore of three schedulers, of which the last one's file paths differ.
func sample() *planner.Plan {
	r := &config.Restore{
		Path:      "restore.hcl",
		Cluster:   config.Cluster{Service: config.Service{StopTimeout: time.Minute, StartTimeout: time.Minute, Hold: true}},
		Backup:    config.Backup{MaxAge: 4 * time.Hour},
		Admin:     config.Admin{Authentication: "off"},
		Recovery:  config.Recovery{Gate: true, DeleteTasks: []string{"t1"}},
		Procedure: config.Procedure{LeaderTimeout: time.Minute, RegistrationDelay: 6 * time.Hour, ReconciliationDelay: 365 * 24 * time.Hour},
	}
	o := &planner.Observation{Time: noon, Backup: planner.Backup{
		Name: "scheduler-backup-2026-11-24-10-00", File: "/tickets/scheduler-backup-2026-11-24-10-00", Size: 50292, SHA256: "2539bde68b9de657",
		Time: noon.Add(-2 * time.Hour), FrameworkID: "framework-1", Tasks: 3, ActiveTasks: 2, TaskIDs: []string{"t1", "t2", "t3"},
		TasksByJob: map[string]int{"ads/prod/api": 3}, CronJobs: 1, Crons: map[string]string{"ops/prod/nightly": "0 3 * * *"}, Index: []planner.Task{
			{ID: "t1", Job: "ads/prod/api", Status: "RUNNING"}, {ID: "t2", Job: "ads/prod/api", Status: "RUNNING"}, {ID: "t3", Job: "ads/prod/api", Status: "FINISHED"},
		},
	}, Running: planner.Running{Source: "the Mesos master at 10.0.0.5:5050", Mesos: true, Count: 4, Frameworks: []planner.Framework{
		{ID: "framework-1", Name: "Aurora", Unregistered: noon.Add(-time.Hour), FailoverTimeout: planner.Duration(21 * 24 * time.Hour)},
	}, Tasks: []planner.Task{
		{ID: "t1", Job: "ads/prod/api"}, {ID: "n1", Job: "www/prod/hello"}, {ID: "n2", Job: "www/prod/hello"}, {ID: "t9", Job: "ads/prod/api"},
	}}, Jobs: planner.Jobs{Source: "the log of a3", Believed: noon.Add(-time.Hour),
		Crons: map[string]string{"ops/prod/nightly": "0 4 * * *", "ops/prod/new": "5 * * * *"}, Updates: map[string]string{"ads/prod/api u2": "ROLLING_FORWARD"}},
		Log:    &planner.LogState{Host: "a3", End: 9, Time: noon.Add(-time.Hour), Tasks: 4, Missing: 2},
		Others: []planner.BackupSight{{Scheduler: "a2", Name: "scheduler-backup-2026-11-24-11-00", Path: "/b", Size: 9, Time: noon.Add(-time.Hour), Tasks: 4, FrameworkID: "framework-1", SHA256: "aa"}},
	}
	for _, name := range []string{"a1", "a2", "a3"} {
		r.Cluster.Schedulers = append(r.Cluster.Schedulers, config.Scheduler{Name: name, Address: name})
		settings := "/etc/default/aurora-scheduler"
		if name == "a3" {
			settings = "/srv/aurora/settings"
		}
		o.Hosts = append(o.Hosts, planner.Host{
			Name: name, Service: planner.Service{Name: "aurora-scheduler", State: "restarting",
				DropIn: "/etc/systemd/system/aurora-scheduler.service.d/zz-restorectl.conf", Marker: "/run/restorectl/aurora-scheduler.service"},
			Settings: planner.Settings{Path: settings, Digest: name, Flags: []planner.Flag{
				{Name: "cluster_name", Value: "west"}, {Name: "http_port", Value: "8081"}, {Name: "serverset_path", Value: "/s"},
				{Name: "native_log_file_path", Value: "/var/lib/aurora/scheduler/db"}, {Name: "native_log_quorum_size", Value: "2"},
				{Name: "backup_dir", Value: "/var/lib/aurora/scheduler/backups"},
				{Name: "mesos_master_address", Value: "zk://zk:2181/mesos", Where: "MESOS_MASTER"},
				{Name: "http_authentication_mechanism", Value: "BASIC", Where: "EXTRA_SCHEDULER_ARGS"},
			}},
			Replica:  planner.Replica{Path: "/var/lib/aurora/scheduler/db", State: "damaged", Problem: "checksum mismatch", Owner: "aurora", Free: 1 << 40},
			Firewall: planner.Firewall{Kind: "nftables"},
			HTTP:     planner.HTTP{Port: 8081},
		})
	}
	return planner.New(r, o, noon, "test")
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got); go test ./cmd/render -update writes it anew:\n%s", name, diff)
	}
}

func TestPlanGolden(t *testing.T) {
	p := sample()
	if p.HasErrors() {
		t.Fatal(p.Findings)
	}
	var out bytes.Buffer
	if err := Plan(&out, p, noon); err != nil {
		t.Fatal(err)
	}
	golden(t, "plan.golden", out.Bytes())
	doc, _, err := planfile.Encode(p)
	if err != nil {
		t.Fatal(err)
	}
	if err := planfiletest.Conforms(doc); err != nil {
		t.Error(err)
	}
}

func TestStatusGolden(t *testing.T) {
	p := sample()
	a := &executor.Attempt{Plan: p, Digest: "0123456789abcdef", By: "ann", From: "laptop", Began: noon, Last: noon, Steps: map[string]executor.StepRecord{}}
	for _, s := range p.Steps() {
		if s.ID == "stage/stage" {
			a.Steps[s.ID] = executor.StepRecord{Progress: planner.Begun, Failure: "connection lost", Time: noon}
			break
		}
		a.Steps[s.ID] = executor.StepRecord{Progress: planner.Finished, Time: noon, Acted: noon}
	}
	var out bytes.Buffer
	if err := Status(&out, &executor.History{Forward: a}, noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	golden(t, "status.golden", out.Bytes())
}

func TestValidity(t *testing.T) {
	for _, tt := range []struct {
		left time.Duration
		want string
	}{{time.Hour, "Valid until 2026-11-24T13:00:00Z."}, {0, "Valid until 2026-11-24T12:00:00Z."}, {-time.Hour, "It EXPIRED at 2026-11-24T11:00:00Z."}} {
		if got := validity(noon.Add(tt.left), noon); got != tt.want {
			t.Errorf("%s left: %q, want %q", tt.left, got, tt.want)
		}
	}
}
