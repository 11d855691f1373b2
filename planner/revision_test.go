package planner

import (
	"slices"
	"testing"
	"time"

	"github.com/restorectl/restorectl/config"
)

func TestCompareSeesNothingWhereNothingChanged(t *testing.T) {
	r, o := damaged()
	then := New(r, o, noon, "test")
	r, o = damaged()
	// A crash loop, looked at a moment later.
	o.Hosts[0].Service.State, o.Hosts[1].Replica.Problem = "running", "it changed while it was copied"
	now := New(r, o, noon.Add(time.Hour), "test")
	if rev := Compare(then, now); !rev.Empty() {
		t.Errorf("%+v", rev)
	}
}

func TestCompare(t *testing.T) {
	ids := func(rev *Revision) (out []string) {
		for _, s := range rev.Steps {
			switch {
			case s.Then == nil:
				out = append(out, "+"+s.Now.ID)
			case s.Now == nil:
				out = append(out, "-"+s.Then.ID)
			default:
				out = append(out, "~"+s.Now.ID)
			}
		}
		return out
	}
	for _, tt := range []struct {
		name   string
		change func(r *config.Restore, o *Observation)
		steps  []string
		look   func(rev *Revision) bool
	}{
		{"a service is stopped now", func(_ *config.Restore, o *Observation) { o.Hosts[1].Service.State = "stopped" },
			[]string{"-quiesce/a2/stop"}, func(rev *Revision) bool { return len(rev.Seen) == 1 && len(rev.LeftOutNew) == 1 }},
		{"a file was edited", func(_ *config.Restore, o *Observation) { o.Hosts[0].Settings.Digest = "other" },
			[]string{"~configure/a1/flags"}, func(rev *Revision) bool { return len(rev.Seen) == 1 }},
		{"a warning came", func(_ *config.Restore, o *Observation) { o.Hosts[2].Skew = Duration(time.Hour) },
			nil, func(rev *Revision) bool { return len(rev.FindingsNew) == 1 && rev.FindingsNew[0].Code == "clock-skew" }},
		{"the gate went", func(r *config.Restore, _ *Observation) { r.Recovery.Gate = false },
			[]string{"-review/gate"}, func(*Revision) bool { return true }},
		{"tasks run now", func(_ *config.Restore, o *Observation) {
			o.Running = Running{Source: "the master", Tasks: []Task{{ID: "n", Job: "new"}}}
		}, nil, func(rev *Revision) bool { return rev.ImpactThen == nil && rev.ImpactNow != nil }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, o := damaged()
			then := New(r, o, noon, "test")
			r, o = damaged()
			tt.change(r, o)
			rev := Compare(then, New(r, o, noon, "test"))
			got := ids(&rev)
			slices.Sort(got)
			slices.Sort(tt.steps)
			if rev.Empty() || !slices.Equal(got, tt.steps) || !tt.look(&rev) {
				t.Errorf("steps %v, %+v", got, rev)
			}
		})
	}
}
