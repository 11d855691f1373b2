package providers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/aurora"
	"github.com/restorectl/restorectl/providers/backup"
	"github.com/restorectl/restorectl/providers/scheduler"
)

// state is what a source says of the whole cluster.
type state struct {
	source string
	// believed is zero where it is so now, and otherwise when the source believed it.
	believed time.Time
	snapshot *aurora.Snapshot
}

// running is what the state says that runs.
func (s *state) running() planner.Running {
	r := planner.Running{Source: s.source, Believed: s.believed}
	for i := range s.snapshot.Tasks {
		if t := &s.snapshot.Tasks[i]; t.Status.Active() {
			r.Tasks = append(r.Tasks, planner.Task{ID: t.ID(), Job: t.Job().String(), Status: t.Status.String(), Agent: t.AssignedTask.SlaveHost})
		}
	}
	r.Count = len(r.Tasks)
	return r
}

func (s *state) jobs() planner.Jobs {
	return planner.Jobs{Source: s.source, Believed: s.believed, Crons: s.snapshot.CronSchedules(), Updates: s.snapshot.Updates()}
}

// bestState gives the best state of the cluster that can be read besides what the Mesos master runs: what an ACTIVE scheduler has, what
// the furthest readable replica held, or what a backup held that is newer than the chosen one: an older one would tell of tasks that
// were over when the chosen one was taken. It is nil where there is none; problems say why better ones could not be read.
func (c *Cluster) bestState(ctx context.Context, o *planner.Observation, remedy planner.Remedy) (best *state, problems []string) {
	for i := range o.Hosts {
		if o.Hosts[i].HTTP.Lifecycle != scheduler.Active {
			continue
		}
		snapshot, err := c.stateOf(ctx, &o.Hosts[i])
		if err == nil {
			return &state{source: "the scheduler on " + o.Hosts[i].Name, snapshot: snapshot}, nil
		}
		problems = append(problems, err.Error())
	}
	if len(problems) == 0 {
		problems = append(problems, "no scheduler is ACTIVE")
	}
	if remedy == planner.RemedySalvage {
		// What is restored is the log's own state, and newer than any backup.
		return nil, problems
	}
	best, why := c.logState(ctx, o)
	if best != nil {
		return best, problems
	}
	problems = append(problems, why)
	newer := o.Newer()
	if newer == nil {
		return nil, append(problems, "no other backup is newer than the chosen one")
	}
	best, err := c.backupState(ctx, newer)
	if err != nil {
		problems = append(problems, err.Error())
	}
	return best, problems
}

// logState reads the state from the copy of a replica: the one that would be salvaged, or the furthest one that can be read. Why says what
// keeps it from being read.
func (c *Cluster) logState(ctx context.Context, o *planner.Observation) (best *state, why string) {
	var hosts []*planner.Host
	for i := range o.Hosts {
		if h := &o.Hosts[i]; h.Problem == "" && (h.Replica.State == "used" || h.Replica.State == "damaged") {
			hosts = append(hosts, h)
		}
	}
	// Whole ones first, and of those the furthest.
	slices.SortStableFunc(hosts, func(a, b *planner.Host) int {
		return cmp.Or(cmp.Compare(lacks(a), lacks(b)), cmp.Compare(b.Replica.End, a.Replica.End))
	})
	whys := []string{"no log can be read"}
	for _, h := range hosts {
		rebuilt, err := h.Replica.Rebuilt, error(nil)
		if rebuilt == nil {
			rebuilt, err = c.readLog(ctx, h)
		}
		if err == nil && rebuilt.Problem != "" {
			err = errors.New(rebuilt.Problem)
		}
		var snapshot aurora.Snapshot
		if err == nil {
			err = aurora.Unmarshal(rebuilt.Backup, &snapshot)
		}
		if err != nil {
			whys = append(whys, h.Name+": "+err.Error())
			continue
		}
		o.Log = &planner.LogState{Host: h.Name, End: h.Replica.End, Time: rebuilt.Time, Tasks: rebuilt.Tasks, Missing: rebuilt.Missing}
		source := "the log of " + h.Name
		if rebuilt.Missing > 0 {
			source += fmt.Sprintf(", of which %d positions are missing", rebuilt.Missing)
		}
		return &state{source: source, believed: rebuilt.Time, snapshot: &snapshot}, ""
	}
	return nil, strings.Join(whys, "; ")
}

// lacks counts what is known to be missing in a replica.
func lacks(h *planner.Host) uint64 {
	if h.Replica.Rebuilt != nil {
		return h.Replica.Rebuilt.Missing
	}
	return h.Replica.Holes
}

// backupState reads another backup whole.
func (c *Cluster) backupState(ctx context.Context, b *planner.BackupSight) (*state, error) {
	c.options.note(b.Place(), "reading "+b.Name+", for the impact")
	in, err := c.open(ctx, b)
	if err != nil {
		return nil, err
	}
	read, err := backup.Read(in)
	if err = errors.Join(err, in.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", b.Where(), err)
	}
	return &state{source: "the backup " + b.Where(), believed: read.Time(), snapshot: &read.Snapshot}, nil
}
