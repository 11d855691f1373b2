package executor

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestJournalTornTail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.journal")
	j, err := OpenJournal(path, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := j.Append(Event{Kind: EventIntent, Step: "s"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	last := strings.LastIndex(strings.TrimSpace(string(whole)), "\n") + 1
	for cut := last; cut < len(whole); cut++ {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := OpenJournal(path, time.Now)
		if err != nil {
			t.Fatalf("cut at byte %d: %v", cut, err)
		}
		if err := j.Append(Event{Kind: EventResult, Step: "s"}); err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		events, err := ReadJournal(path)
		if err != nil || len(events) != 3 || events[2].Kind != EventResult {
			t.Fatalf("cut at byte %d: events %v, error %v", cut, events, err)
		}
	}
}

// TestJournalTornTailIsCutOff has half a line that is longer than what is written over it.
func TestJournalTornTailIsCutOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.journal")
	if err := os.WriteFile(path, []byte(strings.Repeat("x", 10000)), 0o600); err != nil {
		t.Fatal(err)
	}
	j, err := OpenJournal(path, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(j.Append(Event{Kind: EventIntent, Step: "s"}), j.Close()); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(path); err != nil || strings.Contains(string(data), "xx") {
		t.Errorf("the half line is still there: %d bytes, error %v", len(data), err)
	}
}

func TestJournalHasOneWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.journal")
	j, err := OpenJournal(path, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenJournal(path, time.Now); !errors.Is(err, ErrLocked) {
		t.Errorf("a second writer: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if again, err := OpenJournal(path, time.Now); err != nil {
		t.Errorf("after the first one closed: %v", err)
	} else if err := again.Close(); err != nil {
		t.Error(err)
	}
}

// TestNothingFollowsHalfALine has a disk that takes one event badly, and the next well: what comes behind half a line would be lost.
func TestNothingFollowsHalfALine(t *testing.T) {
	// A pipe takes every byte and can't be brought to a disk.
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = errors.Join(out.Close(), in.Close()) }() // They hold nothing.
	for want, disk := range map[string]*os.File{"make room on the disk": fullDisk(t), "can't be brought to the disk": in} {
		path := filepath.Join(t.TempDir(), "run.journal")
		j, err := OpenJournal(path, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		sound := j.file
		j.file = disk
		first := j.Append(Event{Kind: EventIntent, Step: "s"})
		j.file = sound
		if second := j.Append(Event{Kind: EventIntent, Step: "s"}); first == nil || !strings.Contains(first.Error(), want) || !errors.Is(second, first) {
			t.Errorf("%v, then %v; want %q both times", first, second, want)
		}
		if err := j.Close(); err != nil {
			t.Error(err)
		}
		if events, err := ReadJournal(path); err != nil || len(events) > 0 {
			t.Errorf("the journal has %d events, error %v", len(events), err)
		}
	}
}
