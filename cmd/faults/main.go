package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"

	"github.com/restorectl/restorectl/providers/sandbox"
	"github.com/restorectl/restorectl/providers/sandbox/scheduler"
)

func main() {
	// The hosts of the clusters are this program.
	if code, handled := sandbox.Dispatch(os.Args, scheduler.Main); handled {
		os.Exit(code)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := dispatch(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1) //nolint:gocritic // Nothing is left to stop.
	}
}

func dispatch(ctx context.Context, args []string, out io.Writer) error {
	if len(args) > 0 {
		switch args[0] {
		case "run":
			return runAll(ctx, args[1:], out)
		case "table":
			return tableOf(args[1:], out)
		}
	}
	return errors.New("give `run` or `table`; -h after it tells more")
}

// options are those of `faults run`.
type options struct {
	cases, seed         uint64
	parallel            int
	program, hosts      string
	backup, out, folder string
	keep                bool
}

func (o *options) parse(args []string) error {
	set := flag.NewFlagSet("faults run", flag.ContinueOnError)
	set.Uint64Var(&o.cases, "cases", 500, "how many cases, of consecutive seeds")
	set.Uint64Var(&o.seed, "seed", 0, "the first case's seed")
	set.IntVar(&o.parallel, "parallel", 4*runtime.NumCPU(), "how many cases at once: most of a case is waiting")
	set.StringVar(&o.program, "restorectl", "bin/restorectl", "the program under test")
	set.StringVar(&o.backup, "backup", "providers/backup/testdata/"+backupName, "the backup that the clusters hold")
	set.StringVar(&o.out, "out", "faults.jsonl", "where a line for each case is added")
	set.StringVar(&o.folder, "folder", "", "where the clusters lie; empty means a new folder for temporary files")
	set.BoolVar(&o.keep, "keep", false, "keep the clusters' files; what a case said that failed is kept in any case")
	if err := set.Parse(args); err != nil {
		return err
	}
	switch {
	case set.NArg() > 0:
		return fmt.Errorf("%q is no option", set.Arg(0))
	case o.parallel < 1:
		return fmt.Errorf("%d cases at once are none", o.parallel)
	}
	var err error
	if o.hosts, err = os.Executable(); err != nil {
		return err
	}
	if o.program, err = filepath.Abs(o.program); err != nil {
		return err
	}
	if _, err := os.Stat(o.program); err != nil {
		return fmt.Errorf("the program under test: %w; `make build` makes it", err)
	}
	if o.folder == "" {
		o.folder, err = os.MkdirTemp("", "faults-")
	} else {
		err = os.MkdirAll(o.folder, 0o700)
	}
	return err
}

// runAll runs cases side by side, and fails when one of them does.
func runAll(ctx context.Context, args []string, out io.Writer) error {
	var o options
	if err := o.parse(args); err != nil {
		return err
	}
	record, err := os.OpenFile(filepath.Clean(o.out), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	w := &work{options: o, out: out, record: record}
	var wait sync.WaitGroup
	seeds := make(chan uint64)
	for range o.parallel {
		wait.Go(func() {
			for seed := range seeds {
				w.one(ctx, seed)
			}
		})
	}
	for i := range o.cases {
		select {
		case seeds <- o.seed + i:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(seeds)
	wait.Wait()
	_ = os.Remove(w.folder) // Where it holds something that is meant to be seen it stays.
	return errors.Join(w.verdict(), record.Close(), ctx.Err())
}

// work is all cases of a run.
type work struct {
	options
	out io.Writer

	mu     sync.Mutex
	record *os.File
	failed []uint64
	errs   []error
}

// one runs a case. What it said is kept where it failed.
func (w *work) one(ctx context.Context, seed uint64) {
	dir := filepath.Join(w.folder, fmt.Sprintf("seed-%d", seed))
	res, text := runCase(ctx, newCase(seed), dir, w.program, w.hosts, w.backup)
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.keep {
		defer func() { w.errs = append(w.errs, os.RemoveAll(dir)) }()
	}
	if ctx.Err() != nil {
		return // It was given up, which says nothing.
	}
	line, err := json.Marshal(res)
	if err == nil {
		_, err = w.record.Write(append(line, '\n'))
	}
	w.errs = append(w.errs, err)
	_, err = fmt.Fprintln(w.out, res.String())
	w.errs = append(w.errs, err)
	if res.Outcome != passed {
		w.failed = append(w.failed, seed)
		w.errs = append(w.errs, os.WriteFile(dir+".log", []byte(text), 0o600))
	}
}

func (w *work) verdict() error {
	if len(w.failed) > 0 {
		w.errs = append(w.errs, fmt.Errorf("%d cases failed, seeds %v; what they said lies in %s", len(w.failed), w.failed, w.folder))
	}
	return errors.Join(w.errs...)
}
