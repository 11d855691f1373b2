package sandbox

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/providers/aurora"
	"github.com/restorectl/restorectl/providers/aurora/logentry"
	"github.com/restorectl/restorectl/providers/backup"
	"github.com/restorectl/restorectl/providers/log/replica"
)

const backupName = "scheduler-backup-2026-11-20-09-15"

func readBackup(t *testing.T) *backup.Backup {
	t.Helper()
	o := Options{Backup: filepath.Join("testdata", backupName)}
	b, err := o.readBackup()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestInitialisedLog(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "db")
	if err := seedLog(dir, nil, false); err != nil {
		t.Fatal(err)
	}
	state, err := replica.Read(dir, func(replica.Action) error { return nil })
	if err != nil || !state.Initialised() || state.Promised != 0 {
		t.Errorf("%+v, %v; want it as mesos-log initialize leaves it", state, err)
	}
}

// large makes a backup's snapshot too large for one entry. Random text can't be deflated.
func large(s *aurora.Snapshot) {
	text := make([]byte, 3*logentry.DefaultMaxEntry)
	state := uint64(1)
	for i := range text {
		state = state*6364136223846793005 + 1442695040888963407
		text[i] = byte('!' + state>>33%90)
	}
	s.DBScript = append(s.DBScript, string(text))
}

func TestSeededLog(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*aurora.Snapshot){"as it is": func(*aurora.Snapshot) {}, "framed": large} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := readBackup(t)
			change(&b.Snapshot)
			dir := filepath.Join(t.TempDir(), "db")
			if err := seedLog(dir, &b.Snapshot, false); err != nil {
				t.Fatal(err)
			}
			rebuilt, err := replica.Rebuild(dir)
			if state := rebuilt.State; err != nil || state.Status != replica.Voting || state.Holes != 0 || state.Unlearned != 0 {
				t.Fatalf("%+v, %v", state, err)
			}
			want := aurora.NewStore()
			want.Load(&b.Snapshot)
			if d := cmp.Diff(want.Snapshot(), rebuilt.Reader.Store.Snapshot()); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestDamagedLog(t *testing.T) {
	t.Parallel()
	for name, snapshot := range map[string]*aurora.Snapshot{"with a state": &readBackup(t).Snapshot, "without": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "db")
			if err := seedLog(dir, snapshot, true); err != nil {
				t.Fatal(err)
			}
			if err := damageLog(dir); err != nil {
				t.Fatal(err)
			}
			if _, err := replica.Read(dir, func(replica.Action) error { return nil }); !errors.Is(err, replica.ErrDamaged) {
				t.Errorf("%v, want damage", err)
			}
			if _, err := os.Stat(filepath.Join(dir, "CURRENT")); err != nil {
				t.Error(err)
			}
		})
	}
}
