package sandbox

import (
	"os"
	"testing"
)

// TestMain lets the test's program stand for the hosts' commands, the schedulers and the daemon.
func TestMain(m *testing.M) {
	if code, handled := Dispatch(os.Args, standIn); handled {
		os.Exit(code)
	}
	os.Exit(m.Run())
}
