//go:build linux

package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// groupPrefix begins the names of labs' control groups.
const groupPrefix = "restorectl-lab-"

// group is the control group of a lab. Who made it holds its lock for as long as the lab is there.
type group struct {
	path string
	lock *os.File
}

// groupMount finds where this machine has control groups of version 2.
func groupMount() (string, error) {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		// Fields before the dash: id, parent, device, root, mount point, options.
		left, right, _ := strings.Cut(line, " - ")
		f := strings.Fields(left)
		if strings.HasPrefix(right, "cgroup2 ") && len(f) > 5 && f[3] == "/" && strings.HasPrefix(f[5], "rw") {
			return f[4], nil
		}
	}
	return "", errors.New("this machine has no control groups of version 2 that can be written to, which systemd needs")
}

// newGroup makes a control group, and removes those of labs that were killed.
func newGroup() (*group, error) {
	if err := removeGroups(); err != nil {
		return nil, err
	}
	at, err := groupMount()
	if err != nil {
		return nil, err
	}
	path, err := os.MkdirTemp(at, groupPrefix)
	if err != nil {
		return nil, fmt.Errorf("no control group can be made: %w", err)
	}
	lock, err := lockGroup(path)
	if err != nil {
		return nil, errors.Join(err, os.Remove(path))
	}
	return &group{path: path, lock: lock}, nil
}

// close removes the group. The processes in it have ended.
func (g *group) close() {
	if err := removeGroup(g.path); err != nil {
		fmt.Fprintf(os.Stderr, "lab: %v\n", err)
	}
	_ = g.lock.Close() // Nothing is left to be locked.
}

func lockGroup(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("the control group %s can't be locked: %w", path, err), f.Close())
	}
	return f, nil
}

// removeGroups removes the control groups of labs whose makers are gone.
func removeGroups() error {
	at, err := groupMount()
	if err != nil {
		return err
	}
	left, err := filepath.Glob(filepath.Join(at, groupPrefix+"*"))
	for _, path := range left {
		lock, failed := lockGroup(path)
		if failed != nil {
			continue // Its lab is there.
		}
		err = errors.Join(err, removeGroup(path), lock.Close())
	}
	return err
}

// groupPatience is how long the processes of a group may take to end.
const groupPatience = 10 * time.Second

// removeGroup ends what runs in a control group and removes it with all that are in it.
func removeGroup(path string) error {
	if err := os.WriteFile(filepath.Join(path, "cgroup.kill"), []byte("1"), 0o600); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("what runs in %s can't be ended: %w", path, err)
	}
	var err error
	for end := time.Now().Add(groupPatience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if err = removeEmpty(path); err == nil {
			return nil
		}
	}
	return fmt.Errorf("a control group is left: %w", err)
}

// removeEmpty removes a control group with those in it, from the bottom up.
func removeEmpty(path string) error {
	entries, err := os.ReadDir(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if e.IsDir() {
			err = errors.Join(err, removeEmpty(filepath.Join(path, e.Name())))
		}
	}
	return errors.Join(err, os.Remove(path))
}

// clean removes what labs left: control groups, and the base.
func clean() error {
	dir, err := folder()
	if err != nil {
		return err
	}
	return errors.Join(removeGroups(), removeBases(dir), os.RemoveAll(dir))
}
