// Package sandboxtest helps tests that bring sandboxes up.
package sandboxtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Build builds the program that stands for sandboxes' hosts into dir, and gives its path. A whole run starts hundreds of their commands,
// each of which takes several times as long when the tests' program, with its race detector, stands for them.
func Build(dir string) (string, error) {
	program := filepath.Join(dir, "hostprogram")
	const source = "github.com/restorectl/restorectl/providers/sandbox/sandboxtest/hostprogram"
	args := []string{"build", "-trimpath", "-buildvcs=false", "-o", program}
	if os.Getenv("GOCOVERDIR") != "" {
		args = append(args, "-cover", "-coverpkg=github.com/restorectl/restorectl/...") // What the hosts do counts for `make cover`.
	}
	if out, err := exec.Command("go", append(args, source)...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", source, err, out)
	}
	return program, nil
}
