package main

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/planner/planfile"
)

// defaultPlan is the name of a plan file, next to its configuration.
const defaultPlan = "restore.plan"

// journalPath is where the journal of a plan's run lies: next to the plan file.
func journalPath(plan, digest string) string {
	base := strings.TrimSuffix(filepath.Base(plan), filepath.Ext(plan))
	return filepath.Join(filepath.Dir(plan), base+"-"+planner.RunID(digest)+".journal")
}

// readHistory reads a journal; one that does not exist yet has an empty history.
func readHistory(path string) (*executor.History, error) {
	events, err := executor.ReadJournal(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return executor.NewHistory(events), nil
}

// findJournal finds the journal that a command means: the one named, that of the plan named, or that of restore.plan here.
func findJournal(args []string) (string, error) {
	path := defaultPlan
	if len(args) == 1 {
		path = args[0]
	}
	if filepath.Ext(path) == ".journal" {
		return path, nil
	}
	_, digest, err := planfile.Read(path)
	if err != nil {
		return "", err
	}
	return journalPath(path, digest), nil
}
