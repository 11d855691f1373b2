package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/providers/sandbox"
)

// victim is a running command, and the cluster that it works on, as a fault sees them.
type victim struct {
	cluster *sandbox.Cluster
	dir     string
	host    string
	tool    *os.Process
	// ended is closed when the command has ended.
	ended chan struct{}
}

// journal is where the run's journal lies, empty where there is none yet.
func (v *victim) journal() string { return journalIn(v.dir) }

func journalIn(dir string) string {
	paths, err := filepath.Glob(filepath.Join(dir, "*.journal"))
	if err != nil || len(paths) != 1 {
		return ""
	}
	return paths[0]
}

// await waits until the journal has so many events more than before; false where the command ended first.
func (v *victim) await(ctx context.Context, events int) bool {
	size := int64(-1)
	for {
		// The journal is only read again when it has grown.
		if path := v.journal(); path != "" {
			if info, err := os.Stat(path); err == nil && info.Size() != size {
				size = info.Size()
				if read, err := executor.ReadJournal(path); err == nil && len(read) >= events {
					return true
				}
			}
		}
		select {
		case <-v.ended:
			return false
		case <-ctx.Done():
			return false
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// command is restorectl as an operator gives it.
func (r *run) command(ctx context.Context, args ...string) *exec.Cmd {
	if args[0] != "plan" && args[0] != "status" && !r.scenario.gated {
		args = append(args, "--auto-approve")
	}
	c := exec.CommandContext(ctx, r.program, args...)
	c.Env = append(os.Environ(), "HOME="+r.dir)
	// At the gate a person says no; every other question is answered with yes.
	switch args[0] {
	case "apply":
		c.Stdin = strings.NewReader("yes\nno\n")
	case "revert":
		c.Stdin = strings.NewReader("yes\n")
	}
	return c
}

// give gives a command once, without a fault.
func (r *run) give(ctx context.Context, args ...string) (said string, err error) {
	out, err := r.command(ctx, args...).CombinedOutput()
	r.log("%s: %v\n%s", strings.Join(args, " "), err, out)
	return string(out), err
}

// hurt gives a command and injects the case's faults into it.
func (r *run) hurt(ctx context.Context, command string) (said string, err error) {
	before := 0
	if path := journalIn(r.dir); path != "" {
		events, err := executor.ReadJournal(path)
		if err != nil {
			return "", err
		}
		before = len(events)
	}
	tool := r.command(ctx, command, r.plan())
	var out bytes.Buffer
	tool.Stdout, tool.Stderr = &out, &out
	if err := tool.Start(); err != nil {
		return "", err
	}
	ended := make(chan struct{})
	var wait sync.WaitGroup
	for i := range r.faults {
		v := &victim{r.cluster, r.dir, r.faults[i].host, tool.Process, ended}
		wait.Go(func() { r.inject(ctx, v, &r.faults[i], before+r.event) })
	}
	err = tool.Wait()
	close(ended)
	wait.Wait()
	r.log("%s, with the fault: %v\n%s", command, err, out.String())
	return out.String(), err
}

// inject makes a fault happen at its moment.
func (r *run) inject(ctx context.Context, v *victim, f *fault, event int) {
	if !f.armed {
		if !v.await(ctx, event) {
			return
		}
		sleep(ctx, f.pause)
	}
	switch err := f.inject(ctx, v); {
	case errors.Is(err, errNothing):
	case err != nil:
		r.fail("%s could not be injected: %v", f.name, err)
	default:
		r.injected(f)
	}
}

// takeBack is what a person does after the command that was hurt has ended: makes room, boots a host. What the command said must have
// told them so.
func (r *run) takeBack(ctx context.Context, said string, failed bool) {
	for i := range r.faults {
		f := &r.faults[i]
		if !r.happened(f) {
			continue
		}
		if failed && f.says != nil && len(r.faults) == 1 {
			r.demandWords(f, said)
		}
		if f.takeBack == nil {
			continue
		}
		if err := f.takeBack(ctx, &victim{cluster: r.cluster, dir: r.dir, host: f.host}); err != nil {
			r.fail("%s could not be taken back: %v", f.name, err)
		}
	}
}

// demandWords demands that a command that failed of a fault says what a person has to do, and on which host.
func (r *run) demandWords(f *fault, said string) {
	words := problem(said)
	host := f.host
	if f.takeBack == nil {
		host = "" // It happened on the operator's side.
	}
	oneLine := strings.ReplaceAll(words, "\n", " ")
	if !f.says.MatchString(oneLine) || !strings.Contains(oneLine, host) {
		r.fail("the command failed and does not say %q, or not of %s: %s", f.says, f.host, words)
	}
}
