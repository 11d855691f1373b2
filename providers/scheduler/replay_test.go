package scheduler

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/providers/aurora"
	"github.com/restorectl/restorectl/providers/host/hosttest"
)

// recording is one recorded exchange.
type recording struct {
	line             string // "POST /api"
	request, answer  textproto.MIMEHeader
	status           int
	asked, responded []byte
}

func load(t *testing.T, name string) recording {
	t.Helper()
	text := file(t, "http/"+name+".http")
	r := textproto.NewReader(bufio.NewReader(bytes.NewReader(text)))
	var rec recording
	var err1, err2, err3 error
	rec.line, err1 = r.ReadLine()
	rec.request, err2 = r.ReadMIMEHeader()
	status, _ := r.ReadLine()
	rec.answer, err3 = r.ReadMIMEHeader()
	code, err4 := strconv.Atoi(strings.TrimPrefix(status, "-> "))
	if err := errors.Join(err1, err2, err4); err != nil || err3 != nil && !errors.Is(err3, io.EOF) {
		t.Fatalf("%s: %v %v", name, err, err3)
	}
	rec.status = code
	if rec.line == "POST /api" {
		rec.asked, rec.responded = file(t, "http/"+name+".request.json"), file(t, "http/"+name+".response.json")
	} else {
		rec.responded, _ = io.ReadAll(r.R)
	}
	return rec
}

func file(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// replay serves a recorded exchange and gives a client for it. A request other than the recorded one fails the test.
func replay(t *testing.T, name string) *Client {
	t.Helper()
	rec := load(t, name)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method+" "+r.URL.Path != rec.line || !bytes.Equal(body, rec.asked) {
			t.Errorf("asked %s %s %s (%v), recorded was %s %s", r.Method, r.URL, body, err, rec.line, rec.asked)
		}
		for _, h := range []string{"Content-Type", "Bypass-Leader-Redirect", "Authorization"} {
			if r.Header.Get(h) != rec.request.Get(h) {
				t.Errorf("header %s is %q, recorded was %q", h, r.Header.Get(h), rec.request.Get(h))
			}
		}
		for _, h := range []string{"Content-Type", "Location", "Www-Authenticate"} {
			if v := rec.answer.Get(h); v != "" {
				w.Header().Set(h, v)
			}
		}
		w.WriteHeader(rec.status)
		_, _ = w.Write(rec.responded) // The client may have gone.
	}))
	t.Cleanup(srv.Close)
	c := &Client{Host: hosttest.Local(t), Port: portOf(t, srv.Listener.Addr()), RetryAfter: 1}
	if user, password, ok := (&http.Request{Header: http.Header(rec.request)}).BasicAuth(); ok {
		c.Credentials = &Basic{user, password}
	}
	return c
}

func portOf(t *testing.T, a net.Addr) int {
	t.Helper()
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		t.Fatalf("%v has no port", a)
	}
	return tcp.Port
}

const recorded = "scheduler-backup-2026-11-24-08-07"

const deleted = "ads-devel-ranker-2-c4047402-f955-43ee-b75c-71d731332d92"

