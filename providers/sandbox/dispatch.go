package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/restorectl/restorectl/providers/sandbox/auroraadmin"
	"github.com/restorectl/restorectl/providers/sandbox/disk"
	"github.com/restorectl/restorectl/providers/sandbox/hostsim"
	"github.com/restorectl/restorectl/providers/sandbox/mesoslog"
	"github.com/restorectl/restorectl/providers/sandbox/netfilter"
)

// schedulerClass is the main class of the scheduler's JVM, by which Dispatch knows a scheduler's command line.
const schedulerClass = "org.apache.aurora.scheduler.app.SchedulerMain"

// noSudo in the environment makes a host's sudo ask for a password.
const noSudo = "SANDBOX_NO_SUDO"

// commandNames are the programs of a host that are this program under other names.
func commandNames() []string {
	return []string{"systemctl", "sudo", "nft", "mesos-log", "aurora_admin", "hostname", "java"}
}

// Scheduler is the program that a host's java runs for the scheduler's main class: it gets the scheduler's flags and gives the exit
// status. It runs in a process of its own, with the host's environment.
type Scheduler func(args []string) int

// Dispatch runs a sandbox's part of this program where a command line, with the program's name first, asks for one: a command of a
// simulated host, by the name that the program was called by, or the sandbox itself. It is to be called first of all in main, and
// in TestMain of tests that bring a sandbox up: handled says that the program is to end with that exit code.
func Dispatch(args []string, scheduler Scheduler) (code int, handled bool) {
	if len(args) > 1 && args[1] == daemonArgument {
		return daemon(args[2:]), true
	}
	root := os.Getenv("SANDBOX_ROOT")
	if root == "" || len(args) == 0 {
		return 0, false
	}
	name, args := filepath.Base(args[0]), args[1:]
	if slices.Contains(disk.Names(), name) {
		return disk.Main(name, args, hostsim.DiskFile(root), os.Stdin, os.Stderr), true
	}
	if !slices.Contains(commandNames(), name) {
		return 0, false
	}
	switch name {
	case "systemctl":
		return hostsim.Systemctl(args, hostsim.RunFolder(root), os.Stdout, os.Stderr), true
	case "sudo":
		return hostsim.Sudo(args, os.Environ(), os.Getenv(noSudo) != "", os.Stderr), true
	case "nft":
		return netfilter.Main(args, os.Getenv("SANDBOX_NETFILTER"), os.Stdin, os.Stdout, os.Stderr), true
	case "mesos-log":
		return mesoslog.Main(args, diskFull, os.Stdout, os.Stderr), true
	case "aurora_admin":
		return auroraadmin.Main(args, os.Environ(), os.Stdout, os.Stderr), true
	case "hostname":
		fmt.Println(os.Getenv("SANDBOX_HOST"))
		return 0, true
	}
	return java(args, scheduler), true
}

// diskFull is the error of whoever writes where this host's disk is full.
func diskFull() error { return disk.Room(os.Getenv("SANDBOX_DISK")) }

// java runs the only class that it has.
func java(args []string, scheduler Scheduler) int {
	i := slices.Index(args, schedulerClass)
	if i < 0 {
		fmt.Fprintln(os.Stderr, "Error: the sandbox's java runs nothing but "+schedulerClass)
		return 1
	}
	return scheduler(args[i+1:])
}
