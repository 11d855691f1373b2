package render

import (
	"bytes"
	"testing"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
)

func TestLiveGolden(t *testing.T) {
	h := &executor.History{Forward: &executor.Attempt{Plan: sample(), Steps: map[string]executor.StepRecord{
		planner.CommitStep: {Progress: planner.Finished},
	}}}
	hosts := []planner.Host{
		{Name: "a1", Process: planner.Process{PID: 11}, HTTP: planner.HTTP{Port: 8081, Refused: true, Problem: "connection refused"}},
		{Name: "a2", Process: planner.Process{PID: 12}, HTTP: planner.HTTP{Port: 8081, Answers: true, Lifecycle: "LEADER_AWAITING_REGISTRATION"}},
		{Name: "a3", Service: planner.Service{State: "stopped"}, HTTP: planner.HTTP{Port: 8081, Refused: true}},
		{Name: "a4", Problem: "no route to host"},
		{Name: "a5", Process: planner.Process{PID: 15}, HTTP: planner.HTTP{Port: 8081, Problem: "no answer within 10s"}},
		{Name: "a6", Process: planner.Process{PID: 16}, HTTP: planner.HTTP{Port: 8081, Answers: true, Lifecycle: "ACTIVE", Registered: true}},
	}
	absent := []planner.Absent{{Name: "a7"}, {Name: "a8", Answers: true, Runs: true}, {Name: "a9", Answers: true}}
	var out bytes.Buffer
	if err := Live(&out, h, hosts, absent); err != nil {
		t.Fatal(err)
	}
	golden(t, "live.golden", out.Bytes())
}
