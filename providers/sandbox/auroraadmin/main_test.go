package auroraadmin

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/restorectl/restorectl/providers/sandbox/zkserver"
)

// address is the simulated host's own, so that the source of a connection can be told from the test's other ones.
const address = "127.0.0.2"

// simulated is a host with a scheduler on it that answers with recordings.
type simulated struct {
	t    *testing.T
	root string
	port int
	env  map[string]string
	// answers are tried in order, the last one for ever.
	answers []http.HandlerFunc
	asked   atomic.Int32
}

func newSimulated(t *testing.T, answers ...http.HandlerFunc) *simulated {
	t.Helper()
	s := &simulated{t: t, root: t.TempDir(), answers: answers}
	l, err := net.Listen("tcp", address+":0")
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if from, _, _ := net.SplitHostPort(r.RemoteAddr); from != address {
			t.Errorf("connected from %s", from)
		}
		n := int(s.asked.Add(1)) - 1
		s.answers[min(n, len(s.answers)-1)](w, r)
	}))
	_ = srv.Listener.Close() // Another is used.
	srv.Listener = l
	srv.Start()
	t.Cleanup(srv.Close)
	_, port, _ := net.SplitHostPort(l.Addr().String())
	s.port, _ = strconv.Atoi(port)
	s.env = map[string]string{"SANDBOX_ROOT": s.root, "HOME": s.root + "/home", "SANDBOX_ADDRESS": address,
		"SANDBOX_RETRY_INTERVAL": "1ms", "SANDBOX_CONNECT_WAIT": "20ms", "SANDBOX_RPC_WAIT": "3s"}
	s.clusters("etc/aurora", map[string]any{"name": "west", "scheduler_uri": fmt.Sprintf("http://localhost:%d", s.port)})
	return s
}

// clusters writes a clusters.json.
func (s *simulated) clusters(folder string, entries ...map[string]any) {
	s.t.Helper()
	text, err := json.Marshal(entries)
	if err != nil {
		s.t.Fatal(err)
	}
	s.file(folder+"/clusters.json", string(text))
}

func (s *simulated) file(name, text string) {
	s.t.Helper()
	name = filepath.Join(s.root, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// stamp is what a log line says before its text, without the level.
var stamp = regexp.MustCompile(`(?m)^([IWF])\d{4} \d\d:\d\d:\d\d\.\d{3} \d+ aurora_admin] `)

// run runs the client. Log lines in its standard error are shortened to level and text.
func (s *simulated) run(args ...string) (code int, stdout, stderr string) {
	var environ []string
	for name, value := range s.env {
		environ = append(environ, name+"="+value)
	}
	var out, errs bytes.Buffer
	code = Main(args, environ, &out, &errs)
	return code, out.String(), stamp.ReplaceAllString(errs.String(), "$1 ")
}

func file(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// recorded answers one recorded request as it was answered.
func recorded(t *testing.T, name string) http.HandlerFunc {
	t.Helper()
	r := textproto.NewReader(bufio.NewReader(bytes.NewReader(file(t, "http/"+name+".http"))))
	_, err := r.ReadLine()
	request, err2 := r.ReadMIMEHeader()
	status, err3 := r.ReadLine()
	answer, _ := r.ReadMIMEHeader() // It ends with the file.
	code, err4 := strconv.Atoi(strings.TrimPrefix(status, "-> "))
	if err != nil || err2 != nil || err3 != nil || err4 != nil {
		t.Fatal(name, err, err2, err3, err4)
	}
	asked, responded := file(t, "http/"+name+".request.json"), file(t, "http/"+name+".response.json")
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path != "/api" || !bytes.Equal(body, asked) {
			t.Errorf("asked %s %s, recorded was %s", r.URL, body, asked)
		}
		for _, h := range []string{"Bypass-Leader-Redirect", "Authorization"} {
			if got, want := r.Header.Get(h), request.Get(h); got != want {
				t.Errorf("header %s is %q, recorded was %q", h, got, want)
			}
		}
		for _, h := range []string{"Content-Type", "Www-Authenticate"} {
			w.Header().Set(h, answer.Get(h))
		}
		w.WriteHeader(code)
		_, _ = w.Write(responded)
	}
}

const (
	backup = "scheduler-backup-2026-11-24-08-07"
	task   = "ads-devel-ranker-2-c4047402-f955-43ee-b75c-71d731332d92"
	fine   = "I Response from scheduler: OK (message: )\n"
)

func TestCommandsAsRecorded(t *testing.T) {
	for name, tt := range map[string]struct {
		args   string
		code   int
		stdout string
		stderr string
	}{
		"half-listBackups":                           {"scheduler_list_backups --bypass-leader-redirect west", 0, "1 available backups:\n" + backup + "\n", fine},
		"half-stageRecovery":                         {"scheduler_stage_recovery --bypass-leader-redirect west " + backup, 0, "", fine},
		"half-stageRecovery-again":                   {"scheduler_stage_recovery west --bypass-leader-redirect " + backup, 1, "", "I Response from scheduler: ERROR (message: Another backup is already loaded.)\n"},
		"half-deleteRecoveryTasks":                   {"scheduler_delete_recovery_tasks --bypass-leader-redirect west " + task, 0, "", fine},
		"half-commitRecovery":                        {"scheduler_commit_recovery --bypass-leader-redirect west", 0, "", fine},
		"half-unloadRecovery":                        {"scheduler_unload_recovery --bypass-leader-redirect west", 0, "", fine},
		"active-performBackup":                       {"scheduler_backup_now --bypass-leader-redirect west", 0, "", fine},
		"active-snapshot":                            {"scheduler_snapshot --bypass-leader-redirect west", 0, "", fine},
		"restored-triggerExplicitTaskReconciliation": {"reconcile_tasks --bypass-leader-redirect -b 100 west", 0, "", fine},
		"restored-triggerImplicitTaskReconciliation": {"reconcile_tasks --bypass-leader-redirect -t implicit west", 0, "", fine},
		"basic-listBackups-no-credentials": {"scheduler_list_backups --bypass-leader-redirect west", 1, "",
			"F Error during thrift call listBackups to west: Internal error processing listBackups\n"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSimulated(t, recorded(t, name))
			code, stdout, stderr := s.run(strings.Fields(tt.args)...)
			if code != tt.code || stdout != tt.stdout || stderr != tt.stderr {
				t.Errorf("exit %d, stdout %q, stderr %q", code, stdout, stderr)
			}
			if s.asked.Load() != 1 {
				t.Errorf("asked %d times", s.asked.Load())
			}
		})
	}
}

func TestPrintRecoveryTasks(t *testing.T) {
	s := newSimulated(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if want := file(t, "queryRecovery.request-active.json"); !bytes.Equal(body, want) {
			t.Errorf("asked %s, want %s", body, want)
		}
		_, _ = w.Write(file(t, "queryRecovery.response-tasks.json"))
	})
	code, stdout, stderr := s.run("scheduler_print_recovery_tasks", "west")
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	if code != 0 || stdout != "" || len(lines) != 27 || lines[1] != "I Role\tJob\tShard\tStatus\tTask ID" {
		t.Fatalf("exit %d, stdout %q, %d lines: %q", code, stdout, len(lines), stderr)
	}
	const want = "I ads\tranker-0\t0\tRUNNING\tads-devel-ranker-0-0-1012f037-907a-0f42"
	if !strings.Contains(stderr, want+"\n") {
		t.Errorf("no line %q in %q", want, stderr)
	}
}

