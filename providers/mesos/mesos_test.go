package mesos

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/sandbox/master"
	"github.com/restorectl/restorectl/providers/sandbox/zkserver"
	"github.com/restorectl/restorectl/providers/zookeeper"
)

// registered is when the scheduler of the framework last registered.
var registered = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

// world gives a master, advertised in ZooKeeper, with a disconnected framework that runs n tasks.
func world(t *testing.T, n int) (m *master.Server, flag string) {
	t.Helper()
	zk, err := zkserver.Listen("127.0.0.1:0", zkserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	flag = "zk://" + zk.Addr() + "/mesos"
	m, err = master.Listen("127.0.0.1:0", master.Options{ZooKeeper: flag})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(m.Close(), zk.Close()); err != nil {
			t.Error(err)
		}
	})
	tasks := []master.Task{{ID: "over", Name: "ads/prod/api", AgentID: "a1", State: "TASK_FINISHED"}}
	for i := range n {
		tasks = append(tasks, master.Task{ID: fmt.Sprintf("task-%03d", i), Name: "ads/prod/api", AgentID: "a1", State: master.TaskRunning})
	}
	f := master.Framework{FrameworkInfo: master.FrameworkInfo{ID: "f1", Name: "Aurora", FailoverTimeout: time.Hour},
		Registered: registered.Add(-time.Hour), Reregistered: registered, Unregistered: time.Now()}
	if err := m.Seed(f, tasks...); err != nil {
		t.Fatal(err)
	}
	other := master.Framework{FrameworkInfo: master.FrameworkInfo{ID: "f2", Name: "marathon", FailoverTimeout: time.Hour}, Unregistered: time.Now()}
	if err := m.Seed(other, master.Task{ID: "foreign", AgentID: "a1", State: master.TaskRunning}); err != nil {
		t.Fatal(err)
	}
	return m, flag
}

func check(t *testing.T, got planner.Running, n int) {
	t.Helper()
	if len(got.Frameworks) != 1 || got.Frameworks[0].ID != "f1" || got.Frameworks[0].Unregistered.IsZero() || !got.Frameworks[0].Registered.Equal(registered) || time.Duration(got.Frameworks[0].FailoverTimeout) != time.Hour {
		t.Errorf("frameworks: %+v", got.Frameworks)
	}
	ids := map[string]bool{}
	for _, task := range got.Tasks {
		ids[task.ID] = true
		if task.Job != "ads/prod/api" || task.Status != "TASK_RUNNING" {
			t.Errorf("%+v", task)
		}
	}
	if len(ids) != n || got.Count != n || ids["over"] || ids["foreign"] {
		t.Errorf("%d tasks, %d different ones, want %d", got.Count, len(ids), n)
	}
}

func TestRunningPagesThroughTheTasks(t *testing.T) {
	m, flag := world(t, 250)
	for name, address := range map[string]string{"ZooKeeper": flag, "credentials": strings.Replace(flag, "zk://", "zk://user:geheim@", 1), "host:port": m.Addr()} {
		t.Run(name, func(t *testing.T) {
			var got planner.Running
			for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
				var err error
				got, err = (&Master{Address: address, PageSize: 100, Dial: (&net.Dialer{}).DialContext}).Running(t.Context(), "f1", []string{"Aurora"})
				if err == nil {
					break
				}
				// The master advertises itself in its own time.
				if !errors.Is(err, zookeeper.ErrNoMaster) || time.Now().After(end) {
					t.Fatal(err)
				}
			}
			check(t, got, 250)
			if !strings.Contains(got.Source, m.Addr()) {
				t.Errorf("source %q", got.Source)
			}
		})
	}
}

func TestRunningFindsAnUnknownFrameworkByItsName(t *testing.T) {
	m, _ := world(t, 3)
	got, err := (&Master{Address: m.Addr(), Dial: (&net.Dialer{}).DialContext}).Running(t.Context(), "older", []string{"TwitterScheduler", "Aurora"})
	if err != nil {
		t.Fatal(err)
	}
	check(t, got, 3)
}

// TestRunningAsksAnOldMaster hides what masters before Mesos 1.0 don't have.
func TestRunningAsksAnOldMaster(t *testing.T) {
	m, _ := world(t, 30)
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: m.Addr()})
	asked := []string{}
	old := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path)
		if r.URL.Path == "/api/v1" {
			http.NotFound(w, r)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	defer old.Close()
	got, err := (&Master{Address: strings.TrimPrefix(old.URL, "http://"), Dial: (&net.Dialer{}).DialContext}).Running(t.Context(), "f1", []string{"Aurora"})
	if err != nil {
		t.Fatal(err)
	}
	check(t, got, 30)
	if !slices.Equal(asked, []string{"/api/v1", "/master/state"}) {
		t.Errorf("asked %v", asked)
	}
}

// TestRunningCountsATaskOnce has two frameworks of the cluster, and a master that gives the tasks of all frameworks whatever it is asked for.
func TestRunningCountsATaskOnce(t *testing.T) {
	m, _ := world(t, 5)
	second := master.Framework{FrameworkInfo: master.FrameworkInfo{ID: "f3", Name: "Aurora", FailoverTimeout: time.Hour}}
	if err := m.Seed(second, master.Task{ID: "second", Name: "ads/prod/api", AgentID: "a1", State: master.TaskRunning}); err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: m.Addr()})
	early := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		query.Del("framework_id")
		r.URL.RawQuery = query.Encode()
		proxy.ServeHTTP(w, r)
	}))
	defer early.Close()
	got, err := (&Master{Address: strings.TrimPrefix(early.URL, "http://"), Dial: (&net.Dialer{}).DialContext}).Running(t.Context(), "f1", []string{"Aurora"})
	if err != nil || got.Count != 6 || len(got.Frameworks) != 2 {
		t.Errorf("%d tasks of %v, error %v", got.Count, got.Frameworks, err)
	}
}

