package session

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/planner/planfile"
)

// interrupted gives a plan whose run failed at its stage step, and the journal of that.
func interrupted(t *testing.T) (path, journal string, w *world, s *Session, out *bytes.Buffer) {
	t.Helper()
	path, w, s, out = setup(t)
	w.failAt = "stage/stage"
	if err := s.Apply(t.Context(), path, w); err == nil {
		t.Fatal("the run did not fail")
	}
	if w.finished {
		t.Error("the lock was given up for good in the middle of the run")
	}
	journal, err := FindJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	w.failAt = ""
	return path, journal, w, s, out
}

func read(t *testing.T, path string) []executor.Record {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	records, err := executor.ParseJournal(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func TestAdoptThenRevert(t *testing.T) {
	_, journal, w, s, out := interrupted(t)
	s.By, s.From = "other", "there"
	around := &planner.Surroundings{Connection: config.Connection{Kind: "ssh", User: "other"}}
	path := filepath.Join(t.TempDir(), "again.plan")
	opened := w.opened
	if err := s.Adopt(t.Context(), path, read(t, journal), around, w); err != nil {
		t.Fatal(err)
	}
	if w.finished || w.opened != opened+1 {
		t.Errorf("the run is not over: given up for good %t, put on record %d times", w.finished, w.opened-opened)
	}
	adopted, err := FindJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	h, err := History(adopted)
	if err != nil || h.Surroundings == nil || h.Surroundings.Connection.User != "other" || h.Forward.By != "other" {
		t.Fatalf("history %+v, error %v", h, err)
	}
	for _, file := range []string{path, adopted} {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", file, info, err)
		}
	}
	if err := s.Revert(t.Context(), adopted, nil, w); err != nil || !w.finished {
		t.Fatalf("error %v, the lock was given up for good: %t", err, w.finished)
	}
	if !w.did("restore/a1/recover-log") || !strings.Contains(out.String(), "everything is as it was before the run") {
		t.Errorf("acted %v\n%s", w.acted, out)
	}
}

func TestAdoptLosesNothingThatIsThere(t *testing.T) {
	path, journal, w, s, out := interrupted(t)
	records := read(t, journal)
	if err := os.WriteFile(journal, []byte("damaged\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Revert(t.Context(), journal, nil, w); err == nil || !strings.Contains(err.Error(), "`restorectl adopt`") {
		t.Errorf("a damaged journal: %v", err)
	}
	if err := s.Adopt(t.Context(), path, records, nil, w); err != nil {
		t.Fatal(err)
	}
	aside, err := filepath.Glob(journal + ".aside-*")
	if err != nil || len(aside) != 1 {
		t.Fatalf("put aside: %v, %v\n%s", aside, err, out)
	}
	if text, err := os.ReadFile(aside[0]); err != nil || string(text) != "damaged\n" {
		t.Errorf("%q, %v", text, err)
	}
	// A journal that goes further than the copies is the better one.
	further := read(t, journal)
	if err := s.Adopt(t.Context(), path, records, nil, w); err != nil {
		t.Fatal(err)
	}
	if now := read(t, journal); len(now) != len(further)+1 || !bytes.Equal(now[len(further)-1].Line, further[len(further)-1].Line) {
		t.Errorf("%d events became %d", len(further), len(now))
	}
}

func TestAdoptRefuses(t *testing.T) {
	path, journal, w, s, _ := interrupted(t)
	records := read(t, journal)
	p, _, err := planfile.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	p.Tool = "another one"
	dir := t.TempDir()
	another, junk := filepath.Join(dir, "another.plan"), filepath.Join(dir, "junk.plan")
	if _, err := planfile.Write(another, p, nil); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(junk, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		path    string
		records []executor.Record
		why     string
	}{
		"over another plan": {another, records, "is there and is not the plan of run"},
		"over junk":         {junk, records, "is there and is not the plan of run"},
		"copies of two runs": {filepath.Join(dir, "new.plan"),
			append(records[:len(records):len(records)], executor.Record{Event: executor.Event{Seq: len(records) + 1, Kind: executor.EventIntent, Plan: "other"}}),
			"belongs to a plan that was not begun in it"},
		"copies that begin nothing": {filepath.Join(dir, "new.plan"), nil, "begin no run"},
	} {
		if err := s.Adopt(t.Context(), tt.path, tt.records, nil, w); err == nil || !strings.Contains(err.Error(), tt.why) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) != 2 {
		t.Errorf("files %v, error %v", left, err)
	}
}

// taken is an error of who is locked out.
type taken struct{ live bool }

func (taken) Error() string { return "the cluster is locked" }
func (e taken) Busy() bool  { return e.live }

// locked is a world that somebody else has for a number of tries.
type locked struct {
	*world
	tries int
	live  bool
}

func (l *locked) Lock(ctx context.Context, c planner.Claim) (executor.Lock, error) {
	if l.tries--; l.tries >= 0 {
		return nil, taken{l.live}
	}
	return l.world.Lock(ctx, c)
}

func TestTheLockIsTakenBeforeAnythingIsDone(t *testing.T) {
	path, w, s, _ := setup(t)
	if err := s.Apply(t.Context(), path, &locked{w, 1, true}); !errors.As(err, &taken{}) || len(w.acted) > 0 {
		t.Errorf("error %v, acted %v", err, w.acted)
	}
	_, journal, w, s, out := interrupted(t)
	path = filepath.Join(t.TempDir(), "again.plan")
	if err := s.Adopt(t.Context(), path, read(t, journal), nil, &locked{w, 1, false}); !errors.As(err, &taken{}) {
		t.Errorf("adopting beside another open run: %v", err)
	}
	if err := s.Adopt(t.Context(), path, read(t, journal), nil, &locked{w, 1, true}); err != nil || !strings.Contains(out.String(), "Waiting for the lock") {
		t.Errorf("adopting from somebody who works on it for a moment: %v\n%s", err, out)
	}
}

func TestHistoryOfRefusesTheJournalOfAnotherPlan(t *testing.T) {
	path, journal, w, s, _ := interrupted(t)
	p, _, err := planfile.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(journal)
	if err != nil {
		t.Fatal(err)
	}
	for why, change := range map[string]func(){
		"is the journal of another plan's run":         func() { p.Tool = "another" },
		"is the journal of a run on cluster west, and": func() { p.Cluster = "east" },
	} {
		change()
		other := filepath.Join(t.TempDir(), "other.plan")
		digest, err := planfile.Write(other, p, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(JournalPath(other, digest), text, 0o600); err != nil {
			t.Fatal(err)
		}
		acted := len(w.acted)
		if err := s.Apply(t.Context(), other, w); err == nil || !strings.Contains(err.Error(), why) || len(w.acted) > acted {
			t.Errorf("%s: error %v", why, err)
		}
		if now, err := os.ReadFile(JournalPath(other, digest)); err != nil || !bytes.Equal(now, text) {
			t.Errorf("%s: the journal was changed, error %v", why, err)
		}
		p.Tool, p.Cluster = "test", "west"
	}
}
