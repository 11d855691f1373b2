package planner

import "testing"

// TestEveryStepHasALimit looks at the steps of all kinds of plans: only a gate, which waits for a person, may wait without an end.
func TestEveryStepHasALimit(t *testing.T) {
	r, o := damaged()
	r.Procedure.Literal, r.Admin.KerberosHost, r.Recovery.DeleteTasks = true, "kerberos.example.com", []string{"t1"}
	forward := New(r, o, noon, "test")
	finished := func(string) Progress { return Finished }
	revert, err := Inverse(forward, "digest", finished, noon, "test")
	if err != nil {
		t.Fatal(err)
	}
	abandon, err := Abandon(forward, "digest", finished, noon, "test")
	if err != nil {
		t.Fatal(err)
	}
	ro, oo := damaged()
	for i := range oo.Hosts[1:] {
		oo.Hosts[i].Replica.State, oo.Hosts[i].Replica.Status = "used", "VOTING"
	}
	for name, p := range map[string]*Plan{
		"apply": forward, "revert": revert, "abandon": abandon,
		"rebuild": New(ro, oo, noon, "test"), "rejoin": rejoining(func(*Observation) {}),
	} {
		if len(p.Steps()) == 0 {
			t.Errorf("%s has no steps: %v", name, p.Findings)
		}
		for _, s := range p.Steps() {
			if s.Action.Gate == nil && s.Timeout <= 0 {
				t.Errorf("%s: step %s may wait without an end", name, s.ID)
			}
		}
	}
}
