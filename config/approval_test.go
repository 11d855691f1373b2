package config

import (
	"os"
	"path/filepath"
	"testing"
)

// TestLoadApproval reads the block out of a configuration whose variables have no values.
func TestLoadApproval(t *testing.T) {
	dir := t.TempDir()
	tests := []struct {
		name, text string
		want       Approval
		fails      bool
	}{
		{"beside variables", "variable \"x\" {}\nbackup { file = var.x }\napproval { allowed_signers = \"~/signers\" }\n", Approval{1, "/home/op/signers"}, false},
		{"relative", "approval {\n required = 3\n allowed_signers = \"signers\"\n}\n", Approval{3, filepath.Join(dir, "signers")}, false},
		{"none", "cluster {}\n", Approval{}, false},
		{"two", "approval { allowed_signers = \"a\" }\napproval { allowed_signers = \"b\" }\n", Approval{1, filepath.Join(dir, "a")}, true},
		{"a variable", "variable \"x\" { default = 1 }\napproval {\n required = var.x\n allowed_signers = \"a\"\n}\n", Approval{1, filepath.Join(dir, "a")}, true},
		{"broken", "approval {", Approval{}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(dir, "restore.hcl")
			if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			got, _, diags := LoadApproval(path, "/home/op")
			if got != tt.want || diags.HasErrors() != tt.fails {
				t.Errorf("got %+v, %v; want %+v", got, diags, tt.want)
			}
		})
	}
	if _, _, diags := LoadApproval(filepath.Join(dir, "none"), ""); !diags.HasErrors() {
		t.Error("a file that is not there is read")
	}
}
