package render

import (
	"fmt"
	"io"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
)

// Live writes what the schedulers of a run do now, and what to do about those that are half alive.
func Live(w io.Writer, h *executor.History, hosts []planner.Host, absent []planner.Absent) error {
	out := &printer{w: w}
	out.line("")
	out.line("Now")
	half := false
	for i := range hosts {
		half = half || hosts[i].HalfAlive()
		out.line("  %s: %s", hosts[i].Name, doing(&hosts[i]))
	}
	for i := range absent {
		out.line("  %s: left out; %s", absent[i].Name, whereabouts(&absent[i]))
	}
	if half {
		out.line("  half alive: the supervisor takes the process for running and will not bring it back; %s", cure(h))
	}
	return out.err
}

func doing(h *planner.Host) string {
	switch {
	case h.Problem != "":
		return "can't be looked at: " + h.Problem
	case h.HalfAlive():
		return fmt.Sprintf("HALF ALIVE: process %d runs and its port %d is closed", h.Process.PID, h.HTTP.Port)
	case h.Process.PID == 0:
		return "service " + h.Service.State
	case !h.HTTP.Answers:
		return fmt.Sprintf("process %d, port %d does not answer: %s", h.Process.PID, h.HTTP.Port, h.HTTP.Problem)
	case h.HTTP.Registered:
		return fmt.Sprintf("process %d, %s, registered with the Mesos master", h.Process.PID, h.HTTP.Lifecycle)
	default:
		return fmt.Sprintf("process %d, %s", h.Process.PID, h.HTTP.Lifecycle)
	}
}

func whereabouts(a *planner.Absent) string {
	switch alive := a.Alive(); {
	case alive != "":
		return "IT LIVES: " + alive + "; stop its scheduler, its old log does harm"
	case a.Problem != "":
		return "it can't be told whether it lives: " + a.Problem
	case a.Answers:
		return "its host answers, its scheduler is stopped"
	}
	return "away"
}

// cure says what brings half-alive schedulers back where they should be up.
func cure(h *executor.History) string {
	switch {
	case h.Over():
		return "stop and start its service"
	case h.Inverse != nil || h.Forward.Progress(planner.CommitStep) == planner.Finished:
		return "`restorectl revert` stops and starts it"
	default:
		return "`restorectl apply` stops and starts it where it is needed"
	}
}
