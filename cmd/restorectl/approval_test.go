package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
)

// TestApprovalRules holds a plan to every rule there is, wherever it stands.
func TestApprovalRules(t *testing.T) {
	rule := func(n, file string) string {
		return "approval {\n required = " + n + "\n allowed_signers = \"" + file + "\"\n}\n"
	}
	tests := []struct {
		name string
		plan config.Approval
		// beside, origin and machine are the configuration beside the plan, that which the plan was made from, and the machine's rule.
		beside, origin, machine string
		want                    []string
	}{
		{"none", config.Approval{}, "", "", "", nil},
		{"the plan's", config.Approval{Required: 2, AllowedSigners: "/plan"}, "", "", "", []string{"2 /plan"}},
		{"left out of the plan", config.Approval{}, rule("2", "/beside"), "", "", []string{"2 /beside"}},
		{"left out, and elsewhere", config.Approval{}, "", rule("2", "/origin"), "", []string{"2 /origin"}},
		{"the larger number", config.Approval{Required: 3, AllowedSigners: "/plan"}, rule("2", "/beside"), "", "", []string{"3 /beside"}},
		{"the configuration beside has none", config.Approval{Required: 1, AllowedSigners: "/plan"}, "cluster {}\n", "", "", []string{"1 /plan"}},
		{"the machine's", config.Approval{}, "", "", rule("1", "/machine"), []string{"1 /machine"}},
		{"both", config.Approval{Required: 2, AllowedSigners: "/plan"}, "", "", rule("1", "/machine"), []string{"1 /machine", "2 /plan"}},
	}
	defer func(before string) { machineRule = before }(machineRule)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			machineRule = filepath.Join(dir, "machine.hcl")
			origin := filepath.Join(dir, "origin.hcl")
			for path, text := range map[string]string{filepath.Join(dir, "restore.hcl"): tt.beside, origin: tt.origin, machineRule: tt.machine} {
				if text == "" {
					continue
				}
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			p := &planner.Plan{Restore: config.Restore{Path: origin, Approval: tt.plan}}
			rules, err := approvals{io.Discard}.rules(filepath.Join(dir, "restore.plan"), p)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range rules {
				got = append(got, string(rune('0'+r.Required))+" "+r.AllowedSigners)
			}
			if strings.Join(got, ", ") != strings.Join(tt.want, ", ") {
				t.Errorf("rules %v, want %v", got, tt.want)
			}
			// None of these plans is signed.
			if _, err := (approvals{io.Discard}).Check(filepath.Join(dir, "restore.plan"), p, time.Now()); (err == nil) != (tt.want == nil) {
				t.Errorf("error %v", err)
			}
		})
	}
	t.Run("a rule that can't be read", func(t *testing.T) {
		dir := t.TempDir()
		machineRule = filepath.Join(dir, "machine.hcl")
		if err := os.WriteFile(machineRule, []byte("approval {"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := (approvals{io.Discard}).Check(filepath.Join(dir, "restore.plan"), &planner.Plan{}, time.Now()); err == nil || !strings.Contains(err.Error(), "can't be told") {
			t.Errorf("error %v", err)
		}
	})
}
