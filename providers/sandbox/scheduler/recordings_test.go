package scheduler

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/providers/aurora"
)

// exchange is a recorded one.
type exchange struct {
	method, path string
	header       http.Header
	request      []byte
	status       int
	answer       http.Header
	body         []byte
}

// recording reads an exchange of the real scheduler.
func recording(t *testing.T, name string) exchange {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(recordings, "http", name+".http"))
	if err != nil {
		t.Fatal(err)
	}
	var x exchange
	x.header, x.answer = http.Header{}, http.Header{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Scan()
	x.method, x.path, _ = strings.Cut(lines.Text(), " ")
	header := x.header
	for lines.Scan() {
		line := lines.Text()
		if status, ok := strings.CutPrefix(line, "-> "); ok {
			if x.status, err = strconv.Atoi(status); err != nil {
				t.Fatal(err)
			}
			header = x.answer
		} else if key, value, ok := strings.Cut(line, ": "); ok {
			header.Set(key, value)
		}
	}
	if x.method == http.MethodGet {
		return x
	}
	for suffix, into := range map[string]*[]byte{".request.json": &x.request, ".response.json": &x.body} {
		data, err := os.ReadFile(filepath.Join(recordings, "http", name+suffix))
		if err != nil {
			t.Fatal(err)
		}
		*into = data
	}
	return x
}

// ofTasks says whether a list holds tasks, which have no order either: their first field is a struct.
func ofTasks(list []any) bool {
	if len(list) < 3 {
		return false
	}
	first, _ := list[2].(map[string]any)
	assigned, _ := first["1"].(map[string]any)
	_, ok := assigned["rec"]
	return ok
}

// canonical parses TJSON and sorts its sets, which have no order.
func canonical(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%v in %.200q", err, text)
	}
	var walk func(v any) any
	walk = func(v any) any {
		switch v := v.(type) {
		case []any:
			for i := range v {
				v[i] = walk(v[i])
			}
			return v
		case map[string]any:
			for key, inner := range v {
				v[key] = walk(inner)
				if set, ok := v[key].([]any); ok && (key == "set" || key == "lst" && ofTasks(set)) && len(set) > 2 {
					slices.SortFunc(set[2:], func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
				}
			}
		}
		return v
	}
	return walk(v)
}

// replay sends a recorded request to a simulated scheduler and compares what it answers with what the real one did.
func (c *cluster) replay(t *testing.T, i int, name string) {
	t.Helper()
	x := recording(t, name)
	req, err := http.NewRequestWithContext(t.Context(), x.method, "http://"+net.JoinHostPort(c.host(i), "8081")+x.path, bytes.NewReader(x.request))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = x.header
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != x.status || res.Header.Get("WWW-Authenticate") != x.answer.Get("WWW-Authenticate") ||
		(res.Header.Get("Location") == "") != (x.answer.Get("Location") == "") {
		t.Errorf("%s: status %d, header %v; the real one answered %d, %v", name, res.StatusCode, res.Header, x.status, x.answer)
	}
	if x.answer.Get("Content-Type") != tjson.contentType {
		return
	}
	if got := res.Header.Get("Content-Type"); got != tjson.contentType {
		t.Errorf("%s: content type %q", name, got)
	}
	want := bytes.ReplaceAll(x.body, []byte("/var/lib/aurora/scheduler/backups"), []byte(c.backups(i)))
	if strings.HasSuffix(name, "-garbage") {
		// What is wrong with the bytes is said in the decoder's own words.
		const begins = "Failed to decode backup org.apache.thrift.protocol.TProtocolException: "
		if !bytes.Contains(body, []byte(begins)) || !bytes.Contains(want, []byte(begins)) {
			t.Errorf("%s: %s", name, body)
		}
		return
	}
	if diff := cmp.Diff(canonical(t, want), canonical(t, body)); diff != "" {
		t.Errorf("%s: the real scheduler's answer (-) and the simulated one's (+) differ:\n%s", name, diff)
	}
}

