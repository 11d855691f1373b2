package render

import (
	"io"

	"github.com/restorectl/restorectl/planner"
)

// Findings writes what the checks say, errors first.
func Findings(w io.Writer, fs []planner.Finding) error {
	out := &printer{w: w}
	findings(out, worstFirst(fs))
	return out.err
}

// worstFirst puts errors before warnings, and both before notes.
func worstFirst(fs []planner.Finding) []planner.Finding {
	var all []planner.Finding
	for _, sev := range []planner.Severity{planner.Error, planner.Warning, planner.Note} {
		for _, f := range fs {
			if f.Severity == sev {
				all = append(all, f)
			}
		}
	}
	return all
}

func findings(out *printer, fs []planner.Finding) {
	if len(fs) == 0 {
		return
	}
	out.line("Findings")
	for _, f := range fs {
		out.line("  %s", finding(f))
		if f.Remedy != "" {
			out.line("    %s", f.Remedy)
		}
	}
	out.line("")
}

// finding is a finding in one line, without its remedy.
func finding(f planner.Finding) string {
	where := ""
	if f.Host != "" {
		where = f.Host + ": "
	}
	return string(f.Severity) + ": " + where + f.Summary + " [" + f.Code + "]"
}
