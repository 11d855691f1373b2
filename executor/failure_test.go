package executor

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/restorectl/restorectl/planner"
)

// TestResumeTouchesNothingBehindACommitInDoubt has a commit whose answer was lost, and a cluster that can't be asked about it.
func TestResumeTouchesNothingBehindACommitInDoubt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.journal")
	w := newWorld()
	w.failAfter = "commit"
	if err := execute(t, path, samplePlan(), w); err == nil {
		t.Fatal("the commit did not fail")
	}
	delete(w.done, "stage") // The commit ended the leader; nothing is staged any more.
	w.failAfter, w.blind = "", "commit"
	failed := (*StepError)(nil)
	if err := execute(t, path, samplePlan(), w); !errors.As(err, &failed) || failed.Step.ID != "commit" || !strings.Contains(err.Error(), "it can't be told whether it was done") {
		t.Errorf("error %v", err)
	}
	w.blind = ""
	if err := execute(t, path, samplePlan(), w); err != nil {
		t.Fatal(err)
	}
	if w.count("stage") != 1 || w.count("commit") != 1 {
		t.Errorf("acted %v", w.acted)
	}
}

// TestWhatWasNotDoneIsNotRecorded has a step that says nothing and does nothing, and one that takes too long.
func TestWhatWasNotDoneIsNotRecorded(t *testing.T) {
	for name, tt := range map[string]struct {
		hurt    func(*world)
		timeout time.Duration
		want    string
	}{
		"idle":  {func(w *world) { w.idle = "stage" }, time.Minute, "it was done, but: it is not done"},
		"hangs": {func(w *world) { w.hangs = "stage" }, 2 * time.Second, "not done within 2s: context deadline exceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "run.journal")
			p := samplePlan()
			p.Phases[1].Steps[0].Timeout = planner.Duration(tt.timeout)
			w := newWorld()
			tt.hurt(w)
			if err := execute(t, path, p, w); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error %v, want %q", err, tt.want)
			}
			events, err := ReadJournal(path)
			if err != nil {
				t.Fatal(err)
			}
			if a := NewHistory(events).Forward; a.Progress("stage") != planner.Begun || w.count("commit") != 0 {
				t.Errorf("progress %v, acted %v", a.Progress("stage"), w.acted)
			}
			w.idle, w.hangs = "", ""
			p.Phases[1].Steps[0].Timeout = planner.Duration(time.Minute)
			if err := execute(t, path, p, w); err != nil || w.count("stage") != 1 {
				t.Errorf("error %v, acted %v", err, w.acted)
			}
		})
	}
}

// TestADiskThatFillsInTheMiddleOfAStep has no room for what became of the step: it is looked up when the run goes on.
func TestADiskThatFillsInTheMiddleOfAStep(t *testing.T) {
	full := fullDisk(t)
	for _, fails := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "run.journal")
		j, err := OpenJournal(path, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		sound, w := j.file, newWorld()
		w.then = func(id string) {
			if id == "commit" {
				j.mu.Lock()
				defer j.mu.Unlock()
				j.file = full
			}
		}
		if fails {
			w.failAfter = "commit"
		}
		r := Run{Plan: samplePlan(), Digest: "digest", Journal: j, Report: quiet{}, Actor: func(planner.Step) (Actor, error) { return w, nil }}
		err = r.Execute(t.Context())
		if err == nil || !strings.Contains(err.Error(), "make room on the disk") || fails && !strings.Contains(err.Error(), "no answer") {
			t.Errorf("error %v", err)
		}
		if err := sound.Close(); err != nil {
			t.Fatal(err)
		}
		w.then, w.failAfter = nil, ""
		if err := execute(t, path, samplePlan(), w); err != nil || w.count("commit") != 1 || w.count("confirm") != 1 {
			t.Errorf("error %v, acted %v", err, w.acted)
		}
	}
}

// fullDisk is a file on a disk that has no room.
func fullDisk(t *testing.T) *os.File {
	t.Helper()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("this system has no /dev/full, so that a full disk was not tried")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = full.Close() }) // It holds nothing.
	return full
}
