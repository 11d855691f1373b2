//go:build linux

package lab

import (
	"os"
	"os/exec"
	"testing"
)

// TestShell gives a person, or a script on standard input, a shell beside hosts that are up: `make lab-shell`.
func TestShell(t *testing.T) {
	if os.Getenv("LAB_SHELL") == "" {
		t.Skip("`make lab-shell` runs it")
	}
	l := NewCluster(t, Options{Backup: "../backup/testdata/scheduler-backup-2026-11-20-09-15"})
	c := exec.Command("/bin/bash")
	c.Env = append(os.Environ(), "LAB_FILES="+l.Dir, `PS1=lab# `)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := c.Run(); err != nil {
		t.Log(err) // The last command's status.
	}
}
