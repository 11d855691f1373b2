package replica

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/providers/aurora"
	"github.com/restorectl/restorectl/providers/log/replica/replicatest"
)

// unpack unpacks a fixture into a fresh folder and gives the folder named inside it.
func unpack(t *testing.T, fixture, inside string) string {
	t.Helper()
	root := t.TempDir()
	if err := replicatest.Unpack(fixture, root); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(root, inside)
}

// files gives every file of a folder with its content.
func files(t testing.TB, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = string(data)
	}
	return out
}

func TestRead(t *testing.T) {
	tests := []struct {
		fixture string
		want    *State
		err     error
	}{
		{"initialized", &State{Status: Voting}, nil},
		{"entries", &State{Status: Voting, Promised: 1, End: 14, Actions: 15, Spans: []Span{{0, 14}}}, nil},
		{"truncated", &State{Status: Voting, Promised: 1, Begin: 3, End: 15, Actions: 13, Spans: []Span{{3, 15}}}, nil},
		{"uninitialized", nil, ErrNoDatabase},
		{"missing-current", nil, ErrDamaged},
	}
	for _, tt := range tests {
		t.Run(tt.fixture, func(t *testing.T) {
			dir := unpack(t, tt.fixture, tt.fixture)
			before := files(t, dir)
			got, err := Read(dir, nil)
			if !errors.Is(err, tt.err) {
				t.Fatalf("error %v, want %v", err, tt.err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("state (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, files(t, dir)); diff != "" {
				t.Errorf("reading changed the files:\n%s", diff)
			}
		})
	}
	if _, err := Read(filepath.Join(t.TempDir(), "none"), nil); !errors.Is(err, ErrMissing) {
		t.Errorf("no folder: %v", err)
	}
	empty := t.TempDir()
	if err := os.WriteFile(filepath.Join(empty, "other"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(empty, nil); !errors.Is(err, ErrDamaged) {
		t.Errorf("a folder that is no database: %v", err)
	}
	if diff := cmp.Diff(map[string]string{"other": ""}, files(t, empty)); diff != "" {
		t.Errorf("reading a folder that is no database left something behind:\n%s", diff)
	}
}

// TestReadLeavesNoLock reads a copy that has no lock.
func TestReadLeavesNoLock(t *testing.T) {
	dir := unpack(t, "live", "replica-1")
	before := files(t, dir)
	if _, err := Read(dir, nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, files(t, dir)); diff != "" {
		t.Errorf("reading changed the files:\n%s", diff)
	}
}

func TestReadFindsDamageThatTheToolSkips(t *testing.T) {
	state, err := Read(unpack(t, "corrupt", "corrupt"), nil)
	if !errors.Is(err, ErrDamaged) {
		t.Errorf("state %+v, error %v", state, err)
	}
}

func TestRebuildLiveReplicas(t *testing.T) {
	text, err := replicatest.Live()
	if err != nil {
		t.Fatal(err)
	}
	type task struct {
		Host     string `json:"host"`
		Instance int32  `json:"instance"`
		Job      string `json:"job"`
		Status   string `json:"status"`
	}
	want := map[string]task{}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"replica-1", "replica-2", "replica-3"} {
		t.Run(name, func(t *testing.T) {
			rebuilt, err := Rebuild(unpack(t, "live", name))
			if err != nil {
				t.Fatal(err)
			}
			state, r := rebuilt.State, rebuilt.Reader
			if rebuilt.Snapshot < 42 || rebuilt.Transactions == 0 || rebuilt.Missing != nil {
				t.Errorf("snapshot at %d, %d transactions after it, missing %v", rebuilt.Snapshot, rebuilt.Transactions, rebuilt.Missing)
			}
			got := map[string]task{}
			for _, x := range r.Store.Tasks() {
				got[x.ID()] = task{x.AssignedTask.SlaveHost, x.AssignedTask.InstanceID, x.Job().String(), x.Status.String()}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("tasks (-true +rebuilt), state %+v:\n%s", state, diff)
			}
		})
	}
}

func TestRebuildEntries(t *testing.T) {
	rebuilt, err := Rebuild(unpack(t, "entries", "entries"))
	if err != nil || rebuilt.State.End != 14 || rebuilt.Snapshot != 3 {
		t.Fatalf("%+v, error %v", rebuilt, err)
	}
	r := rebuilt.Reader
	killed := 0
	for _, task := range r.Store.Tasks() {
		if task.Status == aurora.Killed {
			killed++
		}
	}
	if n := len(r.Store.Tasks()); n != 32 || r.Counts.AbortedFrames != 1 || killed == 0 {
		t.Errorf("%d tasks, %d killed, counts %+v", n, killed, r.Counts)
	}
}
