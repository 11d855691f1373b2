// Command restorectl restores the replicated log of an Apache Aurora cluster from a backup: it plans, applies and reverts.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/restorectl/restorectl/cmd/render"
	"github.com/restorectl/restorectl/providers/sandbox"
	"github.com/restorectl/restorectl/providers/sandbox/scheduler"
)

func main() {
	// In a sandbox the hosts' commands and the scheduler are this program under other names.
	if code, handled := sandbox.Dispatch(os.Args, scheduler.Main); handled {
		os.Exit(code)
	}
	keepPrivate(os.Args[1:])
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// keepPrivate makes what the program writes readable and writable for its user, and for nobody else, whatever the user's umask says. What
// a sandbox consists of has the modes of real hosts.
func keepPrivate(args []string) {
	if len(args) == 0 || args[0] != "sandbox" {
		syscall.Umask(0o077)
	}
}

// exitCode ends the program with a code when everything has been said.
type exitCode int

// Error names the code.
func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// run is main with its surroundings as arguments. It gives the exit code: 0 done, 1 not done, 2 changes planned
// (plan --detailed-exitcode).
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop, release := interruptible(stderr)
	defer release()
	root := &cobra.Command{
		Use:           "restorectl",
		Short:         "Restore an Apache Aurora cluster from a backup",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	inspect := &cobra.Command{Use: "inspect", Short: "Look into a backup or a log without touching it"}
	inspect.AddCommand(newInspectBackup(stop), newInspectLog(stop))
	root.AddCommand(
		newPlan(stop),
		newApprove(stop),
		newTrust(stop),
		newSudoers(),
		newApply(stop),
		newRevert(stop),
		newRejoin(stop),
		newPurge(stop),
		newStatus(stop),
		newAdopt(stop),
		newUnlock(stop),
		newShow(),
		newValidate(),
		inspect,
		newDiff(stop),
		newBackups(stop),
		newSandbox(),
		newVersion(),
		newManual(),
	)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(render.Terminal(stdout))
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	var code exitCode
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	default:
		_, _ = fmt.Fprintf(stderr, "Error: %s\n", render.Printable(err.Error()))
		return 1
	}
}
