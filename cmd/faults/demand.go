package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	runs "github.com/restorectl/restorectl/providers/run"
	"github.com/restorectl/restorectl/providers/sandbox"
	"github.com/restorectl/restorectl/providers/sandbox/master"
)

// demand demands what must be true at the end of every case.
func (r *run) demand(ctx context.Context) error {
	if err := r.demandService(ctx); err != nil {
		return err
	}
	for _, e := range r.cluster.Master().Events() {
		if e.Kind == master.TaskKilledEvent {
			r.fail("task %s was killed: %s", e.TaskID, e.Why)
		}
	}
	if err := r.demandCommits(); err != nil {
		return err
	}
	if err := r.demandFiles(); err != nil {
		return err
	}
	return r.demandRecord(ctx)
}

// demandService demands one scheduler ACTIVE and registered that has the tasks, all others following, nobody half alive, no port
// blocked, and as many tasks running as before.
func (r *run) demandService(ctx context.Context) error {
	var why string
	late := r.hitTooLate()
	for end := time.Now().Add(patience); time.Now().Before(end) && ctx.Err() == nil; sleep(ctx, short/10) {
		state, err := sandbox.Look(ctx, r.cluster.Info())
		if err != nil {
			return err
		}
		if why = r.notInService(&state); why == "" {
			return nil
		}
		if late && len(r.late) == 0 {
			r.restartHalfAlive(ctx)
		}
	}
	r.fail("the cluster is not in normal service: %s", why)
	return nil
}

// notInService says what is missing to normal service; empty for nothing. A task that a leader had assigned and not launched when it
// died is launched anew under another name, so tasks in the store may be more.
func (r *run) notInService(state *sandbox.State) string {
	leaders, running := 0, 0
	for _, n := range state.Running {
		running += n
	}
	var words []string
	for _, s := range state.Schedulers {
		words = append(words, fmt.Sprintf("%s: %s, %s, registered %t, %d tasks, filtered %t %s", s.Name, s.Service, s.Lifecycle, s.Registered, s.Tasks, s.Filtered, s.Problem))
		switch {
		case s.Filtered:
			return s.Name + " is still isolated"
		case s.Lifecycle == "ACTIVE" && s.Registered && s.Tasks >= r.scenario.tasks:
			leaders++
		case s.Lifecycle != "STORAGE_PREPARED":
			leaders = -len(state.Schedulers) // Somebody neither leads nor follows.
		}
	}
	if leaders == 1 && running == r.scenario.running {
		return ""
	}
	return fmt.Sprintf("%d of %d tasks run; %s", running, r.scenario.running, strings.Join(words, "; "))
}

// fallen is what a leader says that falls over its own full disk in a commit.
var fallen = regexp.MustCompile(`commitRecovery\(\) \n(?:[^\n]*replica\.cpp[^\n]*\n)*[^\n]*-> DEAD \n[^\n]*Failed to write to the log`)

// demandCommits counts the commits in all schedulers' logs. One that a leader fell over is made all the same where the others wrote it, and
// is then the only one.
func (r *run) demandCommits() error {
	commits, attempts := 0, 0
	logs, err := filepath.Glob(filepath.Join(r.dir, "scheduler-*", "var/log/aurora-scheduler.log"))
	if err != nil {
		return err
	}
	for _, log := range logs {
		said, err := os.ReadFile(log)
		if err != nil {
			return err
		}
		commits += strings.Count(string(said), "Shutting down application")
		attempts += len(fallen.FindAll(said, -1))
	}
	if commits == 0 {
		commits = attempts
	}
	if commits != r.scenario.commits {
		r.fail("%d commits, and not %d", commits, r.scenario.commits)
	}
	return nil
}

// demandFiles demands that every file of the hosts is as before, that nothing lies about, and that the old logs are in quarantine.
func (r *run) demandFiles() error {
	after, err := r.files()
	if err != nil {
		return err
	}
	for _, path := range slices.Sorted(maps.Keys(after)) {
		if before, there := r.before[path]; !there {
			r.fail("%s was not there before", path)
		} else if before != after[path] {
			r.fail("%s is not as before", path)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(r.before)) {
		if _, there := after[path]; !there {
			r.fail("%s is gone", path)
		}
	}
	old, err := filepath.Glob(filepath.Join(r.dir, "scheduler-*", runFolders, "*/quarantine/log/CURRENT"))
	if err != nil {
		return err
	}
	if len(old) != r.scenario.quarantined {
		r.fail("%d old logs are in quarantine, and not %d: %s", len(old), r.scenario.quarantined, strings.Join(old, ", "))
	}
	return nil
}

// demandRecord demands a journal that can be read and tells of a finished run, the same of the hosts' records, and a status that says
// so.
func (r *run) demandRecord(ctx context.Context) error {
	events, err := executor.ReadJournal(journalIn(r.dir))
	if err != nil {
		return fmt.Errorf("the journal: %w", err)
	}
	if !executor.NewHistory(events).Finished() {
		r.fail("the journal's run is not finished")
	}
	records, err := filepath.Glob(filepath.Join(r.dir, "scheduler-*", runFolders, "*/run.json"))
	if err != nil {
		return err
	}
	if len(records) < r.scenario.quarantined {
		r.fail("only %d hosts have a record of the run", len(records))
	}
	for _, path := range records {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var record planner.RunRecord
		if err := json.Unmarshal(text, &record); err != nil {
			r.fail("%s can't be read: %v", path, err)
		}
		if record.State == runs.StateOpen {
			r.fail("%s says that the run is open", path)
		}
	}
	if said, err := r.give(ctx, "status", r.plan()); err != nil {
		r.fail("status: %v: %s", err, problem(said))
	}
	return nil
}
