package service

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/flags"
	"github.com/restorectl/restorectl/providers/host"
)

// mainClass is what the scheduler's JVM runs; what follows it on the command line are its flags.
const mainClass = "org.apache.aurora.scheduler.app.SchedulerMain"

// flagWithValue is how flags are told where no main class is seen, as behind a launcher of the operator's own.
var flagWithValue = regexp.MustCompile(`^-[a-z][a-z0-9_]*=`)

// ProcessFlags reads the user and the flags of a running scheduler from /proc. Values that hold secrets are masked. A process that
// is gone is an error that errors.Is fs.ErrNotExist.
func ProcessFlags(ctx context.Context, h host.Host, pid int) (planner.Process, error) {
	proc := fmt.Sprintf("/proc/%d", pid)
	info, err := host.Stat(ctx, h, proc)
	if err != nil {
		return planner.Process{}, err
	}
	line, err := procFile(ctx, h, proc+"/cmdline")
	if err != nil {
		return planner.Process{}, err
	}
	p := planner.Process{PID: pid, User: info.Owner}
	given, _, err := given(ctx, h, line)
	if err != nil {
		return p, err
	}
	for _, f := range given {
		f.Value, f.Secret = flags.Mask(f.Name, f.Value)
		p.Flags = append(p.Flags, f)
	}
	return p, nil
}

// Running reads the process that the supervisor runs; the zero Process where it runs none.
func Running(ctx context.Context, h host.Host, c config.Service) (planner.Process, error) {
	s, err := Observe(ctx, h, c)
	if err != nil || s.PID == 0 {
		return planner.Process{}, err
	}
	p, err := ProcessFlags(ctx, h, s.PID)
	if errors.Is(err, fs.ErrNotExist) {
		return planner.Process{}, nil
	}
	return p, err
}

// given are the flags of a command line. Where it names an argument file, as @FILE, they are those of the file as it is now: the process
// read it when it started.
func given(ctx context.Context, h host.Host, line []byte) (found []planner.Flag, certain bool, err error) {
	args := strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")
	at := slices.Index(args, mainClass)
	for i := len(args) - 1; at >= 0 && i > at; i-- {
		if name, ok := strings.CutPrefix(args[i], "@"); ok && path.IsAbs(name) {
			text, _, err := host.ReadFile(ctx, h, name)
			if err != nil {
				return nil, false, fmt.Errorf("the scheduler takes its flags from %s: %w", name, err)
			}
			args = slices.Replace(args, i, i+1, flags.Arguments(text)...)
		}
	}
	found, certain = arguments([]byte(strings.Join(args, "\x00")))
	return found, certain, nil
}

// arguments takes the flags from a command line as the kernel gives it, NUL after each argument. Certain says that the main
// class was seen, so that these are all flags.
func arguments(line []byte) (found []planner.Flag, certain bool) {
	args := strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")
	for i, a := range args {
		if a == mainClass {
			return split(args[i+1:]), true
		}
	}
	for _, a := range args {
		if flagWithValue.MatchString(a) {
			name, value, _ := strings.Cut(a[1:], "=")
			found = append(found, planner.Flag{Name: name, Value: value})
		}
	}
	return found, false
}

// split reads -name=value, and -name followed by its value.
func split(args []string) []planner.Flag {
	var found []planner.Flag
	for i := 0; i < len(args); i++ {
		name, ok := strings.CutPrefix(args[i], "-")
		if !ok {
			continue
		}
		name, value, written := strings.Cut(name, "=")
		if !written && i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") {
			i++
			value = args[i]
		}
		found = append(found, planner.Flag{Name: name, Value: value})
	}
	return found
}

// life tells a process from another one that got its number later.
type life struct {
	pid   int
	state string // the kernel's letter, such as S, D or Z
	since string // when it was started, in clock ticks since boot
}

// lifeOf reads a process's life; false says that it is gone. A zombie is gone: only its parent has not asked yet.
func lifeOf(ctx context.Context, h host.Host, pid int) (life, bool, error) {
	text, err := procFile(ctx, h, fmt.Sprintf("/proc/%d/stat", pid))
	if errors.Is(err, fs.ErrNotExist) {
		return life{}, false, nil
	}
	if err != nil {
		return life{}, false, err
	}
	// The program's name, in parentheses, may hold anything.
	_, rest, ok := strings.Cut(string(text[strings.LastIndexByte(string(text), ')')+1:]), " ")
	f := strings.Fields(rest)
	if !ok || len(f) < 20 {
		return life{}, false, fmt.Errorf("/proc/%d/stat on %s reads %q", pid, h.Name(), text)
	}
	l := life{pid: pid, state: f[0], since: f[19]}
	return l, l.state != "Z" && l.state != "X", nil
}

// still says whether a process is still there.
func (l life) still(ctx context.Context, h host.Host) (life, bool, error) {
	if l.pid == 0 {
		return l, false, nil
	}
	now, there, err := lifeOf(ctx, h, l.pid)
	return now, there && now.since == l.since, err
}

func (l life) String() string {
	states := map[string]string{"R": "running", "S": "sleeping", "D": "waiting for a disk", "T": "stopped by a signal", "t": "traced"}
	state := states[l.state]
	if state == "" {
		state = "state " + l.state
	}
	return "process " + strconv.Itoa(l.pid) + " (" + state + ")"
}

// procFile reads a file of /proc, whose size can't be known before.
func procFile(ctx context.Context, h host.Host, name string) ([]byte, error) {
	res, err := h.Run(ctx, host.Command{Args: []string{"env", "LC_ALL=C", "cat", name}, Root: true})
	return res.Stdout, host.Missing(name, err)
}
