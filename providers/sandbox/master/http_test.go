package master_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/providers/sandbox/master"
)

// populated is a master with a disconnected framework and a completed one.
func populated(t *testing.T) *master.Server {
	t.Helper()
	now := newClock()
	s := listen(t, master.Options{Now: now.Now})
	at := now.Now()
	live := master.Framework{FrameworkInfo: aurora("live"), Registered: at.Add(-time.Hour), Unregistered: at.Add(-time.Minute)}
	if err := s.Seed(live,
		master.Task{ID: "run", Name: "www/prod/hello", AgentID: "x", Changed: at.Add(-3 * time.Second)},
		master.Task{ID: "far", AgentID: "x", State: master.TaskUnreachable, Changed: at.Add(-2 * time.Second)},
		master.Task{ID: "end", AgentID: "x", State: "TASK_FINISHED", Changed: at.Add(-1 * time.Second)}); err != nil {
		t.Fatal(err)
	}
	gone := master.Framework{FrameworkInfo: aurora("gone"), Completed: true}
	if err := s.Seed(gone, master.Task{ID: "old", AgentID: "y", Changed: at}); err != nil {
		t.Fatal(err)
	}
	return s
}

func call(t *testing.T, s *master.Server, path, contentType, accept, body string) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(bounded(t), http.MethodPost, "http://"+s.Addr()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("Accept", accept)
	return request
}

func TestState(t *testing.T) {
	s := populated(t)
	for _, path := range []string{"/state", "/master/state"} {
		var got map[string]any
		get(t, s, path, &got)
		if got["leader"] != "master@"+s.Addr() || got["hostname"] != "127.0.0.1" {
			t.Errorf("leader %v, hostname %v", got["leader"], got["hostname"])
		}
		one := func(list string) map[string]any { return got[list].([]any)[0].(map[string]any) }
		f := one("frameworks")
		if diff := cmp.Diff(map[string]any{"id": "x", "hostname": "x", "active": true}, one("slaves")); diff != "" {
			t.Error(diff)
		}
		wantTask := map[string]any{"id": "run", "name": "www/prod/hello", "framework_id": "live", "executor_id": "thermos-run",
			"slave_id": "x", "state": "TASK_RUNNING", "role": "*", "resources": map[string]any{},
			"statuses": []any{map[string]any{"state": "TASK_RUNNING", "timestamp": 1795507197.0}}}
		if diff := cmp.Diff([]any{wantTask}, f["tasks"]); diff != "" {
			t.Error(diff)
		}
		for field, want := range map[string]any{"id": "live", "name": "Aurora", "active": false, "connected": false, "recovered": false,
			"failover_timeout": 3600.0, "registered_time": 1795503600.0, "unregistered_time": 1795507140.0} {
			if f[field] != want {
				t.Errorf("%s is %v, want %v", field, f[field], want)
			}
		}
		if one("completed_frameworks")["id"] != "gone" || len(f["unreachable_tasks"].([]any)) != 1 || len(f["completed_tasks"].([]any)) != 1 {
			t.Errorf("state %v", got)
		}
	}
}

func TestTasksInPages(t *testing.T) {
	s := populated(t)
	tests := []struct {
		query string
		want  string
	}{
		{"order=asc", "run far end old"},
		{"", "old end far run"},
		{"order=asc&framework_id=live", "run far end"},
		{"order=asc&framework_id=live&limit=2", "run far"},
		{"order=asc&framework_id=live&limit=2&offset=2", "end"},
		{"order=asc&offset=9", ""},
		{"order=asc&limit=0", ""},
		{"order=asc&limit=many&offset=-1", "run far end old"},
		{"task_id=far", "far"},
		{"framework_id=unknown", ""},
	}
	for _, tt := range tests {
		var got struct {
			Tasks []task `json:"tasks"`
		}
		get(t, s, "/master/tasks?"+tt.query, &got)
		var ids []string
		for _, one := range got.Tasks {
			ids = append(ids, one.ID)
		}
		if list := strings.Join(ids, " "); list != tt.want {
			t.Errorf("%q: got %q, want %q", tt.query, list, tt.want)
		}
	}
}

