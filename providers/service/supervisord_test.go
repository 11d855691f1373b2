package service

import (
	"testing"

	"github.com/restorectl/restorectl/planner"
)

func TestParseProgram(t *testing.T) {
	for text, want := range map[string]planner.Service{
		"aurora                           RUNNING   pid 1234, uptime 1 day, 0:00:05\n":                 {State: StateRunning, PID: 1234, Detail: "RUNNING"},
		"aurora                           STARTING  \n":                                                {State: StateRunning, Detail: "STARTING"},
		"aurora                           STOPPING  \n":                                                {State: StateRunning, Detail: "STOPPING"},
		"aurora                           STOPPED   Not started\n":                                     {State: StateStopped, Detail: "STOPPED (Not started)"},
		"aurora                           EXITED    Nov 25 03:57 PM\n":                                 {State: StateStopped, Detail: "EXITED (Nov 25 03:57 PM)"},
		"aurora                           BACKOFF   Exited too quickly (process log may have details)": {State: StateRestarting, Detail: "BACKOFF (Exited too quickly (process log may have details))"},
		"aurora                           FATAL     Exited too quickly (process log may have details)": {State: StateStopped, Detail: "FATAL (Exited too quickly (process log may have details))"},
		"aurora: ERROR (no such process)\n":                                                            {State: StateMissing, Detail: "supervisord has no such program"},
	} {
		if got, err := parseProgram(text, "aurora"); err != nil || got != want {
			t.Errorf("%q: %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "unix:///run/supervisor.sock no such file", "other RUNNING pid 3, uptime 0:01:00", "aurora UNKNOWN", "aurora RUNNING pid x, uptime"} {
		if got, err := parseProgram(text, "aurora"); err == nil {
			t.Errorf("parseProgram(%q) = %+v; want an error", text, got)
		}
	}
}
