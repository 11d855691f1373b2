package lock

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"sync"
	"time"

	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/run"
)

const (
	// holdSilence is after how long without a word the command that holds the lock gives up.
	holdSilence = 45 * time.Second
	// holdWord is how often it gets one. That the command has ended shows when a word can't be written any more.
	holdWord = 500 * time.Millisecond
	// hostPatience bounds one attempt to take the lock on a host.
	hostPatience = 15 * time.Second
	// codeTaken is what the scripts exit with where somebody else has the lock.
	codeTaken = 75
	// takenTries is how often a lock that somebody has is tried again, takenWait apart: who only looks has it for a moment, and so has a
	// process that has just ended.
	takenTries = 10
	takenWait  = 300 * time.Millisecond
)

// The scripts take the lock on the folder $1, and have it until they end. flock gets the folder opened: what it exits with is its own then, 1
// where somebody else has the lock, whichever release it is of. Of a command that it runs it could not be told apart before util-linux 2.22.
const (
	// lookScript shares the lock for a moment, so that two who look don't take each other for a holder.
	lookScript = `exec 9<"$1" || exit; flock -s -n 9; case $? in 0) ;; 1) exit 75;; *) exit;; esac`
	// holdScript says that it has the lock, and holds it for as long as words come.
	holdScript = `exec 9<"$1" || exit; flock -n 9; case $? in 0) ;; 1) exit 75;; *) exit;; esac; echo held; while read -r -t 45 word; do :; done`
)

// command runs a script with a folder.
func command(script, folder string) []string { return []string{"bash", "-c", script, "bash", folder} }

// Host is a scheduler's host, as far as the lock is concerned.
type Host struct {
	Name string
	// Connect gives the host, connected.
	Connect func(ctx context.Context) (host.Host, error)
	// LogPath is the scheduler's log, whose parent folder is locked.
	LogPath string
	// Runs is the folder that holds the folders of all runs; a leading ~/ is allowed.
	Runs string
}

// Look says whether a process holds the lock on the host.
func (h *Host) Look(ctx context.Context) (bool, error) {
	machine, err := h.Connect(ctx)
	if err != nil {
		return false, err
	}
	_, err = machine.Run(ctx, host.Command{Root: true, Args: command(lookScript, path.Dir(h.LogPath))})
	if isTaken(err) {
		return true, nil
	}
	return false, err
}

// records gives the records of all runs on the host.
func (h *Host) records(ctx context.Context) ([]planner.RunRecord, error) {
	folder, err := h.folder(ctx, "")
	if err != nil {
		return nil, err
	}
	return run.Records(ctx, folder.Host, folder.Parent)
}

// folder gives the folder of a run on the host.
func (h *Host) folder(ctx context.Context, runID string) (*run.Folder, error) {
	machine, err := h.Connect(ctx)
	if err != nil {
		return nil, err
	}
	parent, err := host.Expand(ctx, machine, h.Runs)
	return &run.Folder{Host: machine, Parent: parent, ID: runID}, err
}

func isTaken(err error) bool {
	exit := (*host.ExitError)(nil)
	return errors.As(err, &exit) && exit.Code == codeTaken
}

// errTaken says that somebody has the lock on a host.
var errTaken = errors.New("somebody else has the lock there")

// grip is the part of a claim that is on a host.
type grip struct {
	host Host

	mu sync.Mutex
	// ended is closed when the command that holds the lock has ended; nil before it was begun.
	ended chan struct{}
	drop  context.CancelFunc
	words *words
}

// held says whether the command that holds the lock runs.
func (g *grip) held() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ended == nil {
		return false
	}
	select {
	case <-g.ended:
		return false
	default:
		return true
	}
}

// take begins the command that holds the lock, and waits until it does. errTaken says that somebody else has it.
func (g *grip) take(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, hostPatience)
	defer cancel()
	for try := 1; ; try++ {
		err := g.try(ctx)
		if !errors.Is(err, errTaken) || try == takenTries {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(takenWait):
		}
	}
}

func (g *grip) try(ctx context.Context) error {
	machine, err := g.host.Connect(ctx)
	if err != nil {
		return err
	}
	life, drop := context.WithCancel(context.WithoutCancel(ctx))
	in := &words{over: make(chan struct{})}
	said := &firstWord{said: make(chan struct{})}
	ended := make(chan struct{})
	var failure error
	go func() {
		defer close(ended)
		_, failure = machine.Run(life, host.Command{Root: true, Stdin: in, Stdout: said, Args: command(holdScript, path.Dir(g.host.LogPath))})
	}()
	select {
	case <-said.said:
		g.mu.Lock()
		defer g.mu.Unlock()
		g.ended, g.drop, g.words = ended, drop, in
		return nil
	case <-ended:
		drop()
		if isTaken(failure) {
			return errTaken
		}
		return fmt.Errorf("the lock on %s can't be held: %w", g.host.Name, failure)
	case <-ctx.Done():
		in.end()
		drop()
		return ctx.Err()
	}
}

// words are the input of the command: a word now and then, until the end.
type words struct {
	once sync.Once
	over chan struct{}
}

// Read waits until it is time for a word.
func (w *words) Read(p []byte) (int, error) {
	select {
	case <-w.over:
		return 0, io.EOF
	case <-time.After(holdWord):
		return copy(p, "on\n"), nil
	}
}

func (w *words) end() { w.once.Do(func() { close(w.over) }) }

// release ends the command.
func (g *grip) release(ctx context.Context) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ended == nil {
		return
	}
	g.words.end() // It gives the lock up by itself.
	select {
	case <-g.ended:
	case <-ctx.Done():
	}
	g.drop()
	g.ended = nil
}

// firstWord waits for a command's first word.
type firstWord struct {
	once sync.Once
	said chan struct{}
}

// Write takes what the command says.
func (f *firstWord) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte("held")) {
		f.once.Do(func() { close(f.said) })
	}
	return len(p), nil
}
