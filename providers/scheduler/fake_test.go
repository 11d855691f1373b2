package scheduler

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/thrift/lib/go/thrift"

	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/aurora"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/host/hosttest"
	"github.com/restorectl/restorectl/providers/run"
)

// fake is a cluster of schedulers that speak the real protocol on loopback, with faults to order.
type fake struct {
	*Cluster
	actor *Actor

	mu       sync.Mutex
	members  map[string]*fakeScheduler
	log      []aurora.ScheduledTask // what a leader reads when it is elected
	election planner.Election
}

type fakeScheduler struct {
	f       *fake
	machine *hosttest.Machine
	srv     *httptest.Server
	state   string
	reg     bool
	// unready answers storage calls with code 6 so many times.
	unready int
	staged  []aurora.ScheduledTask // nil: nothing
	store   []aurora.ScheduledTask
	calls   []string
	// fault is told of each call, and whether it was carried out already; true drops the answer.
	fault func(method string, done bool) bool
	pid   int
	// negotiate asks for a ticket.
	negotiate bool
}

const runID = "run-1"

// newFake starts three schedulers of which the second leads, with the backup shipped and placed everywhere.
func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{members: map[string]*fakeScheduler{}}
	pool := hosttest.Pool{}
	f.Cluster = &Cluster{Hosts: pool, Poll: 2 * time.Millisecond, Patience: 10 * time.Second}
	content := string(file(t, recorded))
	for i := range 3 {
		name := fmt.Sprintf("scheduler-%d", i+1)
		s := &fakeScheduler{f: f, machine: hosttest.Named(t, name), state: StoragePrepared, pid: 100 + i}
		s.srv = httptest.NewServer(s)
		t.Cleanup(s.srv.Close)
		s.machine.File(t, "runs/"+runID+"/backup/"+recorded, content, 0o600)
		s.machine.File(t, "backups/"+recorded, content, 0o644)
		pool[name], f.members[name] = s.machine, s
		f.Members = append(f.Members, Member{Name: name, Port: portOf(t, s.srv.Listener.Addr()), BackupDir: s.machine.Dir + "/backups",
			Aliases: []string{fmt.Sprintf("10.0.0.%d", i+1)}})
	}
	f.lead("scheduler-2")
	f.Elections = func(context.Context) (planner.Election, error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		return f.election, nil
	}
	f.actor = &Actor{Cluster: f.Cluster, Backups: Shipped{f, &Kept{}}, Process: func(_ context.Context, name string) (int, error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		return f.members[name].pid, nil
	}}
	return f
}

// Folder implements run.Locator.
func (f *fake) Folder(_ context.Context, scheduler string) (*run.Folder, error) {
	m := f.members[scheduler].machine
	return &run.Folder{Host: host.Host(m), Parent: m.Dir + "/runs", ID: runID}, nil
}

// lead elects a scheduler, which reads the log. The lock must not be needed.
func (f *fake) lead(name string) {
	f.members[name].state, f.members[name].store = LeaderAwaitingRegistration, f.log
	f.election = planner.Election{Leader: fmt.Sprintf("10.0.0.%s", strings.TrimPrefix(name, "scheduler-")), Candidates: 3}
}

func (f *fake) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// called counts the calls of a method on a scheduler.
func (f *fake) called(name, method string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, c := range f.members[name].calls {
		if c == method {
			n++
		}
	}
	return n
}

