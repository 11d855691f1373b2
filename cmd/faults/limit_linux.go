package main

import "golang.org/x/sys/unix"

// limitFiles lets a process write files no larger than size bytes.
func limitFiles(pid int, size uint64) error {
	return unix.Prlimit(pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: size, Max: size}, nil)
}