func TestTasksAreAHundredUnlessAskedForMore(t *testing.T) {
	s := listen(t, master.Options{})
	var tasks []master.Task
	for i := range 130 {
		tasks = append(tasks, master.Task{ID: fmt.Sprintf("t%03d", i), AgentID: "x"})
	}
	if err := s.Seed(master.Framework{FrameworkInfo: aurora("f")}, tasks...); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]int{"": 100, "?offset=100": 30, "?limit=130": 130} {
		var got struct {
			Tasks []task `json:"tasks"`
		}
		get(t, s, "/tasks"+query, &got)
		if len(got.Tasks) != want {
			t.Errorf("%q: %d tasks, want %d", query, len(got.Tasks), want)
		}
	}
}

func TestOperatorAPI(t *testing.T) {
	s := populated(t)
	type id struct {
		Value string `json:"value"`
	}
	type apiTask struct {
		TaskID      id     `json:"task_id"`
		FrameworkID id     `json:"framework_id"`
		AgentID     id     `json:"agent_id"`
		State       string `json:"state"`
	}
	var tasks struct {
		Type     string `json:"type"`
		GetTasks struct {
			Tasks       []apiTask `json:"tasks"`
			Unreachable []apiTask `json:"unreachable_tasks"`
			Completed   []apiTask `json:"completed_tasks"`
		} `json:"get_tasks"`
	}
	answer(t, call(t, s, "/api/v1", "application/json", "application/json", `{"type":"GET_TASKS"}`), &tasks)
	got := tasks.GetTasks
	if diff := cmp.Diff([]apiTask{{id{"run"}, id{"live"}, id{"x"}, "TASK_RUNNING"}}, got.Tasks); diff != "" || tasks.Type != "GET_TASKS" {
		t.Error(diff, tasks.Type)
	}
	if diff := cmp.Diff([]apiTask{{id{"far"}, id{"live"}, id{"x"}, "TASK_UNREACHABLE"}}, got.Unreachable); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]apiTask{{id{"end"}, id{"live"}, id{"x"}, "TASK_FINISHED"}, {id{"old"}, id{"gone"}, id{"y"}, "TASK_KILLED"}}, got.Completed); diff != "" {
		t.Error(diff)
	}

	var frameworks map[string]any
	answer(t, call(t, s, "/master/api/v1", "application/json; charset=utf-8", "", `{"type":"GET_FRAMEWORKS"}`), &frameworks)
	lists := frameworks["get_frameworks"].(map[string]any)
	want := []any{map[string]any{
		"framework_info": map[string]any{"id": map[string]any{"value": "live"}, "name": "Aurora", "user": "aurora",
			"hostname": "127.0.0.1", "checkpoint": true, "failover_timeout": 3600.0},
		"active": false, "connected": false, "recovered": false,
		"registered_time":   map[string]any{"nanoseconds": 1795503600e9},
		"unregistered_time": map[string]any{"nanoseconds": 1795507140e9},
	}}
	if diff := cmp.Diff(want, lists["frameworks"]); diff != "" {
		t.Error(diff)
	}
	if len(lists["completed_frameworks"].([]any)) != 1 {
		t.Errorf("completed: %v", lists["completed_frameworks"])
	}
}

func TestRefusedRequests(t *testing.T) {
	s := populated(t)
	tests := []struct {
		name, path, contentType, accept, body string
		want                                  int
	}{
		{"protobuf", "/api/v1", "application/x-protobuf", "", "", http.StatusUnsupportedMediaType},
		{"wants protobuf", "/api/v1", "application/json", "application/x-protobuf", "", http.StatusNotAcceptable},
		{"not JSON", "/api/v1", "application/json", "", "nonsense", http.StatusBadRequest},
		{"another call", "/api/v1", "application/json", "", `{"type":"GET_FLAGS"}`, http.StatusNotImplemented},
		{"post to the state", "/master/state", "application/json", "", "", http.StatusMethodNotAllowed},
		{"unknown path", "/nowhere", "application/json", "", "", http.StatusNotFound},
		{"framework info is not JSON", "/sandbox/driver/subscribe", "application/json", "", "nonsense", http.StatusBadRequest},
		{"call is not JSON", "/sandbox/driver/call", "application/json", "", "nonsense", http.StatusBadRequest},
		{"call without a stream", "/sandbox/driver/call", "application/json", "", `{"type":"KILL","framework_id":"live","stream_id":""}`, http.StatusForbidden},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			response, err := http.DefaultClient.Do(call(t, s, tt.path, tt.contentType, tt.accept, tt.body))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = response.Body.Close() }()
			if response.StatusCode != tt.want {
				t.Errorf("status %d, want %d", response.StatusCode, tt.want)
			}
		})
	}
}
