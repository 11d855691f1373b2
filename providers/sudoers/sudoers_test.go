package sudoers

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/lock"
)

func sound() *config.Restore {
	return &config.Restore{
		Cluster: config.Cluster{
			Service: config.Service{Kind: config.ServiceSystemd, Unit: "aurora-scheduler"},
			Flags:   config.Flags{Settings: "~/settings,x", StartScript: "/usr/bin/start"},
			Log:     config.Log{Path: "/var/lib/aurora/db", User: "aurora", Tool: "mesos-log"},
		},
		Backup: config.Backup{Dir: "/var/lib/aurora/backups"},
		Admin:  config.Admin{ClustersFiles: []string{"/etc/aurora/clusters.json"}},
	}
}

// TestRules runs commands past the rules that must be let through, and others that lead out of them.
func TestRules(t *testing.T) {
	p, err := FromConfig(sound(), "ops", "/home/ops")
	if err != nil {
		t.Fatal(err)
	}
	p.Commands = [][]string{{"systemctl", "stop", "aurora-scheduler"}, lock.Commands("/var/lib/aurora")[1]}
	rules := p.rules()
	tests := []struct {
		command string
		want    bool
	}{
		{"cat -- /etc/aurora/clusters.json", true},
		{"cat -- /home/ops/settings,x", true},
		{"cat -- /usr/bin/start", true},
		{"cat -- /var/lib/aurora/db/CURRENT", true},
		{"cat -- /var/lib/aurora/.restorectl/0a/saved/etc%2Fx.json", true},
		{"cat -- /etc/shadow", false},
		{"cat -- /etc/aurora/clustersXjson", false},
		{"cat -- /var/lib/aurora/db/../../../../etc/shadow", false},
		{"cat -- /var/lib/aurora/db/x /etc/shadow", false},
		{"cat -- /var/lib/aurora/backups/./x", false},
		{"cat /etc/shadow", false},
		{"cat -- /proc/1/environ", false},
		{"dd of=/usr/bin/start bs=64k iflag=fullblock oflag=nofollow conv=notrunc,nocreat,fsync status=none", false},
		{"dd of=/etc/aurora/.clusters.json.restorectl bs=64k iflag=fullblock oflag=nofollow conv=notrunc,nocreat,fsync status=none", true},
		{"dd if=/etc/shadow of=/etc/aurora/clusters.json", false},
		{"chmod -- 0640 /etc/aurora/clusters.json", true},
		{"chmod -- 4755 /var/lib/aurora/backups/x", false},
		{"chown -- aurora:aurora /etc/aurora/clusters.json", true},
		{"chown -- aurora@corp.example.com:ops@corp.example.com /etc/aurora/clusters.json", true},
		{"chown -- aurora /etc/shadow", false},
		{"mv -f -T -- /var/lib/aurora/db /var/lib/aurora/.restorectl/0a/quarantine/log", true},
		{"mv -f -T -- /var/lib/aurora/db /etc/cron.d/x", false},
		{"rm -f -- /etc/aurora/clusters.json", true},
		{"rm -f -- /etc/shadow", false},
		{"install -m 0600 -T -- /dev/null /etc/aurora/clusters.json", true},
		{"install -m 0600 -T -- /etc/shadow /var/lib/aurora/backups/x", false},
		{"install -m 0600 -T -- /dev/null /etc/cron.d/x", false},
		{"cp --attributes-only --preserve=all -- /etc/aurora/clusters.json /etc/aurora/.clusters.json.restorectl", true},
		{"cp --attributes-only --preserve=all -- /usr/bin/su /etc/aurora/clusters.json", false},
		{"find /var/lib/aurora/.restorectl/0a -xdev -mindepth 1 -maxdepth 1 ! -name run.json -exec rm -rf --one-file-system -- {} ;", true},
		{"find /var/lib/aurora/.restorectl/0a -mindepth 1 -maxdepth 1 ! -name run.json -exec rm -rf --one-file-system -- {} ;", false},
		{"find /var/lib/aurora/db/ -mindepth 1 -maxdepth 1 -exec sh -c id ;", false},
		{"rm -rf --one-file-system -- /var/lib/aurora/.restorectl/0a1b", true},
		{"rm -rf --one-file-system -- /var/lib/aurora/.restorectl/..", false},
		{"rm -rf --one-file-system -- /var/lib/aurora", false},
		{"systemctl stop aurora-scheduler", true},
		{"systemctl stop sshd", false},
		{strings.Join(lock.Commands("/var/lib/aurora")[1], " "), true},
		{strings.Join(lock.Commands("/etc")[1], " "), false},
		{"bash -c sh bash /var/lib/aurora", false},
		{"env sh", false},
		{"sh -c id", false},
		{"bash", false},
	}
	for _, tt := range tests {
		program, args, _ := strings.Cut(tt.command, " ")
		got := false
		for _, r := range rules {
			got = got || r.program == program && regexp.MustCompile("^"+r.args+"$").MatchString(args)
		}
		if got != tt.want {
			t.Errorf("%s: let through: %v", tt.command, got)
		}
	}
}

