package mesos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/restorectl/restorectl/planner"
)

// Running says what the master runs for the framework with the id and for the registered ones that have one of the names. Errors mean that
// the master could not be found or asked, or that it shows no such framework: to those who may not see them it shows none.
func (m *Master) Running(ctx context.Context, frameworkID string, names []string) (planner.Running, error) {
	address, err := m.Find(ctx)
	if err != nil {
		return planner.Running{}, err
	}
	s := m.open(address)
	defer s.close()
	r := planner.Running{Source: "the Mesos master at " + address, Mesos: true}
	all, err := s.frameworks(ctx)
	var tasks []task
	old := errors.Is(err, errOld)
	if old {
		all, tasks, err = s.state(ctx)
	}
	if err != nil {
		return planner.Running{}, err
	}
	r.Frameworks = choose(all, frameworkID, names)
	if len(r.Frameworks) == 0 {
		return planner.Running{}, fmt.Errorf("the Mesos master at %s shows no framework with the id %q, and none named %s: "+
			"there is none, or who asks without credentials is shown none", address, frameworkID, strings.Join(names, " or "))
	}
	for _, f := range r.Frameworks {
		if !old && !f.Completed {
			if tasks, err = s.tasks(ctx, f.ID, m.PageSize); err != nil {
				return planner.Running{}, err
			}
		}
		for _, t := range tasks {
			// A master that does not know framework_id gives the tasks of all.
			if t.Framework == f.ID && runs(t.State) {
				r.Tasks = append(r.Tasks, planner.Task{ID: t.ID, Job: t.Name, Status: t.State, Agent: t.Agent})
			}
		}
	}
	r.Count = len(r.Tasks)
	r.Skew = (*planner.Duration)(s.skew)
	return r, nil
}

// Registered gives the id of the connected framework that has one of the names, empty where there is none or more than one.
func (m *Master) Registered(ctx context.Context, names []string) (string, error) {
	address, err := m.Find(ctx)
	if err != nil {
		return "", err
	}
	s := m.open(address)
	defer s.close()
	all, err := s.frameworks(ctx)
	if errors.Is(err, errOld) {
		all, _, err = s.state(ctx)
	}
	if err != nil {
		return "", err
	}
	found := ""
	for _, f := range all {
		if !f.Connected || f.Completed || !slices.Contains(names, f.Name) {
			continue
		}
		if found != "" {
			return "", nil
		}
		found = f.ID
	}
	return found, nil
}

// choose gives the framework with the id and those registered ones that have one of the names.
func choose(all []planner.Framework, id string, names []string) []planner.Framework {
	var chosen []planner.Framework
	for _, f := range all {
		if f.ID == id && id != "" || !f.Completed && slices.Contains(names, f.Name) {
			chosen = append(chosen, f)
		}
	}
	return chosen
}

// runs says whether a task in the state may be running: not over for good.
func runs(state string) bool {
	return slices.Contains([]string{"TASK_STAGING", "TASK_STARTING", "TASK_RUNNING", "TASK_KILLING", "TASK_UNREACHABLE"}, state)
}

// task is one of the master's tasks.
type task struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Framework string `json:"framework_id"`
	Agent     string `json:"slave_id"`
	State     string `json:"state"`
}

// frameworks asks by the v1 API.
func (s *session) frameworks(ctx context.Context) ([]planner.Framework, error) {
	type value struct {
		Value string `json:"value"`
	}
	type framework struct {
		Info struct {
			ID              value   `json:"id"`
			Name            string  `json:"name"`
			FailoverTimeout float64 `json:"failover_timeout"`
		} `json:"framework_info"`
		Connected    bool    `json:"connected"`
		Unregistered instant `json:"unregistered_time"`
		Registered   instant `json:"registered_time"`
		Reregistered instant `json:"reregistered_time"`
	}
	var answer struct {
		Frameworks struct {
			Registered []framework `json:"frameworks"`
			Completed  []framework `json:"completed_frameworks"`
		} `json:"get_frameworks"`
	}
	if err := s.call(ctx, "GET_FRAMEWORKS", func(r io.Reader) error { return json.NewDecoder(r).Decode(&answer) }); err != nil {
		return nil, err
	}
	var all []planner.Framework
	add := func(f framework, completed bool) {
		out := planner.Framework{ID: f.Info.ID.Value, Name: f.Info.Name, Connected: f.Connected, Completed: completed, FailoverTimeout: seconds(f.Info.FailoverTimeout)}
		if !f.Connected {
			out.Unregistered = f.Unregistered.time()
		}
		if out.Registered = f.Reregistered.time(); out.Registered.IsZero() {
			out.Registered = f.Registered.time()
		}
		all = append(all, out)
	}
	for _, f := range answer.Frameworks.Registered {
		add(f, false)
	}
	for _, f := range answer.Frameworks.Completed {
		add(f, true)
	}
	return all, nil
}

