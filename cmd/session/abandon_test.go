package session

import (
	"errors"
	"strings"
	"testing"

	"github.com/restorectl/restorectl/planner"
)

func TestAbandonAfterTheCommit(t *testing.T) {
	path, w, s, out := setup(t)
	if err := s.Apply(t.Context(), path, w); err != nil {
		t.Fatal(err)
	}
	journal, err := FindJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	w.failAt = "restore/a1/recover-log" // It is cut off, and goes on.
	if err := s.Abandon(t.Context(), journal, nil, w); err == nil {
		t.Fatal("it did not fail")
	}
	w.failAt = ""
	if err := s.Revert(t.Context(), journal, nil, w); err != nil {
		t.Fatal(err)
	}
	if !w.did("restore/a1/recover-log") || !strings.Contains(out.String(), "everything is as it was before the run") {
		t.Errorf("acted %v\n%s", w.acted, out)
	}
}

func TestAbandonIsTooLateOnceRevertStarts(t *testing.T) {
	path, w, s, _ := setup(t)
	if err := s.Apply(t.Context(), path, w); err != nil {
		t.Fatal(err)
	}
	journal, err := FindJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	w.failAt = "start/a1/start"
	if err := s.Revert(t.Context(), journal, nil, w); err == nil {
		t.Fatal("the revert did not fail")
	}
	if err := s.Abandon(t.Context(), journal, nil, w); !errors.Is(err, ErrTooLate) || w.did("restore/a1/recover-log") {
		t.Errorf("error %v", err)
	}
	w.failAt = ""
	if err := s.Revert(t.Context(), journal, nil, w); err != nil {
		t.Fatal(err)
	}
	if err := s.Abandon(t.Context(), journal, nil, w); !errors.Is(err, ErrTooLate) || !strings.Contains(err.Error(), "in normal service") {
		t.Errorf("error %v", err)
	}
}

func TestAbandonAsksTheMesosMaster(t *testing.T) {
	path, w, s, _ := setup(t)
	if err := s.Apply(t.Context(), path, w); err != nil {
		t.Fatal(err)
	}
	journal, err := FindJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	w.observation.Running = planner.Running{Mesos: true, Frameworks: []planner.Framework{{ID: w.observation.Backup.FrameworkID, Connected: true}}}
	if err := s.Abandon(t.Context(), journal, nil, w); !errors.Is(err, ErrTooLate) || !strings.Contains(err.Error(), "has a scheduler registered") || w.did("restore/a1/recover-log") {
		t.Errorf("error %v", err)
	}
}
