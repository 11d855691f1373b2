package run_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/host/hosttest"
	"github.com/restorectl/restorectl/providers/run"
)

const (
	original = "QUORUM=2\nMASTER=zk://real\n"
	edited   = "QUORUM=2\nMASTER=zk://nowhere\n"
)

func edit(content []byte) ([]byte, error) {
	return bytes.ReplaceAll(content, []byte("zk://real"), []byte("zk://nowhere")), nil
}

func undo(content []byte) ([]byte, error) {
	return bytes.ReplaceAll(content, []byte("zk://nowhere"), []byte("zk://real")), nil
}

// old is when the original was last changed.
var old = time.Date(2021, 3, 4, 5, 6, 7, 0, time.UTC)

// world is a host with a settings file and a run's folder.
type world struct {
	*hosttest.Machine
	faulty *hosttest.Faulty
	folder *run.Folder
	file   string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Machine: hosttest.Local(t)}
	w.faulty = &hosttest.Faulty{Host: w.Machine}
	w.folder = &run.Folder{Host: w.faulty, Parent: filepath.Join(w.Dir, ".restorectl"), ID: "run-1"}
	w.file = w.File(t, "etc/settings", original, 0o640)
	if err := os.Chtimes(w.file, old, old); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(w.folder.Path("saved"), 0o700); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) edit(t *testing.T) (executor.Outcome, error) {
	return w.folder.Edit(t.Context(), w.file, host.DigestOf([]byte(original)), edit)
}

func (w *world) restore(t *testing.T) (executor.Outcome, error) {
	return w.folder.Restore(t.Context(), w.file, undo)
}

func (w *world) stands(t *testing.T, want run.Standing) {
	t.Helper()
	if got, err := w.folder.Standing(t.Context(), w.file); err != nil || got != want {
		t.Errorf("it stands %s, %v; want %s", got, err, want)
	}
}

// holds checks a file's content and mode, and that nothing else is in its folder.
func (w *world) holds(t *testing.T, content string, mode fs.FileMode) {
	t.Helper()
	got, err := os.ReadFile(w.file)
	if err != nil || string(got) != content {
		t.Errorf("the file holds %q, %v; want %q", got, err, content)
	}
	info, err := os.Stat(w.file)
	if err != nil || info.Mode() != mode {
		t.Errorf("the file has mode %v, %v; want %v", info.Mode(), err, mode)
	}
	entries, err := os.ReadDir(filepath.Dir(w.file))
	if err != nil || len(entries) != 1 {
		t.Errorf("beside the file: %v, %v", entries, err)
	}
}

// isAsBefore checks that the file is what it was before the run, times included.
func (w *world) isAsBefore(t *testing.T) {
	t.Helper()
	w.holds(t, original, 0o640)
	if info, err := os.Stat(w.file); err != nil || !info.ModTime().Equal(old) {
		t.Errorf("the file is of %v, %v; want %v", info.ModTime(), err, old)
	}
}

func TestEditAndRestore(t *testing.T) {
	w := newWorld(t)
	w.stands(t, run.Untouched)
	if o, err := w.restore(t); err != nil || o["kept"] != "" {
		t.Errorf("restoring what was not edited: %v, %v", o, err)
	}
	o, err := w.edit(t)
	if err != nil {
		t.Fatal(err)
	}
	want := executor.Outcome{"path": w.file, "before": host.DigestOf([]byte(original)), "after": host.DigestOf([]byte(edited)), "saved": w.folder.Saved(w.file)}
	if diff := cmp.Diff(want, o); diff != "" {
		t.Error(diff)
	}
	w.stands(t, run.Edited)
	w.holds(t, edited, 0o640)
	if saved, err := w.folder.Original(t.Context(), w.file); err != nil || string(saved) != original {
		t.Errorf("the saved original is %q, %v", saved, err)
	}
	if info, err := os.Stat(w.folder.Saved(w.file)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the saved original: %v, %v", info, err)
	}
	again, err := w.edit(t)
	if diff := cmp.Diff(want, again); err != nil || diff != "" {
		t.Error(diff, err)
	}
	for range 2 {
		if o, err = w.restore(t); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(executor.Outcome{"path": w.file, "restored": host.DigestOf([]byte(original))}, o); diff != "" {
			t.Error(diff)
		}
		w.stands(t, run.Restored)
		w.isAsBefore(t)
	}
	if _, err := w.edit(t); !executor.IsRefusal(err) {
		t.Errorf("editing what was restored: %v", err)
	}
}