func TestCallsAsRecorded(t *testing.T) {
	none := int32(0)
	ids := func(tasks []aurora.ScheduledTask, err error) (string, error) { return count(len(tasks)), err }
	for name, tt := range map[string]struct {
		call func(c *Client) (string, error)
		want string
		err  string
	}{
		"half-listBackups": {call: func(c *Client) (string, error) {
			answer, err := c.Call(t.Context(), "listBackups", nil)
			return strings.Join(answer.Backups, ","), err
		}, want: recorded},
		"basic-listBackups-admin": {call: func(c *Client) (string, error) {
			answer, err := c.Call(t.Context(), "listBackups", nil)
			return strconv.FormatBool(slices.Contains(answer.Backups, recorded)), err
		}, want: "true"},
		"half-listBackups-no-bypass": {call: func(c *Client) (string, error) {
			c.Redirect = true
			_, err := c.Call(t.Context(), "listBackups", nil)
			return "", err
		}, err: "listBackups on scheduler-1: HTTP 503 Service Unavailable: the scheduler knows no leader"},
		"active-follower-getJobSummary-redirect": {call: func(c *Client) (string, error) {
			c.Redirect = true
			_, err := c.Call(t.Context(), "getJobSummary", nil)
			return "", err
		}, err: "getJobSummary on scheduler-1: HTTP 307 Temporary Redirect: the scheduler names another as the leader, http://127.0.0.1:8082/api"},
		"half-stageRecovery": {call: func(c *Client) (string, error) { return "", c.Stage(t.Context(), recorded) }},
		"half-stageRecovery-again": {call: func(c *Client) (string, error) {
			err := c.Stage(t.Context(), recorded)
			return strconv.FormatBool(AlreadyLoaded(err)), err
		}, want: "true", err: `stageRecovery on scheduler-1: the scheduler answered code 2, ERROR, "Another backup is already loaded."`},
		"half-stageRecovery-garbage": {call: func(c *Client) (string, error) { return "", c.Stage(t.Context(), "garbage") },
			err: `stageRecovery on scheduler-1: the scheduler answered code 2, ERROR, "Failed to decode backup org.apache.thrift.protocol.TProtocolException: Unrecognized type 110"`},
		"half-queryRecovery":  {call: func(c *Client) (string, error) { return ids(c.Query(t.Context(), TaskQuery{})) }, want: "15"},
		"half-unloadRecovery": {call: func(c *Client) (string, error) { return "", c.Unload(t.Context()) }},
		"half-commitRecovery": {call: func(c *Client) (string, error) { return "", c.Commit(t.Context()) }},
		"after-getTasksStatus": {call: func(c *Client) (string, error) {
			return ids(c.GetTasksStatus(t.Context(), TaskQuery{Offset: &none, Limit: &none}))
		}, want: "14"},
		"after-getJobs": {call: func(c *Client) (string, error) {
			answer, err := c.Call(t.Context(), "getJobs", &backupArgument{}) // An empty text, which chooses no cron jobs.
			return count(len(answer.Jobs)), err
		}, want: "4"},
		"half-deleteRecoveryTasks": {call: func(c *Client) (string, error) { return "", c.Delete(t.Context(), []string{deleted}) }},
		"active-queryRecovery-nothing-staged": {call: func(c *Client) (string, error) {
			_, err := c.Query(t.Context(), TaskQuery{})
			return strconv.FormatBool(NothingLoaded(err)), err
		}, want: "true", err: `queryRecovery on scheduler-1: the scheduler answered code 2, ERROR, "No backup loaded."`},
		"half-follower-commitRecovery": {call: func(c *Client) (string, error) {
			err := c.Commit(t.Context())
			return strconv.FormatBool(transient(err)), err
		}, want: "true", err: `commitRecovery on scheduler-1: the scheduler answered code 6, ERROR_TRANSIENT, "Storage is not READY"`},
		"basic-listBackups-no-credentials": {call: func(c *Client) (string, error) {
			_, err := c.Call(t.Context(), "listBackups", nil)
			return "", err
		}, err: `listBackups on scheduler-1: the scheduler answered with the exception "Internal error processing listBackups", type 6; a scheduler that wants BASIC credentials answers so to a call without them`},
		"basic-listBackups-wrong-password": {call: func(c *Client) (string, error) {
			_, err := c.Call(t.Context(), "listBackups", nil)
			return "", err
		}, err: `listBackups on scheduler-1: HTTP 401 Unauthorized (BASIC realm="Apache Aurora Scheduler"): the credentials are wrong or missing`},
		"basic-stageRecovery-forbidden": {call: func(c *Client) (string, error) { return "", c.Stage(t.Context(), "nope") },
			err: `stageRecovery on scheduler-1: the scheduler answered code 4, AUTH_FAILED, "Subject reader lacks permission UnscopedRpcPermission{domain=thrift.AuroraAdmin, rpc=stageRecovery}"`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := tt.call(replay(t, name))
			said := ""
			if err != nil {
				said = err.Error()
			}
			if diff := cmp.Diff([]string{tt.want, tt.err}, []string{got, said}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestObserveAsRecorded(t *testing.T) {
	for name, want := range map[string]struct {
		state      string
		registered bool
	}{
		"active-leader-vars": {Active, true}, "active-follower-vars": {StoragePrepared, false},
	} {
		c := replay(t, name)
		got := Observe(t.Context(), c.Host, c.Port, "")
		if !got.Answers || got.Lifecycle != want.state || got.Registered != want.registered || got.Release != "0.22.0" || got.Problem != "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestObserveNothing looks at ports on which no scheduler is.
func TestObserveNothing(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := portOf(t, l.Addr())
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	h := hosttest.Local(t)
	if got := Observe(t.Context(), h, port, ""); got.Answers || !strings.Contains(got.Problem, "connection refused") {
		t.Errorf("closed port: %+v", got)
	}
	if got := Observe(t.Context(), h, 0, ""); got.Answers || got.Problem == "" {
		t.Errorf("no port: %+v", got)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello\n") }))
	defer srv.Close()
	if got := Observe(t.Context(), h, portOf(t, srv.Listener.Addr()), ""); !strings.Contains(got.Problem, "is it a scheduler?") {
		t.Errorf("something else: %+v", got)
	}
}

// TestRecordedTasksAreTheBackups compares what real schedulers showed with the backups that they had loaded.
func TestRecordedTasksAreTheBackups(t *testing.T) {
	all := backupTasks(t, recorded)
	for _, name := range []string{"http/half-queryRecovery.response.json", "http/after-getTasksStatus.response.json"} {
		method, want := "queryRecovery", all
		if strings.Contains(name, "after") {
			method, want = "getTasksStatus", without(all, []string{deleted})
		}
		got, err := decodeReply(t.Context(), "scheduler-1", method, file(t, name))
		if err != nil {
			t.Fatal(err)
		}
		if lines := differences(want, got.Tasks); len(lines) > 0 {
			t.Errorf("%s: %q", name, lines)
		}
	}
	old := slices.DeleteFunc(backupTasks(t, "scheduler-backup-2026-11-20-09-15"), func(t aurora.ScheduledTask) bool { return !t.Status.Active() })
	got, err := decodeReply(t.Context(), "scheduler-1", "queryRecovery", file(t, "queryRecovery.response-tasks.json"))
	if err != nil {
		t.Fatal(err)
	}
	if lines := differences(old, got.Tasks); len(lines) > 0 || len(old) != 25 {
		t.Errorf("of 0.19.1, %d tasks: %q", len(old), lines)
	}
}

func backupTasks(t *testing.T, name string) []aurora.ScheduledTask {
	t.Helper()
	var s aurora.Snapshot
	if err := aurora.Unmarshal(file(t, name), &s); err != nil {
		t.Fatal(err)
	}
	return s.Tasks
}

// TestJobsOfAllRoles asks for them without a role: an empty one gives the jobs of all tasks, and the cron jobs of none
// (ReadOnlySchedulerImpl.java).
func TestJobsOfAllRoles(t *testing.T) {
	for role, want := range map[string]string{"": `[1,"getJobs",1,0,{}]`, "ads": `[1,"getJobs",1,0,{"1":{"str":"ads"}}]`} {
		if got, err := encodeCall(t.Context(), "getJobs", &roleArgument{role}); string(got) != want || err != nil {
			t.Errorf("%q: %s, error %v", role, got, err)
		}
	}
}
