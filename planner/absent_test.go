package planner

import (
	"slices"
	"strings"
	"testing"
)

// withoutA3 is the damaged cluster with its last scheduler left out.
func withoutA3(t *testing.T, a Absent) *Plan {
	t.Helper()
	r, o := damaged()
	if err := r.Cluster.Leave("a3"); err != nil {
		t.Fatal(err)
	}
	a.Name = "a3"
	o.Hosts, o.Absent = o.Hosts[:2], []Absent{a}
	return New(r, o, noon, "test")
}

func codes(fs []Finding, sev Severity) []string {
	var out []string
	for _, f := range fs {
		if f.Severity == sev {
			out = append(out, f.Code)
		}
	}
	return out
}

func TestAbsentHostIsLeftAlone(t *testing.T) {
	p := withoutA3(t, Absent{})
	if p.HasErrors() || !slices.Contains(codes(p.Findings, Warning), "absent-host") {
		t.Fatalf("findings %v", p.Findings)
	}
	if got := p.OpenHosts(); !slices.Equal(got, []string{"a3"}) {
		t.Errorf("open: %v", got)
	}
	for _, s := range p.Steps() {
		if s.Host == "a3" {
			t.Errorf("step %s is on the dead host", s.ID)
		}
		guarded := s.Action.Service != nil && s.Action.Service.Op == "start" || s.ID == CommitStep
		if guarded && !strings.Contains(s.Guard, "a3 is still away") {
			t.Errorf("the guard of %s does not look at it: %s", s.ID, s.Guard)
		}
	}
}

func TestAbsentHostMustBeAway(t *testing.T) {
	for code, a := range map[string]Absent{
		"absent-host-lives":  {Registered: "log-replica(1)@10.0.0.3:8083"},
		"absent-host-unseen": {Problem: "no answer"},
	} {
		if p := withoutA3(t, a); !slices.Contains(codes(p.Findings, Error), code) || len(p.Phases) > 0 {
			t.Errorf("%s: findings %v", code, p.Findings)
		}
	}
	if p := withoutA3(t, Absent{Answers: true, Runs: true}); !p.HasErrors() {
		t.Error("a scheduler that runs may be left out")
	}
	if p := withoutA3(t, Absent{Answers: true}); p.HasErrors() {
		t.Errorf("a stopped one may not: %v", p.Findings)
	}
}

func TestAbsentHostsLeaveAQuorum(t *testing.T) {
	r, o := damaged()
	if err := r.Cluster.Leave("a2", "a3"); err != nil {
		t.Fatal(err)
	}
	o.Hosts, o.Absent = o.Hosts[:1], []Absent{{Name: "a2"}, {Name: "a3"}}
	if p := New(r, o, noon, "test"); !slices.Contains(codes(p.Findings, Error), "no-quorum") {
		t.Errorf("findings %v", p.Findings)
	}
}

func TestRankCountsTheAbsent(t *testing.T) {
	for _, tt := range []struct {
		replicas string
		absent   int
		want     Remedy
	}{
		{"used:9* used:9", 1, RemedyNone},
		{"used:9* damaged", 1, RemedySalvage}, // One of three is no quorum.
		{"used:9* used:9 used:9 damaged", 1, RemedyRebuild},
		{"damaged damaged", 1, RemedyRestore},
	} {
		o := replicas(strings.Fields(tt.replicas)...)
		o.Absent = make([]Absent, tt.absent)
		r, _ := damaged()
		if got, ranking, err := Rank(r, o); err != nil || got != tt.want {
			t.Errorf("%s: %s, %v, error %v", tt.replicas, got, ranking, err)
		}
	}
}

func TestDriftSeesTheAbsentComeBack(t *testing.T) {
	then, now := withoutA3(t, Absent{}), withoutA3(t, Absent{Answers: true, Runs: true})
	if diffs := Drift(&then.Observation, &now.Observation); len(diffs) != 1 || diffs[0].Host != "a3" {
		t.Errorf("drift %v", diffs)
	}
}

// rejoining is a healthy cluster of which a3 comes back with its old log.
func rejoining(change func(o *Observation)) *Plan {
	r, o := damaged()
	for i := range o.Hosts {
		h := &o.Hosts[i]
		h.Replica.State, h.Replica.Problem, h.Replica.Status, h.Replica.End = "used", "", "VOTING", 7
	}
	o.Hosts[0].HTTP.Lifecycle, o.Hosts[0].HTTP.Registered = "ACTIVE", true
	for i := range o.Hosts[:2] {
		o.Hosts[i].Replica.Begin, o.Hosts[i].Replica.Spans = 1, []Span{{1, 7}}
	}
	o.Hosts[2].Replica.Begin, o.Hosts[2].Replica.Spans = 30, []Span{{30, 40}} // Its head is not that of the others' log.
	o.Hosts[2].Replica.End, o.Hosts[2].Service.State, o.Hosts[2].Process.PID = 40, "running", 12
	change(o)
	return Rejoin("digest", "a3", r, o, nil, noon, "test")
}

func TestRejoin(t *testing.T) {
	p := rejoining(func(*Observation) {})
	if p.HasErrors() || !slices.Contains(codes(p.Findings, Warning), "rejoining-scheduler-runs") {
		t.Fatalf("findings %v", p.Findings)
	}
	var ids []string
	for _, s := range p.Steps() {
		ids = append(ids, s.ID)
		if s.Host != "a3" {
			t.Errorf("step %s touches %s", s.ID, s.Host)
		}
		if l := s.Action.Log; l != nil && l.Op == "rejoin" && l.MinEnd != 7 {
			t.Errorf("it must catch up to %d, where its own old log ends", l.MinEnd)
		}
	}
	want := []string{"quiesce/a3/stop", "preflight/a3/run-folder", "reset/a3/quarantine", "reset/a3/vacate", "start/a3/start", "start/a3/rejoin", "close/a3/run-folder"}
	if !slices.Equal(ids, want) {
		t.Errorf("steps %v", ids)
	}
}

func TestRejoinNeedsTheOthers(t *testing.T) {
	for code, change := range map[string]func(o *Observation){
		"others-not-healthy": func(o *Observation) { o.Hosts[1].Replica.State = "damaged" },
		"host-unreachable":   func(o *Observation) { o.Hosts[2] = Host{Name: "a3", Problem: "no route"} },
	} {
		if p := rejoining(change); !slices.Contains(codes(p.Findings, Error), code) || len(p.Phases) > 0 {
			t.Errorf("%s: findings %v", code, p.Findings)
		}
	}
}
