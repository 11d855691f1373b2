package planner

import (
	"slices"
	"testing"
)

// TestARebuildEndsInService waits for the service that the others gave before, and for none that they did not.
func TestARebuildEndsInService(t *testing.T) {
	for name, c := range map[string]struct {
		a2, a3 HTTP
		want   bool
	}{
		"leader and follower": {HTTP{Lifecycle: "ACTIVE", Registered: true}, HTTP{Lifecycle: "STORAGE_PREPARED"}, true},
		"follower is stopped": {HTTP{Lifecycle: "ACTIVE", Registered: true}, HTTP{Refused: true}, false},
		"nobody leads":        {HTTP{Lifecycle: "STORAGE_PREPARED"}, HTTP{Lifecycle: "STORAGE_PREPARED"}, false},
	} {
		r, o := damaged()
		for i, h := range []HTTP{{}, c.a2, c.a3} {
			o.Hosts[i].HTTP = h
			if i > 0 {
				o.Hosts[i].Replica = Replica{Path: o.Hosts[i].Replica.Path, State: "used", Status: "VOTING", End: 9, Owner: "aurora", Free: 1 << 40}
			}
		}
		p := New(r, o, noon, "test")
		if p.Remedy != RemedyRebuild || len(p.Phases) == 0 {
			t.Fatalf("%s: %s, findings %v", name, p.Remedy, p.Findings)
		}
		steps := p.Steps()
		at := slices.IndexFunc(steps, func(s Step) bool { return s.Action.Scheduler != nil && s.Action.Scheduler.Op == OpAwaitActive })
		if at >= 0 != c.want {
			t.Errorf("%s: the wait for service is step %d", name, at)
		}
		if c.want && steps[at-1].ID != "start/a1/rejoin" {
			t.Errorf("%s: the wait for service comes after %s", name, steps[at-1].ID)
		}
	}
}
