package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/restorectl/restorectl/providers/sandbox"
)

// backupName is the backup that the clusters hold.
const backupName = "scheduler-backup-2026-11-20-09-15"

// maxTries is how often a command is given before it must have come to its end.
const maxTries = 5

// caseTime bounds a case.
const caseTime = 15 * time.Minute

// run is a case under way.
type run struct {
	testCase
	dir, program string
	cluster      *sandbox.Cluster
	before       map[string]string

	mu       sync.Mutex
	text     strings.Builder
	failures []string
	hit      []string
	// hitUntil is when the last fault was over, late are the schedulers that became half alive when nobody looked at them any more.
	hitUntil time.Time
	late     []string
	tries    int
}

// runCase runs a case of the program in a folder that is not there yet, with hosts as the program of the hosts, and leaves it. It never
// fails itself: the result tells.
func runCase(ctx context.Context, c testCase, dir, program, hosts, backup string) (Result, string) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, caseTime)
	defer cancel()
	r := &run{testCase: c, dir: dir, program: program}
	r.log("%s", c.String())
	if err := r.job(ctx, hosts, backup); err != nil {
		r.fail("%v", err)
	}
	return r.result(began), r.text.String()
}

// job is the whole of it: plan, apply, revert, and the demands.
func (r *run) job(ctx context.Context, hosts, backup string) (err error) {
	if r.cluster, err = sandbox.Up(ctx, r.scenario.sandbox(r.dir, backup, hosts)); err != nil {
		return err
	}
	defer func() {
		if err != nil || len(r.failures) > 0 {
			r.keepLogs()
		}
		err = errors.Join(err, r.cluster.Close())
	}()
	if r.before, err = r.files(); err != nil {
		return err
	}
	if said, err := r.give(ctx, "plan", filepath.Join(r.dir, "restore.hcl")); err != nil {
		return fmt.Errorf("plan: %w: %s", err, problem(said))
	}
	for _, command := range []string{"apply", "revert"} {
		if command == "revert" && r.scenario.revert == 0 {
			break
		}
		if err := r.toTheEnd(ctx, command); err != nil {
			return err
		}
	}
	return r.demand(ctx)
}

// problem is the end of what a command said: its error.
func problem(said string) string {
	if i := strings.LastIndex(said, "Error: "); i >= 0 {
		return strings.TrimSpace(said[i:])
	}
	return strings.TrimSpace(said)
}

func (r *run) plan() string { return filepath.Join(r.dir, "restore.plan") }

// toTheEnd gives a command, the first time with the faults if it is the one to be hurt, until it has come to its end.
func (r *run) toTheEnd(ctx context.Context, command string) error {
	for try := 1; try <= maxTries; try++ {
		var said string
		var err error
		r.tries++
		if try == 1 && command == r.hurts {
			said, err = r.hurt(ctx, command)
			r.takeBack(ctx, said, err != nil && !r.over(said))
			if r.early && len(r.hit) > 0 {
				return nil
			}
		} else {
			said, err = r.give(ctx, command, r.plan())
		}
		if err == nil || r.over(said) {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return fmt.Errorf("%s did not come to its end", command)
}

// over says whether a command that did not succeed has nothing left to do.
func (r *run) over(said string) bool {
	ends := []string{"a plan runs once", "there is nothing to revert"}
	if r.scenario.gated {
		ends = append(ends, "the run waits at its gate")
	}
	return slices.ContainsFunc(ends, func(end string) bool { return strings.Contains(said, end) })
}

func (r *run) log(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintf(&r.text, "--- %s\n", fmt.Sprintf(format, args...))
}

func (r *run) fail(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

func (r *run) injected(f *fault) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hit, r.hitUntil = append(r.hit, f.name), time.Now()
}

func (r *run) happened(f *fault) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Contains(r.hit, f.name)
}

// keepLogs adds to the text what the schedulers and the journal say, for whoever has to find out what went wrong.
func (r *run) keepLogs() {
	paths, _ := filepath.Glob(filepath.Join(r.dir, "*.journal")) // The pattern is sound.
	logs, _ := filepath.Glob(filepath.Join(r.dir, "scheduler-*", "var/log/aurora-scheduler.log"))
	for _, path := range append(paths, logs...) {
		text, err := os.ReadFile(path)
		if err != nil {
			r.log("%s: %v", path, err)
			continue
		}
		r.log("%s\n%s", path, text)
	}
}
