//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/sys/unix"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/providers/sandbox"
)

// canary begins every secret that the test plants. What follows says where it was planted.
const canary = "cAnArY"

// TestSecretsStayOnTheHosts plants secrets wherever a cluster has some, does the whole job with failures in between, with a umask that
// hides nothing, and looks for them in everything that is left on both sides and in the command lines of all that ran.
func TestSecretsStayOnTheHosts(t *testing.T) {
	j := newJob(t)
	j.plant()
	stop := j.watchCommandLines()

	// Settings that can't be read, then a backup that can't, and a plan.
	whole := j.edit("scheduler-2/etc/default/aurora-scheduler", func(s string) string { return s + "TOKEN='" + canary + "-unclosed\n" })
	j.fails("plan", j.config)
	j.write("scheduler-2/etc/default/aurora-scheduler", whole)
	j.does("validate", j.config)
	j.does("backups", j.config)
	j.does("plan", j.config)
	j.does("show", j.planFile)
	j.does("show", "--json", j.planFile)

	// A kill, a wrong password, and somebody who edits in the middle.
	right := j.edit("password", func(string) string { return canary + "-wrong\n" })
	j.killed("apply", "--auto-approve", j.planFile)
	j.fails("apply", "--auto-approve", j.planFile)
	j.does("status", j.planFile)
	j.write("password", right)
	j.does("apply", "--auto-approve", j.planFile)
	j.edit("scheduler-1/etc/default/aurora-scheduler", func(s string) string { return s + "\nROTATED='" + canary + "-rotated'\n" })
	j.killed("revert", "--auto-approve", j.planFile)
	j.does("revert", "--auto-approve", j.planFile)
	j.does("inspect", "log", "--config", j.config, "scheduler-1:"+filepath.Join(j.dir, "scheduler-1/var/lib/aurora/scheduler/db"))
	j.does("diff", "--config", j.config, "scheduler-1:"+filepath.Join(j.dir, "scheduler-1/var/lib/aurora/scheduler/backups/scheduler-backup-2026-11-20-09-15"), "live")
	stop()
	j.search()
}

// job is the whole job on a sandbox of its own.
type job struct {
	*testing.T
	dir, out, config, planFile string
	commands                   int
}

func newJob(t *testing.T) *job {
	dir := filepath.Join(t.TempDir(), "cluster")
	j := &job{T: t, dir: dir, out: t.TempDir(), config: filepath.Join(dir, "restore.hcl"), planFile: filepath.Join(dir, "restore.plan")}
	program, err := hostProgram()
	if err != nil {
		t.Fatal(err)
	}
	// The hosts' commands get the umask of the sandbox's daemon.
	up := j.tool("sandbox", "up", dir, "--binary", program, "--damage", "all", "--basic-auth", "--backup", "../../providers/backup/testdata/scheduler-backup-2026-11-20-09-15")
	if out, err := up.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Cleanup(func() {
		if err := sandbox.Down(context.Background(), dir, false); err != nil && !errors.Is(err, sandbox.ErrNone) {
			t.Error(err)
		}
	})
	return j
}

// tool is restorectl with a umask of 0.
func (j *job) tool(args ...string) *exec.Cmd {
	cmd := tool(j.T, args...)
	cmd.Args = append([]string{"sh", "-c", `umask 0; exec "$@"`, "sh", cmd.Path}, args...)
	cmd.Path = "/bin/sh"
	cmd.Env = append(cmd.Env, "RESTORECTL_VAR_token="+canary+"-variable")
	return cmd
}

// plant puts a secret into every place that may hold one.
func (j *job) plant() {
	for i := 1; i <= 3; i++ {
		host := fmt.Sprintf("scheduler-%d", i)
		framework := filepath.Join(j.dir, host, "etc/aurora/framework")
		j.write(host+"/etc/aurora/framework", canary+"-framework\n")
		for _, f := range []string{"/etc/aurora/shiro.ini", "/.netrc"} {
			j.edit(host+f, func(s string) string { return strings.ReplaceAll(s, sandbox.BasicPassword, canary+"-basic") })
		}
		j.edit(host+"/etc/default/aurora-scheduler", func(s string) string {
			for old, planted := range map[string]string{
				"zk://${ZK_ENDPOINTS}":    "zk://mesos:" + canary + "-master@${ZK_ENDPOINTS}",
				"-server ":                "-server -Djavax.net.ssl.keyStorePassword=" + canary + "-environment ",
				"EXTRA_SCHEDULER_ARGS=\"": "EXTRA_SCHEDULER_ARGS=\"-zk_digest_credentials=aurora:" + canary + "-zookeeper -framework_authentication_file=" + framework + " ",
			} {
				if !strings.Contains(s, old) {
					j.Fatalf("the settings have no %q", old)
				}
				s = strings.Replace(s, old, planted, 1)
			}
			return s
		})
	}
	j.write("password", canary+"-basic\n")
	j.edit("restore.hcl", func(s string) string {
		return strings.Replace(s, "admin {", "admin {\n  authentication = \"keep\"\n  user = \"admin\"\n  password_file = \"password\"", 1) +
			"variable \"token\" { sensitive = true }\nlocals { token = \"x${var.token}\" }\n"
	})
	j.edit("id_ed25519", func(s string) string {
		key, err := ssh.ParseRawPrivateKey([]byte(s))
		if err != nil {
			j.Fatal(err)
		}
		block, err := ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte(canary+"-passphrase"))
		if err != nil {
			j.Fatal(err)
		}
		return string(pem.EncodeToMemory(block))
	})
}

func (j *job) write(name, text string) {
	j.Helper()
	if err := os.WriteFile(filepath.Join(j.dir, name), []byte(text), 0o600); err != nil {
		j.Fatal(err)
	}
}

