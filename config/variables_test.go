package config

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const withVariables = `
variable "hosts" {
  type        = list(string)
  description = "The schedulers."
}
variable "backup" { default = "scheduler-backup-2026-11-20-09-15" }
variable "port" {
  type    = number
  default = 8081
}
variable "token" {
  type      = string
  sensitive = true
  default   = "geheim-geheim"
}
locals {
  first = local.names[0]
  names = [for h in var.hosts : "${h}.example.com"]
}
cluster {
  name       = "main"
  schedulers = local.names
  http_port  = var.port
}
backup {
  scheduler = local.first
  name      = var.backup
}
`

// loadWith loads the text with inputs, whose variable files are given as their texts.
func loadWith(t *testing.T, text string, in Inputs) (*Restore, string) {
	t.Helper()
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for i, text := range in.VarFiles {
		in.VarFiles[i] = write(string(rune('a'+i))+".vars", text)
	}
	r, files, diags := Load(write("restore.hcl", text), in)
	var out bytes.Buffer
	if err := WriteDiagnostics(&out, files, diags, 100); err != nil {
		t.Fatal(err)
	}
	return r, out.String()
}

func TestVariablesAndLocals(t *testing.T) {
	tests := map[string]struct {
		in    Inputs
		port  int
		first string
	}{
		"the environment":        {Inputs{Environ: []string{`RESTORECTL_VAR_hosts=["a", "b"]`, "HOME=/x"}}, 8081, "a.example.com"},
		"a file":                 {Inputs{Environ: []string{`RESTORECTL_VAR_hosts=["a"]`}, VarFiles: []string{"hosts = [\"c\"]\nport = 1\n"}}, 1, "c.example.com"},
		"the later file wins":    {Inputs{VarFiles: []string{"hosts = [\"c\"]", "hosts = [\"d\"]"}}, 8081, "d.example.com"},
		"the command line wins":  {Inputs{VarFiles: []string{"hosts = [\"c\"]"}, Vars: []string{`hosts=["e"]`, "port=7"}}, 7, "e.example.com"},
		"the last argument wins": {Inputs{Vars: []string{`hosts=["e"]`, `hosts=["f"]`}}, 8081, "f.example.com"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r, said := loadWith(t, withVariables, tt.in)
			if said != "" {
				t.Fatal(said)
			}
			if r.Cluster.HTTPPort != tt.port || r.Cluster.Schedulers[0].Name != tt.first || r.Backup.Scheduler != tt.first {
				t.Errorf("port %d, schedulers %v, backup on %s", r.Cluster.HTTPPort, r.Cluster.Schedulers, r.Backup.Scheduler)
			}
			if diff := cmp.Diff([]string{"geheim-geheim"}, r.Sensitive); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestVariableFilesAreInTheDigest(t *testing.T) {
	one, _ := loadWith(t, withVariables, Inputs{VarFiles: []string{"hosts = [\"c\"]"}})
	other, _ := loadWith(t, withVariables, Inputs{VarFiles: []string{"hosts = [\"d\"]"}})
	if one.Digest == other.Digest {
		t.Error("two configurations with different variable files have one digest")
	}
}

func TestMistakesInVariables(t *testing.T) {
	given := Inputs{Vars: []string{`hosts=["a"]`}}
	tests := map[string]struct {
		old, new string
		in       Inputs
		want     string
	}{
		"no value":              {"", "", Inputs{}, "No value for a variable"},
		"an unknown variable":   {"", "", Inputs{Vars: []string{`hosts=["a"]`, "Por_t=1"}}, `Did you mean "port"?`},
		"unknown in a file":     {"", "", Inputs{Vars: given.Vars, VarFiles: []string{"por = 1"}}, `no variable "por"`},
		"a broken file":         {"", "", Inputs{Vars: given.Vars, VarFiles: []string{"port = "}}, "Missing expression"},
		"not name=value":        {"", "", Inputs{Vars: []string{"hosts"}}, "write name=value"},
		"a wrong type":          {"", "", Inputs{Vars: []string{`hosts=["a"]`, `port="x"`}}, "must be number"},
		"no expression":         {"", "", Inputs{Vars: []string{`hosts=[`}}, "no expression"},
		"a wrong default":       {"default = 8081", `default = "x"`, given, "its default is not"},
		"twice":                 {`variable "backup"`, `variable "port"`, given, "Duplicate variable"},
		"a circle":              {"local.names[0]", "local.first", given, "Local values in a circle"},
		"no such variable":      {"var.port", "var.prot", given, "Unsupported attribute"},
		"an attribute too much": {"description =", "desc =", given, "not expected here"},
		"a name":                {`variable "backup"`, `variable "the backup"`, given, "Not a variable's name"},
		"a sensitive value":     {`name       = "main"`, `http_port = var.token`, given, "Wrong type"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(withVariables, tt.old, tt.new, 1)
			if tt.old != "" && text == withVariables {
				t.Fatalf("%q is not in the configuration", tt.old)
			}
			if name == "a sensitive value" {
				text = strings.Replace(text, "  http_port  = var.port\n", "", 1)
				text = strings.Replace(text, "geheim-geheim", "hidden-by-a-variable", 1)
				tt.in.Vars = append(tt.in.Vars, "token=geheim-geheim")
			}
			r, said := loadWith(t, text, tt.in)
			if r != nil || !strings.Contains(said, tt.want) || strings.Contains(said, "geheim-geheim") && name == "a sensitive value" {
				t.Errorf("restore %v, said:\n%s", r, said)
			}
		})
	}
}

func TestSchedulersWithAddresses(t *testing.T) {
	r, said := load(t, strings.NewReplacer(`formatlist("a%d.example.com", range(1, 4))`, `{ b = "10.0.0.2:2222", a = "10.0.0.1" }`, "a2.example.com", "a").Replace(sound))
	if said != "" {
		t.Fatal(said)
	}
	want := []Scheduler{{Name: "a", Address: "10.0.0.1"}, {Name: "b", Address: "10.0.0.2:2222"}}
	if diff := cmp.Diff(want, r.Cluster.Schedulers); diff != "" {
		t.Error(diff)
	}
}
