package service

import (
	"testing"

	"github.com/restorectl/restorectl/planner"
)

func TestParseJob(t *testing.T) {
	for text, want := range map[string]planner.Service{
		"aurora-scheduler start/running, process 1234\n":                    {State: StateRunning, PID: 1234, Detail: "start/running"},
		"aurora-scheduler (west) start/running, process 7":                  {State: StateRunning, PID: 7, Detail: "start/running"},
		"aurora-scheduler stop/waiting\n":                                   {State: StateStopped, Detail: "stop/waiting"},
		"aurora-scheduler start/post-stop, process 9\n":                     {State: StateRestarting, Detail: "start/post-stop"},
		"aurora-scheduler start/pre-start, process 9\n":                     {State: StateRestarting, Detail: "start/pre-start"},
		"aurora-scheduler start/starting\n":                                 {State: StateRestarting, Detail: "start/starting"},
		"aurora-scheduler stop/killed, process 1234\n":                      {State: StateRunning, PID: 1234, Detail: "stop/killed"},
		"aurora-scheduler stop/post-stop, process 9\n":                      {State: StateRestarting, Detail: "stop/post-stop"},
		"aurora-scheduler start/running, process 3\n\tpost-start process 4": {State: StateRunning, PID: 3, Detail: "start/running"},
	} {
		if got, err := parseJob(text); err != nil || got != want {
			t.Errorf("%q: %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "aurora-scheduler", "aurora-scheduler dance/running", "start/running"} {
		if got, err := parseJob(text); err == nil {
			t.Errorf("parseJob(%q) = %+v; want an error", text, got)
		}
	}
}
