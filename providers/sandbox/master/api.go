package master

import (
	"encoding/json"
	"mime"
	"net/http"
	"strings"
	"time"
)

// serveAPI answers the operator API in JSON, as far as the sandbox needs it.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	const media = "application/json"
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != media {
		http.Error(w, "Expecting 'Content-Type' of "+media, http.StatusUnsupportedMediaType)
		return
	}
	if accept := r.Header.Get("Accept"); accept != "" && !strings.Contains(accept, media) && !strings.Contains(accept, "*/*") {
		http.Error(w, "Expecting 'Accept' to allow "+media, http.StatusNotAcceptable)
		return
	}
	var request struct {
		Type string `json:"type"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxCall)).Decode(&request); err != nil {
		http.Error(w, "Failed to parse body into JSON: "+err.Error(), http.StatusBadRequest)
		return
	}
	switch request.Type {
	case "GET_TASKS":
		writeJSON(w, map[string]any{"type": request.Type, "get_tasks": s.getTasks()})
	case "GET_FRAMEWORKS":
		writeJSON(w, map[string]any{"type": request.Type, "get_frameworks": s.getFrameworks()})
	default:
		http.Error(w, "the simulated master has no call "+request.Type, http.StatusNotImplemented)
	}
}

func (s *Server) getTasks() map[string]any {
	lists := map[string][]any{"tasks": {}, "unreachable_tasks": {}, "completed_tasks": {}}
	s.with(func(l *ledger, _ time.Time) {
		for _, f := range l.frameworks {
			tasks, unreachable, ended := f.sorted()
			for name, list := range map[string][]Task{"tasks": tasks, "unreachable_tasks": unreachable, "completed_tasks": ended} {
				for _, t := range list {
					lists[name] = append(lists[name], apiTask(f, t))
				}
			}
		}
	})
	answer := map[string]any{}
	for name, list := range lists {
		answer[name] = list
	}
	return answer
}

func apiTask(f *framework, t Task) map[string]any {
	return map[string]any{
		"name": t.Name, "task_id": value(t.ID), "framework_id": value(f.ID), "executor_id": value(executorID(t)),
		"agent_id": value(t.AgentID), "state": t.State,
		"statuses": []any{map[string]any{"task_id": value(t.ID), "state": t.State, "agent_id": value(t.AgentID), "timestamp": seconds(t.Changed)}},
	}
}

func (s *Server) getFrameworks() map[string]any {
	registered, completed := []any{}, []any{}
	s.with(func(l *ledger, _ time.Time) {
		for _, f := range l.frameworks {
			if f.Completed {
				completed = append(completed, apiFramework(f))
			} else {
				registered = append(registered, apiFramework(f))
			}
		}
	})
	return map[string]any{"frameworks": registered, "completed_frameworks": completed}
}

func apiFramework(f *framework) map[string]any {
	m := map[string]any{
		"framework_info": map[string]any{
			"id": value(f.ID), "name": f.Name, "user": f.User, "hostname": f.Hostname, "checkpoint": true,
			"failover_timeout": f.FailoverTimeout.Seconds(),
		},
		"active": f.Connected, "connected": f.Connected, "recovered": false,
	}
	for name, at := range map[string]time.Time{
		"registered_time": f.Registered, "reregistered_time": f.Reregistered, "unregistered_time": f.Unregistered} {
		if !at.IsZero() {
			m[name] = map[string]any{"nanoseconds": at.UnixNano()}
		}
	}
	return m
}

// value is how the operator API writes an id.
func value(id string) map[string]any { return map[string]any{"value": id} }