// encoded gives an order to elements of sets.
func encoded(t *testing.T, v any) string {
	t.Helper()
	data, err := aurora.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// replayBinary sends the recorded request in the binary protocol, and compares the tasks that the answers hold.
func (c *cluster) replayBinary(t *testing.T, i int) {
	t.Helper()
	body := map[string][]byte{}
	for _, name := range []string{"request", "response"} {
		data, err := os.ReadFile(filepath.Join(recordings, "http", "half-queryRecovery-binary."+name+".bin"))
		if err != nil {
			t.Fatal(err)
		}
		body[name] = data
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+net.JoinHostPort(c.host(i), "8081")+"/api", bytes.NewReader(body["request"]))
	if err != nil {
		t.Fatal(err)
	}
	for key, value := range map[string]string{"Content-Type": binary.contentType, "Accept": binary.contentType, bypassHeader: "true"} {
		req.Header.Set(key, value)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.Header.Get("Content-Type") != binary.contentType {
		t.Errorf("content type %q", res.Header.Get("Content-Type"))
	}
	decode := func(data []byte) map[string]aurora.ScheduledTask {
		p := binary.open(&request{bytes.NewReader(data), uint64(len(data))})
		if _, kind, _, err := p.ReadMessageBegin(t.Context()); err != nil || kind != thrift.REPLY {
			t.Fatalf("message type %d, error %v", kind, err)
		}
		var r reply
		if err := aurora.Decode(t.Context(), p, &r); err != nil {
			t.Fatal(err)
		}
		tasks := map[string]aurora.ScheduledTask{}
		for _, task := range r.Success.Result.Recovery.Tasks {
			slices.SortFunc(task.AssignedTask.Task.Resources, func(a, b aurora.Resource) int { return strings.Compare(encoded(t, &a), encoded(t, &b)) })
			tasks[task.ID()] = task
		}
		return tasks
	}
	want := decode(body["response"])
	if diff := cmp.Diff(want, decode(got)); diff != "" || len(want) != 15 {
		t.Errorf("%d tasks in binary; the real scheduler's (-) and the simulated one's (+) differ:\n%s", len(want), diff)
	}
}

func TestActiveSchedulersAnswerAsRecorded(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	leader, follower := c.up(t, c.whole(), active)
	eventually(t, "the leader to be advertised", func() bool { return c.procs[leader].advertised() != "" })
	for _, name := range []string{
		"active-stageRecovery-missing", "active-stageRecovery-outside", "active-queryRecovery-nothing-staged", "active-commitRecovery-nothing-staged",
		"active-deleteRecoveryTasks-nothing-staged", "active-unloadRecovery-nothing-staged", "active-snapshot", "active-leader-leaderhealth",
	} {
		c.replay(t, leader, name)
	}
	eventually(t, "the follower to see the leader", func() bool { return c.procs[follower].advertised() != "" })
	for _, name := range []string{"active-follower-getJobSummary-redirect", "active-follower-getJobSummary-bypass", "active-follower-leaderhealth"} {
		c.replay(t, follower, name)
	}
}

func TestARestoreIsAnsweredAsRecorded(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	leader, follower := c.up(t, c.half(), awaitingRegistration)
	c.put(t, filepath.Join(recordings, recorded), recorded)
	c.replay(t, leader, "half-listBackups-no-bypass")
	c.replay(t, leader, "half-listBackups")
	for _, name := range []string{"garbage", "empty-file", "truncated"} {
		c.put(t, filepath.Join("../../backup/testdata", name), strings.TrimSuffix(name, "-file"))
	}
	for _, step := range []struct {
		on    int
		names string
	}{
		{leader, "half-stageRecovery-garbage half-stageRecovery-empty half-stageRecovery-truncated"},
		{follower, "half-follower-stageRecovery half-follower-queryRecovery half-follower-commitRecovery half-unloadRecovery"},
		{leader, "half-stageRecovery half-stageRecovery-again half-queryRecovery half-queryRecovery-role-ads half-unloadRecovery"},
		{leader, "half-stageRecovery half-deleteRecoveryTasks-unknown-id half-deleteRecoveryTasks half-commitRecovery"},
	} {
		for name := range strings.FieldsSeq(step.names) {
			c.replay(t, step.on, name)
		}
	}
	delete(c.procs, leader)
	next := c.await(t, awaitingRegistration)
	c.code(t, next, `[1,"stageRecovery",1,0,{"1":{"str":"`+recorded+`"}}]`, aurora.OK)
	c.replayBinary(t, next)
	c.replay(t, next, "after-getTasksStatus")
	c.replay(t, next, "after-getJobs")
}

func TestBasicAuthenticationIsAnsweredAsRecorded(t *testing.T) {
	t.Parallel()
	shiro := filepath.Join(t.TempDir(), "shiro.ini")
	users := "[users]\nadmin = s3cret, admin\nreader = r3ader, reader\n\n[roles]\nadmin = *\nreader = thrift.ReadOnlyScheduler:*\n"
	if err := os.WriteFile(shiro, []byte(users), 0o600); err != nil {
		t.Fatal(err)
	}
	c := newCluster(t, "-http_authentication_mechanism=BASIC", "-shiro_ini_path="+shiro)
	c.put(t, filepath.Join(recordings, recorded), recorded)
	leader, _ := c.up(t, c.half(), awaitingRegistration)
	for _, name := range []string{"basic-listBackups-no-credentials", "basic-listBackups-wrong-password", "basic-stageRecovery-forbidden"} {
		c.replay(t, leader, name)
	}
	if v := c.procs[leader].vars(); v["scheduler_lifecycle_LEADER_AWAITING_REGISTRATION"] != 1 {
		t.Errorf("gauges: %v", v)
	}
}
