package logentry

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/restorectl/restorectl/providers/aurora"
)

type expected struct {
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

func payloads(t *testing.T) [][]byte {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.bin")
	if err != nil || len(paths) != 14 {
		t.Fatalf("%d entries, error %v", len(paths), err)
	}
	var out [][]byte
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, data)
	}
	return out
}

func TestReaderRebuildsTheExpectedState(t *testing.T) {
	text, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var want expected
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	r := NewReader()
	for i, p := range payloads(t) {
		if err := r.Read(p); err != nil {
			t.Fatalf("entry %d: %v", i, err)
		}
	}
	r.Close()
	snap, w := r.Store.Snapshot(), want.Rebuilt
	if len(snap.Tasks) != w.Tasks || len(snap.HostAttributes) != w.Hosts || len(snap.CronJobs) != w.CronJobs ||
		snap.FrameworkID() != w.FrameworkID || r.Counts.AbortedFrames != w.AbortedFrames {
		t.Errorf("%d tasks, %d hosts, %d cron jobs, framework %s, %d aborted frames; want %+v",
			len(snap.Tasks), len(snap.HostAttributes), len(snap.CronJobs), snap.FrameworkID(), r.Counts.AbortedFrames, w)
	}
	var roles []string
	for _, q := range snap.QuotaConfigurations {
		roles = append(roles, q.Role)
	}
	if !slices.Equal(roles, w.QuotaRoles) {
		t.Errorf("quotas of %v, want %v", roles, w.QuotaRoles)
	}
	status := map[string]aurora.ScheduleStatus{}
	for _, task := range snap.Tasks {
		status[task.ID()] = task.Status
	}
	if _, ok := status[w.Saved]; !ok || status[w.Killed] != aurora.Killed {
		t.Errorf("saved task there: %t; killed task is %v", ok, status[w.Killed])
	}
	for _, id := range w.Removed {
		if _, ok := status[id]; ok {
			t.Errorf("%s was removed and is there", id)
		}
	}
}

func TestReaderRefusesAWrongChecksum(t *testing.T) {
	r := NewReader()
	var err error
	for i, p := range payloads(t) {
		if i == 10 {
			// A byte in the middle of a chunk's data.
			p[len(p)/2] ^= 1
		}
		if err = r.Read(p); err != nil {
			break
		}
	}
	if !errors.Is(err, ErrChecksum) {
		t.Errorf("error %v", err)
	}
}
