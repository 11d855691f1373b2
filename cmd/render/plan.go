// Package render turns plans, findings, histories and progress into text for people. It writes and does nothing else, so that
// golden files can hold all of it.
package render

import (
	"io"
	"strings"
	"time"

	"github.com/restorectl/restorectl/planner"
)

// Plan writes a plan for review: the backup, the schedulers, the findings, every step with its diff, and a summary line.
func Plan(w io.Writer, p *planner.Plan, now time.Time) error {
	out, r := &printer{w: w}, newReview(p, now)
	out.line("%s", r.Title)
	out.line("")
	if len(r.Backup) > 0 {
		out.line("Backup  %s", r.Backup[0])
		for _, s := range r.Backup[1:] {
			out.line("  %s", s)
		}
		out.line("")
	}
	schedulers(out, r.Schedulers)
	remedies(out, r.Ranking)
	impact(out, r.Impact)
	findings(out, r.Findings)
	for _, s := range r.Stages {
		phase(out, s)
	}
	if len(r.LeftOut) > 0 {
		out.line("Left out")
		for _, s := range r.LeftOut {
			out.line("  %s", s)
		}
		out.line("")
	}
	out.line("%s", r.Summary)
	if p.Kind == planner.KindApply && !p.HasErrors() {
		out.line("%s", validity(p.Expires, now))
	}
	return out.err
}

// validity says until when a plan may be applied; the others are made right before they run.
func validity(expires, now time.Time) string {
	at := expires.UTC().Format(time.RFC3339)
	if now.After(expires) {
		return "It EXPIRED at " + at + "."
	}
	return "Valid until " + at + "."
}

func schedulers(out *printer, all []standing) {
	if len(all) == 0 {
		return
	}
	out.line("Schedulers")
	width := 0
	for _, s := range all {
		width = max(width, len(s.Name))
	}
	for _, s := range all {
		out.line("  %-*s  %s", width, s.Name, s.State)
	}
	out.line("")
}

// remedies writes what could be done about the log, the mildest first.
func remedies(out *printer, ranking []choice) {
	if len(ranking) == 0 {
		return
	}
	out.line("Remedies, the mildest first")
	for _, c := range ranking {
		out.line("  %s: %s: %s", c.Remedy, c.State, c.Why)
		if c.Loses != "" {
			out.line("    loses: %s", c.Loses)
		}
	}
	out.line("")
}

func phase(out *printer, s stage) {
	out.line("%s", s.Heading())
	for _, g := range s.Groups {
		out.line("  %s", g.Hosts)
		for _, st := range g.Steps {
			out.text(step(st))
		}
	}
	out.line("")
}

func step(s planner.Step) string {
	var b strings.Builder
	b.WriteString("    " + oneLine(s.Title) + "\n")
	for _, c := range s.Changes {
		b.WriteString("      " + oneLine(change(c)) + "\n")
	}
	if s.Guard != "" {
		b.WriteString("        only if  " + oneLine(s.Guard) + "\n")
	}
	if s.Verification != "" {
		b.WriteString("        then     " + oneLine(s.Verification) + "\n")
	}
	if s.Inverse != nil {
		b.WriteString("        undo     " + oneLine(s.Inverse.Title) + "\n")
	}
	return b.String()
}

func change(c planner.Change) string {
	where := ""
	if c.Where != "" {
		where = "   (" + c.Where + ")"
	}
	switch {
	case c.Before == "" && c.After == "":
		return "- " + c.Subject + where
	case c.Before == "":
		return "+ " + c.Subject + ": " + c.After + where
	case c.After == "":
		return "- " + c.Subject + ": " + c.Before + where
	default:
		return "~ " + c.Subject + ": " + c.Before + " -> " + c.After + where
	}
}
