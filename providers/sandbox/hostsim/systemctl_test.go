package hostsim

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// unitOf is a unit that runs the file script in the host's folder.
func unitOf(more string) string {
	return "[Unit]\nDescription=A test\n\n[Service]\nExecStart=/bin/sh script\nUser=" + CurrentUser() + "\n" + more
}

// serviceHost boots a host whose unit work runs a script.
func serviceHost(t *testing.T, script, more string) *world {
	t.Helper()
	w := boot(t, map[string]string{})
	w.file("script", script)
	w.file("lib/systemd/system/work.service", unitOf("WorkingDirectory="+w.opts.Root+"\n"+more))
	w.file("lib/systemd/system/slow.service", "[Service]\nExecStart=/bin/true\nRestart=always\nRestartSec=100ms\n")
	w.ctl(0, "daemon-reload")
	return w
}

// ctl runs systemctl on the host and gives what it printed.
func (w *world) ctl(code int, args ...string) string {
	w.t.Helper()
	got, out, errs, err := w.Systemctl(args...)
	if err != nil || got != code {
		w.t.Fatalf("systemctl %v: exit %d, want %d: %s%s %v", args, got, code, out, errs, err)
	}
	return out + errs
}

func (w *world) service(unit string) ServiceState {
	w.t.Helper()
	s, err := w.Service(unit)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func alive(pid int) bool { return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

const steady = "exec sleep 1000\n"

func TestStopStaysStopped(t *testing.T) {
	t.Parallel()
	w := serviceHost(t, steady, "Restart=always\nRestartSec=20ms\n")
	w.ctl(0, "start", "work")
	first := w.service("work")
	if first.Active != active || first.Sub != running || !alive(first.PID) {
		t.Fatalf("after start: %+v", first)
	}
	w.ctl(0, "start", "work")
	if again := w.service("work"); again.PID != first.PID {
		t.Error("a second start made another process")
	}
	w.ctl(0, "stop", "work")
	if s := w.service("work"); s.Active != inactive || s.PID != 0 || alive(first.PID) {
		t.Fatalf("after stop: %+v, alive %t", s, alive(first.PID))
	}
	// Its restart would come before that of a unit that ends after it and waits longer.
	w.ctl(0, "start", "slow")
	eventually(t, "the slow one came back", func() bool { return w.service("slow").Restarts > 0 })
	if s := w.service("work"); s.Active != inactive || s.PID != 0 {
		t.Errorf("it came back: %+v", s)
	}
}

func TestRestart(t *testing.T) {
	t.Parallel()
	w := serviceHost(t, steady, "Restart=always\nRestartSec=20ms\n")
	w.ctl(0, "start", "work")
	first := w.service("work").PID
	if err := w.Signal("work", syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is back", func() bool { s := w.service("work"); return s.Active == active && s.PID != first })
	if s := w.service("work"); s.Restarts != 1 || s.Result != "signal" || s.Status != int(syscall.SIGKILL) {
		t.Errorf("%+v", s)
	}
	second := w.service("work").PID
	w.ctl(0, "restart", "work")
	if s := w.service("work"); s.Active != active || s.PID == second || s.Restarts != 0 {
		t.Errorf("after restart: %+v", s)
	}
}

func TestCrashLoop(t *testing.T) {
	t.Parallel()
	w := serviceHost(t, "echo again >> tries; exit 1\n", "Restart=always\nRestartSec=20ms\n")
	w.ctl(0, "start", "work")
	eventually(t, "three tries", func() bool { return strings.Count(w.read("tries"), "again") >= 3 })
	eventually(t, "it waits", func() bool { return w.service("work").Sub == autoRestart })
	if s := w.service("work"); s.Result != "exit-code" || s.Status != 1 || s.Restarts < 2 {
		t.Errorf("%+v", s)
	}
	w.ctl(0, "stop", "work")
	tries := strings.Count(w.read("tries"), "again")
	w.file("script", steady)
	w.ctl(0, "start", "work")
	if s := w.service("work"); s.Active != active || strings.Count(w.read("tries"), "again") != tries {
		t.Errorf("after a repair: %+v", s)
	}
}

func TestStopOfStubbornAndFrozenProcesses(t *testing.T) {
	t.Parallel()
	w := serviceHost(t, "trap '' TERM; touch deaf; while :; do sleep 0.01; done\n", "TimeoutStopSec=200ms\nRestart=always\n")
	w.ctl(0, "start", "work")
	eventually(t, "it is deaf", func() bool { _, err := os.Stat(filepath.Join(w.opts.Root, "deaf")); return err == nil })
	w.ctl(0, "stop", "work")
	if s := w.service("work"); s.Active != failed || s.Result != "timeout" || s.Status != int(syscall.SIGKILL) {
		t.Errorf("stubborn: %+v", s)
	}
	w.ctl(0, "reset-failed", "work")
	if s := w.service("work"); s.Active != inactive {
		t.Errorf("after reset-failed: %+v", s)
	}
	frozen := serviceHost(t, steady, "Restart=always\n")
	frozen.ctl(0, "start", "work")
	if err := frozen.Signal("work", syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	frozen.ctl(0, "stop", "work")
	if s := frozen.service("work"); s.Active != inactive || s.Result != "success" {
		t.Errorf("frozen: %+v", s)
	}
}

func TestExitStatusOfStop(t *testing.T) {
	t.Parallel()
	java := "trap 'kill $!; exit 143' TERM; touch up; sleep 1000 & wait\n"
	for more, want := range map[string]string{"": failed, "SuccessExitStatus=143\n": inactive} {
		w := serviceHost(t, java, more)
		w.ctl(0, "start", "work")
		eventually(t, "it runs", func() bool { _, err := os.Stat(filepath.Join(w.opts.Root, "up")); return err == nil })
		w.ctl(0, "stop", "work")
		if s := w.service("work"); s.Active != want || s.Status != 143 {
			t.Errorf("%s: %+v", more, s)
		}
	}
}

func TestReboot(t *testing.T) {
	t.Parallel()
	w := serviceHost(t, steady, "Restart=always\n")
	w.ctl(0, "enable", "work")
	w.ctl(0, "start", "work")
	c := w.dial()
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start("sleep 1000"); err != nil {
		t.Fatal(err)
	}
	w.file("run/sandbox-is-gone", "")
	if err := os.WriteFile(NetfilterFile(w.opts.Root), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	first := w.service("work").PID
	w.PowerOff()
	if alive(first) || s.Wait() == nil {
		t.Error("something lives on without power")
	}
	if err := w.Boot(t.Context()); err != nil {
		t.Fatal(err)
	}
	second := w.service("work")
	if second.Active != active || second.PID == first {
		t.Errorf("after the boot: %+v", second)
	}
	if err := w.Boot(t.Context()); err != nil || w.service("work").PID != second.PID {
		t.Errorf("booted while it is up: %v", err)
	}
	if _, err := os.Stat(NetfilterFile(w.opts.Root)); !os.IsNotExist(err) {
		t.Errorf("the rules are still there: %v", err)
	}
	if _, _, err := w.exec(w.dial(), "true", ""); err != nil {
		t.Error(err)
	}
}

// TestCondition starts a unit only while what its drop-in asks for is there, which a boot takes away.
func TestCondition(t *testing.T) {
	t.Parallel()
	w := serviceHost(t, steady, "Restart=always\nRestartSec=20ms\n")
	w.ctl(0, "enable", "work")
	marker := filepath.Join(w.opts.Root, "run", "mark")
	w.file("etc/systemd/system/work.service.d/50-other.conf", "[Service]\nEnvironment=A=b\n")
	w.file("etc/systemd/system/work.service.d/zz-hold.conf", "[Unit]\nConditionPathExists="+marker+"\n")
	w.ctl(0, "start", "work")
	if s := w.service("work"); s.Active != active {
		t.Errorf("a drop-in counts before it was loaded: %+v", s)
	}
	w.ctl(0, "daemon-reload")
	if got := w.ctl(0, "show", "--property=DropInPaths", "work"); !strings.HasSuffix(got, "50-other.conf "+filepath.Join(w.opts.Root, "etc/systemd/system/work.service.d/zz-hold.conf")+"\n") {
		t.Errorf("its drop-ins are %s", got)
	}
	w.ctl(0, "restart", "work")
	if s := w.service("work"); s.Active != inactive {
		t.Errorf("without its condition: %+v", s)
	}
	w.file("run/mark", "")
	w.ctl(0, "start", "work")
	first := w.service("work")
	if err := w.Signal("work", syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is back", func() bool { s := w.service("work"); return s.Active == active && s.PID != first.PID })
	w.PowerOff()
	if err := w.Boot(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := w.service("work"); s.Active != inactive || s.PID != 0 {
		t.Errorf("after the boot: %+v", s)
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	w := serviceHost(t, steady, "Restart=always\nRestartSec=20s\n")
	c := w.dial()
	ask := func(line string) string {
		out, errs, err := w.exec(c, "systemctl "+line, "")
		code := "0"
		if err != nil {
			code = strings.TrimPrefix(err.Error(), "Process exited with status ")
		}
		return code + "|" + out + errs
	}
	for line, want := range map[string]string{
		"is-active work":         "3|inactive\n",
		"is-active gone":         "3|inactive\n",
		"is-enabled work":        "1|disabled\n",
		"is-enabled gone":        "1|Failed to get unit file state for gone.service: No such file or directory\n",
		"start gone":             "5|Failed to start gone.service: Unit gone.service not found.\n",
		"stop gone.service":      "5|Failed to stop gone.service: Unit gone.service not loaded.\n",
		"restart gone":           "5|Failed to restart gone.service: Unit gone.service not found.\n",
		"status gone":            "4|Unit gone.service could not be found.\n",
		"cat gone":               "1|No files found for gone.service.\n",
		"dance work":             "1|Unknown command verb dance.\n",
		"stop":                   "1|Too few arguments.\n",
		"stop --fast work":       "1|systemctl: unrecognized option '--fast'\n",
		"daemon-reload":          "0|",
		"reset-failed work":      "0|",
		"show -p LoadState gone": "0|LoadState=not-found\n",
		"show -p UnitPath":       "0|UnitPath=" + filepath.Join(w.opts.Root, "etc/systemd/system") + " " + filepath.Join(w.opts.Root, "lib/systemd/system") + "\n",
		"show --no-pager --property=LoadState,ActiveState,SubState,MainPID,Result,NRestarts gone": "0|MainPID=0\nResult=success\nNRestarts=0\nLoadState=not-found\nActiveState=inactive\nSubState=dead\n",
		"show --value -p RestartUSec work": "0|20s\n",
	} {
		if d := cmp.Diff(want, ask(line)); d != "" {
			t.Errorf("systemctl %s: %s", line, d)
		}
	}
	if got := ask("start work"); got != "0|" {
		t.Fatal(got)
	}
	pid := strconv.Itoa(w.service("work").PID)
	path := filepath.Join(w.opts.Root, "lib/systemd/system/work.service")
	for line, want := range map[string]string{
		"is-active work": "0|active\n",
		"is-failed work": "1|active\n",
		"enable work":    "0|",
		"show -p MainPID -p SubState,User,FragmentPath work": "0|MainPID=" + pid + "\nUser=" + CurrentUser() + "\nSubState=running\nFragmentPath=" + path + "\n",
		"cat work": "0|# " + path + "\n" + w.read("lib/systemd/system/work.service"),
	} {
		if d := cmp.Diff(want, ask(line)); d != "" {
			t.Errorf("systemctl %s: %s", line, d)
		}
	}
	status := ask("status work")
	for _, part := range []string{"0|● work.service - A test\n", "Loaded: loaded (" + path + "; enabled;", "Active: active (running) since", "Main PID: " + pid} {
		if !strings.Contains(status, part) {
			t.Errorf("status lacks %q: %s", part, status)
		}
	}
	if got := ask("kill -s KILL work"); got != "0|" {
		t.Error(got)
	}
	eventually(t, "it waits for its restart", func() bool { return w.service("work").Sub == autoRestart })
	for line, want := range map[string]string{
		"is-active work": "3|activating\n",
		"show -p MainPID,ExecMainStatus,ExecMainCode,Result,ActiveState,SubState work": "0|MainPID=0\nResult=signal\nExecMainCode=2\nExecMainStatus=9\nActiveState=activating\nSubState=auto-restart\n",
	} {
		if d := cmp.Diff(want, ask(line)); d != "" {
			t.Errorf("systemctl %s: %s", line, d)
		}
	}
	if got := ask("status work"); !strings.HasPrefix(got, "3|") || !strings.Contains(got, "Active: activating (auto-restart) (Result: signal) since") {
		t.Errorf("status: %s", got)
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"20": "20s", "1min 30s": "1min 30s", "0.5": "500ms", "2h": "2h", "0": "0"} {
		d, err := span(text)
		if err != nil || spanText(d) != want {
			t.Errorf("%s is %s, %v; want %s", text, spanText(d), err, want)
		}
	}
	for _, text := range []string{"fast", "20x", "-1"} {
		if d, err := span(text); err == nil {
			t.Errorf("%s is %s", text, d)
		}
	}
}
