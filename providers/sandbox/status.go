package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/restorectl/restorectl/providers/sandbox/hostsim"
	"github.com/restorectl/restorectl/providers/sandbox/master"
	"github.com/restorectl/restorectl/providers/sandbox/netfilter"
)

// lookTime bounds one look at a part of the sandbox.
const lookTime = 5 * time.Second

// State is what a sandbox is doing now.
type State struct {
	Info
	Schedulers []SchedulerState
	// Running counts the tasks that the Mesos master runs, by their states.
	Running map[master.TaskState]int
}

// SchedulerState is what the scheduler of a host is doing now.
type SchedulerState struct {
	Name, Address string
	// Service is what the supervisor says, such as "active (running)".
	Service string
	// Lifecycle is the scheduler's own state, such as ACTIVE; empty where it does not answer, and then Problem says why.
	Lifecycle string
	Problem   string
	// Registered says that it is registered with the Mesos master.
	Registered bool
	// Tasks counts the tasks in its store, of all states; followers have none.
	Tasks int
	// Filtered says that the host's packet filter has rules.
	Filtered bool
}

// Status looks at the sandbox of a folder.
func Status(ctx context.Context, dir string) (State, error) {
	i, err := Load(dir)
	if err != nil {
		return State{}, err
	}
	return Look(ctx, i)
}

// Look looks at a sandbox that is up.
func Look(ctx context.Context, i Info) (State, error) {
	s := State{Info: i, Running: map[master.TaskState]int{}}
	for _, h := range i.Hosts {
		st := h.scheduler(ctx)
		var out, errs strings.Builder
		if hostsim.Systemctl([]string{"show", "--value", "-p", "ActiveState,SubState", Unit}, hostsim.RunFolder(h.Root), &out, &errs) != 0 {
			st.Service = "down: " + strings.TrimSpace(errs.String())
		} else if words := strings.Fields(out.String()); len(words) == 2 {
			st.Service = words[0] + " (" + words[1] + ")"
		}
		rules, err := netfilter.Load(hostsim.NetfilterFile(h.Root))
		if err != nil {
			return s, fmt.Errorf("%s: %w", h.Name, err)
		}
		st.Filtered = len(rules.Tables) > 0
		s.Schedulers = append(s.Schedulers, st)
	}
	tasks, err := Tasks(ctx, i.Dir)
	if err != nil {
		return s, err
	}
	for _, t := range tasks {
		if !t.State.Ended() {
			s.Running[t.State]++
		}
	}
	return s, nil
}

// scheduler asks a host's scheduler, from the host itself, which no packet filter keeps out.
func (h *HostInfo) scheduler(ctx context.Context) SchedulerState {
	return LookAt(ctx, h.Name, h.Address, h.Address)
}

// LookAt asks the scheduler of a host, from a source address where one is given. It does not know the service.
func LookAt(ctx context.Context, name, address, source string) SchedulerState {
	s := SchedulerState{Name: name, Address: address}
	var vars map[string]any
	if err := get(ctx, source, net.JoinHostPort(address, strconv.Itoa(HTTPPort))+"/vars.json", &vars); err != nil {
		s.Problem = err.Error()
		return s
	}
	for name, v := range vars {
		if state, ok := strings.CutPrefix(name, "scheduler_lifecycle_"); ok && v == 1.0 {
			s.Lifecycle = state
		}
		if state, ok := strings.CutPrefix(name, "task_store_"); ok && state == strings.ToUpper(state) {
			count, _ := v.(float64) // No gauge of another kind has such a name.
			s.Tasks += int(count)
		}
	}
	s.Registered = vars["framework_registered"] == 1.0
	if s.Lifecycle == "" {
		s.Problem = "/vars tells no state"
	}
	return s
}

// Task is a task that the Mesos master knows.
type Task struct {
	ID   string
	Name string
	// AgentID is the machine that it runs or ran on.
	AgentID string
	State   master.TaskState
	// Why is the reason of its end, where that was a kill; Ended is when.
	Why   master.Why
	Ended time.Time
}

// Tasks lists the tasks that the Mesos master of a folder's sandbox knows, running and ended, by their ids.
func Tasks(ctx context.Context, dir string) ([]Task, error) {
	i, err := Load(dir)
	if err != nil {
		return nil, err
	}
	type mesosTask struct {
		ID    string           `json:"id"`
		Name  string           `json:"name"`
		Agent string           `json:"slave_id"`
		State master.TaskState `json:"state"`
	}
	type framework struct {
		Tasks       []mesosTask `json:"tasks"`
		Unreachable []mesosTask `json:"unreachable_tasks"`
		Completed   []mesosTask `json:"completed_tasks"`
	}
	var state struct {
		Frameworks []framework `json:"frameworks"`
		Completed  []framework `json:"completed_frameworks"`
	}
	var events struct {
		Events []master.Event `json:"events"`
	}
	if err := get(ctx, "", i.Master+"/master/state", &state); err != nil {
		return nil, err
	}
	if err := get(ctx, "", i.Master+"/sandbox/events", &events); err != nil {
		return nil, err
	}
	byID := map[string]*Task{}
	var tasks []*Task
	for _, f := range append(state.Frameworks, state.Completed...) {
		for _, t := range slices.Concat(f.Tasks, f.Unreachable, f.Completed) {
			if byID[t.ID] == nil {
				byID[t.ID] = &Task{ID: t.ID, Name: t.Name, AgentID: t.Agent, State: t.State}
				tasks = append(tasks, byID[t.ID])
			}
		}
	}
	for _, e := range events.Events {
		if t := byID[e.TaskID]; t != nil && e.Kind == master.TaskKilledEvent {
			t.Why, t.Ended = e.Why, e.Time
		}
	}
	found := make([]Task, len(tasks))
	for i, t := range tasks {
		found[i] = *t
	}
	slices.SortFunc(found, func(a, b Task) int { return strings.Compare(a.ID, b.ID) })
	return found, nil
}

// get reads a JSON document, from a source address where one is given.
func get(ctx context.Context, source, address string, to any) (err error) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	client := clientFrom(source)
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address, nil)
	if err != nil {
		return err
	}
	a, err := client.Do(q)
	if err != nil {
		return err
	}
	defer func() { _ = a.Body.Close() }() // Read, or given up.
	if a.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", address, a.Status)
	}
	text, err := io.ReadAll(a.Body)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, to); err != nil {
		return fmt.Errorf("%s: %w", address, err)
	}
	return nil
}

// clientFrom makes requests from a source address where one is given.
func clientFrom(source string) *http.Client {
	d := net.Dialer{}
	if source != "" {
		d.LocalAddr = &net.TCPAddr{IP: net.ParseIP(source)}
	}
	return &http.Client{Transport: &http.Transport{DialContext: d.DialContext, DisableKeepAlives: true}}
}
