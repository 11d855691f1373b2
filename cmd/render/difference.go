package render

import (
	"io"

	"github.com/restorectl/restorectl/providers/aurora/difference"
)

// Difference writes how two states of a cluster differ.
func Difference(w io.Writer, b *difference.Between) error {
	out := &printer{w: w}
	if b.Empty() {
		out.line("No differences: %s are the same.", plural(b.Unchanged, "task"))
		return out.err
	}
	for _, job := range b.JobsRemoved {
		out.line("- job %s", job)
	}
	for _, job := range b.JobsAdded {
		out.line("+ job %s", job)
	}
	for _, c := range b.Configs {
		out.line("~ configuration of %s (%s)", c.Job, plural(c.Tasks, "task"))
		for _, v := range c.Changes {
			out.line("    %s", valueChange(v))
		}
	}
	for _, c := range b.Crons {
		out.line("~ cron schedule of %s", valueChange(c))
	}
	for _, c := range b.Quotas {
		out.line("~ quota of %s", valueChange(c))
	}
	for _, c := range b.Updates {
		out.line("~ job update %s", valueChange(c))
	}
	for _, t := range b.TasksRemoved {
		out.line("- %s %s", t.Status, t.ID)
	}
	for _, t := range b.TasksAdded {
		out.line("+ %s %s", t.Status, t.ID)
	}
	for _, t := range b.TasksChanged {
		out.line("~ %s: %s -> %s", t.ID, t.Before, t.Status)
	}
	for _, t := range b.TasksMoved {
		out.line("~ %s: from %s to %s", t.ID, orNowhere(t.Before), orNowhere(t.Host))
	}
	out.line("")
	out.line("%s added, %d removed, %d in another state, %d moved, %d unchanged", plural(len(b.TasksAdded), "task"), len(b.TasksRemoved),
		len(b.TasksChanged), len(b.TasksMoved), b.Unchanged)
	return out.err
}

func valueChange(c difference.Change) string {
	switch {
	case c.Before == "":
		return c.Path + ": + " + c.After
	case c.After == "":
		return c.Path + ": - " + c.Before
	default:
		return c.Path + ": " + c.Before + " -> " + c.After
	}
}

func orNowhere(host string) string {
	if host == "" {
		return "no agent"
	}
	return host
}
