package log

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/host/hosttest"
)

// TestObserveTool looks at programs that can be run, and at others. Nothing else is there after it.
func TestObserveTool(t *testing.T) {
	for _, tt := range []struct {
		name, script, tool, want string
	}{
		{"the real one", "exec env " + asTool + `=1 "$SELF" "$@"`, "mesos-log", ""},
		{"one that knows no help", `echo "no such option" >&2; exit 1`, "mesos-log", ""},
		{"a path", "exit 0", "BIN/mesos-log", ""},
		{"no such name", "", "mesos-log", "exit status 127"},
		{"no such path", "", "/nowhere/mesos-log", "No such file or directory"},
		{"without its libraries", `echo "mesos-log: error while loading shared libraries: libmesos.so" >&2; exit 127`, "mesos-log", "libmesos.so"},
		{"for another machine", "kill -ILL $$", "mesos-log", "ended by signal"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := hosttest.Local(t)
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			if tt.script != "" {
				m.Script(t, "mesos-log", "SELF='"+self+"'\n"+tt.script)
			}
			var seen planner.Replica
			if err := ObserveTool(t.Context(), m, strings.Replace(tt.tool, "BIN", m.Bin, 1), "aurora", &seen); err != nil {
				t.Fatal(err)
			}
			if (seen.ToolProblem == "") != (tt.want == "") || !strings.Contains(seen.ToolProblem, tt.want) || seen.ToolUnseen != "" {
				t.Errorf("problem %q, unseen %q; want %q", seen.ToolProblem, seen.ToolUnseen, tt.want)
			}
			if left := tree(t, m.Dir); len(left) > 0 {
				t.Errorf("it left %v", left)
			}
		})
	}
}

// TestObserveToolThroughSudo has what sudo 1.9.13 says.
func TestObserveToolThroughSudo(t *testing.T) {
	const (
		password = `echo "sudo: a password is required" >&2; exit 1`
		through  = `while [ "$1" != -- ]; do shift; done; shift; exec "$@"`
		// limited lets true and stat run, and says of everything else what follows.
		limited = `case "$*" in *" true" | *" stat "*) ` + through + `;; esac; `
	)
	present := hosttest.Local(t).File(t, "mesos-log", "", 0o755)
	for _, tt := range []struct {
		name, sudo, tool, problem, unseen string
	}{
		{"it runs", through, "true", "", ""},
		{"it is missing", limited + `echo "sudo: mesos-log: command not found" >&2; exit 1`, "mesos-log", "command not found; install it there, or put its folder into the secure_path", ""},
		{"the user may not", limited + `echo "sudo: unable to execute /usr/bin/mesos-log: Permission denied" >&2; exit 1`, "mesos-log", "unable to execute", ""},
		{"sudo complains of something else", limited + `echo "sudo: unable to resolve host a1" >&2; exit 1`, "mesos-log", "", ""},
		{"no right to the user", password, "mesos-log", "can't run commands as aurora", ""},
		{"it is missing, and sudo lets few programs run", limited + password, "no-such-mesos-log", "there is none: looked for /usr/local/sbin/no-such-mesos-log, ", ""},
		{"sudo does not let its help run", limited + password, present, "", "does not let"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := hosttest.Local(t)
			m.Script(t, "sudo", tt.sudo)
			h := host.NewLocal("scheduler-1", "sudo", []string{"PATH=" + m.Bin + ":" + os.Getenv("PATH")})
			var seen planner.Replica
			if err := ObserveTool(t.Context(), h, tt.tool, "aurora", &seen); err != nil {
				t.Fatal(err)
			}
			if (seen.ToolProblem == "") != (tt.problem == "") || !strings.Contains(seen.ToolProblem, tt.problem) ||
				(seen.ToolUnseen == "") != (tt.unseen == "") || !strings.Contains(seen.ToolUnseen, tt.unseen) {
				t.Errorf("problem %q, unseen %q", seen.ToolProblem, seen.ToolUnseen)
			}
		})
	}
}

// TestObserveToolOfALostHost is no word about the program.
func TestObserveToolOfALostHost(t *testing.T) {
	var seen planner.Replica
	err := ObserveTool(t.Context(), &hosttest.Faulty{Host: hosttest.Local(t), At: 1}, "mesos-log", "aurora", &seen)
	if !errors.Is(err, host.ErrUnreachable) || seen.ToolProblem != "" || seen.ToolUnseen != "" {
		t.Errorf("%v, %+v", err, seen)
	}
}
