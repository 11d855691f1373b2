package session

import (
	"errors"
	"strings"
	"testing"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
)

// TestRevertWithoutAHostLooksForTheCommit loses the answer to the commit, twice, and then a host for good: what the others show decides which
// way the undoing goes.
func TestRevertWithoutAHostLooksForTheCommit(t *testing.T) {
	gone := errors.New("nobody leads")
	for name, c := range map[string]struct {
		stand     executor.Stand
		look      error
		recovered bool
		refused   string
	}{
		"made":                     {stand: executor.Done},
		"still staged":             {stand: executor.Pending, recovered: true},
		"gone with its leader":     {look: &executor.Refusal{Reason: "the store is empty", Undone: true}, recovered: true},
		"something else is there":  {look: &executor.Refusal{Reason: "the store holds others"}, refused: "the store holds others"},
		"nobody can tell":          {look: gone, refused: "the other schedulers don't show whether it was made: nobody leads"},
		"an absent host came back": {look: &executor.Refusal{Reason: "a3 is back"}, refused: "a3 is back"},
	} {
		t.Run(name, func(t *testing.T) {
			path, w, s, out := setupOf(t, []string{"a1", "a2", "a3"}, nil)
			w.failAt = planner.CommitStep
			for range 2 {
				err := s.Apply(t.Context(), path, w)
				if err == nil || !strings.Contains(err.Error(), "it looks first whether the commit was made") || strings.Contains(err.Error(), "revert") {
					t.Fatalf("error %v", err)
				}
			}
			w.stand, w.look, w.failAt = c.stand, c.look, ""
			journal := findJournal(t, path)
			if err := s.Revert(t.Context(), journal, nil, w); err == nil || !strings.Contains(err.Error(), "the commit was sent and its answer is not recorded") {
				t.Fatalf("revert with everybody: %v", err)
			}
			err := s.Revert(t.Context(), journal, []string{"a3"}, w)
			if c.refused != "" {
				if err == nil || !strings.Contains(err.Error(), c.refused) || w.did("restore/a1/restore-flags") {
					t.Fatalf("error %v, acted %v", err, w.acted)
				}
				err = s.Abandon(t.Context(), journal, []string{"a3"}, w)
			}
			if err != nil {
				t.Fatal(err)
			}
			if recovered := w.did("restore/a1/recover-log"); recovered != (c.recovered || c.refused != "") || w.did("restore/a3/restore-flags") {
				t.Errorf("acted %v", w.acted)
			}
			if !strings.Contains(out.String(), "looking at whoever leads") {
				t.Errorf("nobody was told:\n%s", out)
			}
		})
	}
}

func findJournal(t *testing.T, path string) string {
	t.Helper()
	journal, err := FindJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	return journal
}

// TestTheWayBackAfterTheCommit stops an apply behind its commit: revert would not bring the old state back.
func TestTheWayBackAfterTheCommit(t *testing.T) {
	path, w, s, _ := setup(t)
	w.failAt = "commit/confirm"
	err := s.Apply(t.Context(), path, w)
	if err == nil || !strings.Contains(err.Error(), "`restorectl revert` puts the cluster into normal service with the restored state") {
		t.Fatalf("error %v", err)
	}
}