// ServeHTTP answers as a scheduler in the half-disabled state.
func (s *fakeScheduler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/vars" {
		s.f.mu.Lock()
		defer s.f.mu.Unlock()
		registered := map[bool]int{true: 1}[s.reg]
		_, _ = fmt.Fprintf(w, "framework_registered %d\nscheduler_lifecycle_%s 1\nscheduler_lifecycle_IDLE 0\n", registered, s.state)
		return
	}
	if r.Header.Get("Bypass-Leader-Redirect") == "" {
		http.Error(w, "<h2>No Leader Found</h2>", http.StatusServiceUnavailable)
		return
	}
	if s.negotiate && r.Header.Get("Authorization") == "" {
		w.Header().Set("WWW-Authenticate", "Negotiate")
		http.Error(w, "no ticket", http.StatusUnauthorized)
		return
	}
	body, _ := io.ReadAll(r.Body)
	ctx := r.Context()
	p := thrift.NewTJSONProtocol(&whole{bytes.NewReader(body), uint64(len(body))})
	method, _, _, err := p.ReadMessageBegin(ctx)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	s.f.mu.Lock()
	defer s.f.mu.Unlock()
	s.calls = append(s.calls, method)
	if s.fault != nil && s.fault(method, false) {
		panic(http.ErrAbortHandler)
	}
	answer := s.carryOut(ctx, method, p)
	if s.fault != nil && s.fault(method, true) {
		panic(http.ErrAbortHandler)
	}
	buf := thrift.NewTMemoryBuffer()
	out := thrift.NewTJSONProtocol(buf)
	_ = out.WriteMessageBegin(ctx, method, thrift.REPLY, 0) // Memory takes it all.
	_ = aurora.Encode(ctx, out, &reply{Success: answer})
	_ = out.WriteMessageEnd(ctx)
	_ = out.Flush(ctx)
	_, _ = w.Write(buf.Bytes())
}

func says(code aurora.ResponseCode, message string) *response {
	r := &response{Code: &code, Details: []detail{}}
	if message != "" {
		r.Details = []detail{{message}}
	}
	return r
}

func (s *fakeScheduler) carryOut(ctx context.Context, method string, p thrift.TProtocol) *response {
	leads := s.state == LeaderAwaitingRegistration || s.state == Active
	if method == "getTasksStatus" || method == "commitRecovery" {
		if s.unready > 0 || !leads {
			s.unready--
			return says(aurora.ErrorTransient, "Storage is not READY")
		}
	}
	if s.staged == nil && slices.Contains([]string{"queryRecovery", "deleteRecoveryTasks", "commitRecovery"}, method) {
		return says(aurora.Failure, nothingLoaded)
	}
	ok := says(aurora.OK, "")
	switch method {
	case "stageRecovery":
		var arg backupArgument
		_ = aurora.Decode(ctx, p, &arg)
		if s.staged != nil {
			return says(aurora.Failure, alreadyLoaded)
		}
		content, _, err := host.ReadFile(ctx, s.machine, s.machine.Dir+"/backups/"+arg.ID)
		var snapshot aurora.Snapshot
		if err != nil || aurora.Unmarshal(content, &snapshot) != nil {
			return says(aurora.Failure, "Backup "+arg.ID+" does not exist.")
		}
		s.staged = append([]aurora.ScheduledTask{}, snapshot.Tasks...)
	case "queryRecovery":
		ok.Result = &result{Recovery: &recoveryResult{chosen(ctx, p, s.staged)}}
	case "getTasksStatus":
		ok.Result = &result{Status: &statusResult{chosen(ctx, p, s.store)}}
	case "deleteRecoveryTasks":
		var arg queryArgument
		_ = aurora.Decode(ctx, p, &arg)
		s.staged = append([]aurora.ScheduledTask{}, without(s.staged, arg.Query.TaskIDs)...)
	case "unloadRecovery":
		s.staged = nil
	case "commitRecovery":
		s.commit()
	default:
		return says(aurora.InvalidRequest, method)
	}
	return ok
}

// commit makes what is staged the state of the cluster. The leader stays half alive: its port closes, its process runs.
func (s *fakeScheduler) commit() {
	s.f.log = s.staged
	s.state, s.staged = Dead, nil
	go s.srv.Listener.Close()
	next := "scheduler-3"
	if s.f.members[next] == s {
		next = "scheduler-1"
	}
	s.f.lead(next)
}

func chosen(ctx context.Context, p thrift.TProtocol, tasks []aurora.ScheduledTask) []aurora.ScheduledTask {
	var arg queryArgument
	_ = aurora.Decode(ctx, p, &arg)
	out := []aurora.ScheduledTask{}
	for i := range tasks {
		if arg.Query.TaskIDs == nil || slices.Contains(arg.Query.TaskIDs, tasks[i].ID()) {
			out = append(out, tasks[i])
		}
	}
	if arg.Query.Limit != nil { // Releases up to 0.12 take 0 for a limit as well.
		out = out[:min(len(out), int(*arg.Query.Limit))]
	}
	return out
}
