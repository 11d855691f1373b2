package service

import (
	"strconv"
	"strings"
	"testing"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/providers/host/hosttest"
)

// TestInitScriptsThatDiffer asks init scripts that say the same in other ways, and such that are wrong.
func TestInitScriptsThatDiffer(t *testing.T) {
	m := newMachine(t)
	m.flags(t, "-http_port=8081")
	m.systemctl(t, "start")
	pid := strconv.Itoa(m.pid(t))
	stranger := "1"
	for _, c := range []struct{ name, script, pidFile, state, detail string }{
		{"prints the process", `echo "aurora (pid ` + pid + `) is running..."`, "", StateRunning, ""},
		{"says stopped while it runs", "exit 1", pid, StateRunning, "its status exits 1, but the process of"},
		{"a stale pid file", "exit 1", stranger, StateStopped, "its status exits 1"},
		{"dead, with a lock file", "exit 2", "", StateStopped, "its status exits 2"},
		{"says running while it is gone", "exit 0", "4194304", StateRunning, "is gone"},
		{"no process anywhere", "exit 0", "", "", "neither in"},
		{"an unknown status", "exit 4", "", "", "exits 0 while the service runs"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := hosttest.Local(t)
			h.Script(t, "aurora", c.script)
			cfg := config.Service{Kind: config.ServiceSysV, Script: h.Bin + "/aurora", PIDFile: h.Dir + "/pid"}
			if c.pidFile != "" {
				h.File(t, "pid", c.pidFile+"\n", 0o644)
			}
			s, err := Observe(t.Context(), h, cfg)
			said := s.Detail
			if err != nil {
				s.State, said = "", err.Error()
			}
			if s.State != c.state || !strings.Contains(said, c.detail) {
				t.Errorf("%+v, %v", s, err)
			}
		})
	}
	none := config.Service{Kind: config.ServiceSysV, Script: "/etc/init.d/no-such-scheduler", PIDFile: "/none"}
	if s, err := Observe(t.Context(), m, none); err != nil || s.State != StateMissing {
		t.Errorf("%+v, %v", s, err)
	}
}
