package backup

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/providers/aurora"
)

func open(t *testing.T, name string) (*Backup, error) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return Read(bytes.NewReader(data))
}

func TestSummarizeSaysWhatTheSidecarSays(t *testing.T) {
	sidecars, err := filepath.Glob("testdata/*.json")
	if err != nil || len(sidecars) < 5 {
		t.Fatalf("%d sidecars, error %v", len(sidecars), err)
	}
	for _, sidecar := range sidecars {
		name := strings.TrimSuffix(filepath.Base(sidecar), ".json")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(sidecar)
			if err != nil {
				t.Fatal(err)
			}
			var want Summary
			in := json.NewDecoder(bytes.NewReader(text))
			in.DisallowUnknownFields()
			if err := in.Decode(&want); err != nil {
				t.Fatal(err)
			}
			b, err := open(t, name)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, summarize(b)); diff != "" {
				t.Errorf("summary (-sidecar +read):\n%s", diff)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	for name, want := range map[string]error{"empty-file": ErrEmpty, "truncated": ErrCutOff, "garbage": ErrGarbage} {
		if _, err := open(t, name); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	b, err := open(t, "scheduler-backup-2026-11-24-08-07")
	if err != nil {
		t.Fatal(err)
	}
	b.Snapshot.Tasks = append(b.Snapshot.Tasks, b.Snapshot.Tasks[0])
	data, err := aurora.Marshal(&b.Snapshot)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Read(bytes.NewReader(data)); !errors.Is(err, ErrInconsistent) {
		t.Errorf("a task twice: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	for name, later := range map[string]bool{
		"scheduler-backup-2026-11-20-09-15": false, "scheduler-backup-2026-11-24-08-07": false, "empty-state": false,
		"with-db-script": false, "from-0.12": true,
	} {
		b, err := open(t, name)
		if err != nil {
			t.Fatal(err)
		}
		if got := b.LaterRefusals(); len(b.Refusals()) > 0 || len(got) > 0 != later {
			t.Errorf("%s: refusals %q, later ones %q, want any of these: %t", name, b.Refusals(), got, later)
		}
	}
}

func TestCheckName(t *testing.T) {
	for name, ok := range map[string]bool{"scheduler-backup-2026-11-20-09-15": true, "temp_scheduler-backup-1": false, "": false, "../x": false, "..": false, "a\x00b": false} {
		if err := CheckName(name); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
}
