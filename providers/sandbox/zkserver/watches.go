package zkserver

// watcher is told of an event, once for each watch that it has set.
type watcher interface{ notify(event) }

// watchTable holds who watches which path.
type watchTable map[string]map[watcher]struct{}

func (t watchTable) add(path string, w watcher) {
	if t[path] == nil {
		t[path] = map[watcher]struct{}{}
	}
	t[path][w] = struct{}{}
}

func (t watchTable) remove(w watcher) {
	for path, watchers := range t {
		delete(watchers, w)
		if len(watchers) == 0 {
			delete(t, path)
		}
	}
}

// watches are the two kinds of watch: on a node's data or existence, and on its children.
type watches struct{ data, children watchTable }

func newWatches() watches { return watches{data: watchTable{}, children: watchTable{}} }

// fire delivers ev to everybody who watches its path and forgets those watches. A watcher with both kinds of watch on a
// deleted node hears of it once.
func (w watches) fire(ev event) {
	tables := []watchTable{w.data}
	switch ev.kind {
	case eventChildrenChanged:
		tables = []watchTable{w.children}
	case eventDeleted:
		tables = []watchTable{w.data, w.children}
	case eventCreated, eventDataChanged:
	}
	told := map[watcher]struct{}{}
	for _, table := range tables {
		for who := range table[ev.path] {
			if _, again := told[who]; !again {
				told[who] = struct{}{}
				who.notify(ev)
			}
		}
		delete(table, ev.path)
	}
}

func (w watches) remove(who watcher) {
	w.data.remove(who)
	w.children.remove(who)
}
