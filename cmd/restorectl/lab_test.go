//go:build linux

package main

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/restorectl/restorectl/providers/lab"
	"github.com/restorectl/restorectl/providers/mesos"
	"github.com/restorectl/restorectl/providers/sandbox"
)

// enterLab runs the tests among real hosts where the environment asks for that.
func enterLab() {
	if code, ended := lab.Enter(); ended {
		os.Exit(code)
	}
}

// TestLab runs the whole job on real hosts whose logs are corrupt, for each of the examples (`make lab`): each way in which schedulers are
// installed, and Kerberos, taken off for the time of the restore or kept.
func TestLab(t *testing.T) {
	for _, tc := range []struct {
		example string
		options lab.Options
		// meanwhile is looked at while the cluster is isolated, afterwards in the end.
		meanwhile, afterwards func(t *testing.T, c *lab.Cluster)
	}{
		{example: "debian"},
		{example: "rpm", options: lab.Options{Layout: sandbox.RPM}},
		{example: "execstart", options: lab.Options{Layout: sandbox.ExecStart, Firewalld: true}},
		{example: "kerberos", options: lab.Options{Kerberos: true}, meanwhile: demandNoKerberos, afterwards: demandKerberos},
		{example: "kerberos-keytab", options: lab.Options{Kerberos: true}, meanwhile: demandCredentials, afterwards: demandKerberos},
	} {
		t.Run(tc.example, func(t *testing.T) {
			tc.options.Backup, tc.options.Damage = labBackup, 3
			c := lab.NewCluster(t, tc.options)
			foreignRules(t, c)
			before := labFiles(t, c)
			plan := filepath.Join(c.Dir, "restore.plan")
			labPlan(t, c, labExample(tc.example), plan)
			text := labGate(t, plan)
			demandIsolation(t, c)
			if tc.meanwhile != nil {
				tc.meanwhile(t, c)
			}
			text += labRun(t, "apply", plan)
			text += labRun(t, "revert", plan)
			demandNormalService(t, c, before)
			if tc.afterwards != nil {
				tc.afterwards(t, c)
			}
			if t.Failed() {
				t.Log(text)
			}
		})
	}
}