func TestEditRefuses(t *testing.T) {
	w := newWorld(t)
	w.File(t, "etc/settings", "changed since\n", 0o640)
	if _, err := w.edit(t); !executor.IsRefusal(err) {
		t.Errorf("changed since the plan: %v", err)
	}
	w.holds(t, "changed since\n", 0o640)
	w.stands(t, run.Untouched)
	broken := errors.New("no such flag")
	_, err := w.folder.Edit(t.Context(), w.file, host.DigestOf([]byte("changed since\n")), func([]byte) ([]byte, error) { return nil, broken })
	if !errors.Is(err, broken) {
		t.Errorf("a failed edit: %v", err)
	}
	w.holds(t, "changed since\n", 0o640)
}

// TestEditCutOff loses the host before every command of an edit, and then takes it up or gives it up. To lose the answer of a
// command is the same as to lose the host before the next one.
func TestEditCutOff(t *testing.T) {
	t.Parallel()
	for _, goOn := range []bool{true, false} {
		n := 1
		for ; ; n++ {
			w := newWorld(t)
			w.faulty.At = w.faulty.Runs() + n
			if _, err := w.edit(t); err == nil {
				break
			}
			if content, err := os.ReadFile(w.file); err != nil || string(content) != original && string(content) != edited {
				t.Fatalf("lost at %d: the file holds %q, %v", n, content, err)
			}
			w.faulty.Heal()
			beside, err := os.ReadDir(filepath.Dir(w.file))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := w.folder.Standing(t.Context(), w.file); err != nil || len(beside) > 1 && got == run.Untouched {
				t.Fatalf("lost at %d: it stands %s, %v, and beside it lies %v", n, got, err, beside)
			}
			if goOn {
				if _, err := w.edit(t); err != nil {
					t.Fatalf("lost at %d: %v", n, err)
				}
				w.stands(t, run.Edited)
				w.holds(t, edited, 0o640)
			}
			if o, err := w.restore(t); err != nil || o["kept"] != "" {
				t.Fatalf("lost at %d: %v, %v", n, o, err)
			}
			w.isAsBefore(t)
			if t.Failed() {
				t.Fatalf("lost at %d, goes on: %t", n, goOn)
			}
		}
		if n < 15 {
			t.Errorf("done after %d commands", n)
		}
	}
}

// TestRestoreCutOff loses the host before every command of a restore, of a file that nobody or somebody else changed meanwhile.
func TestRestoreCutOff(t *testing.T) {
	t.Parallel()
	const foreign = "# mine\n" + edited
	for _, changed := range []bool{false, true} {
		for n := 1; ; n++ {
			w := newWorld(t)
			if _, err := w.edit(t); err != nil {
				t.Fatal(err)
			}
			if changed {
				w.File(t, "etc/settings", foreign, 0o600)
			}
			w.faulty.At = w.faulty.Runs() + n
			if _, err := w.restore(t); err == nil {
				break
			}
			w.faulty.Heal()
			o, err := w.restore(t)
			if err != nil {
				t.Fatalf("lost at %d: %v", n, err)
			}
			w.stands(t, run.Restored)
			if changed {
				w.holds(t, "# mine\n"+original, 0o600)
			} else {
				w.isAsBefore(t)
			}
			if (o["kept"] != "") != changed || t.Failed() {
				t.Fatalf("lost at %d, changed: %t: %v", n, changed, o)
			}
		}
	}
}

func TestRestoreKeepsWhatOthersChanged(t *testing.T) {
	t.Run("content", func(t *testing.T) {
		w := newWorld(t)
		if _, err := w.edit(t); err != nil {
			t.Fatal(err)
		}
		w.File(t, "etc/settings", edited+"EXTRA=1\n", 0o640)
		w.stands(t, run.Foreign)
		if _, err := w.edit(t); !executor.IsRefusal(err) {
			t.Errorf("editing again: %v", err)
		}
		if _, err := w.folder.Restore(t.Context(), w.file, nil); !executor.IsRefusal(err) {
			t.Errorf("without a way to undo: %v", err)
		}
		o, err := w.restore(t)
		if err != nil || !strings.Contains(o["kept"], "somebody else changed") {
			t.Errorf("%v, %v", o, err)
		}
		w.holds(t, original+"EXTRA=1\n", 0o640)
		again, err := w.restore(t)
		if diff := cmp.Diff(o, again); err != nil || diff != "" {
			t.Error(diff, err)
		}
	})
	t.Run("mode", func(t *testing.T) {
		w := newWorld(t)
		if _, err := w.edit(t); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(w.file, 0o600); err != nil {
			t.Fatal(err)
		}
		o, err := w.restore(t)
		if err != nil || !strings.Contains(o["kept"], "0600") {
			t.Errorf("%v, %v", o, err)
		}
		w.holds(t, original, 0o600)
	})
	t.Run("removal", func(t *testing.T) {
		w := newWorld(t)
		if _, err := w.edit(t); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(w.file); err != nil {
			t.Fatal(err)
		}
		w.stands(t, run.Foreign)
		o, err := w.restore(t)
		if err != nil || !strings.Contains(o["kept"], "removed the file") {
			t.Errorf("%v, %v", o, err)
		}
		if _, err := os.Stat(w.file); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the file is back: %v", err)
		}
	})
}

