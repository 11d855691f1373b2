package run_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/planner/planfile"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/host/hosttest"
	"github.com/restorectl/restorectl/providers/run"
)

// cluster is three hosts with the folders of one run, and a journal that is copied to them.
type cluster struct {
	t      *testing.T
	hosts  map[string]*hosttest.Faulty
	parent map[string]string
	path   string
	plan   *planner.Plan
	digest string

	mu    sync.Mutex
	notes []string
}

const runID = "0123456789ab"

func newCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{t: t, hosts: map[string]*hosttest.Faulty{}, parent: map[string]string{}, path: filepath.Join(t.TempDir(), "run.journal")}
	c.plan = &planner.Plan{Format: planner.Format, Kind: planner.KindApply, Phases: []planner.Phase{{Name: "preflight"}}}
	for i := 1; i <= 3; i++ {
		m := hosttest.Named(t, fmt.Sprintf("scheduler-%d", i))
		c.hosts[m.Name()] = &hosttest.Faulty{Host: m}
		c.parent[m.Name()] = filepath.Join(m.Dir, ".restorectl")
		c.plan.Phases[0].Steps = append(c.plan.Phases[0].Steps, planner.Step{
			ID: openStep(m.Name()), Host: m.Name(), Action: planner.Action{Run: &planner.RunAction{Op: "open"}}})
	}
	var err error
	if _, c.digest, err = planfile.Encode(c.plan); err != nil {
		t.Fatal(err)
	}
	return c
}

func openStep(host string) string { return "preflight/" + host + "/run-folder" }

// Folder gives the run's folder on a host. It implements run.Locator.
func (c *cluster) Folder(_ context.Context, name string) (*run.Folder, error) {
	return &run.Folder{Host: c.hosts[name], Parent: c.parent[name], ID: runID}, nil
}

// journal opens the journal and has it copied.
func (c *cluster) journal() (*executor.Journal, error) {
	c.t.Helper()
	j, err := executor.OpenJournal(c.path, time.Now)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = j.Close() }) // Closed already where that matters.
	m := &run.Mirror{Folders: c, Hosts: []string{"scheduler-1", "scheduler-2", "scheduler-3"}, Note: func(text string) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.notes = append(c.notes, text)
	}}
	return j, j.Mirror(c.t.Context(), m)
}

func (c *cluster) append(j *executor.Journal, kind, step string) error {
	e := executor.Event{Kind: kind, Plan: c.digest, Step: step}
	if kind == executor.EventBegin {
		e.Body, e.Version = c.plan, executor.JournalVersion
	}
	return j.Append(e)
}

// begin writes a journal in which every host has its folder.
func (c *cluster) begin() *executor.Journal {
	c.t.Helper()
	j, err := c.journal()
	if err != nil {
		c.t.Fatal(err)
	}
	c.must(c.append(j, executor.EventBegin, ""))
	for name := range c.hosts {
		c.must(c.append(j, executor.EventIntent, openStep(name)))
		f, err := c.Folder(c.t.Context(), name)
		c.must(err)
		c.must(f.Open(c.t.Context(), planner.RunRecord{By: "op", From: "laptop", Started: old}))
		c.must(c.append(j, executor.EventResult, openStep(name)))
	}
	return j
}

func (c *cluster) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// copies reads the copies, by host; a host without one is left out.
func (c *cluster) copies() map[string]run.Copy {
	c.t.Helper()
	found := map[string]run.Copy{}
	for name := range c.hosts {
		f, err := c.Folder(c.t.Context(), name)
		c.must(err)
		if got, there, err := f.Copy(c.t.Context()); err != nil {
			c.t.Fatal(err)
		} else if there {
			found[name] = got
		}
	}
	return found
}

// demand demands that so many records are on every host.
func (c *cluster) demand(term, records int) {
	c.t.Helper()
	copies := c.copies()
	for name := range c.hosts {
		if got := copies[name]; got.Term != term || len(got.Records) != records || got.Torn {
			c.t.Errorf("%s has %d records of term %d, torn %t; want %d of term %d", name, len(got.Records), got.Term, got.Torn, records, term)
		}
	}
}

func TestMirrorKeepsCopiesOnEveryHost(t *testing.T) {
	c := newCluster(t)
	j := c.begin()
	c.must(c.append(j, executor.EventIntent, "stop"))
	on := 0
	for _, got := range c.copies() {
		if len(got.Records) == 8 {
			on++
		}
	}
	if on < 2 {
		t.Errorf("the intent is on %d hosts when the world may be touched", on)
	}
	c.must(c.append(j, executor.EventResult, "stop"))
	c.must(j.Close())
	c.demand(0, 9)
	if len(c.notes) > 0 {
		t.Errorf("notes %q", c.notes)
	}
	best, _, err := run.Latest(c.copies())
	if err != nil || executor.Consistent(executor.Events(best.Records)) != nil {
		t.Errorf("the copies can't be gone on from: %v", err)
	}
}

func TestMirrorBringsAHostUpToDate(t *testing.T) {
	c := newCluster(t)
	j := c.begin()
	away := c.hosts["scheduler-2"]
	away.Next(false)
	for _, step := range []string{"a", "b", "c"} {
		c.must(c.append(j, executor.EventIntent, step))
		c.must(c.append(j, executor.EventResult, step))
	}
	c.must(j.Close())
	away.Heal()
	if got := c.copies()["scheduler-2"]; len(got.Records) >= 13 {
		t.Fatal("it was not away")
	}
	j, err := c.journal()
	c.must(err)
	c.must(c.append(j, executor.EventResume, ""))
	c.must(j.Close())
	c.demand(0, 14)
}

