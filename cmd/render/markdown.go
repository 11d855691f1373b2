package render

import (
	"io"
	"strings"

	"github.com/restorectl/restorectl/planner"
)

// Markdown writes a plan in GitHub's Markdown, for a ticket. No name in it makes Markdown of its own.
func Markdown(w io.Writer, p *planner.Plan, digest string) error {
	out, d := &markdown{printer{w: w}}, newDocument(p, digest)
	out.line("# %s", prose(d.Title))
	out.line("")
	out.line("%s", prose(d.Summary))
	out.line("")
	for _, f := range d.Facts {
		out.line("- %s: %s", f.Name, prose(f.Value))
	}
	out.list("Backup", d.Backup)
	out.overview(d)
	if d.Impact != nil {
		out.heading("Impact, by " + d.Impact.Source)
		for _, i := range d.Impact.Items {
			out.line("- %s", prose(i.Text))
			for _, part := range i.Parts {
				out.line("  - %s", prose(part))
			}
		}
	}
	out.findings(d.Findings)
	for _, s := range d.Stages {
		out.phase(s)
	}
	out.list("Left out", d.LeftOut)
	return out.err
}

// markdown writes blocks of Markdown. What it is given is text, and becomes Markdown here.
type markdown struct{ printer }

func (m *markdown) heading(text string) {
	m.line("")
	m.line("## %s", prose(text))
	m.line("")
}

func (m *markdown) list(heading string, texts []string) {
	if len(texts) == 0 {
		return
	}
	m.heading(heading)
	for _, t := range texts {
		m.line("- %s", prose(t))
	}
}

// row writes a row of a table; its cells are Markdown.
func (m *markdown) row(cells ...string) { m.line("%s", "| "+strings.Join(cells, " | ")+" |") }

func (m *markdown) columns(names ...string) {
	m.row(names...)
	m.line("%s", strings.Repeat("| --- ", len(names))+"|")
}

// overview writes what was seen of the schedulers, and what could be done about their logs.
func (m *markdown) overview(d *document) {
	if len(d.Schedulers) > 0 {
		m.heading("Schedulers")
		m.columns("Scheduler", "State")
		for _, s := range d.Schedulers {
			m.row(prose(s.Name), prose(s.State))
		}
	}
	if len(d.Ranking) > 0 {
		m.heading("Remedies, the mildest first")
		m.columns("Remedy", "", "Why", "Loses")
		for _, c := range d.Ranking {
			m.row(prose(c.Remedy), c.State, prose(c.Why), prose(c.Loses))
		}
	}
}

func (m *markdown) findings(fs []planner.Finding) {
	if len(fs) == 0 {
		return
	}
	m.heading("Findings")
	m.columns("", "Host", "Finding", "Remedy", "Code")
	for _, f := range fs {
		m.row("**"+string(f.Severity)+"**", prose(f.Host), prose(f.Summary), prose(f.Remedy), prose(f.Code))
	}
}

// phase writes a phase with a table for each group of hosts. A step has a row for each thing that it changes.
func (m *markdown) phase(s stage) {
	m.heading(s.Heading())
	for i, g := range s.Groups {
		if i > 0 {
			m.line("")
		}
		m.line("### %s", prose(g.Hosts))
		m.line("")
		m.columns("Step", "Changes", "Before", "After", "Only if", "Then", "Undo")
		for _, st := range g.Steps {
			m.step(st)
		}
	}
}

func (m *markdown) step(s planner.Step) {
	undo := ""
	if s.Inverse != nil {
		undo = prose(s.Inverse.Title)
	}
	changes := s.Changes
	if len(changes) == 0 {
		m.row(prose(s.Title), "", "", "", prose(s.Guard), prose(s.Verification), undo)
		return
	}
	m.row(prose(s.Title), prose(thing(changes[0])), code(changes[0].Before), code(changes[0].After), prose(s.Guard), prose(s.Verification), undo)
	for _, c := range changes[1:] {
		m.row("", prose(thing(c)), code(c.Before), code(c.After), "", "", "")
	}
}