func TestPlacesRefuses(t *testing.T) {
	for want, change := range map[string]func(*config.Restore){
		"give a plan":                                 func(r *config.Restore) { r.Backup.Dir = "" },
		"is no path that a rule":                      func(r *config.Restore) { r.Cluster.Log.Path = "/" },
		"has characters that a rule":                  func(r *config.Restore) { r.Backup.Dir = "/a b" },
		"can't name the users":                        func(r *config.Restore) { r.Cluster.Log.User = "aurora) NOPASSWD: ALL" },
		`can't name the users "ops" and ["@include"]`: func(r *config.Restore) { r.Cluster.Log.User = "@include" },
		`"/var/lib/../etc" is no path`:                func(r *config.Restore) { r.Admin.ClustersFiles = []string{"/var/lib/../etc"} },
	} {
		r := sound()
		change(r)
		if _, err := FromConfig(r, "ops", "/home/ops"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if _, err := FromConfig(sound(), "ops", ""); err == nil || !strings.Contains(err.Error(), "--home") {
		t.Errorf("~/ without a home folder: %v", err)
	}
}

// TestFromPlan grants what was found on the hosts, each place and user once.
func TestFromPlan(t *testing.T) {
	r := sound()
	r.Cluster.Log, r.Backup.Dir = config.Log{Tool: "mesos-log"}, ""
	host := func(name, log, owner string) planner.Host {
		return planner.Host{Name: name, Replica: planner.Replica{Owner: owner}, Settings: planner.Settings{Flags: []planner.Flag{
			{Name: "native_log_file_path", Value: log}, {Name: "backup_dir", Value: "/srv/backups"}}}}
	}
	p, err := FromPlan(&planner.Plan{Restore: *r, Observation: planner.Observation{Hosts: []planner.Host{
		host("a1", "/srv/log", "aurora"), host("a2", "/srv/log", "svc"), host("a3", "/mnt/log", "aurora")}}}, "ops", "/home/ops")
	if err != nil {
		t.Fatal(err)
	}
	p.Commands = [][]string{{"nft", "-f", "-"}}
	var text bytes.Buffer
	if err := p.Write(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"ops ALL=(aurora) NOPASSWD: /usr/bin/true \"\", /usr/bin/mesos-log ^(help|initialize --path[=](/srv/log|/mnt/log))$\n", "ops ALL=(svc) NOPASSWD: ",
		"/usr/sbin/nft ^-f -$", "|/srv/backups(" + part + ")*", "/srv/[.]restorectl", "/mnt/[.]restorectl",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, text.String())
		}
	}
}

// TestVisudo lets the real visudo read the rule for every kind of service.
func TestVisudo(t *testing.T) {
	visudo, err := exec.LookPath("visudo")
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip("visudo is not installed (Debian: sudo), so nothing was checked with it")
	}
	for _, commands := range [][][]string{
		{{"systemctl", "show", "--property=LoadState,MainPID", "aurora-scheduler@1"}, {"nft", "-f", "-"}},
		{{"supervisorctl", "-c", "/etc/supervisor.conf", "status", "group:aurora"}},
		{{"sh", "-c", `exec "$@" </dev/null >/dev/null 2>&1`, "sh", "env", "LC_ALL=C", "/etc/init.d/aurora", "start"}},
		{{"/opt/up", "a=b,c", "#1"}, {"/opt/down"}, {"/opt/up", `"`, "!*", "a\\b"}},
	} {
		p, err := FromConfig(sound(), "ops@corp.example.com", "/home/ops")
		if err != nil {
			t.Fatal(err)
		}
		p.Commands = commands
		var text bytes.Buffer
		if err := p.Write(&text); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "restorectl")
		if err := os.WriteFile(file, text.Bytes(), 0o440); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(visudo, "-c", "-f", file).CombinedOutput(); err != nil {
			t.Errorf("%q: %v\n%s\n%s", commands, err, out, text.String())
		}
	}
}
