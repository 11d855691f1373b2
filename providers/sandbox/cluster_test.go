package sandbox

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/sandbox/hostsim"
	"github.com/restorectl/restorectl/providers/sandbox/master"
	"github.com/restorectl/restorectl/providers/service"
)

// patience bounds the waits of tests on a machine that has much else to do.
const patience = 3 * time.Minute

func bring(t *testing.T, o Options) *Cluster {
	t.Helper()
	o.Dir, o.Patience = filepath.Join(t.TempDir(), "box"), patience
	if o.Backup != "" {
		o.Backup = filepath.Join("testdata", o.Backup)
	}
	c, err := Up(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if left := leftovers(c.Info().Dir); len(left) > 0 {
			t.Errorf("processes are left: %v", left)
		}
	})
	return c
}

// connect connects with a host as restorectl does, by the sandbox's own configuration.
func connect(t *testing.T, c *Cluster, name string) host.Host {
	t.Helper()
	r, _, diags := config.Load(filepath.Join(c.Info().Dir, configName), config.Inputs{Home: "/nowhere"})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	h, err := host.ConnectSSH(t.Context(), name, name, r.Cluster.Connection, host.Options{Home: "/nowhere", User: "nobody"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

func run(t *testing.T, h host.Host, args ...string) string {
	t.Helper()
	res, err := h.Run(t.Context(), host.Command{Args: args})
	if err != nil {
		t.Fatal(err)
	}
	return string(res.Stdout)
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// leaders are the hosts whose schedulers are active.
func leaders(t *testing.T, c *Cluster) []string {
	t.Helper()
	s, err := Status(t.Context(), c.Info().Dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, h := range s.Schedulers {
		if h.Lifecycle == "ACTIVE" {
			names = append(names, h.Name)
		}
	}
	return names
}

func TestUp(t *testing.T) {
	t.Parallel()
	c := bring(t, Options{Backup: backupName})
	if got := leaders(t, c); len(got) != 1 {
		t.Fatalf("leaders: %v", got)
	}
	s, err := Status(t.Context(), c.Info().Dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range s.Schedulers {
		if h.Service != "active (running)" || h.Filtered || h.Problem != "" {
			t.Errorf("%+v", h)
		}
	}
	if s.Running[master.TaskRunning] < 18 {
		t.Errorf("tasks that run: %v; the backup has 16 RUNNING, 1 RESTARTING and 1 DRAINING", s.Running)
	}
	h := connect(t, c, "scheduler-2")
	proc, err := service.Running(t.Context(), h, config.Service{Kind: "systemd", Unit: Unit})
	if err != nil || proc.PID == 0 || proc.User != hostsim.CurrentUser() {
		t.Fatalf("%+v, %v", proc, err)
	}
	flags := map[string]string{}
	for _, f := range proc.Flags {
		flags[f.Name] = f.Value
	}
	root := filepath.Join(c.Info().Dir, "scheduler-2")
	for name, want := range map[string]string{
		"cluster_name": "west", "http_port": "8081", "native_log_quorum_size": "2", "ip": string(c.network) + ".2",
		"mesos_master_address": "zk://" + string(c.network) + ".200:2181/mesos", "native_log_file_path": filepath.Join(root, logPath),
		"backup_dir": filepath.Join(root, backupsPath), "reconciliation_initial_delay": "2secs", "thermos_executor_flags": "--announcer-ensemble 127.0.0.1:2181",
	} {
		if flags[name] != want {
			t.Errorf("-%s=%s, want %s", name, flags[name], want)
		}
	}
	line, err := os.ReadFile("/proc/" + strconv.Itoa(proc.PID) + "/cmdline")
	if err != nil || !strings.HasPrefix(string(line), "java\x00-server\x00-Djava.library.path=/usr/lib\x00") {
		t.Errorf("command line %q, %v", line, err)
	}
}

func TestCommandsOfAHost(t *testing.T) {
	t.Parallel()
	c := bring(t, Options{Schedulers: 1, ClusterName: "north"})
	h := connect(t, c, "scheduler-1")
	if got := run(t, h, "hostname"); got != "scheduler-1\n" {
		t.Errorf("hostname: %q", got)
	}
	if got := run(t, h, "systemctl", "is-active", Unit); got != "active\n" {
		t.Errorf("is-active: %q", got)
	}
	script := "table inet restorectl {\n chain input {\n type filter hook input priority -175; policy accept;\n iif \"lo\" accept\n tcp dport 8081 reject with tcp reset\n }\n}\n"
	if _, err := h.Run(t.Context(), host.Command{Args: []string{"nft", "-f", "-"}, Root: true, Stdin: strings.NewReader(script)}); err != nil {
		t.Fatal(err)
	}
	address := c.Info().Hosts[0].Address
	http := net.JoinHostPort(address, strconv.Itoa(HTTPPort))
	var vars map[string]any
	if err := get(t.Context(), "127.0.0.1", http+"/vars.json", &vars); err == nil {
		t.Error("the port is blocked, and yet answers outside")
	}
	if err := get(t.Context(), address, http+"/vars.json", &vars); err != nil {
		t.Errorf("the port does not answer the host itself: %v", err)
	}
	s, err := Status(t.Context(), c.Info().Dir)
	if err != nil || !s.Schedulers[0].Filtered {
		t.Errorf("%+v, %v", s, err)
	}
	run(t, h, "nft", "delete", "table", "inet", "restorectl")
	if err := get(t.Context(), "127.0.0.1", http+"/vars.json", &vars); err != nil {
		t.Errorf("the port is open again, and yet does not answer outside: %v", err)
	}
	log := filepath.Join(c.Info().Hosts[0].Root, "var/lib/aurora/scheduler/other")
	if _, err := h.Run(t.Context(), host.Command{Args: []string{"mesos-log", "initialize", "--path=" + log}, User: hostsim.CurrentUser()}); err != nil {
		t.Error(err)
	}
	exit := (*host.ExitError)(nil)
	if _, err := h.Run(t.Context(), host.Command{Args: []string{"mesos-log", "initialize", "--path=" + log}}); !errors.As(err, &exit) || !strings.Contains(string(exit.Stderr), "The log is not empty") {
		t.Errorf("again: %v", err)
	}
	if _, err := h.Run(t.Context(), host.Command{Args: []string{"aurora_admin", "scheduler_list_backups", "south"}}); !errors.As(err, &exit) || !strings.Contains(string(exit.Stderr), "north") {
		t.Errorf("aurora_admin: %v", err)
	}
	if got := run(t, h, "bash", "-c", ". ~/"+settingsPath+"; echo $MESOS_MASTER $LOGDB_FILE_PATH"); got != "zk://"+c.Info().ZooKeeper+"/mesos "+filepath.Join(c.Info().Hosts[0].Root, logPath)+"\n" {
		t.Errorf("settings: %q", got)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	c := bring(t, Options{Schedulers: 1, RestartSec: 50 * time.Millisecond})
	h, err := c.Host("scheduler-1")
	if err != nil {
		t.Fatal(err)
	}
	state := func() hostsim.ServiceState {
		s, err := h.Service(Unit)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	first := state().PID
	if err := c.FreezeScheduler("scheduler-1"); err != nil {
		t.Fatal(err)
	}
	if err := c.ThawScheduler("scheduler-1"); err != nil {
		t.Fatal(err)
	}
	if err := c.KillScheduler("scheduler-1", syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "another process runs", func() bool { s := state(); return s.PID != 0 && s.PID != first })
	second := state().PID
	if err := c.RebootHost(t.Context(), "scheduler-1"); err != nil {
		t.Fatal(err)
	}
	if s := state(); s.PID == second || s.PID == 0 {
		t.Errorf("after the reboot: %+v", s)
	}
	eventually(t, "it leads again", func() bool { return len(leaders(t, c)) == 1 })
	s := connect(t, c, "scheduler-1")
	if err := c.CutConnections("scheduler-1"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it can be reached again", func() bool {
		_, err := s.Run(t.Context(), host.Command{Args: []string{"true"}})
		return err == nil
	})
	if err := c.KillScheduler("scheduler-9", syscall.SIGKILL); err == nil || !strings.Contains(err.Error(), "scheduler-1") {
		t.Errorf("a host that is not there: %v", err)
	}
}

func TestDisaster(t *testing.T) {
	t.Parallel()
	c := bring(t, Options{Schedulers: 3, Backup: backupName, Damage: 3, NoSudo: []string{"scheduler-3"}, BasicAuth: true})
	s, err := Status(t.Context(), c.Info().Dir)
	if err != nil {
		t.Fatal(err)
	}
	running := 0
	for _, n := range s.Running {
		running += n
	}
	b := readBackup(t)
	want := 0
	for i := range b.Snapshot.Tasks {
		if _, runs := mesosState(b.Snapshot.Tasks[i].Status); runs {
			want++
		}
	}
	if running != want {
		t.Errorf("%d tasks run on, want %d", running, want)
	}
	for _, h := range c.Info().Hosts {
		kept, err := os.ReadFile(filepath.Join(h.Root, backupsPath, backupName))
		if err != nil || int64(len(kept)) != b.Size {
			t.Errorf("the backup on %s: %d bytes, %v", h.Name, len(kept), err)
		}
		text, err := os.ReadFile(filepath.Join(h.Root, stderrPath))
		if err != nil || !strings.Contains(string(text), "Failed to recover the log") {
			t.Errorf("%s logged %q, %v", h.Name, text, err)
		}
	}
	refused := (*host.PrivilegeError)(nil)
	if _, err := connect(t, c, "scheduler-3").Run(t.Context(), host.Command{Args: []string{"true"}, Root: true}); !errors.As(err, &refused) {
		t.Errorf("sudo on scheduler-3: %v, want a refusal", err)
	}
	settings, err := os.ReadFile(filepath.Join(c.Info().Hosts[0].Root, settingsPath))
	if err != nil || !strings.Contains(string(settings), "-http_authentication_mechanism=BASIC") {
		t.Errorf("settings: %v", err)
	}
	tasks, err := Tasks(t.Context(), c.Info().Dir)
	if err != nil || len(tasks) != want || !slices.ContainsFunc(tasks, func(k Task) bool { return k.Name == "www-data/prod/worker-6" }) {
		t.Errorf("%d tasks, %v", len(tasks), err)
	}
}

func TestSandboxesBesideEachOther(t *testing.T) {
	t.Parallel()
	a, b := bring(t, Options{Schedulers: 1}), bring(t, Options{Schedulers: 1})
	if a.network == b.network {
		t.Errorf("both are in %s", a.network)
	}
}

func TestDaemon(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "box")
	i, err := Launch(t.Context(), Options{Dir: dir, Schedulers: 3, Patience: patience})
	if err != nil {
		t.Fatal(err)
	}
	if _, alive := i.daemonAlive(); !alive || i.PID == os.Getpid() {
		t.Errorf("the daemon is process %d", i.PID)
	}
	if len(leftovers(dir)) < 3 {
		t.Errorf("processes in the sandbox: %v, want at least the schedulers", leftovers(dir))
	}
	if _, err := Launch(t.Context(), Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), "holds a sandbox that is up") {
		t.Errorf("a second one in the same folder: %v", err)
	}
	if err := Down(t.Context(), dir, false); err != nil {
		t.Fatal(err)
	}
	if left := leftovers(dir); len(left) > 0 || started(i.PID) != "" {
		t.Errorf("after the end: %v, daemon %q", left, started(i.PID))
	}
	if _, err := os.Stat(filepath.Join(dir, "scheduler-1", settingsPath)); err != nil {
		t.Error(err)
	}
	if err := Down(t.Context(), dir, false); !errors.Is(err, ErrNone) {
		t.Errorf("again: %v", err)
	}
}

func TestDownAfterTheDaemonsDeath(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "box")
	i, err := Launch(t.Context(), Options{Dir: dir, Schedulers: 1, Damage: 1, Patience: patience})
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(i.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := Down(t.Context(), dir, true); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder: %v", err)
	}
}

func TestDownOfWhatIsNoDaemon(t *testing.T) {
	t.Parallel()
	c := bring(t, Options{Schedulers: 1})
	if err := Down(t.Context(), c.Info().Dir, false); err == nil || !strings.Contains(err.Error(), "has to end it itself") {
		t.Errorf("%v", err)
	}
	// A process that got the number of a daemon that died.
	other := exec.CommandContext(t.Context(), "sleep", "1000")
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	i := Info{Dir: dir, PID: other.Process.Pid, Daemon: true}
	if err := i.write(); err != nil {
		t.Fatal(err)
	}
	if err := Down(t.Context(), dir, false); err != nil {
		t.Error(err)
	}
	if started(other.Process.Pid) == "" {
		t.Error("a process that has nothing to do with the sandbox was ended")
	}
	if err := other.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = other.Wait() // It was killed.
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "thesis"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	garbage := filepath.Join(t.TempDir(), "scheduler-backup-x")
	if err := os.WriteFile(garbage, []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := t.TempDir()
	for name, tc := range map[string]struct {
		options Options
		want    string
	}{
		"no folder":       {Options{}, "needs a folder"},
		"full folder":     {Options{Dir: full}, "it holds thesis"},
		"odd folder":      {Options{Dir: empty + "/a b"}, "would have to quote"},
		"too many":        {Options{Dir: empty, Schedulers: 100}, "1 to 99"},
		"cluster's name":  {Options{Dir: empty, ClusterName: "a b"}, `"a b"`},
		"damaged backup":  {Options{Dir: empty, Backup: garbage}, garbage},
		"missing backup":  {Options{Dir: empty, Backup: "/nowhere/b"}, "can't be read"},
		"half a backup":   {Options{Dir: empty, Backup: "/nowhere/temp_b"}, "temp_"},
		"no such host":    {Options{Dir: empty, NoSudo: []string{"x"}}, `no host "x"`},
		"no such program": {Options{Dir: filepath.Join(t.TempDir(), "box"), Binary: "/nowhere/p"}, "/nowhere/p"},
	} {
		if _, err := Up(t.Context(), tc.options); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}
