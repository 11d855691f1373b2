package planner

import (
	"slices"
	"strings"
	"testing"
)

// through says that the steps of a plan up to the one with the id are finished.
func through(p *Plan, last string) func(string) Progress {
	done := map[string]bool{}
	for _, s := range p.Steps() {
		done[s.ID] = true
		if s.ID == last {
			break
		}
	}
	return func(id string) Progress {
		if done[id] {
			return Finished
		}
		return NotBegun
	}
}

// TestUndoingWithoutAHost has a3 die in the middle of a run, before and after the commit.
func TestUndoingWithoutAHost(t *testing.T) {
	r, o := damaged()
	p := New(r, o, noon, "test")
	for kind, last := range map[Kind]string{KindRollback: "review/gate", KindRevert: "commit/confirm"} {
		inv, err := Inverse(p, "digest", through(p, last), noon, "test", "a3")
		if err != nil {
			t.Fatal(err)
		}
		if inv.Kind != kind || len(inv.Phases) == 0 || !slices.Equal(inv.Restore.Cluster.Absent, []string{"a3"}) {
			t.Fatalf("a %s with %d phases, absent %v", inv.Kind, len(inv.Phases), inv.Restore.Cluster.Absent)
		}
		guarded := 0
		for _, s := range inv.Steps() {
			if s.Host == "a3" {
				t.Errorf("%s: step %s touches a3", kind, s.ID)
			}
			if strings.Contains(s.Guard, "a3 is still away") {
				guarded++
			}
		}
		if guarded < 2 {
			t.Errorf("%s: %d steps look whether a3 is away", kind, guarded)
		}
		if !slices.ContainsFunc(inv.Findings, func(f Finding) bool {
			return f.Code == "left-host" && f.Host == "a3" && strings.Contains(f.Remedy, "rejoin a3")
		}) {
			t.Errorf("%s: findings %v", kind, inv.Findings)
		}
	}
	if len(p.Restore.Cluster.Absent) > 0 || len(p.Observation.Hosts) != 3 {
		t.Error("the plan of the run was changed")
	}
	if _, err := p.Leave("nobody"); err == nil {
		t.Error("left a host that is none")
	}
	if _, err := p.Leave("a1", "a2", "a3"); err == nil {
		t.Error("left all hosts")
	}
}

// TestRejoinUndoesWhatTheRunDid has a3 come back with its settings masked, its log new, and the run's record open.
func TestRejoinUndoesWhatTheRunDid(t *testing.T) {
	r, o := damaged()
	forward := New(r, o, noon, "test")
	left := &Left{Forward: forward, Progress: through(forward, "reset/a3/initialize")}
	var seen *Observation
	rejoining(func(now *Observation) { seen = now })
	h := &seen.Hosts[2]
	h.Settings.Flags = slices.Clone(h.Settings.Flags)
	for i := range h.Settings.Flags {
		if h.Settings.Flags[i].Name == flagMaster {
			h.Settings.Flags[i].Value = masterNowhere
		}
	}
	h.Runs = []RunRecord{{ID: RunID("digest"), State: "open"}}
	h.Replica.State = "empty"

	if p := Rejoin("digest", "a3", r, seen, nil, noon, "test"); !p.HasErrors() {
		t.Error("a run that is open on the host was overlooked")
	}
	p := Rejoin("digest", "a3", r, seen, left, noon, "test")
	if p.HasErrors() {
		t.Fatalf("findings %v", p.Findings)
	}
	var ids []string
	for _, s := range p.Steps() {
		ids = append(ids, s.ID)
		if f := s.Action.Service; f != nil && f.Op == "start" && *f.Flags[flagMaster] != forward.Observation.Hosts[2].value(flagMaster) {
			t.Errorf("it is to start with -%s %s", flagMaster, *f.Flags[flagMaster])
		}
	}
	want := []string{"quiesce/a3/stop", "restore/a3/recover-log", "restore/a3/restore-clusters:/etc/aurora/clusters.json", "restore/a3/restore-flags", "restore/a3/release", "open/a3/unblock", "preflight/a3/run-folder",
		"reset/a3/quarantine", "reset/a3/vacate", "start/a3/start", "start/a3/rejoin", "close/a3/run-folder"}
	if !slices.Equal(ids, want) {
		t.Errorf("steps %v", ids)
	}
	if seen.Hosts[2].Replica.State != "empty" {
		t.Error("the observation was changed")
	}
}
