//go:build linux

// Package lab makes hosts that are real, for tests: systemd is their PID 1, and they have Debian's sshd, sudo, nftables, iptables,
// ZooKeeper and Kerberos, and an address each. They share this machine's kernel and clock, and nothing else of it. `make lab` runs the
// tests that need them; it needs root on a Debian machine, and docs/lab.md tells the rest.
//
// # Where the hosts are
//
// A program with tests on such hosts calls Enter in TestMain. With LAB=1 in its environment, Enter runs the tests in a copy of the program
// that has namespaces of its own: processes, mounts, network. The copy is the first process of its namespace, so that all hosts end
// with it, whatever ends it; mounts and network vanish with the last process that sees them. Nothing of this machine's network is
// touched, and the hosts can't reach beyond the lab. Only empty control groups can be left, and the next lab removes them.
//
// A host is a root file system made by debootstrap (base.sh), kept in LAB_DIR, under an overlay whose upper layer is in memory. Killing
// its first process is a power cut, after which the host can be booted again with the files that it had.
//
// # Simplifications
//
// What was written just before a power cut is never lost, since the memory is the kernel's, and all hosts have the same clock.
package lab
