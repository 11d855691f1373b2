package executor

import (
	"path/filepath"
	"testing"
)

// TestJournalsOfEveryVersionAreRead reads a journal of each version of the format: a restore on a sandbox that was applied and reverted,
// as the program of its time wrote it. They are never written anew.
func TestJournalsOfEveryVersionAreRead(t *testing.T) {
	files, err := filepath.Glob("testdata/formats/*/restore.journal")
	if err != nil || len(files) != JournalVersion {
		t.Fatalf("%d journals for %d versions, error %v", len(files), JournalVersion, err)
	}
	for _, file := range files {
		events, err := ReadJournal(file)
		if err == nil {
			err = Consistent(events)
		}
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		h := NewHistory(events)
		if h.Forward == nil || !h.Forward.Ended || h.Inverse == nil || !h.Inverse.Ended {
			t.Errorf("%s: a run that came to its end reads as %+v", file, h)
			continue
		}
		for _, a := range []*Attempt{h.Forward, h.Inverse} {
			if s, _, open := a.Next(); open {
				t.Errorf("%s: step %s has no result", file, s.ID)
			}
		}
	}
}
