package render

import (
	"io"
	"maps"
	"slices"

	"github.com/restorectl/restorectl/providers/sandbox"
)

// Sandbox writes what a simulated cluster does now.
func Sandbox(w io.Writer, s *sandbox.State) error {
	out := &printer{w: w}
	out.line("Cluster %s, ZooKeeper %s, Mesos master %s", s.Cluster, s.ZooKeeper, s.Master)
	for _, h := range s.Schedulers {
		state := h.Lifecycle
		if state == "" {
			state = "no answer: " + h.Problem
		}
		if h.Registered {
			state += ", registered"
		}
		if h.Tasks > 0 {
			state += ", has " + plural(h.Tasks, "task")
		}
		if h.Filtered {
			state += ", isolated"
		}
		out.line("  %s  %s  %s  %s", h.Name, h.Address, h.Service, state)
	}
	if len(s.Running) == 0 {
		out.line("No task runs.")
	}
	for _, state := range slices.Sorted(maps.Keys(s.Running)) {
		out.line("  %s: %s", state, plural(s.Running[state], "task"))
	}
	return out.err
}
