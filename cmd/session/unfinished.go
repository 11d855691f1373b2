package session

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/restorectl/restorectl/cmd/render"
	"github.com/restorectl/restorectl/executor"
)

// RefuseUnfinished refuses while a run in the folder is not finished; that in the journal except does not count. A run that only waits
// for schedulers which are absent still, named in absent, or which came back in a later run, is no obstacle.
func RefuseUnfinished(folder, except string, absent []string) error {
	paths, err := filepath.Glob(filepath.Join(folder, "*.journal"))
	if err != nil {
		return err
	}
	histories := map[string]*executor.History{}
	for _, path := range paths {
		if histories[path], err = History(path); err != nil {
			return err
		}
	}
	for _, path := range paths {
		h := histories[path]
		if filepath.Clean(path) == filepath.Clean(except) || h.Finished() {
			continue
		}
		back := func(name string) bool { return slices.Contains(absent, name) || rejoinedSince(histories, name, h) }
		if open := slices.DeleteFunc(h.Open(), back); !h.Over() || len(open) > 0 {
			return fmt.Errorf("the run in %s is not finished: %s", path, render.Next(h))
		}
	}
	return nil
}

// rejoinedSince says whether the scheduler came back in any run after the one of h had begun.
func rejoinedSince(histories map[string]*executor.History, scheduler string, h *executor.History) bool {
	for _, other := range histories {
		if a := other.Rejoins[scheduler]; a != nil && a.Ended && a.Last.After(h.Forward.Began) {
			return true
		}
	}
	return false
}
