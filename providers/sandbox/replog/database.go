package replog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/syndtr/goleveldb/leveldb"
	"github.com/syndtr/goleveldb/leveldb/opt"
	"github.com/syndtr/goleveldb/leveldb/storage"
	"github.com/syndtr/goleveldb/leveldb/util"

	"github.com/restorectl/restorectl/providers/log/replica"
)

// recoverLog opens the database as the real library does: making one where there is none, reading all of it, compacting it.
func (r *Replica) recoverLog() error {
	lock := filepath.Join(r.o.Path, "LOCK")
	if _, err := os.Stat(filepath.Dir(filepath.Clean(r.o.Path))); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("NotFound: %s: No such file or directory", lock)
	}
	var err error
	r.store, err = storage.OpenFile(r.o.Path, false)
	switch {
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, storage.ErrLocked):
		return fmt.Errorf("IO error: lock %s: Resource temporarily unavailable", lock)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("IO error: %s: Permission denied", lock)
	case err != nil:
		return fmt.Errorf("IO error: %w", err)
	}
	if err := r.load(); err != nil {
		return errors.Join(err, r.closeLog())
	}
	return nil
}

func (r *Replica) load() error {
	exists, err := wipe(r.o.Path)
	if err != nil {
		return fmt.Errorf("IO error: %w", err)
	}
	// By default a broken table is an error, and a broken write-ahead log is not.
	if r.db, err = leveldb.Open(r.store, &opt.Options{ErrorIfMissing: exists}); err != nil {
		return fmt.Errorf("Corruption: %w", err)
	}
	it := r.db.NewIterator(nil, nil)
	defer it.Release()
	state, err := replica.Scan(it, func(a replica.Action) error {
		r.actions[a.Position] = a
		return nil
	})
	if err != nil {
		return errors.New("Failed to deserialize record")
	}
	r.status, r.promised, r.begin, r.end = state.Status, state.Promised, state.Begin, state.End
	r.o.Logf("Replica recovered with log positions %d -> %d with %d holes and %d unlearned", r.begin, r.end, state.Holes, state.Unlearned)
	if err := r.db.CompactRange(util.Range{}); err != nil {
		return fmt.Errorf("Corruption: %w", err)
	}
	return nil
}

// wipe does what LevelDB does where CURRENT is missing: whatever else is there belongs to nobody and goes. It says whether there is
// a database.
func wipe(dir string) (exists bool, err error) {
	if _, err := os.Stat(filepath.Join(dir, "CURRENT")); !errors.Is(err, fs.ErrNotExist) {
		return err == nil, err
	}
	entries, err := os.ReadDir(dir)
	errs := []error{err}
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, "MANIFEST-") || slices.Contains([]string{".log", ".ldb", ".sst"}, filepath.Ext(name)) {
			errs = append(errs, os.Remove(filepath.Join(dir, name)))
		}
	}
	return false, errors.Join(errs...)
}

func (r *Replica) closeLog() error {
	var err error
	if r.db != nil {
		err = r.db.Close()
	}
	return errors.Join(err, r.store.Close())
}

// keep writes the metadata record, and takes it over once it is written. r.mu is held.
func (r *Replica) keep(status replica.Status, promised uint64) error {
	if err := r.o.Room(); err != nil {
		return err
	}
	if err := r.db.Put([]byte(replica.MetadataKey), replica.EncodeMetadata(status, promised), nil); err != nil {
		return err
	}
	r.status, r.promised = status, promised
	return nil
}

// persist writes an action, and takes it over once it is written. A learned truncation removes what is before it. r.mu is held.
func (r *Replica) persist(a replica.Action) error {
	batch := new(leveldb.Batch)
	batch.Put(replica.Key(a.Position), replica.EncodeAction(a))
	begin := r.begin
	switch {
	case !a.Learned:
	case a.Type == replica.Truncate:
		begin = max(begin, a.To)
	case a.Type == replica.Nop && a.Tombstone:
		begin = max(begin, a.Position+1)
	}
	var gone []uint64
	if begin > r.begin {
		for p := range r.actions {
			// The record of a truncation stays: it says where the log begins.
			if p < begin && p != a.Position {
				gone = append(gone, p)
				batch.Delete(replica.Key(p))
			}
		}
	}
	if err := r.o.Room(); err != nil {
		return err
	}
	if err := r.db.Write(batch, nil); err != nil {
		return err
	}
	for _, p := range gone {
		delete(r.actions, p)
	}
	r.actions[a.Position] = a
	r.begin, r.end = begin, max(r.end, a.Position)
	return nil
}
