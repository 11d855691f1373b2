package executor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Journal is the append-only record of a run. An event is on the disk when Append returns.
type Journal struct {
	path string

	mu      sync.Mutex
	file    *os.File
	records []Record
	mirror  Mirror
	broken  error
	now     func() time.Time
}

// Mirror keeps copies of a journal in other places, from which the run can go on when the journal is lost.
type Mirror interface {
	// Attach compares the copies that are there with the journal and begins to bring them up to date. An error says that a copy
	// has what the journal has not, so that the journal must not be written.
	Attach(ctx context.Context, records []Record) error
	// Add is given every further record, in order, when it is on the disk. It does not wait.
	Add(r Record)
	// Await waits, for a limited time, until a record is in the copies. An error says that the world must not be touched on
	// the strength of it.
	Await(r Record) error
	// Close waits, for a limited time, until the copies have everything.
	Close()
}

// ErrLocked says that another process writes the journal.
var ErrLocked = errors.New("another restorectl works on this run")

// ErrNotCopied says that an event is in the journal and not in enough of its copies.
var ErrNotCopied = errors.New("the journal could not be copied")

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
	records, err := ParseJournal(j.file)
	if err != nil {
		return fmt.Errorf("%s: %w", j.path, err)
	}
	j.records = records
	whole := int64(0)
	for i := range records {
		whole += int64(len(records[i].Line))
	}
	if err := j.file.Truncate(whole); err != nil {
		return err
	}
	if _, err := j.file.Seek(whole, io.SeekStart); err != nil {
		return err
	}
	return errors.Join(j.file.Sync(), syncFolder(filepath.Dir(j.path)))
}

// ReadJournal reads the events of the journal at path, without the torn line that a crash may have left at its end.
func ReadJournal(path string) ([]Event, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // Only read.
	records, err := ParseJournal(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return Events(records), nil
}

// Mirror lets the journal be copied from now on.
func (j *Journal) Mirror(ctx context.Context, m Mirror) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := m.Attach(ctx, j.records); err != nil {
		return fmt.Errorf("%s: %w", j.path, err)
	}
	j.mirror = m
	return nil
}

// Events gives what was recorded so far.
func (j *Journal) Events() []Event {
	j.mu.Lock()
	defer j.mu.Unlock()
	return Events(j.records)
}

// Path is where the journal lies.
func (j *Journal) Path() string { return j.path }

// Append records an event, with the next number and the present time, and returns when it is on the disk. An intent, and an adoption, are
// in the copies as well then: ErrNotCopied says that they are not.
func (j *Journal) Append(e Event) error {
	r, m, err := j.write(e)
	if err != nil || m == nil || e.Kind != EventIntent && e.Kind != EventAdopt {
		return err
	}
	if err := m.Await(r); err != nil {
		return fmt.Errorf("%w: %w", ErrNotCopied, err)
	}
	return nil
}

func (j *Journal) write(e Event) (Record, Mirror, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken != nil {
		// Behind half a line nothing may follow; the half line is cut off when the journal is opened again.
		return Record{}, nil, j.broken
	}
	e.Seq = len(j.records) + 1
	e.Time = j.now().UTC()
	r, err := newRecord(e)
	if err != nil {
		return Record{}, nil, fmt.Errorf("%s: %w", j.path, err)
	}
	if _, err := j.file.Write(r.Line); err != nil {
		j.broken = fmt.Errorf("the journal can't be written, so the run stops here; make room on the disk that holds it: %w", err)
		return Record{}, nil, j.broken
	}
	if err := j.file.Sync(); err != nil {
		j.broken = fmt.Errorf("the journal can't be brought to the disk, so the run stops here: %w", err)
		return Record{}, nil, j.broken
	}
	j.records = append(j.records, r)
	if j.mirror != nil {
		j.mirror.Add(r)
	}
	return r, j.mirror, nil
}

// Close gives the journal up, after its copies have had time to catch up.
func (j *Journal) Close() error {
	j.mu.Lock()
	m := j.mirror
	j.mu.Unlock()
	if m != nil {
		m.Close()
	}
	return j.file.Close()
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }() // Only synced.
	return d.Sync()
}
