//go:build linux

package lab

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// The environment of a lab.
const (
	// wanted asks for the lab: 1 where it can be had, must where it is an error that it can't, clean to remove what labs left.
	wanted = "LAB"
	// dirVariable names the folder for the base and what else is kept; empty is restorectl-lab in the user's cache folder.
	dirVariable = "LAB_DIR"
	// surroundings says within the namespaces where the parts of the lab are.
	surroundings = "LAB_SURROUNDINGS"
)

// absent says why there is no lab in this process; empty where there is one.
var absent = "LAB is not set: `make lab` runs this test, as root on Debian"

// within are the surroundings of the lab that this process is in.
var within place

// place is where the parts of a lab are.
type place struct {
	// base is the root file system that the hosts share, work the folder of this lab's files, which are in memory, and group the
	// control group of its hosts.
	base, work, group string
}

// Enter takes a program with tests into a lab where its environment asks for one. It is to be called in TestMain, before anything is
// made. Ended says that the program is to end with that exit status: the tests ran in a copy of it. Where a lab is asked for and
// can't be had, it says why, and the tests that need it are skipped.
func Enter() (status int, ended bool) {
	want, s := os.Getenv(wanted), os.Getenv(surroundings)
	// What this program starts is not asked.
	if err := errors.Join(os.Unsetenv(wanted), os.Unsetenv(surroundings)); err != nil {
		return told(err), true
	}
	switch {
	case s != "":
		err := enter(s)
		return told(err), err != nil
	case want == "":
		return 0, false
	case want == "clean":
		return told(clean()), true
	}
	p, err := prepare()
	if err != nil {
		absent = err.Error()
		fmt.Fprintf(os.Stderr, "lab: THE TESTS ON REAL HOSTS ARE SKIPPED: %s\n", absent)
		return 1, want == "must"
	}
	status, err = outside(p)
	if err != nil {
		return told(err), true
	}
	return status, true
}

func told(err error) int {
	if err == nil {
		return 0
	}
	fmt.Fprintf(os.Stderr, "lab: %v\n", err)
	return 1
}

// prepare makes what the namespaces need: the base and a control group.
func prepare() (place, error) {
	if why := lacking(); why != "" {
		return place{}, fmt.Errorf("%s", why)
	}
	dir, err := folder()
	if err != nil {
		return place{}, err
	}
	p := place{work: filepath.Join(dir, "work")}
	if p.base, err = base(dir); err != nil {
		return place{}, err
	}
	return p, os.MkdirAll(p.work, 0o700)
}

// outside runs this program again, in namespaces of its own, and returns its exit status when nothing of it is left.
func outside(p place) (int, error) {
	g, err := newGroup()
	if err != nil {
		return 0, err
	}
	defer g.close()
	p.group = g.path
	// The signal for the parent's death comes when the parent's thread dies: this one lives on.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGHUP)
	defer signal.Stop(stop)
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	c := exec.Command(self, os.Args[1:]...) //nolint:gosec // This program, as it was called.
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	c.Env = append(os.Environ(), surroundings+"="+strings.Join([]string{p.base, p.work, p.group}, "\n"))
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: namespaces, Pdeathsig: syscall.SIGKILL}
	if err := c.Start(); err != nil {
		return 0, fmt.Errorf("the lab's namespaces: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	select {
	case <-ended:
		if c.ProcessState.Exited() {
			return c.ProcessState.ExitCode(), nil
		}
		return 1, nil
	case s := <-stop:
		_ = c.Process.Kill() // Everything in its namespace ends with it.
		<-ended
		return 0, fmt.Errorf("ended by %s", s)
	}
}

// enter makes the namespaces that this program was started in a lab's.
func enter(s string) error {
	parts := strings.Split(s, "\n")
	if len(parts) != 3 {
		return fmt.Errorf("%s is not for people", surroundings)
	}
	within, absent = place{base: parts[0], work: parts[1], group: parts[2]}, ""
	return within.furnish()
}

// furnish mounts what belongs to these namespaces, and makes the network's switch.
func (p *place) furnish() error {
	for _, m := range []struct {
		source, target, kind string
		flags                uintptr
		data                 string
	}{
		{"", "/", "", syscall.MS_REC | syscall.MS_PRIVATE, ""},
		{"proc", "/proc", "proc", 0, ""},
		{"lab", p.work, "tmpfs", 0, "mode=755"},
	} {
		if err := syscall.Mount(m.source, m.target, m.kind, m.flags, m.data); err != nil {
			return fmt.Errorf("mount %s: %w", m.target, err)
		}
	}
	// What tests leave in their folders goes with the lab.
	temp := filepath.Join(p.work, "tmp")
	if err := os.Mkdir(temp, 0o1777); err != nil { //nolint:gosec // As /tmp is.
		return err
	}
	if err := os.Setenv("TMPDIR", temp); err != nil {
		return err
	}
	for _, args := range [][]string{
		{"link", "set", "lo", "up"},
		{"link", "add", bridge, "type", "bridge"},
		{"addr", "add", Gateway + "/24", "dev", bridge},
		{"addr", "add", Gateway6 + "/64", "dev", bridge, "nodad"},
		{"link", "set", bridge, "up"},
	} {
		if err := p.ip(args...); err != nil {
			return err
		}
	}
	return nil
}

// ip runs the base's ip(8) on the lab's network.
func (p *place) ip(args ...string) error {
	c := exec.Command("/sbin/ip", args...)
	c.SysProcAttr, c.Dir, c.Env = &syscall.SysProcAttr{Chroot: p.base}, "/", []string{"PATH=/usr/sbin:/usr/bin"}
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
