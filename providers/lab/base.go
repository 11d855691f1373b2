//go:build linux

package lab

import (
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"time"
)

// baseScript makes the root file system that the hosts share.
//
//go:embed base.sh
var baseScript string

// plainPath are the paths that can stand in the options of an overlay.
var plainPath = regexp.MustCompile(`^[A-Za-z0-9._/+@-]+$`)

// folder is where labs keep what outlives them: LAB_DIR, or a folder in the user's cache.
func folder() (string, error) {
	dir := os.Getenv(dirVariable)
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("there is no cache folder for the lab, set %s: %w", dirVariable, err)
		}
		dir = filepath.Join(cache, "restorectl-lab")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if !plainPath.MatchString(dir) {
		return "", fmt.Errorf("%s can't hold a lab: set %s to a path of letters, digits and ._+@-", dir, dirVariable)
	}
	return dir, os.MkdirAll(dir, 0o755) //nolint:gosec // The hosts' users go through it.
}

// base gives the root file system, and makes it where it is missing or was made by another script. Labs that need it at the same
// time make it once.
func base(dir string) (string, error) {
	at := filepath.Join(dir, fmt.Sprintf("base-%.6x", sha256.Sum256([]byte(baseScript))))
	lock, err := os.OpenFile(filepath.Join(dir, "base.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", err
	}
	defer func() { _ = lock.Close() }() // Closing lets go of the lock.
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", fmt.Errorf("the lab's base can't be locked: %w", err)
	}
	if _, err := os.Stat(at); err == nil {
		return at, nil
	}
	begun := time.Now()
	if err := removeBases(dir); err != nil {
		return "", err
	}
	c := exec.Command("/bin/sh", "-c", baseScript, "base.sh", at+".new")
	c.Stdout, c.Stderr = os.Stderr, os.Stderr
	// A base whose maker was killed is removed by the next one.
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("the hosts' root file system could not be made: %w", err)
	}
	fmt.Fprintf(os.Stderr, "lab: the base took %s\n", time.Since(begun).Round(time.Second))
	return at, os.Rename(at+".new", at)
}

// removeBases removes bases of other scripts, and unfinished ones.
func removeBases(dir string) error {
	old, err := filepath.Glob(filepath.Join(dir, "base-*"))
	for _, o := range old {
		// debootstrap mounts /proc and /sys there; one that was killed leaves them.
		for _, m := range []string{"proc", "sys"} {
			_ = syscall.Unmount(filepath.Join(o, m), syscall.MNT_DETACH) // As a rule there is none.
		}
		err = errors.Join(err, os.RemoveAll(o))
	}
	return err
}
