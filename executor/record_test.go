package executor

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/planner/planfile"
)

// sampleLines are the lines of a journal with a begin and three more events.
func sampleLines(t *testing.T) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "run.journal")
	j, err := OpenJournal(path, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	p := samplePlan()
	_, digest, err := planfile.Encode(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []Event{
		{Kind: EventBegin, Plan: digest, Version: JournalVersion, Body: p, By: "me", From: "here"},
		{Kind: EventIntent, Plan: digest, Step: "stop/a"},
		{Kind: EventResult, Plan: digest, Step: "stop/a", Seen: "stopped"},
		{Kind: EventIntent, Plan: digest, Step: "stop/b"},
	} {
		if err := j.Append(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.SplitAfter(strings.TrimSuffix(string(text), "\n")+"\n", "\n")[:4]
}

// TestJournalRefusesEveryChangedByte turns over each byte of a journal: no change goes unseen, and none is mended.
func TestJournalRefusesEveryChangedByte(t *testing.T) {
	whole := []byte(strings.Join(sampleLines(t), ""))
	for at := range whole {
		if whole[at] == '\n' {
			continue // Two lines become one, which is another test's.
		}
		changed := bytes.Clone(whole)
		changed[at] ^= 0x01
		if changed[at] == '\n' {
			continue
		}
		if _, err := ParseJournal(bytes.NewReader(changed)); err == nil {
			t.Fatalf("byte %d of %q may be %q", at, whole[at], changed[at])
		}
	}
}

func TestJournalRefusesAndKeeps(t *testing.T) {
	lines := sampleLines(t)
	for name, tt := range map[string]struct{ content, why string }{
		"garbage":           {"not json\n", "line 1 of the journal is damaged"},
		"damaged in middle": {lines[0] + lines[1][:20] + "x" + lines[1][21:] + lines[2], "line 2 of the journal is damaged"},
		"line cut short":    {lines[0] + lines[1][:40] + "\n" + lines[2], "line 2 of the journal is damaged"},
		"doubled line":      {lines[0] + lines[1] + lines[1] + lines[2], "line 3 of the journal has the number 2: lines are missing or doubled"},
		"missing line":      {lines[0] + lines[2], "line 2 of the journal has the number 3: lines are missing or doubled"},
		"newer version":     {`{"seq":1,"event":"begin","version":99}` + "\n", "use the restorectl that wrote it"},
		"without checksum":  {`{"seq":1,"event":"intent"}` + "\n", "its checksum is not that of its content"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "run.journal")
			if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := OpenJournal(path, time.Now); err == nil || !strings.Contains(err.Error(), tt.why) {
				t.Errorf("error %v", err)
			}
			if left, err := os.ReadFile(path); err != nil || string(left) != tt.content {
				t.Errorf("it was changed to %q, error %v", left, err)
			}
		})
	}
}

func TestConsistent(t *testing.T) {
	records, err := ParseJournal(strings.NewReader(strings.Join(sampleLines(t), "")))
	if err != nil {
		t.Fatal(err)
	}
	events := Events(records)
	if err := Consistent(events); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		events []Event
		why    string
	}{
		"no begin":        {events[1:], "belongs to a plan that was not begun in it"},
		"foreign event":   {append(events[:2:2], Event{Seq: 3, Kind: EventIntent, Plan: "other"}), "line 3 of the journal belongs to a plan that was not begun in it"},
		"foreign plan":    {[]Event{{Seq: 1, Kind: EventBegin, Plan: "other", Body: samplePlan()}}, "has the digest"},
		"two runs in one": {append(events[:2:2], secondRun(t)), "begins a second run"},
	} {
		if err := Consistent(tt.events); err == nil || !strings.Contains(err.Error(), tt.why) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func secondRun(t *testing.T) Event {
	t.Helper()
	p := samplePlan()
	p.Cluster = "other"
	_, digest, err := planfile.Encode(p)
	if err != nil {
		t.Fatal(err)
	}
	return Event{Seq: 3, Kind: EventBegin, Plan: digest, Body: p}
}

// FuzzParseJournal demands that what is read of any bytes are lines of them, from the first on, each as it was written.
func FuzzParseJournal(f *testing.F) {
	r, err := newRecord(Event{Seq: 1, Kind: EventIntent, Plan: "p", Step: "s"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(r.Line)
	f.Add(append(bytes.Clone(r.Line), r.Line[:10]...))
	f.Add([]byte("{\"seq\":1}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		records, err := ParseJournal(bytes.NewReader(text))
		if err != nil {
			return
		}
		var lines []byte
		for i := range records {
			lines = append(lines, records[i].Line...)
		}
		if !bytes.HasPrefix(text, lines) || bytes.IndexByte(text[len(lines):], '\n') >= 0 {
			t.Errorf("%q was read as %q", text, lines)
		}
	})
}

var errNoHost = errors.New("no host has it")

// uncopied is a mirror that has no copy of the intents of a step.
type uncopied struct{ step string }

func (uncopied) Attach(context.Context, []Record) error { return nil }
func (uncopied) Add(Record)                             {}
func (uncopied) Close()                                 {}

func (u uncopied) Await(r Record) error {
	if r.Step == u.step {
		return errNoHost
	}
	return nil
}

// TestAnIntentThatIsNotCopiedIsWithdrawn does not touch the world for it, and takes the step up later as one that was not begun.
func TestAnIntentThatIsNotCopiedIsWithdrawn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.journal")
	w := newWorld()
	if err := executeWith(t, path, samplePlan(), w, uncopied{"commit"}); err == nil || !strings.Contains(err.Error(), errNoHost.Error()) {
		t.Fatalf("error %v", err)
	}
	events, err := ReadJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	if h := NewHistory(events); h.Forward.Progress("commit") != planner.NotBegun || w.count("commit") != 0 {
		t.Errorf("commit %+v, acted %v", h.Forward.Steps["commit"], w.acted)
	}
	if err := executeWith(t, path, samplePlan(), w, uncopied{}); err != nil || w.count("commit") != 1 {
		t.Errorf("error %v, acted %v", err, w.acted)
	}
}

// TestAnAdoptionIsCopied says so where it is not: the next who adopts would not know of it.
func TestAnAdoptionIsCopied(t *testing.T) {
	j, err := OpenJournal(filepath.Join(t.TempDir(), "run.journal"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Mirror(t.Context(), uncopied{step: ""}); err != nil {
		t.Fatal(err)
	}
	if err := j.Append(Event{Kind: EventAdopt, Plan: "p"}); !errors.Is(err, ErrNotCopied) || !errors.Is(err, errNoHost) {
		t.Errorf("an adoption that is in no copy: %v", err)
	}
	if err := errors.Join(j.Append(Event{Kind: EventResume, Plan: "p"}), j.Close()); err != nil {
		t.Errorf("who waits for the copies of anything else: %v", err)
	}
}
