package replica

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/syndtr/goleveldb/leveldb"
	"github.com/syndtr/goleveldb/leveldb/opt"
	"github.com/syndtr/goleveldb/leveldb/storage"
)

// The reasons why a folder can't be read as a replica. Read's errors wrap one of them, or the system's error.
var (
	// ErrMissing: there is no such folder.
	ErrMissing = errors.New("there is no log")
	// ErrNoDatabase: the folder holds no files.
	ErrNoDatabase = errors.New("the folder is empty")
	// ErrDamaged: files are missing, checksums differ, or records make no sense.
	ErrDamaged = errors.New("the log is damaged")
	// ErrLocked: a process has the log open.
	ErrLocked = errors.New("the log is in use")
)

// State is what a replica's records say.
type State struct {
	Status   Status
	Promised uint64
	// Begin and End are positions; Actions counts the records between them.
	Begin, End uint64
	Actions    int
	// Holes counts positions from Begin to End without a record, Unlearned those whose record is not learned.
	Holes, Unlearned uint64
	// Spans are the positions from Begin on that have a record, in order.
	Spans []Span
}

// Span is positions in a row, both ends included.
type Span struct{ First, Last uint64 }

// Initialised says that the replica votes and that nothing was ever written to it.
func (s *State) Initialised() bool { return s.Status == Voting && s.Actions == 0 }

// Read reads the replica in the folder dir and calls each for every action, by position. Where the log is damaged, the actions
// before the damage were given and the state covers them.
func Read(dir string, each func(Action) error) (*State, error) {
	if err := check(dir); err != nil {
		return nil, err
	}
	lock := filepath.Join(dir, "LOCK")
	_, noLock := os.Lstat(lock)
	store, err := storage.OpenFile(dir, true)
	if err != nil {
		return nil, classify(err)
	}
	defer func() {
		_ = store.Close() // Only read.
		if errors.Is(noLock, fs.ErrNotExist) {
			_ = os.Remove(lock) // The library makes one where a copy has none.
		}
	}()
	db, err := leveldb.Open(trimmed{store}, &opt.Options{ReadOnly: true, ErrorIfMissing: true, Strict: opt.StrictAll})
	if err != nil {
		return nil, classify(err)
	}
	defer func() { _ = db.Close() }() // Only read.
	c := counter{state: State{Status: Empty}}
	it := db.NewIterator(nil, nil)
	defer it.Release()
	for it.Next() {
		if err := c.take(it.Key(), it.Value(), each); err != nil {
			return c.finish(), err
		}
	}
	if err := it.Error(); err != nil {
		return c.finish(), classify(err)
	}
	return c.finish(), nil
}

// check looks for the file CURRENT first: opening a folder without it would leave a lock file behind.
func check(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ErrMissing
	case err != nil:
		return err
	case len(entries) == 0:
		return ErrNoDatabase
	}
	if _, err := os.Stat(filepath.Join(dir, "CURRENT")); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: its file CURRENT is missing", ErrDamaged)
	} else if err != nil {
		return err
	}
	return nil
}

func classify(err error) error {
	switch {
	case errors.Is(err, storage.ErrLocked), errors.Is(err, syscall.EAGAIN):
		return fmt.Errorf("%w: %w", ErrLocked, err)
	case errors.Is(err, fs.ErrPermission):
		return err
	default:
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
}

// counter gathers the state in one pass.
type counter struct {
	state     State
	positions []uint64
	unlearned []uint64
}

func (c *counter) take(key, value []byte, each func(Action) error) error {
	pos, metadata, err := position(key)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	r, err := decodeRecord(value)
	if err != nil {
		return fmt.Errorf("%w: the record at key %q: %w", ErrDamaged, key, err)
	}
	if metadata != (r.kind != recordAction) || !metadata && r.action.Position != pos {
		return fmt.Errorf("%w: the record at key %q belongs elsewhere", ErrDamaged, key)
	}
	if metadata {
		c.state.Status, c.state.Promised = r.status, r.promised
		return nil
	}
	a := r.action
	c.positions = append(c.positions, pos)
	c.state.End = max(c.state.End, pos)
	switch {
	case !a.Learned:
		c.unlearned = append(c.unlearned, pos)
	case a.Type == Truncate:
		c.state.Begin = max(c.state.Begin, a.To)
	case a.Type == Nop && a.Tombstone:
		c.state.Begin = max(c.state.Begin, pos+1)
	}
	if each == nil {
		return nil
	}
	return each(a)
}

func (c *counter) finish() *State {
	s := &c.state
	s.Actions = len(c.positions)
	if s.Actions == 0 {
		return s
	}
	within := uint64(0)
	for _, p := range c.positions {
		if p < s.Begin {
			continue
		}
		within++
		// Records come in the order of their positions.
		if n := len(s.Spans); n > 0 && s.Spans[n-1].Last+1 == p {
			s.Spans[n-1].Last = p
		} else {
			s.Spans = append(s.Spans, Span{p, p})
		}
	}
	if s.End >= s.Begin {
		s.Holes = s.End - s.Begin + 1 - within
	}
	for _, p := range c.unlearned {
		if p >= s.Begin {
			s.Unlearned++
		}
	}
	return s
}
