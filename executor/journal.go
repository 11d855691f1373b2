package executor

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/restorectl/restorectl/planner"
)

// JournalVersion is the version of the journal's format.
const JournalVersion = 1

// The kinds of journal events.
const (
	// EventBegin opens the run of a plan, which it carries; an inverse plan begins in the same journal.
	EventBegin = "begin"
	// EventResume says that a new process took the run up.
	EventResume = "resume"
	// EventIntent is written before the world is touched, EventResult after it was verified.
	EventIntent = "intent"
	EventResult = "result"
	// EventFailure says that a step failed or was refused.
	EventFailure = "failure"
	// EventEnd says that every step of the plan has its result.
	EventEnd = "end"
)

// Event is one line of a journal.
type Event struct {
	// Seq counts from 1 without gaps.
	Seq  int       `json:"seq"`
	Time time.Time `json:"time"`
	Kind string    `json:"event"`
	// Plan is the digest of the plan that the event belongs to.
	Plan string `json:"plan"`
	// Step is the step's id (intent, result, failure).
	Step    string  `json:"step,omitempty"`
	Outcome Outcome `json:"outcome,omitempty"`
	// Seen is what the verification saw; Found says that the step was found done and was not acted on.
	Seen  string `json:"seen,omitempty"`
	Found bool   `json:"found,omitempty"`
	Error string `json:"error,omitempty"`
	// Version, Body, By and From are set in begin; By and From also in resume.
	Version int           `json:"version,omitempty"`
	Body    *planner.Plan `json:"body,omitempty"`
	By      string        `json:"by,omitempty"`
	From    string        `json:"from,omitempty"`
}

// Journal is the append-only record of a run. An event is on the disk when Append returns.
type Journal struct {
	path string

	mu     sync.Mutex
	file   *os.File
	events []Event
	broken error
	now    func() time.Time
}

// ErrLocked says that another process writes the journal.
var ErrLocked = errors.New("another restorectl works on this run")

// OpenJournal opens the journal at path for writing, or makes it with mode 0600. A torn last line, the mark of a crash, is cut
// off: the event that it began never counted. It is an error if another process has the journal open (ErrLocked).
func OpenJournal(path string, now func() time.Time) (*Journal, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	j := &Journal{path: path, file: file, now: now}
	if err := j.load(); err != nil {
		_ = file.Close()
		return nil, err
	}
	return j, nil
}

func (j *Journal) load() error {
	if err := lockFile(j.file); err != nil {
		return fmt.Errorf("%s: %w", j.path, err)
	}
	events, whole, err := readEvents(j.file)
	if err != nil {
		return fmt.Errorf("%s: %w", j.path, err)
	}
	j.events = events
	if err := j.file.Truncate(whole); err != nil {
		return err
	}
	if _, err := j.file.Seek(whole, io.SeekStart); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(j.path))
}

// ReadJournal reads the events of the journal at path, without the torn line that a crash may have left at its end.
func ReadJournal(path string) ([]Event, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // Only read.
	events, _, err := readEvents(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return events, nil
}

// readEvents also gives the length of the whole lines in bytes.
func readEvents(r io.Reader) (events []Event, whole int64, err error) {
	in := bufio.NewReader(r)
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return events, whole, nil
		}
		if err != nil {
			return nil, 0, err
		}
		var e Event
		if err := json.Unmarshal(bytes.TrimSpace(line), &e); err != nil {
			return nil, 0, fmt.Errorf("line %d is not a journal event (%w); the journal is damaged: keep it, and compare the hosts with the plan by hand", len(events)+1, err)
		}
		if e.Version > JournalVersion {
			return nil, 0, fmt.Errorf("the journal has version %d and this program knows up to %d: use the restorectl that wrote it", e.Version, JournalVersion)
		}
		if e.Seq != len(events)+1 {
			return nil, 0, fmt.Errorf("line %d has the number %d: lines of the journal are missing or doubled", len(events)+1, e.Seq)
		}
		events = append(events, e)
		whole += int64(len(line))
	}
}

// Events gives what was recorded so far.
func (j *Journal) Events() []Event {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]Event(nil), j.events...)
}

// Path is where the journal lies.
func (j *Journal) Path() string { return j.path }

// Append records an event, with the next number and the present time, and returns when it is on the disk.
func (j *Journal) Append(e Event) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken != nil {
		// Behind half a line nothing may follow; the half line is cut off when the journal is opened again.
		return j.broken
	}
	e.Seq = len(j.events) + 1
	e.Time = j.now().UTC()
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("%s: %w", j.path, err)
	}
	if _, err := j.file.Write(append(line, '\n')); err != nil {
		j.broken = fmt.Errorf("the journal can't be written, so the run stops here: %w", err)
		return j.broken
	}
	if err := j.file.Sync(); err != nil {
		j.broken = fmt.Errorf("the journal can't be brought to the disk, so the run stops here: %w", err)
		return j.broken
	}
	j.events = append(j.events, e)
	return nil
}

// Close gives the journal up.
func (j *Journal) Close() error { return j.file.Close() }

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }() // Only synced.
	return d.Sync()
}
