package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/restorectl/restorectl/executor"
)

// maxTries is how often the same command is given before it must have come to its end.
const maxTries = 5

// again gives a command until it succeeds, and what it said.
func again(t *testing.T, command, plan string) string {
	t.Helper()
	said := ""
	for try := 1; try <= maxTries; try++ {
		out, err := tool(t, command, "--auto-approve", plan).CombinedOutput()
		said += fmt.Sprintf("\n--- %s, try %d\n%s", command, try, out)
		if err == nil || strings.Contains(string(out), "a plan runs once") || strings.Contains(string(out), "there is nothing to revert") {
			return said
		}
	}
	t.Errorf("%s did not come to its end", command)
	return said
}

// awaitJournal waits until the events of the only journal in a folder are as wanted; false where the run ended before.
func awaitJournal(dir string, ended chan error, wanted func([]executor.Event) bool) bool {
	for {
		if wanted(journal(dir)) {
			return true
		}
		select {
		case err := <-ended:
			ended <- err
			return false
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// journal reads the only journal in a folder; nil where there is none that can be read.
func journal(dir string) []executor.Event {
	paths, err := filepath.Glob(filepath.Join(dir, "*.journal"))
	if err != nil || len(paths) != 1 {
		return nil
	}
	events, err := executor.ReadJournal(paths[0])
	if err != nil {
		return nil
	}
	return events
}
