package planner

import (
	"slices"
	"testing"
)

// TestCheckTool wants the program only where the plan runs it.
func TestCheckTool(t *testing.T) {
	const problem = "mesos-log: command not found"
	for _, tt := range []struct {
		name   string
		change func(o *Observation)
		code   string
		want   Severity
		phases bool
	}{
		{"it is missing", func(o *Observation) { o.Hosts[0].Replica.ToolProblem = problem }, "log-tool-unusable", Error, false},
		{"it can't be told", func(o *Observation) { o.Hosts[0].Replica.ToolUnseen = problem }, "log-tool-unseen", Warning, true},
		{"the log is initialised already", func(o *Observation) {
			o.Hosts[0].Replica.State, o.Hosts[0].Replica.ToolProblem, o.Hosts[0].Replica.ToolUnseen = "initialised", problem, problem
		}, "", "", true},
		{"the replica only has to catch up", func(o *Observation) {
			o.Hosts[0].Replica.ToolProblem = problem
			for i := range o.Hosts[1:] {
				r := &o.Hosts[i+1].Replica
				r.State, r.Status, r.End = "used", "VOTING", 9
			}
			o.Hosts[1].HTTP = HTTP{Port: 8081, Lifecycle: "ACTIVE", Registered: true}
		}, "", "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, o := damaged()
			tt.change(o)
			p := New(r, o, noon, "test")
			i := slices.IndexFunc(p.Findings, func(f Finding) bool { return f.Code == "log-tool-unusable" || f.Code == "log-tool-unseen" })
			switch {
			case tt.code == "" && i >= 0:
				t.Errorf("%+v", p.Findings[i])
			case tt.code != "" && (i < 0 || p.Findings[i].Code != tt.code || p.Findings[i].Severity != tt.want || p.Findings[i].Host != "a1" || p.Findings[i].Remedy == ""):
				t.Errorf("no %s of a1 among %+v", tt.code, p.Findings)
			}
			if got := len(p.Phases) > 0; got != tt.phases {
				t.Errorf("the plan has phases: %t", got)
			}
		})
	}
}
