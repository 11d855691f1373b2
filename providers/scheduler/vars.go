package scheduler

import (
	"bufio"
	"bytes"
	"slices"
	"strings"
)

// The lifecycle states of a scheduler that matter to a restore. There are others: IDLE, PREPARING_STORAGE.
const (
	// StoragePrepared is where followers are.
	StoragePrepared = "STORAGE_PREPARED"
	// LeaderAwaitingRegistration begins at the election, before the leader has read the log.
	LeaderAwaitingRegistration = "LEADER_AWAITING_REGISTRATION"
	// Active is a leader that is registered with the Mesos master.
	Active = "ACTIVE"
	// Dead is a scheduler on its way out.
	Dead = "DEAD"
)

const lifecyclePrefix = "scheduler_lifecycle_"

// Vars is what a scheduler says of itself: its metrics and its flags. It holds secrets: the scheduler shows its whole command line
// and environment there. Never write it anywhere.
type Vars map[string]string

// parseVars reads the text of /vars: lines of a name, a space and a value.
func parseVars(text []byte) Vars {
	v := Vars{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, len(text)+1)
	for lines.Scan() {
		if name, value, ok := strings.Cut(lines.Text(), " "); ok {
			v[name] = value
		}
	}
	return v
}

// Lifecycle is the state whose gauge is 1; empty where none is, or more than one.
func (v Vars) Lifecycle() string {
	var states []string
	for name, value := range v {
		if state, ok := strings.CutPrefix(name, lifecyclePrefix); ok && value == "1" {
			states = append(states, state)
		}
	}
	if len(states) != 1 {
		return ""
	}
	return states[0]
}

// Leads says whether the scheduler takes itself for the leader. It may not be ready yet.
func (v Vars) Leads() bool {
	return slices.Contains([]string{LeaderAwaitingRegistration, Active}, v.Lifecycle())
}

// Release is the scheduler's release, such as 0.22.0; empty where it does not tell.
func (v Vars) Release() string { return v["build.version"] }

// Registered says whether the scheduler is registered with the Mesos master.
func (v Vars) Registered() bool { return v["framework_registered"] == "1" }
