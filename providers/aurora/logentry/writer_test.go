package logentry

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/providers/aurora"
)

func backupSnapshot(t *testing.T) *aurora.Snapshot {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "backup", "testdata", "scheduler-backup-2026-11-20-09-15"))
	if err != nil {
		t.Fatal(err)
	}
	var s aurora.Snapshot
	if err := aurora.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	return &s
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	snap := backupSnapshot(t)
	want := aurora.NewStore()
	want.Load(snap)
	gone := snap.Tasks[0]
	for name, maxEntry := range map[string]int{"whole": DefaultMaxEntry, "in frames": 100} {
		t.Run(name, func(t *testing.T) {
			payloads, err := Snapshot(snap, maxEntry)
			if err != nil {
				t.Fatal(err)
			}
			more, err := Transaction([]aurora.Op{{RemoveTasks: &aurora.RemoveTasks{TaskIDs: []string{gone.ID()}}}}, maxEntry)
			if err != nil {
				t.Fatal(err)
			}
			back, err := Transaction([]aurora.Op{{SaveTasks: &aurora.SaveTasks{Tasks: []aurora.ScheduledTask{gone}}}}, maxEntry)
			if err != nil {
				t.Fatal(err)
			}
			noop, err := Noop()
			if err != nil {
				t.Fatal(err)
			}
			if (maxEntry == 100) != (len(payloads) > 2) {
				t.Errorf("%d payloads of at most %d bytes", len(payloads), maxEntry)
			}
			r := NewReader()
			for _, p := range append(append(append(payloads, more...), back...), noop) {
				if err := r.Read(p); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(want.Snapshot(), r.Store.Snapshot()); diff != "" {
				t.Error(diff)
			}
			if r.Counts.Snapshots != 1 || r.Counts.Transactions != 2 || r.Counts.Noops != 1 {
				t.Errorf("%+v", r.Counts)
			}
		})
	}
}

func TestSnapshotRefusesTasksWithoutConfiguration(t *testing.T) {
	if _, err := Snapshot(&aurora.Snapshot{Tasks: []aurora.ScheduledTask{{}}}, DefaultMaxEntry); err == nil {
		t.Error("no error")
	}
}
