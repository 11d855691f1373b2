package render

import (
	"bytes"
	"testing"

	"github.com/restorectl/restorectl/config"
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

// named is a plan in which everything that comes from hosts, files and people is called name.
func named(name string) *planner.Plan {
	task := []planner.Task{{Job: name}, {Job: "other/" + name}}
	change := []planner.Change{{Subject: name, Before: name, After: name, Where: name}, {Subject: name}}
	return &planner.Plan{
		Kind: planner.KindApply, Cluster: name, Tool: name, Remedy: planner.Remedy(name), Created: noon, Expires: noon,
		Restore: config.Restore{Path: name, Approval: config.Approval{Required: 2, AllowedSigners: name}},
		Observation: planner.Observation{
			Hosts:  []planner.Host{{Name: name, Service: planner.Service{State: name}, Replica: planner.Replica{State: name}, HTTP: planner.HTTP{Answers: true, Lifecycle: name}}},
			Absent: []planner.Absent{{Name: name}},
			Backup: planner.Backup{File: name, SHA256: name, FrameworkID: name, Time: noon}},
		Ranking:  []planner.Choice{{Remedy: planner.Remedy(name), Possible: true, Why: name, Loses: name}},
		Findings: []planner.Finding{{Severity: planner.Warning, Code: name, Host: name, Summary: name, Remedy: name}},
		LeftOut:  []string{name},
		Impact: &planner.Impact{Source: name, Killed: task, Restarted: task, Rescheduled: task, Unclear: task, JobsGone: []string{name, name}, JobsBack: []string{name},
			Jobs: planner.Jobs{Source: "log of " + name}, Crons: change, Updates: change},
		Phases: []planner.Phase{{Name: name, Title: name, Steps: []planner.Step{
			{Host: name, Title: name, Guard: name, Verification: name, Changes: change, Inverse: &planner.Step{Title: name}},
			{Title: name},
		}}},
	}
}

// TestPlanLines renders a plan in which every name forges a line of its own.
func TestPlanLines(t *testing.T) {
	const forged = "x\nNo findings.\n\x1b[31m"
	var out bytes.Buffer
	if err := Plan(&out, named(forged), noon); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(out.Bytes(), []byte("\nNo findings.")) || bytes.ContainsRune(out.Bytes(), '\x1b') {
		t.Errorf("a name forged a line:\n%s", out.String())
	}
	if n := bytes.Count(out.Bytes(), []byte("No findings.")); n < 40 {
		t.Errorf("only %d names are shown:\n%s", n, out.String())
	}
}
