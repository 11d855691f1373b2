package scheduler

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/restorectl/restorectl/providers/aurora"
)

// vars gives the gauges: those that people look at in a restore. As in the real scheduler they show the whole command line and
// environment, secrets included.
func (p *process) vars() map[string]any {
	p.mu.Lock()
	defer p.mu.Unlock()
	v := map[string]any{
		"build.version": "0.22.0", "framework_registered": 0, "jvm_uptime_secs": int(time.Since(p.started).Seconds()),
		"jvm_prop_sun.java.command": strings.Join(append([]string{mainClass}, p.flags.args...), " "),
		"scheduler_backup_success":  p.counts.backups, "scheduler_backup_failed": p.counts.backupFailures,
		"scheduler_log_entries_written": p.counts.entries, "scheduler_log_snapshots": p.counts.snapshots,
	}
	if p.registered && p.state == active {
		v["framework_registered"] = 1
	}
	for _, s := range lifecycles {
		v["scheduler_lifecycle_"+string(s)] = 0
	}
	v["scheduler_lifecycle_"+string(p.state)] = 1
	for s := aurora.Pending; s <= aurora.Partitioned; s++ {
		if name := s.String(); name[0] >= 'A' {
			v["task_store_"+name] = 0
		}
	}
	for _, t := range p.store.Tasks() {
		name := "task_store_" + t.Status.String()
		n, _ := v[name].(int) // Zero for a state of a later release.
		v[name] = n + 1
	}
	for c := aurora.InvalidRequest; c <= aurora.ErrorTransient; c++ {
		v["scheduler_thrift_response_"+c.String()] = p.counts.responses[c]
	}
	for _, e := range p.around.environ {
		name, value, _ := strings.Cut(e, "=")
		v["system_env_"+name] = value
	}
	return v
}

func (p *process) serveVars(w http.ResponseWriter, _ *http.Request) {
	var b strings.Builder
	v := p.vars()
	for _, name := range slices.Sorted(maps.Keys(v)) {
		fmt.Fprintf(&b, "%s %v\n", name, v[name])
	}
	say(w, http.StatusOK, b.String())
}

func (p *process) serveVarsJSON(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(p.vars()) // Who has gone does not hear it.
}
