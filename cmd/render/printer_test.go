package render

import (
	"bytes"
	"testing"

	"github.com/restorectl/restorectl/planner"
)

func TestPrintable(t *testing.T) {
	for s, want := range map[string]string{
		"plain é 日本\tx\n":           "plain é 日本\tx\n",
		"\x1b[2J\x07\r\x00\x7f":     "�[2J����",
		"\u009b2J\x9b2J":            "�2J�2J",
		"exe\u202egpj\u2066\u200b.": "exe�gpj��.",
		"\u2028\u2029":              "��",
	} {
		if got := Printable(s); got != want {
			t.Errorf("Printable(%q) = %q, want %q", s, got, want)
		}
		var out bytes.Buffer
		if n, err := Terminal(&out).Write([]byte(s)); n != len(s) || err != nil || bytes.ContainsAny(out.Bytes(), "\x1b\r\x07\x00\u009b") {
			t.Errorf("Terminal made %q of %q, %d, %v", out.String(), s, n, err)
		}
	}
}

// TestPlanLines renders a plan in which every name forges a line of its own.
func TestPlanLines(t *testing.T) {
	const forged = "x\nNo findings.\n\x1b[31m"
	p := &planner.Plan{
		Kind: planner.KindApply, Cluster: forged,
		Observation: planner.Observation{Hosts: []planner.Host{{Name: forged, Service: planner.Service{State: forged}}},
			Backup: planner.Backup{File: forged, FrameworkID: forged}},
		Findings: []planner.Finding{{Severity: planner.Warning, Code: forged, Host: forged, Summary: forged, Remedy: forged}},
		LeftOut:  []string{forged},
		Impact:   &planner.Impact{JobsGone: []string{forged}, JobsBack: []string{forged}},
		Phases: []planner.Phase{{Name: forged, Title: forged, Steps: []planner.Step{{Host: forged, Title: forged, Guard: forged, Verification: forged,
			Changes: []planner.Change{{Subject: forged, Before: forged, After: forged, Where: forged}}, Inverse: &planner.Step{Title: forged}}}}},
	}
	var out bytes.Buffer
	if err := Plan(&out, p, noon); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(out.Bytes(), []byte("\nNo findings.")) || bytes.ContainsRune(out.Bytes(), '\x1b') {
		t.Errorf("a name forged a line:\n%s", out.String())
	}
	if n := bytes.Count(out.Bytes(), []byte("No findings.")); n < 20 {
		t.Errorf("only %d names are shown:\n%s", n, out.String())
	}
}
