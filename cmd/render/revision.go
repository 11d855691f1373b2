package render

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"github.com/restorectl/restorectl/planner"
)

// Revision writes what differs between a plan and the one made after it.
func Revision(w io.Writer, r *planner.Revision) error {
	out := &printer{w: w}
	if r.Empty() {
		out.line("Nothing changed since the plan was made.")
		return out.err
	}
	out.line("Changed since the plan was made")
	for _, d := range r.Seen {
		out.line("  ~ %s", d)
	}
	if r.RemedyThen != r.RemedyNow {
		out.line("  ~ remedy: %s -> %s", r.RemedyThen, r.RemedyNow)
	}
	for _, f := range r.FindingsGone {
		out.line("  - %s", finding(f))
	}
	for _, f := range r.FindingsNew {
		out.line("  + %s", finding(f))
	}
	impactRevision(out, r)
	for _, s := range r.Steps {
		stepRevision(out, s)
	}
	for _, s := range r.LeftOutGone {
		out.line("  - left out: %s", s)
	}
	for _, s := range r.LeftOutNew {
		out.line("  + left out: %s", s)
	}
	out.line("")
	return out.err
}

// impactRevision writes the lines of the impact that differ.
func impactRevision(out *printer, r *planner.Revision) {
	then, now := impactLines(r.ImpactThen), impactLines(r.ImpactNow)
	for _, l := range then {
		if !slices.Contains(now, l) {
			out.line("  - impact: %s", strings.TrimSpace(l))
		}
	}
	for _, l := range now {
		if !slices.Contains(then, l) {
			out.line("  + impact: %s", strings.TrimSpace(l))
		}
	}
}

func impactLines(im *planner.Impact) []string {
	var text bytes.Buffer
	impact(&printer{w: &text}, costOf(im))
	return strings.FieldsFunc(text.String(), func(r rune) bool { return r == '\n' })
}

// stepRevision writes a step that came, went, or differs, the latter with those of its changes that differ.
func stepRevision(out *printer, s planner.StepRevision) {
	switch {
	case s.Then == nil:
		out.line("  + step %s%s", host(*s.Now), s.Now.Title)
	case s.Now == nil:
		out.line("  - step %s%s", host(*s.Then), s.Then.Title)
	default:
		out.line("  ~ step %s%s", host(*s.Now), s.Now.Title)
		for _, c := range s.Then.Changes {
			if !slices.Contains(s.Now.Changes, c) {
				out.line("      was  %s", change(c))
			}
		}
		for _, c := range s.Now.Changes {
			if !slices.Contains(s.Then.Changes, c) {
				out.line("      is   %s", change(c))
			}
		}
	}
}
