package scheduler

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/restorectl/restorectl/providers/aurora"
	"github.com/restorectl/restorectl/providers/sandbox/master"
	"github.com/restorectl/restorectl/providers/sandbox/mesoslog"
	"github.com/restorectl/restorectl/providers/sandbox/zkserver"
)

const recordings = "../../scheduler/testdata"

// recorded is the backup that the recorded schedulers had.
const recorded = "scheduler-backup-2026-11-24-08-07"

// output is a scheduler's standard error.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// cluster is schedulers within the test's process, on a network of their own.
type cluster struct {
	dir    string
	net    string
	zk     *zkserver.Server
	master *master.Server
	extra  []string
	procs  map[int]*process
	output map[int]*output
}

// newCluster gives a cluster of three hosts with initialised logs, none of which runs yet.
func newCluster(t *testing.T, extra ...string) *cluster {
	t.Helper()
	c := &cluster{dir: t.TempDir(), extra: extra, procs: map[int]*process{}, output: map[int]*output{}}
	var err error
	// A network that another test has is left to it.
	for tries := 0; c.zk == nil; tries++ {
		var b [2]byte
		_, _ = rand.Read(b[:]) // Never fails.
		c.net = fmt.Sprintf("127.%d.%d.", 2+b[0]%253, b[1])
		if c.zk, err = zkserver.Listen(c.net+"200:2181", zkserver.Options{}); err != nil && tries == 20 {
			t.Fatal(err)
		}
	}
	c.master, err = master.Listen(c.net+"201:5050", master.Options{ZooKeeper: "zk://" + c.net + "200:2181/mesos", Agents: []master.Agent{
		{ID: "agent-1", Hostname: "agent-1.example.com"}, {ID: "agent-2", Hostname: "agent-2.example.com"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for i := range c.procs {
			c.stop(t, i)
		}
		if err := c.master.Close(); err != nil {
			t.Error(err)
		}
		if err := c.zk.Close(); err != nil {
			t.Error(err)
		}
	})
	for i := 1; i <= 3; i++ {
		if err := os.MkdirAll(c.backups(i), 0o755); err != nil {
			t.Fatal(err)
		}
		var errs bytes.Buffer
		if code := mesoslog.Main([]string{"initialize", "--path=" + c.log(i)}, nil, io.Discard, &errs); code != 0 {
			t.Fatal(errs.String())
		}
	}
	return c
}

func (c *cluster) log(i int) string     { return filepath.Join(c.dir, strconv.Itoa(i), "db") }
func (c *cluster) backups(i int) string { return filepath.Join(c.dir, strconv.Itoa(i), "backups") }
func (c *cluster) filter(i int) string {
	return filepath.Join(c.dir, strconv.Itoa(i), "netfilter.json")
}
func (c *cluster) host(i int) string { return c.net + strconv.Itoa(i) }

// args are the flags of a scheduler, without those that name the Mesos master.
func (c *cluster) args(i int) []string {
	return append([]string{
		"-cluster_name=west", "-hostname=" + c.host(i), "-ip=" + c.host(i), "-http_port=8081", "-native_log_quorum_size=2",
		"-zk_endpoints=" + c.net + "200:2181", "-serverset_path=/aurora/scheduler", "-native_log_zk_group_path=/aurora/replicated-log",
		"-native_log_file_path=" + c.log(i), "-backup_dir=" + c.backups(i), "-native_log_write_timeout=30secs",
	}, c.extra...)
}

// start starts a scheduler that finds the master at the address, or nowhere where it is empty.
func (c *cluster) start(t *testing.T, i int, more ...string) *process {
	t.Helper()
	f, err := parseFlags(append(c.args(i), more...))
	if err != nil {
		t.Fatal(err)
	}
	c.output[i] = &output{}
	p, err := start(t.Context(), f, &console{out: c.output[i], pid: i}, surroundings{native: c.host(i) + ":8083", filter: c.filter(i)})
	if err != nil {
		t.Fatal(err)
	}
	c.procs[i] = p
	return p
}

func (c *cluster) stop(t *testing.T, i int) {
	t.Helper()
	if err := c.procs[i].close(); err != nil {
		t.Error(err)
	}
	delete(c.procs, i)
}

// half and whole are the flags of a restore's half-disabled state, and of normal service.
func (c *cluster) half() []string {
	return []string{"-mesos_master_address=zk://" + c.net + "250:1111/mesos/master", "-max_registration_delay=360mins", "-reconciliation_initial_delay=365days"}
}

func (c *cluster) whole() []string {
	return []string{"-mesos_master_address=zk://" + c.net + "200:2181/mesos", "-reconciliation_initial_delay=1ms", "-reconciliation_schedule_spread=1ms"}
}

// up starts all three and gives the numbers of the leader and of a follower.
func (c *cluster) up(t *testing.T, flags []string, want lifecycle) (leader, follower int) {
	t.Helper()
	for i := 1; i <= 3; i++ {
		c.start(t, i, flags...)
	}
	leader = c.await(t, want)
	return leader, leader%3 + 1
}

// await waits until a scheduler is in a state and its storage can be read, and gives its number.
func (c *cluster) await(t *testing.T, want lifecycle) (leader int) {
	t.Helper()
	eventually(t, fmt.Sprintf("a scheduler in %s", want), func() bool {
		for i, p := range c.procs {
			if p.lifecycleNow() == want && p.view(func(*aurora.Store) {}) == nil {
				leader = i
				return true
			}
		}
		return false
	})
	return leader
}

// patience is how long a test waits for what must come; it only ends tests that fail.
const patience = time.Minute

func eventually(t *testing.T, what string, check func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !check(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// put copies a backup into the backup_dir of every host.
func (c *cluster) put(t *testing.T, file, name string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i <= 3; i++ {
		if err := os.WriteFile(filepath.Join(c.backups(i), name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// post makes a TJSON call with the bypass header and gives the answer.
func (c *cluster) post(t *testing.T, i int, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+net.JoinHostPort(c.host(i), "8081")+"/api", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", tjson.contentType)
	req.Header.Set(bypassHeader, "true")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// code asserts the response code of a call.
func (c *cluster) code(t *testing.T, i int, body string, want aurora.ResponseCode) {
	t.Helper()
	if got := c.post(t, i, body); !strings.Contains(got, fmt.Sprintf(`"1":{"i32":%d}`, want)) {
		t.Fatalf("%s on scheduler %d: %.300s, want code %d", body, i, got, want)
	}
}

// restore stages and commits the recorded backup on a leader in the half-disabled state.
func (c *cluster) restore(t *testing.T, leader int) {
	t.Helper()
	c.put(t, filepath.Join(recordings, recorded), recorded)
	c.code(t, leader, `[1,"stageRecovery",1,0,{"1":{"str":"`+recorded+`"}}]`, aurora.OK)
	c.code(t, leader, `[1,"commitRecovery",1,0,{}]`, aurora.OK)
}
