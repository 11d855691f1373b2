package executor

import (
	"context"
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Lock is this process's claim on what a run works on. A process that ends, however it ends, loses it; that the run is open stays on
// record until Release says that it is finished.
type Lock interface {
	// Open puts on record that the run is open.
	Open(ctx context.Context) error
	// Check says whether the claim still holds, after it has tried to renew it where it was lost. It is asked before every step.
	Check(ctx context.Context) error
	// Release gives the claim up; finished also ends the record that the run is open.
	Release(ctx context.Context, finished bool) error
}

// lockFile takes the file for this process; the kernel gives it back when the process ends, however it ends.
func lockFile(f *os.File) error {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return ErrLocked
	}
	return err
}
