package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/planner/planfile"
)

// Adopt takes a run over whose journal is given by records, as a copy had them: it writes the plan file at path and the journal beside it,
// and records that the run is open and was adopted, by whom, and how its hosts are reached from here. It waits for a lock that a process has which may
// be gone already. Files that are there and are not the run's are never overwritten: another plan is an error, another journal is put aside.
func (s *Session) Adopt(ctx context.Context, path string, records []executor.Record, around *planner.Surroundings, cluster Cluster) error {
	h, err := adoptable(records)
	if err != nil {
		return err
	}
	digest := h.Forward.Digest
	journal := JournalPath(path, digest)
	if err := refusePlan(path, digest); err != nil {
		return err
	}
	lock, err := s.patientLock(ctx, digest, cluster)
	if err != nil {
		return err
	}
	release := func(failure error) error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releasePatience)
		defer cancel()
		return errors.Join(failure, lock.Release(ctx, failure == nil && h.Over()))
	}
	if _, err := planfile.Write(path, h.Forward.Plan, nil); err != nil {
		return release(err)
	}
	if err := s.placeJournal(journal, records); err != nil {
		return release(err)
	}
	j, err := s.openJournal(ctx, journal, cluster.Mirror(planner.RunID(digest)))
	if err != nil {
		return release(err)
	}
	err = errors.Join(j.Append(executor.Event{Kind: executor.EventAdopt, Plan: digest, By: s.By, From: s.From, Surroundings: around}), j.Close())
	if err == nil && !h.Over() {
		err = lock.Open(ctx) // The claim may have been ended by hand, and from now on nobody else must begin.
	}
	return release(err)
}

// adoptable reads the history of a run that is to be taken over.
func adoptable(records []executor.Record) (*executor.History, error) {
	events := executor.Events(records)
	if err := executor.Consistent(events); err != nil {
		return nil, err
	}
	h := executor.NewHistory(events)
	if h.Forward == nil {
		return nil, errors.New("the copies of the journal begin no run: nothing was altered; `restorectl unlock` ends its claim")
	}
	return h, nil
}

// refusePlan refuses to write over another plan.
func refusePlan(path, digest string) error {
	_, there, err := planfile.Read(path)
	if _, missing := os.Lstat(path); errors.Is(missing, fs.ErrNotExist) || err == nil && there == digest {
		return nil
	}
	return fmt.Errorf("%s is there and is not the plan of run %s: nothing was done; name another file with --out", path, planner.RunID(digest))
}

// adoptPatience is how long adopt waits for a lock, and adoptWait how long between two tries: a process that is gone without a word
// loses it within that time.
const (
	adoptPatience = time.Minute
	adoptWait     = 3 * time.Second
)

// busy is implemented by errors that say that somebody works on the cluster now.
type busy interface{ Busy() bool }

func (s *Session) patientLock(ctx context.Context, digest string, cluster Cluster) (executor.Lock, error) {
	for end := time.Now().Add(adoptPatience); ; {
		lock, err := cluster.Lock(ctx, s.claim(digest))
		b := busy(nil)
		if err == nil || !errors.As(err, &b) || !b.Busy() || time.Now().After(end) {
			return lock, err
		}
		if _, err := fmt.Fprintf(s.Out, "Waiting for the lock: %v\n", err); err != nil {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-s.Stop:
			return nil, executor.ErrStopped
		case <-time.After(adoptWait):
		}
	}
}

// placeJournal writes the journal, whole or not at all. One that is there and is not the beginning of it is put aside; one that goes
// further needs no adoption.
func (s *Session) placeJournal(path string, records []executor.Record) error {
	var text []byte
	for i := range records {
		text = append(text, records[i].Line...)
	}
	there, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case bytes.HasPrefix(there, text):
		return nil // What follows is a torn line, or what the copies have not yet.
	case !bytes.HasPrefix(text, there):
		aside := path + ".aside-" + s.Now().UTC().Format("20060102-150405")
		if err := os.Rename(path, aside); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(s.Out, "The journal that was here is kept as %s.\n", aside); err != nil {
			return err
		}
	}
	return writeWhole(path, text)
}

// writeWhole writes a file with mode 0600, and returns when it is on the disk under its name.
func writeWhole(path string, text []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // CreateTemp makes files of mode 0600.
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // Gone already after the rename.
	_, err = tmp.Write(text)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
