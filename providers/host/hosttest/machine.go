// Package hosttest gives tests hosts to work on: the machine itself in a folder of its own, a real SSH server on loopback, and a
// wrapper that loses the host at any chosen command.
package hosttest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/restorectl/restorectl/providers/host"
)

// Machine is a host that runs commands on this machine, without root: commands that ask for root's rights, or another user's, get
// those of the test.
type Machine struct {
	host.Host
	// Dir is a folder for the test's files, removed after the test. It is HOME of the commands.
	Dir string
	// Bin comes first on the PATH of the commands.
	Bin string
}

// Local gives a machine. Its name is "scheduler-1".
func Local(t testing.TB) *Machine {
	t.Helper()
	return Named(t, "scheduler-1")
}

// Named gives a machine with a name.
func Named(t testing.TB, name string) *Machine {
	t.Helper()
	m := &Machine{Dir: filepath.Join(t.TempDir(), name), Bin: filepath.Join(t.TempDir(), "bin")}
	for _, dir := range []string{m.Dir, m.Bin} {
		if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // A test's folder.
			t.Fatal(err)
		}
	}
	env := []string{"PATH=" + m.Bin + ":" + os.Getenv("PATH"), "HOME=" + m.Dir}
	m.Host = rootless{host.NewLocal(name, "none", env)}
	return m
}

// rootless runs every command as the test's user.
type rootless struct{ *host.Local }

func (r rootless) Run(ctx context.Context, c host.Command) (host.Result, error) {
	c.Root, c.User = false, ""
	return r.Local.Run(ctx, c)
}

// Script puts a shell script on the PATH of the machine's commands. The first line, #!/bin/sh, is put before the text.
func (m *Machine) Script(t testing.TB, name, text string) {
	t.Helper()
	Script(t, m.Bin, name, text)
}

// Script puts a shell script into a folder. The first line, #!/bin/sh, is put before the text.
func Script(t testing.TB, dir, name, text string) {
	t.Helper()
	// Written under another name: a program that is open for writing can't be run.
	temp := filepath.Join(dir, "."+name)
	if err := os.WriteFile(temp, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil { //nolint:gosec // It must be executable.
		t.Fatal(err)
	}
	if err := os.Rename(temp, filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

// File writes a file below the machine's Dir and gives its path.
func (m *Machine) File(t testing.TB, name, content string, mode os.FileMode) string {
	t.Helper()
	file := filepath.Join(m.Dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { //nolint:gosec // A test's folder.
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, mode); err != nil {
		t.Fatal(err)
	}
	return file
}

// Pool gives hosts by name. It implements host.Pool.
type Pool map[string]host.Host

// Host gives the named host.
func (p Pool) Host(_ context.Context, name string) (host.Host, error) {
	if h, ok := p[name]; ok {
		return h, nil
	}
	return nil, fmt.Errorf("there is no host %q", name)
}
