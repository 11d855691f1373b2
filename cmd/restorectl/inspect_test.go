package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/providers/backup"
	"github.com/restorectl/restorectl/providers/log/replica/replicatest"
)

// TestInspectBackupGivesWhatTheSidecarsSay compares the JSON with what the Apache Thrift library read, for every key that a sidecar has.
func TestInspectBackupGivesWhatTheSidecarsSay(t *testing.T) {
	sidecars, err := filepath.Glob("../../providers/backup/testdata/*.json")
	if err != nil || len(sidecars) < 5 {
		t.Fatalf("%d sidecars, error %v", len(sidecars), err)
	}
	for _, sidecar := range sidecars {
		text, err := os.ReadFile(sidecar)
		if err != nil {
			t.Fatal(err)
		}
		var want, got map[string]any
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		inspect(t, &got, "backup", "--json", strings.TrimSuffix(sidecar, ".json"))
		for key, value := range want {
			if diff := cmp.Diff(value, got[key]); diff != "" {
				t.Errorf("%s, %s:\n%s", sidecar, key, diff)
			}
		}
	}
}

// inspect runs an inspect command, and decodes the JSON that it prints.
func inspect(t *testing.T, into any, args ...string) {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(append([]string{"inspect"}, args...), strings.NewReader(""), &out, &errs); code != 0 {
		t.Fatal(errs.String())
	}
	if err := json.Unmarshal(out.Bytes(), into); err != nil {
		t.Fatalf("%v in %s", err, out.String())
	}
}

// export writes the state of a log as a backup.
func export(t *testing.T, dir string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "state")
	var out, errs bytes.Buffer
	if code := run([]string{"inspect", "log", "--export-backup", file, dir}, strings.NewReader(""), &out, &errs); code != 0 {
		t.Fatal(errs.String())
	}
	return file
}

// unpacked gives a folder with a log of the fixtures.
func unpacked(t *testing.T, fixture, inside string) string {
	t.Helper()
	dir := t.TempDir()
	if err := replicatest.Unpack(fixture, dir); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, inside)
}

// TestInspectLogGivesWhatExpectedSays reads the log whose entries expected.json describes, and the backup that is exported of it.
func TestInspectLogGivesWhatExpectedSays(t *testing.T) {
	text, err := os.ReadFile("../../providers/aurora/logentry/testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var expected struct {
		Rebuilt struct {
			Tasks         int      `json:"tasks"`
			Saved         string   `json:"saved"`
			Killed        string   `json:"killed"`
			Removed       []string `json:"removed"`
			Hosts         int      `json:"hosts"`
			QuotaRoles    []string `json:"quota_roles"`
			CronJobs      int      `json:"cron_jobs"`
			FrameworkID   string   `json:"framework_id"`
			AbortedFrames int      `json:"aborted_frames"`
		} `json:"rebuilt"`
	}
	if err := json.Unmarshal(text, &expected); err != nil {
		t.Fatal(err)
	}
	want := &expected.Rebuilt
	dir := unpacked(t, "entries", "entries")
	var log logReport
	inspect(t, &log, "log", "--json", dir)
	if s := log.State; s == nil || s.Tasks != want.Tasks || s.Hosts != want.Hosts || s.CronJobs != want.CronJobs || string(s.FrameworkID) != want.FrameworkID ||
		s.Quotas != len(want.QuotaRoles) || log.Entries.AbortedFrames != want.AbortedFrames || len(log.Missing) != 0 {
		t.Errorf("%+v, state %+v, want %+v", log, log.State, want)
	}
	state := export(t, dir)
	var tasks []taskReport
	inspect(t, &tasks, "backup", "--tasks", "--json", state)
	status := map[string]string{}
	for _, task := range tasks {
		status[task.ID] = task.Status
	}
	_, first := status[want.Removed[0]]
	_, second := status[want.Removed[1]]
	if len(tasks) != want.Tasks || status[want.Saved] == "" || status[want.Killed] != "KILLED" || first || second {
		t.Errorf("%d tasks, saved %q, killed %q, removed %t %t", len(tasks), status[want.Saved], status[want.Killed], first, second)
	}
	f, err := os.Open(state)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := backup.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.QuotaRoles, slices.Sorted(maps.Keys(b.Snapshot.Quotas()))); diff != "" {
		t.Error(diff)
	}
}

// TestExportsOfLiveReplicasAreTheTruth compares the tasks of the backup that is exported of each live replica with what was true.
func TestExportsOfLiveReplicasAreTheTruth(t *testing.T) {
	text, err := replicatest.Live()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]taskReport{}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	for id, task := range want {
		task.ID = id
		want[id] = task
	}
	for _, name := range []string{"replica-1", "replica-2", "replica-3"} {
		dir := unpacked(t, "live", name)
		for what, args := range map[string][]string{"the log": {"log", "--tasks", "--json", dir}, "its export": {"backup", "--tasks", "--json", export(t, dir)}} {
			var tasks []taskReport
			inspect(t, &tasks, args...)
			got := map[string]taskReport{}
			for _, task := range tasks {
				got[task.ID] = task
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s of %s:\n%s", what, name, diff)
			}
		}
	}
}
