//go:build linux

package lab

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/restorectl/restorectl/providers/sandbox"
)

// programsLayer is the folder of a layer with programs that all hosts have above the base.
const programsLayer = "programs"

// programPath is where the hosts have this program, which stands for others by their names (sandbox.Dispatch).
const programPath = "/usr/lib/aurora/java"

// standIns are the programs that this one stands for. The scheduler's java comes before the real one on PATH.
var standIns = []string{"/usr/local/bin/java", "/usr/bin/mesos-log", "/usr/bin/aurora_admin"}

// writePrograms makes the layer that all hosts have above the base: this program, and those that it stands for.
func (l *Lab) writePrograms() error {
	layer := filepath.Join(l.Dir, programsLayer)
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := sandbox.CopyProgram(self, filepath.Join(layer, programPath)); err != nil {
		return fmt.Errorf("the hosts' programs: %w", err)
	}
	for _, name := range standIns {
		text := "#!/bin/bash\nSANDBOX_ROOT=/ exec -a " + filepath.Base(name) + " " + programPath + " \"$@\"\n"
		at := filepath.Join(layer, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil { //nolint:gosec // As on any host.
			return err
		}
		if err := os.WriteFile(at, []byte(text), 0o755); err != nil { //nolint:gosec // A program.
			return err
		}
	}
	return nil
}
