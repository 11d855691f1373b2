package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/restorectl/restorectl/providers/log/replica/replicatest"
	"github.com/restorectl/restorectl/providers/sandbox"
	"github.com/restorectl/restorectl/providers/sandbox/sandboxtest"
	"github.com/restorectl/restorectl/providers/sandbox/scheduler"
)

func TestMain(m *testing.M) {
	// A sandbox that restorectl itself brings up in a script has this test program for its hosts and schedulers.
	if code, handled := sandbox.Dispatch(os.Args, scheduler.Main); handled {
		os.Exit(code)
	}
	if os.Getenv(asRestorectl) != "" {
		keepPrivate(os.Args[1:])
		os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	enterLab()
	testscript.Main(hosted{m}, map[string]func(){"restorectl": main})
}

// hosted runs the tests, and then removes the program of their sandboxes' hosts.
type hosted struct{ tests *testing.M }

func (h hosted) Run() int {
	dir, err := os.MkdirTemp("", "hosts-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	hostProgram = sync.OnceValues(func() (string, error) { return sandboxtest.Build(dir) })
	code := h.tests.Run()
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// hostProgram gives the program that stands for the hosts of the tests' sandboxes.
var hostProgram func() (string, error)

// TestScripts runs testdata/*.txtar. FIXTURES is the folder of the backups, PLANS that of plan files of every version, DOCS that of the
// documents; the commands are told in commands_test.go.
func TestScripts(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("FIXTURES", filepath.Join(root, "providers", "backup", "testdata"))
			e.Setenv("DOCS", filepath.Join(root, "docs"))
			e.Setenv("PLANS", filepath.Join(root, "planner", "planfile", "testdata", "formats"))
			// The race detector of a process that ends would wait a second for reports of others.
			e.Setenv("GORACE", "atexit_sleep_ms=0")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"unpack": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(replicatest.Unpack(args[0], ts.MkAbs(".")))
			},
			"sandbox":  bringUp,
			"digests":  digests,
			"conforms": conforms,
			"await":    await,
			"tasks":    tasks,
			"s3":       s3,
			"sshkey":   makeKey,
			"signers":  listSigners,
			"sign":     signFile,
		},
	})
}

// asRestorectl in the environment makes the test's program restorectl.
const asRestorectl = "RESTORECTL_TEST_MAIN"

// tool is a restorectl process.
func tool(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Env = append(os.Environ(), asRestorectl+"=1", "GORACE=atexit_sleep_ms=0")
	return cmd
}
