package service_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/host/hosttest"
	"github.com/restorectl/restorectl/providers/service"
	"github.com/restorectl/restorectl/providers/service/servicetest"
)

// installed puts programs of testdata on a machine's PATH.
func installed(t *testing.T, programs ...string) *hosttest.Machine {
	t.Helper()
	m := hosttest.Local(t)
	for _, name := range append(programs, "java") {
		text, err := os.ReadFile(filepath.Join("testdata", name+".sh"))
		if err != nil {
			t.Fatal(err)
		}
		m.Script(t, name, string(text))
	}
	m.File(t, "flags", "-http_port=8081 -cluster_name=west", 0o644)
	if err := syscall.Mkfifo(filepath.Join(m.Dir, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	return m
}

func within(c config.Service) config.Service {
	c.StartTimeout, c.StopTimeout = 30*time.Second, 30*time.Second
	return c
}

func TestContract(t *testing.T) {
	t.Run("systemd", func(t *testing.T) {
		servicetest.Run(t, servicetest.Subject{Host: installed(t, "systemctl"), Restarts: true,
			Config: within(config.Service{Kind: config.ServiceSystemd, Unit: "aurora-scheduler"})})
	})
	t.Run("upstart", func(t *testing.T) {
		servicetest.Run(t, servicetest.Subject{Host: installed(t, "initctl"), Restarts: true,
			Config: within(config.Service{Kind: config.ServiceUpstart, Job: "aurora-scheduler"})})
	})
	t.Run("sysv", func(t *testing.T) {
		m := installed(t, "initscript")
		servicetest.Run(t, servicetest.Subject{Host: m, Config: within(config.Service{
			Kind: config.ServiceSysV, Script: filepath.Join(m.Bin, "initscript"), PIDFile: filepath.Join(m.Dir, "run.pid")})})
	})
	t.Run("command", func(t *testing.T) {
		m := installed(t, "initctl")
		m.Script(t, "status", `initctl status aurora-scheduler | sed -n 's/.*process //p' >"$HOME/out"; [ -s "$HOME/out" ] || exit 3; cat "$HOME/out"`)
		m.Script(t, "start", `initctl status aurora-scheduler | grep -q start/ || initctl start aurora-scheduler`)
		m.Script(t, "stop", `initctl stop aurora-scheduler || :`)
		servicetest.Run(t, servicetest.Subject{Host: m, Restarts: true, Config: within(config.Service{
			Kind: config.ServiceCommand, Status: []string{"status"}, Start: []string{"start"}, Stop: []string{"stop"}})})
	})
}

const supervisordConf = `[supervisord]
nodaemon=true
user=%[2]s
logfile=%[1]s/supervisord.log
pidfile=%[1]s/supervisord.pid
childlogdir=%[1]s
[unix_http_server]
file=%[1]s/s
chmod=0700
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://%[1]s/s
[program:aurora-scheduler]
command=%[3]s/java org.apache.aurora.scheduler.app.SchedulerMain -http_port=8081
autostart=false
autorestart=true
startsecs=0
stopwaitsecs=5
`

// TestSupervisord runs the suite on Debian's supervisord, started here with a socket in the test's folder.
// TestHold runs the suite of the hold, and puts somebody else's file in its place.
func TestHold(t *testing.T) {
	m := installed(t, "systemctl")
	if err := os.MkdirAll(filepath.Join(m.Dir, "etc/systemd/system"), 0o750); err != nil {
		t.Fatal(err)
	}
	c := within(config.Service{Kind: config.ServiceSystemd, Unit: "aurora-scheduler", Hold: true})
	servicetest.RunHold(t, servicetest.HoldSubject{
		Subject: servicetest.Subject{Host: m, Config: c, Settle: 20 * time.Millisecond, Installed: func(t *testing.T) string {
			found, err := filepath.Glob(filepath.Join(m.Dir, "etc/systemd/system", "*"))
			return fmt.Sprint(found, err)
		}},
		Parent: filepath.Join(m.Dir, ".restorectl"), Stride: 2,
	})
}

// TestHoldThatCantBe asks a systemctl that knows nothing of drop-ins, as what stands for it in containers.
func TestHoldThatCantBe(t *testing.T) {
	m := hosttest.Local(t)
	m.Script(t, "systemctl", "echo ActiveState=active")
	c := config.Service{Kind: config.ServiceSystemd, Unit: "aurora-scheduler", Hold: true}
	var seen planner.Service
	if err := service.ObserveHold(t.Context(), m, c, &seen); err != nil || seen.Unheld == "" || seen.DropIn != "" {
		t.Errorf("%+v, %v", seen, err)
	}
	c.Hold, seen = false, planner.Service{}
	if err := service.ObserveHold(t.Context(), m, c, &seen); err != nil || seen != (planner.Service{}) {
		t.Errorf("what is not to be held: %+v, %v", seen, err)
	}
}

func TestSupervisord(t *testing.T) {
	program, err := exec.LookPath("supervisord")
	if err != nil {
		t.Skip("supervisord is not installed (Debian package supervisor): its kind of service is not tested on a real one")
	}
	m := installed(t)
	me, err := m.Run(t.Context(), host.Command{Args: []string{"id", "-un"}})
	if err != nil {
		t.Fatal(err)
	}
	conf := m.File(t, "supervisord.conf", fmt.Sprintf(supervisordConf, m.Dir, strings.TrimSpace(string(me.Stdout)), m.Bin), 0o600)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	d := exec.CommandContext(ctx, program, "-c", conf)
	d.Env = append(os.Environ(), "HOME="+m.Dir)
	d.Cancel = func() error { return d.Process.Signal(syscall.SIGTERM) }
	d.WaitDelay = 20 * time.Second
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = d.Wait() // SIGTERM ends it.
	})
	s := servicetest.Subject{Host: m, Restarts: true,
		Config: within(config.Service{Kind: config.ServiceSupervisord, Program: "aurora-scheduler", ConfigFile: conf})}
	for range 400 {
		if _, err := os.Stat(filepath.Join(m.Dir, "s")); err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	servicetest.Run(t, s)
	if pid, err := os.ReadFile(filepath.Join(m.Dir, "supervisord.pid")); err != nil || strings.TrimSpace(string(pid)) != strconv.Itoa(d.Process.Pid) {
		t.Errorf("supervisord was replaced: %q, %v", pid, err)
	}
}
