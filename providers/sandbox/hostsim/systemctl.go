package hostsim

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// systemctl's exit codes.
const (
	exitOK         = 0
	exitFailure    = 1
	exitNotRunning = 3
	exitNoUnit     = 4
	exitNotLoaded  = 5
)

// call is one run of systemctl, answered by the supervisor.
type call struct {
	supervisor *supervisor
	out, errs  strings.Builder

	verb       string
	units      []string
	properties []string
	value      bool
	quiet      bool
	now        bool
	signal     string
}

// systemctl follows one command line and gives what it prints.
func (s *supervisor) systemctl(args []string) (code int, stdout, stderr string) {
	c := &call{supervisor: s, signal: "SIGTERM"}
	code = c.run(args)
	return code, c.out.String(), c.errs.String()
}

func (c *call) say(format string, args ...any) { fmt.Fprintf(&c.errs, format+"\n", args...) }

func (c *call) run(args []string) int {
	if !c.options(args) {
		return exitFailure
	}
	switch c.verb {
	case "daemon-reload":
		c.supervisor.reload()
		return exitOK
	case "reset-failed":
		if len(c.units) == 0 {
			c.units = c.supervisor.names()
		}
	case "--version":
		c.out.WriteString("systemd 252 (the sandbox's)\n")
		return exitOK
	}
	verbs := map[string]func(string) int{
		"start": c.start, "stop": c.stop, "restart": c.restart, "try-restart": c.tryRestart, "kill": c.kill, "is-active": c.isActive,
		"is-failed": c.isFailed, "is-enabled": c.isEnabled, "enable": c.enable, "disable": c.disable, "show": c.show,
		"status": c.status, "cat": c.cat, "reset-failed": c.resetFailed,
	}
	verb, ok := verbs[c.verb]
	switch {
	case c.verb == "show" && len(c.units) == 0:
		return c.showItself()
	case !ok:
		c.say("Unknown command verb %s.", c.verb)
		return exitFailure
	case len(c.units) == 0:
		c.say("Too few arguments.")
		return exitFailure
	}
	code := exitOK
	for i, u := range c.units {
		if i > 0 && (c.verb == "show" || c.verb == "status" || c.verb == "cat") {
			c.out.WriteString("\n")
		}
		code = max(code, verb(u))
	}
	return code
}

// options takes the command line apart.
func (c *call) options(args []string) bool {
	for i := 0; i < len(args); i++ {
		a, value, written := strings.Cut(args[i], "=")
		with := func() string {
			if !written && i+1 < len(args) {
				i++
				return args[i]
			}
			return value
		}
		switch {
		case a == "-p" || a == "--property":
			c.properties = append(c.properties, strings.Split(with(), ",")...)
		case a == "-s" || a == "--signal":
			c.signal = with()
		case strings.HasPrefix(a, "-p") && !strings.HasPrefix(a, "--"):
			c.properties = append(c.properties, strings.Split(args[i][2:], ",")...)
		case a == "--value":
			c.value = true
		case a == "-q" || a == "--quiet":
			c.quiet = true
		case a == "--now":
			c.now = true
		case a == "--version":
			c.verb = a
		case slices.Contains([]string{"--no-pager", "--system", "--full", "-l", "-n", "--lines", "--no-legend", "--plain", "--no-ask-password", "-a", "--all"}, a):
			if a == "-n" || a == "--lines" {
				with()
			}
		case strings.HasPrefix(a, "-"):
			c.say("systemctl: unrecognized option '%s'", args[i])
			return false
		case c.verb == "":
			c.verb = args[i]
		default:
			c.units = append(c.units, unitName(args[i]))
		}
	}
	if c.verb == "" {
		c.say("The sandbox's systemctl needs a command, such as status.")
	}
	return c.verb != ""
}

func unitName(s string) string {
	if strings.Contains(s, ".") {
		return s
	}
	return s + ".service"
}

// lookup finds a unit, or says that there is none.
func (c *call) lookup(name, verb, missing string) *service {
	s := c.supervisor.find(name)
	if s == nil {
		c.say("Failed to %s %s: Unit %s %s.", verb, name, name, missing)
	}
	return s
}

func (c *call) start(name string) int {
	if s := c.lookup(name, "start", "not found"); s != nil {
		s.start()
		return exitOK
	}
	return exitNotLoaded
}

func (c *call) stop(name string) int {
	if s := c.lookup(name, "stop", "not loaded"); s != nil {
		s.stop()
		return exitOK
	}
	return exitNotLoaded
}