func TestCredentials(t *testing.T) {
	for name, password := range map[string]string{"basic-listBackups-admin": "s3cret", "basic-listBackups-wrong-password": "nope"} {
		t.Run(name, func(t *testing.T) {
			s := newSimulated(t, recorded(t, name))
			s.file("home/.netrc", "machine elsewhere login x password y\nmachine localhost\n  login admin\n  password "+password+"\nmachine other login z password z\n")
			code, _, stderr := s.run("scheduler_list_backups", "--bypass-leader-redirect", "west")
			if wrong := password == "nope"; (code != 0) != wrong || strings.Contains(stderr, "401") != wrong || strings.Contains(stderr, password) {
				t.Errorf("exit %d, stderr %q", code, stderr)
			}
		})
	}
}

func TestRetries(t *testing.T) {
	transient := recorded(t, "half-follower-commitRecovery")
	s := newSimulated(t, transient, transient, recorded(t, "half-commitRecovery"))
	s.env["SANDBOX_RPC_WAIT"] = "1m"
	code, _, stderr := s.run("scheduler_commit_recovery", "--bypass-leader-redirect", "west")
	again := "W Connection error with scheduler: Storage is not READY, reconnecting...\n"
	if code != 0 || stderr != again+again+fine {
		t.Errorf("exit %d, stderr %q", code, stderr)
	}
	for name, answer := range map[string]http.HandlerFunc{
		"code 6 for ever": transient,
		"no leader":       recorded(t, "half-listBackups-no-bypass"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // Both wait, for long enough that a busy machine asks twice.
			s := newSimulated(t, answer)
			args := []string{"scheduler_commit_recovery", "--bypass-leader-redirect", "west"}
			if name == "no leader" {
				args = []string{"scheduler_list_backups", "west"}
			}
			code, _, stderr := s.run(args...)
			if code != 1 || !strings.Contains(stderr, ", reconnecting...\n") || !strings.Contains(stderr, "F Timed out attempting to issue ") || s.asked.Load() < 2 {
				t.Errorf("exit %d after %d calls, stderr %q", code, s.asked.Load(), stderr)
			}
		})
	}
}