// TestMirrorSurvivesALostAnswer loses a host in the middle of an append, which was made or not.
func TestMirrorSurvivesALostAnswer(t *testing.T) {
	for _, after := range []bool{false, true} {
		c := newCluster(t)
		j := c.begin()
		lost := c.hosts["scheduler-1"]
		lost.Next(after)
		c.must(c.append(j, executor.EventIntent, "a"))
		c.must(j.Close())
		lost.Heal()
		j, err := c.journal()
		c.must(err)
		c.must(c.append(j, executor.EventIntent, "a"))
		c.must(j.Close())
		c.demand(0, 9)
	}
}

func TestOnlyTheCommitNeedsAMajority(t *testing.T) {
	c := newCluster(t)
	j := c.begin()
	for _, name := range []string{"scheduler-1", "scheduler-2"} {
		c.hosts[name].Next(false)
	}
	c.must(c.append(j, executor.EventIntent, "stop"))
	err := c.append(j, executor.EventIntent, planner.CommitStep)
	if err == nil || !strings.Contains(err.Error(), "nothing was sent") || !strings.Contains(err.Error(), "scheduler-1") {
		t.Errorf("error %v", err)
	}
	if len(c.notes) != 1 || !strings.Contains(c.notes[0], "the run goes on without") {
		t.Errorf("notes %q", c.notes)
	}
	c.must(j.Close())
}

func TestAnOldJournalIsRefused(t *testing.T) {
	c := newCluster(t)
	j := c.begin()
	c.must(j.Close())
	lost := c.path
	c.path = filepath.Join(t.TempDir(), "adopted.journal")
	best, _, err := run.Latest(c.copies())
	c.must(err)
	adopted, err := executor.OpenJournal(c.path, time.Now)
	c.must(err)
	for i := range best.Records {
		e := best.Records[i].Event
		c.must(adopted.Append(e))
	}
	c.must(adopted.Close())
	// What was written anew has other times: it is another journal.
	if j, err := c.journal(); err == nil || !strings.Contains(err.Error(), "the journal is not the run's latest") {
		t.Errorf("another journal of the same term: %v", err)
	} else {
		c.must(j.Close())
	}
	// A fresh one, as beside a plan that was copied to another folder.
	c.path = filepath.Join(t.TempDir(), "fresh.journal")
	if _, err := c.journal(); err == nil || !strings.Contains(err.Error(), "`restorectl adopt`") {
		t.Errorf("a fresh journal: %v", err)
	}
	// Adopted, the lost one is refused should it come back, and the copies are those of the next term.
	c.path = lost
	j, err = c.journal()
	c.must(err)
	c.must(j.Append(executor.Event{Kind: executor.EventAdopt, Plan: c.digest, By: "other", From: "there"}))
	c.must(j.Close())
	c.demand(1, 8)
	c.truncate(7)
	if _, err := c.journal(); err == nil || !strings.Contains(err.Error(), "the run was taken over since this journal was written: by other from there") {
		t.Errorf("the lost journal: %v", err)
	}
}

// truncate leaves the first lines of the journal.
func (c *cluster) truncate(lines int) {
	c.t.Helper()
	text, _, err := host.ReadFile(c.t.Context(), c.hosts["scheduler-1"], c.path)
	c.must(err)
	kept := strings.Join(strings.SplitAfter(string(text), "\n")[:lines], "")
	c.must(host.WriteFile(c.t.Context(), c.hosts["scheduler-1"], c.path, []byte(kept), host.FileInfo{}))
}

func TestLatest(t *testing.T) {
	records := func(steps ...string) []executor.Record {
		var all []executor.Record
		for _, s := range steps {
			all = append(all, executor.Record{Line: []byte(s + "\n")})
		}
		return all
	}
	for name, tt := range map[string]struct {
		copies map[string]run.Copy
		from   string
		why    string
	}{
		"none":              {nil, "", "no host has a copy"},
		"longest":           {map[string]run.Copy{"a": {Records: records("1")}, "b": {Records: records("1", "2")}}, "b", ""},
		"torn":              {map[string]run.Copy{"a": {Records: records("1", "2"), Torn: true}, "b": {Records: records("1")}}, "a", ""},
		"contradiction":     {map[string]run.Copy{"a": {Records: records("1", "x")}, "b": {Records: records("1", "2", "3")}}, "", "contradict each other"},
		"later term wins":   {map[string]run.Copy{"a": {Records: records("1", "x", "y")}, "b": {Term: 1, Records: records("1", "adopt")}}, "b", ""},
		"equal, first name": {map[string]run.Copy{"b": {Records: records("1")}, "a": {Records: records("1")}}, "a", ""},
	} {
		_, from, err := run.Latest(tt.copies)
		if tt.why != "" && (err == nil || !strings.Contains(err.Error(), tt.why)) || tt.why == "" && (err != nil || from != tt.from) {
			t.Errorf("%s: from %q, error %v", name, from, err)
		}
	}
}