// edit changes a file and gives its content of before.
func (j *job) edit(name string, change func(string) string) string {
	j.Helper()
	before, err := os.ReadFile(filepath.Join(j.dir, name))
	if err != nil {
		j.Fatal(err)
	}
	j.write(name, change(string(before)))
	return string(before)
}

// start gives a command at a terminal at which somebody has typed the passphrase of the key. What it says goes to a file.
func (j *job) start(args ...string) (cmd *exec.Cmd, said string) {
	j.Helper()
	j.commands++
	said = filepath.Join(j.out, fmt.Sprintf("%02d-%s", j.commands, args[0]))
	out, err := os.Create(said)
	if err != nil {
		j.Fatal(err)
	}
	defer out.Close()
	person, terminal := openTerminal(j.T)
	j.Cleanup(func() { _ = person.Close() })
	defer terminal.Close()
	// Each of the sides that `diff` compares asks for itself.
	if _, err := person.WriteString(strings.Repeat(canary+"-passphrase\n", 4)); err != nil {
		j.Fatal(err)
	}
	cmd = j.tool(args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = terminal, out, out
	if err := cmd.Start(); err != nil {
		j.Fatal(err)
	}
	return cmd, said
}

func (j *job) does(args ...string) {
	j.Helper()
	cmd, said := j.start(args...)
	if err := cmd.Wait(); err != nil {
		j.Fatalf("restorectl %v: %v\n%s", args, err, contentOf(j.T, said))
	}
}

func (j *job) fails(args ...string) {
	j.Helper()
	cmd, said := j.start(args...)
	if err := cmd.Wait(); err == nil {
		j.Fatalf("restorectl %v did not fail\n%s", args, contentOf(j.T, said))
	}
}

// killed gives a command and kills it in the middle of its work.
func (j *job) killed(args ...string) {
	j.Helper()
	const events = 20
	before := len(journal(j.dir))
	cmd, said := j.start(args...)
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	if !awaitJournal(j.dir, ended, func(e []executor.Event) bool { return len(e) >= before+events }) {
		j.Fatalf("restorectl %v ended before it was killed\n%s", args, contentOf(j.T, said))
	}
	_ = cmd.Process.Kill() // Its end is told next.
	<-ended
}

// schedulerLine is the command line of a scheduler, or of what is about to become one.
var schedulerLine = regexp.MustCompile(`/usr/sbin/aurora-scheduler\x00|org\.apache\.aurora\.scheduler`)

// watchCommandLines looks at every process of the machine until the function is called. Only schedulers, whose flags are their own, may
// show a secret.
func (j *job) watchCommandLines() (stop func()) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	seen := map[string]bool{}
	wg.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
			}
			lines, _ := filepath.Glob("/proc/[0-9]*/cmdline") // The pattern is right.
			for _, f := range lines {
				line, err := os.ReadFile(f)
				if err == nil && bytes.Contains(line, []byte(canary)) && !schedulerLine.Match(line) {
					seen[strings.ReplaceAll(string(line), "\x00", " ")] = true
				}
			}
		}
	})
	return func() {
		close(done)
		wg.Wait()
		for line := range seen {
			j.Errorf("a command line shows a secret: %s", line)
		}
	}
}

// Where secrets are at home: planted, written by a scheduler itself, or in this test's program.
var atHome = regexp.MustCompile(`^bin/sandbox$|^scheduler-\d/(etc/default/aurora-scheduler|etc/aurora/(framework|shiro\.ini)|\.netrc|var/log/aurora-scheduler\.log)$|^password$`)

// runFolder is what a run leaves on a host, logs and backups apart; those keep the modes that they had.
var (
	runFolder = regexp.MustCompile(`^scheduler-\d/var/lib/aurora/scheduler/\.restorectl(/|$)`)
	movedLog  = regexp.MustCompile(`/(quarantine|discarded)/`)
	saved     = regexp.MustCompile(`/saved/[^/]+$`)
)

// search looks at everything that is left.
func (j *job) search() {
	originals := 0
	for _, root := range []string{j.dir, j.out} {
		err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			name, err := filepath.Rel(j.dir, path)
			if err != nil {
				return err
			}
			info, err := e.Info()
			if err != nil {
				return err
			}
			ours := runFolder.MatchString(name) && !movedLog.MatchString(name) || strings.HasSuffix(name, ".plan") || strings.HasSuffix(name, ".journal")
			if ours && info.Mode().Perm()&0o077 != 0 {
				j.Errorf("%s has mode %s", name, info.Mode())
			}
			if !info.Mode().IsRegular() || atHome.MatchString(name) {
				return nil
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, found := range regexp.MustCompile(canary+`[-a-z]*`).FindAllString(string(text), -1) {
				if runFolder.MatchString(name) && saved.MatchString(name) {
					originals++
					continue
				}
				j.Errorf("%s holds the secret %s", name, found)
			}
			return nil
		})
		if err != nil {
			j.Fatal(err)
		}
	}
	if originals == 0 {
		j.Error("no saved original holds a secret: the test does not look where they are")
	}
	for i := 1; i <= 3; i++ {
		log := contentOf(j.T, filepath.Join(j.dir, fmt.Sprintf("scheduler-%d/var/log/aurora-scheduler.log", i)))
		if !strings.Contains(log, canary+"-zookeeper") {
			j.Errorf("scheduler %d never ran with the secrets", i)
		}
	}
}

func contentOf(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// openTerminal gives the two ends of a pseudo-terminal.
func openTerminal(t *testing.T) (person, terminal *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(person.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	return person, terminal
}
