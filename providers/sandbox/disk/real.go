package disk

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// find looks for the real program in those folders of the PATH that hold no stand-in.
func (c *command) find() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	for _, folder := range filepath.SplitList(os.Getenv("PATH")) {
		path := filepath.Join(folder, c.name)
		leads, err := filepath.EvalSymlinks(path)
		if err != nil || same(leads, self) {
			continue
		}
		return path, nil
	}
	return "", fmt.Errorf("%s is not on the host", c.name)
}

// same says whether two paths lead to one file.
func same(a, b string) bool {
	one, errA := os.Stat(a) //nolint:gosec // What the host's PATH leads to.
	other, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(one, other)
}

// feed runs a program with the input and returns its exit code.
func feed(path string, args []string, input []byte, stderr io.Writer) int {
	run := exec.Command(path, args...)
	run.Stdin, run.Stderr = bytes.NewReader(input), stderr
	err := run.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, err) // Nobody else to tell.
		return 1
	}
	return 0
}
