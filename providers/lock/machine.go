package lock

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// process tells a process from every other one, as far as that can be told.
type process struct {
	// Machine stands for the machine, since its last start, and the process numbers in use; empty where that can't be told.
	Machine string `json:"machine,omitempty"`
	PID     int    `json:"pid"`
}

// thisProcess is the one that runs this.
func thisProcess() process {
	boot, err1 := os.ReadFile("/proc/sys/kernel/random/boot_id")
	numbers, err2 := os.Readlink("/proc/self/ns/pid")
	name, err3 := os.Hostname()
	if errors.Join(err1, err2, err3) != nil {
		return process{PID: os.Getpid()}
	}
	sum := sha256.Sum256([]byte(name + "\n" + string(boot) + "\n" + numbers))
	return process{Machine: hex.EncodeToString(sum[:])[:16], PID: os.Getpid()}
}

// dead says that a process was on this machine and is certainly gone, so that a claim of it is a ghost.
func (p process) dead(self process) bool {
	if self.Machine == "" || p.Machine != self.Machine || p.PID <= 0 || p.PID == self.PID {
		return false
	}
	return errors.Is(unix.Kill(p.PID, 0), unix.ESRCH)
}
