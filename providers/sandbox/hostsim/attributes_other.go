//go:build !linux

package hostsim

import "syscall"

// attributes put a process into a group of its own. Only Linux can let it die with its starter, so that the sandbox runs only there; the
// package is built elsewhere because it is part of the program.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
