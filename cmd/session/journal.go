package session

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/planner/planfile"
)

// JournalPath is where the journal of a plan's run lies: next to the plan file.
func JournalPath(plan, digest string) string {
	base := strings.TrimSuffix(filepath.Base(plan), filepath.Ext(plan))
	return filepath.Join(filepath.Dir(plan), base+"-"+planner.RunID(digest)+".journal")
}

// FindJournal finds the journal that path means: path itself, or that of the plan file at path.
func FindJournal(path string) (string, error) {
	if filepath.Ext(path) == ".journal" {
		return path, nil
	}
	_, digest, err := planfile.Read(path)
	if err != nil {
		return "", err
	}
	return JournalPath(path, digest), nil
}

// History reads a journal; one that does not exist yet has an empty history.
func History(path string) (*executor.History, error) {
	events, err := executor.ReadJournal(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err := executor.Consistent(events); err != nil {
		return nil, fmt.Errorf("%s: %w; nothing was changed: keep the file, and take the run over from its copies with `restorectl adopt`", path, err)
	}
	return executor.NewHistory(events), nil
}

// HistoryOf reads the journal of a plan's run, and refuses that of another one.
func HistoryOf(path string, p *planner.Plan, digest string) (*executor.History, error) {
	h, err := History(path)
	switch {
	case err != nil:
		return nil, err
	case h.Forward == nil || h.Forward.Digest == digest:
		return h, nil
	case h.Forward.Plan.Cluster != p.Cluster:
		return nil, fmt.Errorf("%s is the journal of a run on cluster %s, and the plan is one for cluster %s; nothing was done: put the right journal there, or take the run over with `restorectl adopt`",
			path, h.Forward.Plan.Cluster, p.Cluster)
	}
	return nil, fmt.Errorf("%s is the journal of another plan's run (%s, this plan's would be %s); nothing was done: put the right journal there, or take the run over with `restorectl adopt`",
		path, planner.RunID(h.Forward.Digest), planner.RunID(digest))
}