func TestEditThroughALink(t *testing.T) {
	w := newWorld(t)
	link := filepath.Join(w.Dir, "link")
	if err := os.Symlink("etc/settings", link); err != nil {
		t.Fatal(err)
	}
	o, err := w.folder.Edit(t.Context(), link, host.DigestOf([]byte(original)), edit)
	if err != nil || o["target"] != w.file {
		t.Fatalf("%v, %v", o, err)
	}
	w.holds(t, edited, 0o640)
	elsewhere := w.File(t, "elsewhere", "x", 0o644)
	if err := errors.Join(os.Remove(link), os.Symlink("elsewhere", link)); err != nil {
		t.Fatal(err)
	}
	o, err = w.folder.Restore(t.Context(), link, undo)
	if err != nil || !strings.Contains(o["kept"], elsewhere) {
		t.Errorf("%v, %v", o, err)
	}
	w.isAsBefore(t)
	if to, err := os.Readlink(link); err != nil || to != "elsewhere" {
		t.Errorf("the link leads to %s, %v", to, err)
	}
}

// TestEditMakesAFile edits a file that is not there; restoring removes it again.
func TestEditMakesAFile(t *testing.T) {
	w := newWorld(t)
	file := filepath.Join(w.Dir, "etc/fresh")
	made := func([]byte) ([]byte, error) { return []byte("made\n"), nil }
	for range 2 {
		if _, err := w.folder.Edit(t.Context(), file, "", made); err != nil {
			t.Fatal(err)
		}
	}
	if content, err := os.ReadFile(file); err != nil || string(content) != "made\n" {
		t.Errorf("%q, %v", content, err)
	}
	for range 2 {
		if _, err := w.folder.Restore(t.Context(), file, nil); err != nil {
			t.Fatal(err)
		}
	}
	w.isAsBefore(t)
	if _, err := w.folder.Edit(t.Context(), w.file, "", made); !executor.IsRefusal(err) {
		t.Errorf("a file that must not be there: %v", err)
	}
}

// TestEditMakesAFolder edits a file whose folder is not there either, and loses the host before every command of the edit and of the restore,
// or never: restoring removes both, and a folder into which somebody else put something stays.
func TestEditMakesAFolder(t *testing.T) {
	t.Parallel()
	made := func([]byte) ([]byte, error) { return []byte("made\n"), nil }
	for _, restoring := range []bool{false, true} {
		for n, lost := 1, true; lost; n++ {
			w := newWorld(t)
			file := filepath.Join(w.Dir, "etc/fresh.d/file")
			edit := func() error {
				_, err := w.folder.Edit(t.Context(), file, "", made)
				return err
			}
			restore := func() (executor.Outcome, error) { return w.folder.Restore(t.Context(), file, nil) }
			lose := func() { w.faulty.At = w.faulty.Runs() + n }
			if !restoring {
				lose()
				lost = edit() != nil
				w.faulty.Heal()
			}
			if err := edit(); err != nil {
				t.Fatalf("lost at %d: %v", n, err)
			}
			if content, err := os.ReadFile(file); err != nil || string(content) != "made\n" {
				t.Fatalf("lost at %d: %q, %v", n, content, err)
			}
			if restoring {
				lose()
				_, err := restore()
				lost = err != nil
				w.faulty.Heal()
			}
			if o, err := restore(); err != nil || o["kept"] != "" {
				t.Fatalf("lost at %d: %v, %v", n, o, err)
			}
			w.isAsBefore(t)
			if t.Failed() {
				t.Fatalf("lost at %d, restoring: %t", n, restoring)
			}
		}
	}
	w := newWorld(t)
	file := filepath.Join(w.Dir, "etc/fresh.d/file")
	if _, err := w.folder.Edit(t.Context(), file, "", made); err != nil {
		t.Fatal(err)
	}
	other := w.File(t, "etc/fresh.d/other", "", 0o644)
	if _, err := w.folder.Restore(t.Context(), file, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(other); err != nil {
		t.Error(err)
	}
}
