package master

import (
	"cmp"
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// defaultPage is how many tasks /master/tasks lists when it is not told.
const defaultPage = 100

// serveState is the whole state, in the form of the real master's /state.
func (s *Server) serveState(w http.ResponseWriter, _ *http.Request) {
	host, _, _ := net.SplitHostPort(s.Addr())
	state := map[string]any{
		"id": s.id, "hostname": host, "version": version, "pid": s.pid(), "leader": s.pid(),
		"start_time": seconds(s.started), "elected_time": seconds(s.started), "flags": map[string]any{},
		"unregistered_frameworks": []any{},
	}
	s.with(func(l *ledger, _ time.Time) {
		agents, registered, completed := []any{}, []any{}, []any{}
		for _, a := range l.agents {
			agents = append(agents, map[string]any{"id": a.ID, "hostname": a.Hostname, "active": true})
		}
		for _, f := range l.frameworks {
			if f.Completed {
				completed = append(completed, stateFramework(f))
			} else {
				registered = append(registered, stateFramework(f))
			}
		}
		state["slaves"], state["frameworks"], state["completed_frameworks"] = agents, registered, completed
	})
	writeJSON(w, state)
}

func stateFramework(f *framework) map[string]any {
	tasks, unreachable, ended := f.sorted()
	list := func(tasks []Task) []any {
		list := []any{}
		for _, t := range tasks {
			list = append(list, stateTask(f, t))
		}
		return list
	}
	m := map[string]any{
		"id": f.ID, "name": f.Name, "user": f.User, "hostname": f.Hostname, "role": "*", "checkpoint": true,
		"active": f.Connected, "connected": f.Connected, "recovered": false,
		"failover_timeout": f.FailoverTimeout.Seconds(),
		"registered_time":  seconds(f.Registered), "unregistered_time": seconds(f.Unregistered),
		"tasks": list(tasks), "unreachable_tasks": list(unreachable), "completed_tasks": list(ended),
	}
	if !f.Reregistered.IsZero() {
		m["reregistered_time"] = seconds(f.Reregistered)
	}
	return m
}

func stateTask(f *framework, t Task) map[string]any {
	return map[string]any{
		"id": t.ID, "name": t.Name, "framework_id": f.ID, "executor_id": executorID(t), "slave_id": t.AgentID, "state": t.State,
		"role": "*", "resources": map[string]any{},
		"statuses": []any{map[string]any{"state": t.State, "timestamp": seconds(t.Changed)}},
	}
}

// executorID is the id of the executor that Aurora starts for a task.
func executorID(t Task) string { return "thermos-" + t.ID }

// sorted divides the framework's tasks the way in which the master lists them.
func (f *framework) sorted() (tasks, unreachable, ended []Task) {
	for _, t := range f.tasks {
		if t.State == TaskUnreachable {
			unreachable = append(unreachable, *t)
		} else {
			tasks = append(tasks, *t)
		}
	}
	return tasks, unreachable, slices.Clone(f.ended)
}

// serveTasks is one page of the tasks of all frameworks, or of one. As in the real master a malformed number counts as absent,
// and any order but asc is descending.
func (s *Server) serveTasks(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	number := func(name string, otherwise int) int {
		if n, err := strconv.Atoi(query.Get(name)); err == nil && n >= 0 {
			return n
		}
		return otherwise
	}
	limit, offset := number("limit", defaultPage), number("offset", 0)
	type owned struct {
		f *framework
		t Task
	}
	page := []any{}
	s.with(func(l *ledger, _ time.Time) {
		var all []owned
		for _, f := range l.frameworks {
			if id := query.Get("framework_id"); id != "" && id != f.ID {
				continue
			}
			for _, t := range slices.Concat(f.sorted()) {
				if id := query.Get("task_id"); id == "" || id == t.ID {
					all = append(all, owned{f, t})
				}
			}
		}
		slices.SortStableFunc(all, func(a, b owned) int {
			c := cmp.Or(a.t.Changed.Compare(b.t.Changed), cmp.Compare(a.t.ID, b.t.ID))
			if query.Get("order") != "asc" {
				return -c
			}
			return c
		})
		all = all[min(offset, len(all)):]
		for _, o := range all[:min(limit, len(all))] {
			page = append(page, stateTask(o.f, o.t))
		}
	})
	writeJSON(w, map[string]any{"tasks": page})
}

// seconds is a time as the master writes it: seconds since the epoch with fractions, 0 for never.
func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMicro()) / 1e6
}
