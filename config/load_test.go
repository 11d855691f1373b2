package config

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const serviceBlock = `service "command" {
    start = ["up"]
    stop = ["down", "now"]
    status = ["up?"]
  }`

const sound = `
cluster {
  schedulers = formatlist("a%d.example.com", range(1, 4))
  quorum_size = 2
  connection "ssh" {
    config_file = "ssh_config"
    identity_files = ["~/.ssh/key", "/etc/key"]
    timeout = "30s"
  }
  service "command" {
    start = ["up"]
    stop = ["down", "now"]
    status = ["up?"]
  }
  flags "debian" { settings = "~/etc/default/aurora-scheduler" }
  log { user = "aurora" }
}
backup {
  scheduler = "a2.example.com"
  name      = "scheduler-backup-2026-11-20-09-15"
  max_age   = "2d"
  store "archive" { url = "s3://aurora-backups?prefix=west/&region=eu-west-1" }
  store "disk" { url = "file:///var/backups/aurora" }
}
isolation { allow = ["10.0.0.0/8", "fd00::1"] }
admin {
  authentication = "keep"
  user = "root"
  password_file = "password"
}
recovery {
  delete_tasks = ["t1"]
  gate = false
}
procedure { literal = true }
approval {
  required        = 2
  allowed_signers = "allowed_signers"
}
`

func load(t *testing.T, text string) (*Restore, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "restore.hcl")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r, files, diags := Load(path, Inputs{Home: "/home/op"})
	var out bytes.Buffer
	if err := WriteDiagnostics(&out, files, diags, 100); err != nil {
		t.Fatal(err)
	}
	if (r == nil) != diags.HasErrors() {
		t.Errorf("restore %v with diagnostics %v", r, diags)
	}
	return r, out.String()
}

func TestLoad(t *testing.T) {
	r, said := load(t, sound)
	if said != "" {
		t.Fatal(said)
	}
	folder := filepath.Dir(r.Path)
	want := defaults()
	want.Path, want.Digest = r.Path, r.Digest
	want.Cluster.QuorumSize = 2
	for _, n := range []string{"a1.example.com", "a2.example.com", "a3.example.com"} {
		want.Cluster.Schedulers = append(want.Cluster.Schedulers, Scheduler{Name: n, Address: n})
	}
	want.Cluster.Connection.ConfigFile = filepath.Join(folder, "ssh_config")
	want.Cluster.Connection.IdentityFiles = []string{"/home/op/.ssh/key", "/etc/key"}
	want.Cluster.Connection.Timeout = 30 * time.Second
	want.Cluster.Service = defaultService(ServiceCommand)
	want.Cluster.Service.Start, want.Cluster.Service.Stop, want.Cluster.Service.Status = []string{"up"}, []string{"down", "now"}, []string{"up?"}
	want.Cluster.Flags.Settings = "~/etc/default/aurora-scheduler"
	want.Cluster.Log.User = "aurora"
	want.Backup = Backup{Scheduler: "a2.example.com", Name: "scheduler-backup-2026-11-20-09-15", MaxAge: 48 * time.Hour,
		Stores: []Store{{"archive", "s3://aurora-backups?prefix=west/&region=eu-west-1"}, {"disk", "file:///var/backups/aurora"}}}
	want.Isolation.Allow = []string{"10.0.0.0/8", "fd00::1"}
	want.Admin.Authentication, want.Admin.User, want.Admin.PasswordFile = "keep", "root", filepath.Join(folder, "password")
	want.Recovery = Recovery{DeleteTasks: []string{"t1"}, Remedy: "auto"}
	want.Procedure.Literal = true
	want.Approval = Approval{Required: 2, AllowedSigners: filepath.Join(folder, "allowed_signers")}
	if diff := cmp.Diff(&want, r); diff != "" {
		t.Errorf("restore (-want +got):\n%s", diff)
	}
}

