package hostsim

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// property is one line of systemctl show.
type property struct{ name, value string }

// properties are those of a unit that the sandbox knows, in systemd's order. A unit that is not there has a few.
func (s *supervisor) properties(name string) []property {
	svc := s.find(name)
	if svc == nil {
		return []property{
			{"Restart", "no"}, {"MainPID", "0"}, {"Result", "success"}, {"NRestarts", "0"}, {"ExecMainStatus", "0"},
			{"Id", name}, {"Names", name}, {"Description", name}, {"LoadState", "not-found"}, {"ActiveState", inactive},
			{"SubState", dead}, {"UnitFileState", ""},
		}
	}
	svc.mu.Lock()
	defer svc.mu.Unlock()
	u := svc.unit
	state := "disabled"
	if enabled(s.root, name) {
		state = "enabled"
	}
	return []property{
		{"Type", "simple"},
		{"Restart", u.restart},
		{"RestartUSec", spanText(u.restartDelay)},
		{"TimeoutStopUSec", spanText(u.timeoutStop)},
		{"MainPID", strconv.Itoa(svc.pid)},
		{"Result", svc.result},
		{"NRestarts", strconv.Itoa(svc.restarts)},
		{"ExecMainStartTimestamp", timestamp(svc.started)},
		{"ExecMainExitTimestamp", timestamp(svc.ended)},
		{"ExecMainPID", strconv.Itoa(svc.lastPID)},
		{"ExecMainCode", strconv.Itoa(svc.code)},
		{"ExecMainStatus", strconv.Itoa(svc.status)},
		{"ExecStart", svc.execStart()},
		{"User", u.user},
		{"Id", name},
		{"Names", name},
		{"Description", u.description},
		{"LoadState", "loaded"},
		{"ActiveState", svc.state},
		{"SubState", svc.sub},
		{"FragmentPath", u.path},
		{"DropInPaths", strings.Join(u.dropIns, " ")},
		{"UnitFileState", state},
	}
}

func (s *service) execStart() string {
	code := "(null)"
	switch s.code {
	case 1:
		code = "exited"
	case 2:
		code = "killed"
	}
	start, stop := "n/a", "n/a"
	if !s.started.IsZero() {
		start = timestamp(s.started)
	}
	if !s.ended.IsZero() {
		stop = timestamp(s.ended)
	}
	return fmt.Sprintf("{ path=%s ; argv[]=%s ; ignore_errors=no ; start_time=[%s] ; stop_time=[%s] ; pid=%d ; code=%s ; status=%d/0 }",
		s.unit.exec[0], strings.Join(s.unit.exec, " "), start, stop, s.lastPID, code, s.status)
}

func timestamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("Mon 2006-01-02 15:04:05 MST")
}

// describe is what systemctl status prints of a unit.
func (s *supervisor) describe(name string) string {
	p := map[string]string{}
	for _, e := range s.properties(name) {
		p[e.name] = e.value
	}
	dot := map[string]string{active: "●", failed: "×", inactive: "○"}[p["ActiveState"]]
	if dot == "" {
		dot = "●"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s - %s\n", dot, name, p["Description"])
	fmt.Fprintf(&b, "     Loaded: loaded (%s; %s; preset: enabled)\n", p["FragmentPath"], p["UnitFileState"])
	state := p["ActiveState"]
	switch {
	case p["SubState"] == autoRestart || state == failed:
		state += fmt.Sprintf(" (%s) (Result: %s)", p["SubState"], p["Result"])
		if state = strings.Replace(state, "failed (failed)", "failed", 1); p["ExecMainExitTimestamp"] != "" {
			state += " since " + p["ExecMainExitTimestamp"]
		}
	case state == active:
		state += " (" + p["SubState"] + ") since " + p["ExecMainStartTimestamp"]
	default:
		state += " (" + p["SubState"] + ")"
	}
	fmt.Fprintf(&b, "     Active: %s\n", state)
	if p["MainPID"] != "0" {
		fmt.Fprintf(&b, "   Main PID: %s\n", p["MainPID"])
	} else if code := map[string]string{"1": "exited", "2": "killed"}[p["ExecMainCode"]]; code != "" {
		fmt.Fprintf(&b, "    Process: %s ExecStart=%s (code=%s, status=%s)\n", p["ExecMainPID"], s.command(name), code, p["ExecMainStatus"])
	}
	return b.String()
}
