// Command hostprogram is a sandbox's part of restorectl alone: the daemon, the hosts' commands and the scheduler.
package main

import (
	"fmt"
	"os"

	"github.com/restorectl/restorectl/providers/sandbox"
	"github.com/restorectl/restorectl/providers/sandbox/scheduler"
)

func main() {
	code, handled := sandbox.Dispatch(os.Args, scheduler.Main)
	if !handled {
		fmt.Fprintln(os.Stderr, "this program is for sandboxes only, under the names of their hosts' commands")
		os.Exit(2)
	}
	os.Exit(code)
}
