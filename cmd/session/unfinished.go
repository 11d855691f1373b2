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
		settle(h, histories)
		open := slices.DeleteFunc(h.Open(), func(name string) bool { return slices.Contains(absent, name) })
		if !h.Over() || len(open) > 0 {
			return fmt.Errorf("the run in %s is not finished: %s", path, render.Next(h))
		}
	}
	return nil
}

// HistoryAmong reads the history of a run out of its journal, and from those beside it which of its absent schedulers came back in a later
// run. Of one that can't be read nothing is known: what is open stays open.
func HistoryAmong(journal string) (*executor.History, error) {
	h, err := History(journal)
	if err != nil {
		return nil, err
	}
	paths, err := filepath.Glob(filepath.Join(filepath.Dir(journal), "*.journal"))
	if err != nil {
		return nil, err
	}
	others := map[string]*executor.History{}
	for _, path := range paths {
		if other, err := History(path); err == nil {
			others[path] = other
		}
	}
	settle(h, others)
	return h, nil
}

// settle notes the absent schedulers of a run that came back in another one after it had begun.
func settle(h *executor.History, others map[string]*executor.History) {
	for _, name := range h.Open() {
		for _, other := range others {
			if a := other.Rejoins[name]; a != nil && a.Ended && a.Last.After(h.Forward.Began) {
				h.Rejoins[name] = a
			}
		}
	}
}