func TestServiceKinds(t *testing.T) {
	for text, want := range map[string]Service{
		`service "systemd" { unit = "aurora" }`:  {Kind: "systemd", Unit: "aurora", Hold: true},
		`service "systemd" { hold = false }`:     {Kind: "systemd", Unit: "aurora-scheduler"},
		`service "upstart" {}`:                   {Kind: "upstart", Job: "aurora-scheduler"},
		`service "sysv" { pid_file = "/run/a" }`: {Kind: "sysv", Script: "/etc/init.d/aurora-scheduler", PIDFile: "/run/a"},
		`service "supervisord" {
			program = "aurora:scheduler"
			config_file = "/etc/s.conf"
			stop_timeout = "2m"
		}`: {Kind: "supervisord", Program: "aurora:scheduler", ConfigFile: "/etc/s.conf"},
	} {
		r, said := load(t, strings.Replace(sound, serviceBlock, text, 1))
		want.StopTimeout, want.StartTimeout, want.Settle = 2*time.Minute, time.Minute, 3*time.Second
		if r == nil {
			t.Errorf("%s: %s", text, said)
		} else if diff := cmp.Diff(want, r.Cluster.Service); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

// TestLoadReports replaces a piece of the sound configuration by a mistake, and wants it named with its line.
func TestLoadReports(t *testing.T) {
	tests := []struct{ old, new, want string }{
		{"quorum_size = 2", "quorum = 2", `An argument named "quorum" is not expected here`},
		{"quorum_size = 2", "quorum_size = 0", "Impossible quorum"},
		{"quorum_size = 2", `quorum_size = "two"`, "Wrong type"},
		{"quorum_size = 2", "http_port = 0", "Impossible port"},
		{`timeout = "30s"`, `become_password_file = "word"`, "of no use where sudo is not asked for one"},
		{"quorum_size = 2", "name = undefined", "Unknown variable"},
		{`service "command"`, `service "launchd"`, "Unknown kind"},
		{`service "command"`, `service "upstart"`, `write service "command"`},
		{`start = ["up"]`, `start = []`, "Empty command"},
		{`start = ["up"]`, `unit = "aurora"`, `unit is for service "systemd"`},
		{serviceBlock, `service "sysv" { script = "init.d/aurora" }`, "Not an absolute path"},
		{serviceBlock, `service "supervisord" { program = "" }`, "Not a name"},
		{serviceBlock, `service "sysv" { hold = false }`, `hold is for service "systemd"`},
		{`service "command"`, `service "systemd"`, "Impossible combination"},
		{`start = ["up"]`, "", `needs the attribute "start"`},
		{`formatlist("a%d.example.com", range(1, 4))`, `["a", "a"]`, "Duplicate scheduler"},
		{`formatlist("a%d.example.com", range(1, 4))`, `[]`, "No schedulers"},
		{`formatlist("a%d.example.com", range(1, 4))`, `["-oProxyCommand=x"]`, "Not a host name"},
		{`"a2.example.com"`, `"b"`, "Unknown scheduler"},
		{"scheduler = \"a2", "store = \"tape\"\n  scheduler = \"a2", "Unknown store"},
		{"scheduler = \"a2", "store = \"disk\"\n  scheduler = \"a2", "Impossible combination"},
		{"scheduler = \"a2.example.com\"", "", "No backup chosen"},
		{`store "disk"`, `store "archive"`, "Duplicate store"},
		{`store "disk"`, `store "a1.example.com"`, "Name taken"},
		{`store "disk"`, `store "my disk"`, "Not a store's name"},
		{"url = \"file:///var/backups/aurora\"", "", `needs the attribute "url"`},
		{"file:///var", "ftp:///var", "Unknown kind of store"},
		{"file:///var", "file://var", "Not a folder"},
		{"s3://aurora-backups", "s3://aurora-backups/west", "Not a bucket"},
		{"region=eu-west-1", "secret=geheim", "Unknown parameter"},
		{"s3://aurora", "s3://key:geheim@aurora", "Credentials in a URL"},
		{"region=eu-west-1", "endpoint=http://key:geheim@host", "Credentials in a URL"},
		{"s3://aurora", "s3://key:geheim@%zz", "Not a URL"},
		{`name      =`, "file = \"x\"\n  name =", "Impossible combination"},
		{`"scheduler-backup-2026-11-20-09-15"`, `"temp_scheduler-backup-2026-11-20-09-15"`, "Unfinished backup"},
		{`"scheduler-backup-2026-11-20-09-15"`, `"../x"`, "Not a backup's name"},
		{`"2d"`, `"-2h"`, "Not a duration"},
		{`"2d"`, `"99999999999d"`, "Not a duration"},
		{`"10.0.0.0/8"`, `"0.0.0.0/0"`, "No isolation"},
		{`"10.0.0.0/8"`, `"office"`, "Not a network"},
		{`isolation { allow = ["10.0.0.0/8", "fd00::1"] }`, `isolation {
  firewall "pf" {}
}`, "Known: nftables, iptables, firewalld"},
		{`authentication = "keep"`, `authentication = "off"`, "Impossible combination"},
		{`user = "root"`, "", "belong together"},
		{`delete_tasks = ["t1"]`, `delete_tasks = ["t1", "t1"]`, "Duplicate task"},
		{`~/etc/default`, `etc/default`, "Not an absolute path"},
		{`flags "debian"`, `flags "deb"`, "Unknown kind"},
		{`flags "debian" { settings = "~/etc/default/aurora-scheduler" }`, `flags "systemd" { drop_in = "/etc/systemd/system/aurora.conf" }`, "Not a drop-in"},
		{`flags "debian" { settings = "~/etc/default/aurora-scheduler" }`, `flags "systemd" { path = "/x" }`, `flags "systemd" has no path`},
		{`flags "debian"`, `flags "argfile"`, `flags "argfile" has no settings`},
		{`flags "debian"`, `flags "argfile"`, `needs the attribute "path"`},
		{"required        = 2", "required = 0", "Impossible number"},
		{"required        = 2", "required = var.n", "Variables not allowed"},
		{`allowed_signers = "allowed_signers"`, "", `needs the attribute "allowed_signers"`},
		{"procedure {", "procedure {}\nprocedure {", "Duplicate block"},
		{"procedure { literal = true }", "procedure {\n  registration_delay = \"1500ms\"\n}", "Not whole seconds"},
		{"isolation {", "isolation {\n", "Argument or block definition required"},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			text := strings.Replace(sound, tt.old, tt.new, 1)
			if text == sound {
				t.Fatalf("%q is not in the configuration", tt.old)
			}
			if tt.want == "Argument or block definition required" {
				text = sound + "\n]"
			}
			_, said := load(t, text)
			if strings.Contains(said, "geheim") {
				t.Errorf("a secret is told:\n%s", said)
			}
			if !strings.Contains(said, tt.want) || !strings.Contains(said, "on ") || !strings.Contains(said, "line ") {
				t.Errorf("said:\n%s", said)
			}
		})
	}
}

func TestLoadReportsAllMistakesAtOnce(t *testing.T) {
	_, said := load(t, "cluster {\n  schedulers = []\n  http_port = 0\n}\nbakup {}\nprocedure { literal = \"x\" }\n")
	for _, want := range []string{"No schedulers", "Impossible port", "bakup", "Missing block", "Wrong type"} {
		if !strings.Contains(said, want) {
			t.Errorf("nothing about %q in:\n%s", want, said)
		}
	}
	if _, _, diags := Load(filepath.Join(t.TempDir(), "none.hcl"), Inputs{}); !diags.HasErrors() {
		t.Error("a file that is not there is read")
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(sound)
	f.Add("cluster {")
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "restore.hcl")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r, _, diags := Load(path, Inputs{})
		if (r == nil) != diags.HasErrors() {
			t.Errorf("restore %v with diagnostics %v", r, diags)
		}
	})
}

func TestFunctionsAreKnown(t *testing.T) {
	for name, f := range functions() {
		if slices.Contains([]string{"", "timestamp", "uuid"}, name) || len(f.Params()) == 0 && f.VarParam() == nil {
			t.Errorf("function %q takes nothing, so it can't give the same for the same", name)
		}
	}
}