func TestRedirectIsFollowed(t *testing.T) {
	leader := newSimulated(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(file(t, "http/half-listBackups.response.json"))
	})
	s := newSimulated(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", fmt.Sprintf("http://%s:%d/api", address, leader.port))
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	code, stdout, stderr := s.run("scheduler_list_backups", "west")
	if code != 0 || !strings.HasPrefix(stdout, "1 available") || leader.asked.Load() != 1 {
		t.Errorf("exit %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}

func TestRefusals(t *testing.T) {
	for name, tt := range map[string]struct {
		args   string
		code   int
		stderr string
	}{
		"no command":      {"", 1, "F no command was given\n"},
		"unknown command": {"scheduler_wipe west", 1, "F unknown command scheduler_wipe; see the help subcommand\n"},
		"unknown option":  {"scheduler_snapshot --now west", 1, "F no such option: --now\n"},
		"no cluster":      {"scheduler_snapshot", 1, "F usage: scheduler_snapshot cluster\n\nsee the help subcommand for more details\n"},
		"unknown cluster": {"scheduler_snapshot east", 1, "F Unknown cluster: east. Known clusters: neither, nowhere, west\n"},
		"neither":         {"scheduler_snapshot neither", 1, "F Error connecting to scheduler: \"cluster\" does not specify zk or scheduler_uri\n"},
		"bad type":        {"reconcile_tasks -t both west", 1, "F unexpected type both, must be explicit or implicit\n"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSimulated(t, func(http.ResponseWriter, *http.Request) { t.Error("the scheduler was asked") })
			s.clusters("home/.aurora", map[string]any{"name": "neither"}, map[string]any{"name": "nowhere", "scheduler_uri": "http://localhost:1"})
			code, _, stderr := s.run(strings.Fields(tt.args)...)
			if code != tt.code || stderr != tt.stderr {
				t.Errorf("exit %d, stderr %q", code, stderr)
			}
		})
	}
}

func TestClustersFiles(t *testing.T) {
	s := newSimulated(t, recorded(t, "half-unloadRecovery"))
	here := fmt.Sprintf("http://localhost:%d", s.port)
	unload := func() (int, string) {
		code, _, stderr := s.run("scheduler_unload_recovery", "--bypass-leader-redirect", "west")
		return code, stderr
	}
	// The user's file comes later and wins; nothing listens there.
	s.clusters("home/.aurora", map[string]any{"name": "west", "scheduler_uri": "http://localhost:1"})
	if code, stderr := unload(); code != 1 || !strings.Contains(stderr, "F Timed out trying to connect to scheduler at west\n") {
		t.Errorf("refused: exit %d, stderr %q", code, stderr)
	}
	// A map in place of a list, in the folder that the environment names.
	s.file("elsewhere/clusters.json", `{"a": {"name": "west", "scheduler_uri": "`+here+`"}}`)
	s.env["AURORA_CONFIG_ROOT"], s.env["HOME"] = s.root+"/elsewhere", s.root
	if code, stderr := unload(); code != 0 {
		t.Errorf("a map: exit %d, stderr %q", code, stderr)
	}
	s.file("elsewhere/clusters.json", `[{`)
	if code, stderr := unload(); code != 1 || !strings.Contains(stderr, "Unable to parse") {
		t.Errorf("garbage: exit %d, stderr %q", code, stderr)
	}
}

// TestZooKeeperWins has a scheduler_uri that works and zk beside it: only an advertised scheduler is found.
func TestZooKeeperWins(t *testing.T) {
	s := newSimulated(t, recorded(t, "half-unloadRecovery"))
	server, err := zkserver.Listen(address+":0", zkserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	_, port, _ := net.SplitHostPort(server.Addr())
	zkPort, _ := strconv.Atoi(port)
	s.clusters("etc/aurora", map[string]any{"name": "west", "scheduler_uri": fmt.Sprintf("http://localhost:%d", s.port),
		"zk": address, "zk_port": zkPort, "scheduler_zk_path": "/aurora/scheduler"})
	args := []string{"scheduler_unload_recovery", "--bypass-leader-redirect", "west"}
	code, _, stderr := s.run(args...)
	if code != 1 || !strings.Contains(stderr, "No schedulers detected in west!") || s.asked.Load() != 0 {
		t.Errorf("nobody advertised: exit %d, stderr %q", code, stderr)
	}
	conn, _, err := zk.Connect([]string{server.Addr()}, 10*time.Second, zk.WithLogInfo(false))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	member := fmt.Sprintf(`{"serviceEndpoint":{"host":"%[1]s","port":%[2]d},"additionalEndpoints":{"http":{"host":"%[1]s","port":%[2]d}},"status":"ALIVE"}`, address, s.port)
	for _, node := range [][2]string{{"/aurora", ""}, {"/aurora/scheduler", ""}, {"/aurora/scheduler/member_0000000001", member}} {
		if _, err := conn.Create(node[0], []byte(node[1]), 0, zk.WorldACL(zk.PermAll)); err != nil {
			t.Fatal(err)
		}
	}
	if code, _, stderr := s.run(args...); code != 0 {
		t.Errorf("advertised: exit %d, stderr %q", code, stderr)
	}
}