func TestRunningSaysWhyItCannotTell(t *testing.T) {
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "not for you", http.StatusUnauthorized) }))
	defer refusing.Close()
	blind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"type":"GET_FRAMEWORKS","get_frameworks":{}}`))
	}))
	defer blind.Close()
	garbage := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }))
	defer garbage.Close()
	for address, want := range map[string]string{
		"zk://user:geheim@": "-mesos_master_address",
		"geheim":            "neither host:port nor zk://",
		strings.TrimPrefix(refusing.URL, "http://"): "401: not for you",
		strings.TrimPrefix(garbage.URL, "http://"):  "can't be understood",
		strings.TrimPrefix(blind.URL, "http://"):    `shows no framework with the id "f1", and none named Aurora`,
	} {
		_, err := (&Master{Address: address, Dial: (&net.Dialer{}).DialContext}).Running(t.Context(), "f1", []string{"Aurora"})
		if err == nil || !strings.Contains(err.Error(), want) || strings.HasPrefix(address, "zk") && strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// TestRunningReadsNoEndlessAnswer has a master of which one answer, each in turn, is longer than the limit, and one whose answers are not.
func TestRunningReadsNoEndlessAnswer(t *testing.T) {
	const limit = 1 << 20
	short := map[string]string{
		"/api/v1":       `{"get_frameworks":{"frameworks":[{"framework_info":{"id":{"value":"f1"}},"connected":true}]}}`,
		"/master/tasks": `{"tasks":[{"id":"t","framework_id":"f1","state":"TASK_RUNNING"}]}`,
		"/master/state": `{"frameworks":[{"id":"f1","active":true,"tasks":[{"id":"t","framework_id":"f1","state":"TASK_RUNNING"}]}]}`,
	}
	long := func(answer string) string { return `{"passed_over":"` + strings.Repeat("x", limit) + `",` + answer[1:] }
	for _, tt := range []struct {
		name, long string
		old        bool
	}{{"none", "", false}, {"none of an old master", "", true}, {"frameworks", "/api/v1", false}, {"tasks", "/master/tasks", false}, {"state", "/master/state", true}} {
		t.Run(tt.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				answer := short[r.URL.Path]
				if tt.old && r.URL.Path == "/api/v1" {
					http.NotFound(w, r)
					return
				}
				if tt.long == r.URL.Path {
					answer = long(answer)
				}
				_, _ = w.Write([]byte(answer)) // Who asks may have gone.
			}))
			defer server.Close()
			address := strings.TrimPrefix(server.URL, "http://")
			got, err := (&Master{Address: address, Dial: (&net.Dialer{}).DialContext, atMost: limit}).Running(t.Context(), "f1", []string{"Aurora"})
			switch {
			case tt.long == "" && (err != nil || got.Count != 1):
				t.Errorf("%d tasks, error %v", got.Count, err)
			case tt.long != "" && (err == nil || !strings.Contains(err.Error(), tt.long+" is longer than 1 MiB") || !strings.Contains(err.Error(), address)):
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestRegisteredNamesTheConnectedFramework(t *testing.T) {
	m, _ := world(t, 1)
	ask := Master{Address: m.Addr(), Dial: (&net.Dialer{}).DialContext}
	if id, err := ask.Registered(t.Context(), []string{"Aurora", "TwitterScheduler"}); err != nil || id != "" {
		t.Errorf("nobody is connected: %q, %v", id, err)
	}
	d, err := master.Connect(t.Context(), m.Addr(), master.FrameworkInfo{ID: "f1", Name: "Aurora", FailoverTimeout: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if id, err := ask.Registered(t.Context(), []string{"Aurora", "TwitterScheduler"}); err != nil || id != "f1" {
		t.Errorf("connected: %q, %v", id, err)
	}
}

// TestRunningReadsTheMastersClock has a master whose clock is an hour ahead, and one that does not tell the time.
func TestRunningReadsTheMastersClock(t *testing.T) {
	var date func() []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Date"] = date()
		fmt.Fprint(w, `{"get_frameworks":{"completed_frameworks":[{"framework_info":{"id":{"value":"f1"}}}]}}`)
	}))
	defer server.Close()
	ask := func() *planner.Duration {
		got, err := (&Master{Address: strings.TrimPrefix(server.URL, "http://"), Dial: (&net.Dialer{}).DialContext}).Running(t.Context(), "f1", []string{"Aurora"})
		if err != nil {
			t.Fatal(err)
		}
		return got.Skew
	}
	date = func() []string { return []string{time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)} }
	// The header has whole seconds, and a slow machine may take its time.
	if got := ask(); got == nil || time.Duration(*got) > time.Hour || time.Duration(*got) < time.Hour-time.Minute {
		t.Errorf("skew %v, want about an hour", got)
	}
	date = func() []string { return nil }
	if got := ask(); got != nil {
		t.Errorf("skew %v of a master that does not tell the time", time.Duration(*got))
	}
}