func (c *call) restart(name string) int {
	if s := c.lookup(name, "restart", "not found"); s != nil {
		s.stop()
		s.start()
		return exitOK
	}
	return exitNotLoaded
}

func (c *call) tryRestart(name string) int {
	if s := c.supervisor.find(name); s != nil && c.state(name) != inactive && c.state(name) != failed {
		return c.restart(name)
	}
	return exitOK
}

func (c *call) kill(name string) int {
	s := c.lookup(name, "kill unit", "not loaded")
	if s == nil {
		return exitFailure
	}
	text := strings.ToUpper(c.signal)
	if !strings.HasPrefix(text, "SIG") {
		text = "SIG" + text
	}
	sig := unix.SignalNum(text)
	if sig == 0 {
		c.say("Failed to parse signal string %s.", c.signal)
		return exitFailure
	}
	if err := s.send(sig); err != nil && c.state(name) == active {
		c.say("Failed to kill unit %s: %v", name, err)
		return exitFailure
	}
	return exitOK
}

// state is a unit's ActiveState.
func (c *call) state(name string) string {
	s := c.supervisor.find(name)
	if s == nil {
		return inactive
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

func (c *call) isActive(name string) int { return c.is(name, active, exitNotRunning) }
func (c *call) isFailed(name string) int { return c.is(name, failed, exitFailure) }

func (c *call) is(name, want string, otherwise int) int {
	state := c.state(name)
	if !c.quiet {
		c.out.WriteString(state + "\n")
	}
	if state == want {
		return exitOK
	}
	return otherwise
}

func (c *call) isEnabled(name string) int {
	if c.supervisor.find(name) == nil {
		c.say("Failed to get unit file state for %s: No such file or directory", name)
		return exitFailure
	}
	text, code := "disabled", exitFailure
	if enabled(c.supervisor.root, name) {
		text, code = "enabled", exitOK
	}
	if !c.quiet {
		c.out.WriteString(text + "\n")
	}
	return code
}

func (c *call) enable(name string) int  { return c.able(name, true) }
func (c *call) disable(name string) int { return c.able(name, false) }

func (c *call) able(name string, on bool) int {
	if c.supervisor.find(name) == nil {
		c.say("Failed to %s unit: Unit file %s does not exist.", c.verb, name)
		return exitFailure
	}
	if err := c.supervisor.enable(name, on); err != nil {
		c.say("Failed to %s unit: %v", c.verb, err)
		return exitFailure
	}
	switch {
	case c.now && on:
		return c.start(name)
	case c.now:
		return c.stop(name)
	}
	return exitOK
}

func (c *call) show(name string) int { return c.print(c.supervisor.properties(name)) }

// showItself tells of the supervisor what the sandbox knows of it.
func (c *call) showItself() int {
	var folders []string
	for _, f := range unitFolders() {
		folders = append(folders, filepath.Join(c.supervisor.root, f))
	}
	return c.print([]property{{"UnitPath", strings.Join(folders, " ")}})
}

func (c *call) print(properties []property) int {
	for _, p := range properties {
		if len(c.properties) > 0 && !slices.Contains(c.properties, p.name) {
			continue
		}
		if !c.value {
			c.out.WriteString(p.name + "=")
		}
		c.out.WriteString(p.value + "\n")
	}
	return exitOK
}

func (c *call) status(name string) int {
	if c.supervisor.find(name) == nil {
		c.say("Unit %s could not be found.", name)
		return exitNoUnit
	}
	c.out.WriteString(c.supervisor.describe(name))
	if c.state(name) == active {
		return exitOK
	}
	return exitNotRunning
}

func (c *call) cat(name string) int {
	s := c.supervisor.find(name)
	if s == nil {
		c.say("No files found for %s.", name)
		return exitFailure
	}
	s.mu.Lock()
	paths := append([]string{s.unit.path}, s.unit.dropIns...)
	s.mu.Unlock()
	for i, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			c.say("Failed to cat %s: %v", path, err)
			return exitFailure
		}
		if i > 0 {
			c.out.WriteString("\n")
		}
		fmt.Fprintf(&c.out, "# %s\n%s", path, text)
	}
	return exitOK
}

func (c *call) resetFailed(name string) int {
	s := c.supervisor.find(name)
	if s == nil {
		c.say("Failed to reset failed state of unit %s: Unit %s not loaded.", name, name)
		return exitFailure
	}
	s.resetFailed()
	return exitOK
}

// signalNamed is a signal as SSH names it, without SIG.
func signalNamed(name string) syscall.Signal { return unix.SignalNum("SIG" + name) }
