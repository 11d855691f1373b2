//go:build linux

package lab

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// namespaces are those of a lab as a whole.
const namespaces = syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS

// lacking says what this machine lacks for a lab; empty where it lacks nothing.
func lacking() string {
	if os.Geteuid() != 0 {
		return "root is needed to make namespaces and mounts"
	}
	if _, err := os.Stat("/etc/debian_version"); err != nil {
		return "this machine is no Debian, and the hosts are made with its debootstrap"
	}
	for _, program := range []string{"apt-get", "dpkg", "unshare", "nsenter", "mount", "pivot_root", "ssh"} {
		if _, err := exec.LookPath(program); err != nil {
			return "this machine has no program " + program
		}
	}
	known, err := os.ReadFile("/proc/filesystems")
	if err == nil && !bytes.Contains(known, []byte("\toverlay\n")) {
		err = errors.New("this machine's kernel has no overlay file systems")
	}
	if err == nil {
		_, err = groupMount()
	}
	if err == nil {
		err = tryNamespaces()
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// tryNamespaces finds out whether this machine, which may be a container itself, lets root make namespaces.
func tryNamespaces() error {
	c := exec.Command("/bin/sh", "-c", "mount --make-rprivate / && mount -t proc proc /proc && mount -t tmpfs tmpfs /mnt")
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: namespaces}
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("this machine lets nobody make namespaces and mounts: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}
