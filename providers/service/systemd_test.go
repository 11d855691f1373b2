package service

import (
	"strings"
	"testing"

	"github.com/restorectl/restorectl/planner"
)

func TestParseUnit(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       planner.Service
	}{
		{"running", "LoadState=loaded\nActiveState=active\nSubState=running\nMainPID=42\nResult=success\nNRestarts=0\n",
			planner.Service{State: StateRunning, PID: 42, Detail: "active (running)"}},
		{"another order", "MainPID=42\nSubState=running\nActiveState=active\nLoadState=loaded\n",
			planner.Service{State: StateRunning, PID: 42, Detail: "active (running)"}},
		{"stopped", "LoadState=loaded\nActiveState=inactive\nSubState=dead\nMainPID=0\nResult=success\n",
			planner.Service{State: StateStopped, Detail: "inactive (dead)"}},
		{"failed", "LoadState=loaded\nActiveState=failed\nSubState=failed\nMainPID=0\nResult=start-limit-hit\nNRestarts=5\n",
			planner.Service{State: StateStopped, Detail: "failed, last result start-limit-hit, restarted 5 times"}},
		{"between two tries", "LoadState=loaded\nActiveState=activating\nSubState=auto-restart\nMainPID=0\nResult=exit-code\nNRestarts=3\n",
			planner.Service{State: StateRestarting, Detail: "activating (auto-restart), last result exit-code, restarted 3 times"}},
		{"coming up", "LoadState=loaded\nActiveState=activating\nSubState=start\nMainPID=7\n",
			planner.Service{State: StateRunning, PID: 7, Detail: "activating (start)"}},
		{"going down", "LoadState=loaded\nActiveState=deactivating\nSubState=stop-sigterm\nMainPID=7\n",
			planner.Service{State: StateRunning, PID: 7, Detail: "deactivating (stop-sigterm)"}},
		{"no unit", "LoadState=not-found\nActiveState=inactive\nSubState=dead\nMainPID=0\n",
			planner.Service{State: StateMissing, Detail: "unit not-found"}},
		{"masked", "LoadState=masked\nActiveState=inactive\nSubState=dead\nMainPID=0\n",
			planner.Service{State: StateMissing, Detail: "unit masked"}},
		{"unit removed while it runs", "LoadState=not-found\nActiveState=active\nSubState=running\nMainPID=9\n",
			planner.Service{State: StateRunning, PID: 9, Detail: "active (running)"}},
	} {
		if got, err := parseUnit(c.text); err != nil || got != c.want {
			t.Errorf("%s: %+v, %v; want %+v", c.name, got, err, c.want)
		}
	}
	for _, text := range []string{"", "LoadState=loaded\n", "LoadState=loaded\nActiveState=dancing\n", "LoadState=loaded\nActiveState=active\nMainPID=x\n"} {
		if got, err := parseUnit(text); err == nil {
			t.Errorf("parseUnit(%q) = %+v; want an error", text, got)
		}
	}
}

// TestStartTooOften has what systemctl of systemd 252 says of a unit that reached its limit of starts.
func TestStartTooOften(t *testing.T) {
	m := newMachine(t)
	m.Script(t, "systemctl", `echo "Job for aurora.service failed because start of the service was attempted too often.
See \"systemctl status aurora.service\" and \"journalctl -xeu aurora.service\" for details.
To force a start use \"systemctl reset-failed aurora.service\"
followed by \"systemctl start aurora.service\" again." >&2; exit 1`)
	err := systemd{unit: "aurora.service"}.start(t.Context(), m)
	if err == nil || !strings.Contains(err.Error(), "look into its journal why it ended so often, then `systemctl reset-failed aurora.service`") {
		t.Errorf("%v", err)
	}
}