// foreignRules gives every host rules of somebody else's, which must stay.
func foreignRules(t *testing.T, c *lab.Cluster) {
	t.Helper()
	for _, h := range c.Hosts {
		for _, filter := range []string{"iptables", "ip6tables"} {
			if _, err := h.Run(t.Context(), filter, "-A", "INPUT", "-p", "tcp", "--dport", "9", "-j", "DROP"); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// labBackup is the backup of the lab's clusters: 33 tasks, of which 25 run.
const labBackup = "../../providers/backup/testdata/scheduler-backup-2026-11-20-09-15"

// labExample is the path of an example.
func labExample(name string) string { return "../../examples/lab/" + name + ".hcl" }

// labPlan plans what a file for the lab says, and gives what was said.
func labPlan(t *testing.T, c *lab.Cluster, file, plan string) string {
	t.Helper()
	begun := time.Now()
	out, err := tool(t, "plan", file, "--var", "lab="+c.Dir, "--out", plan).CombinedOutput()
	if err != nil {
		t.Fatalf("plan: %v\n%s", err, out)
	}
	t.Logf("plan took %s", time.Since(begun).Round(time.Millisecond))
	return "\n--- plan\n" + string(out)
}

// labChanged writes the Debian example with other words in it, given as pairs of old and new, and gives its path.
func labChanged(t *testing.T, c *lab.Cluster, words ...string) string {
	t.Helper()
	text, err := os.ReadFile(labExample("debian"))
	if err != nil {
		t.Fatal(err)
	}
	changed := string(text)
	for i := 0; i < len(words); i += 2 {
		if !strings.Contains(changed, words[i]) {
			t.Fatalf("the example has no %q", words[i])
		}
		changed = strings.ReplaceAll(changed, words[i], words[i+1])
	}
	file := filepath.Join(c.Dir, "changed.hcl")
	if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// labRun gives a command that must succeed at once, and what it said.
func labRun(t *testing.T, command, plan string) string {
	t.Helper()
	begun := time.Now()
	out, err := tool(t, command, "--auto-approve", plan).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
	t.Logf("%s took %s", command, time.Since(begun).Round(time.Millisecond))
	return "\n--- " + command + "\n" + string(out)
}

// labGate applies a plan up to its gate, where nobody answers, and gives what was said.
func labGate(t *testing.T, plan string) string {
	t.Helper()
	begun := time.Now()
	apply := tool(t, "apply", plan)
	apply.Stdin = strings.NewReader("yes\n")
	out, err := apply.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "nobody is there to answer") {
		t.Fatalf("apply did not wait at the gate: %v\n%s", err, out)
	}
	t.Logf("apply up to the gate took %s", time.Since(begun).Round(time.Millisecond))
	return "\n--- apply, up to the gate\n" + string(out)
}

// demandIsolation demands of every host that its HTTP port is reached from itself and from the allow list only, and the log's from everywhere.
func demandIsolation(t *testing.T, c *lab.Cluster) {
	t.Helper()
	for _, h := range c.Hosts {
		if s := sandbox.LookAt(t.Context(), h.Name, h.Address, lab.Gateway); s.Problem != "" {
			t.Errorf("%s is not reached from the allow list: %s", h.Name, s.Problem)
		}
		for _, from := range c.Hosts {
			for _, address := range []string{h.Address, h.Address6} {
				if got, want := from.Reaches(t.Context(), address, sandbox.HTTPPort), from == h; got != want {
					t.Errorf("the HTTP port of %s is reached from %s at %s: %v", h.Name, from.Name, address, got)
				}
			}
			if !from.Reaches(t.Context(), h.Address, sandbox.ReplicaPort) {
				t.Errorf("the log's port of %s is not reached from %s", h.Name, from.Name)
			}
		}
	}
}

// labCounters are what differs between two listings of the same rules.
var labCounters = regexp.MustCompile(`(?m)\[\d+:\d+\]$|packets \d+ bytes \d+|^#.*$`)

// labFiles gives every file that a restore may touch, and the packet filters, by host and path.
func labFiles(t *testing.T, c *lab.Cluster) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, h := range c.Hosts {
		for _, folder := range []string{"/etc", "/usr/bin", "/usr/lib/systemd"} {
			files, err := h.Files(folder)
			if err != nil {
				t.Fatal(err)
			}
			for name, said := range files {
				found[h.Name+":"+name] = said
			}
		}
		for _, command := range []string{"nft list ruleset", "iptables-save", "ip6tables-save", "systemctl is-enabled " + sandbox.Unit} {
			said, err := h.Run(t.Context(), strings.Fields(command)...)
			if err != nil {
				t.Fatal(err)
			}
			found[h.Name+": "+command] = labCounters.ReplaceAllString(said, "")
		}
	}
	return found
}

// demandNormalService demands what must be true after every restore: one leader with every task, none killed, one commit, every file
// as before.
func demandNormalService(t *testing.T, c *lab.Cluster, before map[string]string) {
	t.Helper()
	var err error
	var leader sandbox.SchedulerState
	tasks := 0
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if leader, err = c.Leader(t.Context()); err != nil || leader.Tasks < 33 {
			continue
		}
		m := mesos.Master{Address: c.Master.Addr()}
		r, asked := m.Running(t.Context(), "", []string{"Aurora"})
		if asked != nil {
			t.Fatal(asked)
		}
		if tasks = len(r.Tasks); tasks == 25 {
			break
		}
	}
	if err != nil || leader.Tasks != 33 || tasks != 25 {
		t.Errorf("not in normal service: %v, leader %+v, %d of 25 tasks running", err, leader, tasks)
	}
	for _, e := range c.Master.Events() {
		if e.Kind == "task-killed" {
			t.Errorf("task %s was killed: %s", e.TaskID, e.Why)
		}
	}
	commits := 0
	for _, h := range c.Hosts {
		said, err := h.Run(t.Context(), "cat", "/var/log/aurora-scheduler.log")
		if err != nil {
			t.Fatal(err)
		}
		commits += strings.Count(said, "Shutting down application")
	}
	if commits != 1 {
		t.Errorf("%d commits", commits)
	}
	after := labFiles(t, c)
	names := maps.Clone(before)
	maps.Copy(names, after)
	for name := range names {
		if before[name] != after[name] {
			t.Errorf("%s was %q and is %q", name, before[name], after[name])
		}
	}
}
