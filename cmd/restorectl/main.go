// Command restorectl restores the replicated log of an Apache Aurora cluster from a backup. What is there so far reads: backups,
// logs, plans and journals.
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/restorectl/restorectl/cmd/render"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is main with its surroundings as arguments. It gives the exit code: 0 done, 1 not done.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := &cobra.Command{
		Use:           "restorectl",
		Short:         "Restore an Apache Aurora cluster from a backup",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	inspect := &cobra.Command{Use: "inspect", Short: "Look into a backup or a log without touching it"}
	inspect.AddCommand(newInspectBackup(), newInspectLog())
	root.AddCommand(inspect, newValidate(), newShow(), newStatus(), newVersion())
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	if err := root.Execute(); err != nil {
		_, _ = fmt.Fprintf(stderr, "Error: %s\n", render.Printable(err.Error()))
		return 1
	}
	return 0
}