// instant is a moment in the v1 API.
type instant struct {
	Nanoseconds int64 `json:"nanoseconds"`
}

// time is the moment, zero where there is none.
func (i instant) time() time.Time {
	if i.Nanoseconds <= 0 {
		return time.Time{}
	}
	return time.Unix(0, i.Nanoseconds).UTC()
}

// seconds turns the master's seconds into a duration, the longest one where they are more than that.
func seconds(s float64) planner.Duration {
	const longest = time.Duration(1<<63 - 1)
	if s >= longest.Seconds() {
		return planner.Duration(longest)
	}
	return planner.Duration(s * float64(time.Second))
}

// state asks a master before 1.0 for everything, and reads it as a stream, one framework at a time.
func (s *session) state(ctx context.Context) (all []planner.Framework, tasks []task, err error) {
	err = s.get(ctx, "/master/state", nil, maxState, func(r io.Reader) error {
		return members(json.NewDecoder(r), func(key string, in *json.Decoder) error {
			if key != "frameworks" && key != "completed_frameworks" {
				return in.Decode(new(json.RawMessage))
			}
			return elements(in, func() error {
				var f struct {
					ID              string  `json:"id"`
					Name            string  `json:"name"`
					Active          bool    `json:"active"`
					Unregistered    float64 `json:"unregistered_time"`
					Registered      float64 `json:"registered_time"`
					Reregistered    float64 `json:"reregistered_time"`
					FailoverTimeout float64 `json:"failover_timeout"`
					Tasks           []task  `json:"tasks"`
					Unreachable     []task  `json:"unreachable_tasks"`
				}
				if err := in.Decode(&f); err != nil {
					return err
				}
				out := planner.Framework{ID: f.ID, Name: f.Name, Connected: f.Active, Completed: key != "frameworks", FailoverTimeout: seconds(f.FailoverTimeout)}
				if f.Unregistered > 0 && !f.Active {
					out.Unregistered = moment(f.Unregistered)
				}
				if last := max(f.Registered, f.Reregistered); last > 0 {
					out.Registered = moment(last)
				}
				all = append(all, out)
				tasks = append(append(tasks, f.Tasks...), f.Unreachable...)
				return nil
			})
		})
	})
	return all, tasks, err
}

// moment turns the master's seconds since the epoch into a time, to the millisecond.
func moment(s float64) time.Time { return time.UnixMilli(int64(s * 1000)).UTC() }

// members calls each for every member of the object that comes next; each reads the value.
func members(in *json.Decoder, each func(key string, in *json.Decoder) error) error {
	if err := delimiter(in, '{'); err != nil {
		return err
	}
	for in.More() {
		key, err := in.Token()
		if err != nil {
			return err
		}
		name, _ := key.(string) // The decoder takes nothing else as a key.
		if err := each(strings.TrimSpace(name), in); err != nil {
			return err
		}
	}
	return delimiter(in, '}')
}

// elements calls each for every element of the list that comes next; each reads it.
func elements(in *json.Decoder, each func() error) error {
	if err := delimiter(in, '['); err != nil {
		return err
	}
	for in.More() {
		if err := each(); err != nil {
			return err
		}
	}
	return delimiter(in, ']')
}

func delimiter(in *json.Decoder, want json.Delim) error {
	t, err := in.Token()
	if err == nil && t != want {
		err = fmt.Errorf("%v where %v is expected", t, want)
	}
	return err
}
