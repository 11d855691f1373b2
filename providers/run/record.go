package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
)

// The states of a run's record.
const (
	StateOpen       = "open"
	StateReverted   = "reverted"
	StateRolledBack = "rolled-back"
	StateRebuilt    = "rebuilt"
	StateRejoined   = "rejoined"
	// StateUnlocked is that of a run whose claim an operator ended: it is not finished, and no other run has to wait for it.
	StateUnlocked = "unlocked"
)

// recordFormat is the version of run.json that this package writes.
const recordFormat = 1

// recordFile is run.json.
type recordFile struct {
	Format int `json:"format"`
	planner.RunRecord
}

// Path is a path in the run's folder.
func (f *Folder) Path(elem ...string) string {
	return path.Join(append([]string{f.Parent, f.ID}, elem...)...)
}

// Open makes the run's folder and its record. Opened again it changes nothing. A *executor.Refusal says that another run is
// open on the host, or that this one was closed already.
func (f *Folder) Open(ctx context.Context, record planner.RunRecord) error {
	done, err := f.opened(ctx)
	if err != nil || done {
		return err
	}
	for _, folder := range []string{f.Parent, f.Path(), f.Path("saved")} {
		if err := host.MakeFolder(ctx, f.Host, folder, host.FileInfo{Mode: fs.ModeDir | 0o700}); err != nil {
			return err
		}
	}
	record.ID, record.State = f.ID, StateOpen
	if err := f.write(ctx, record); err != nil {
		return err
	}
	// Somebody else may have done the same at the same moment.
	_, err = f.opened(ctx)
	return err
}

// opened says whether the run's record is there and open; a *executor.Refusal says why it must not be opened.
func (f *Folder) opened(ctx context.Context) (bool, error) {
	records, err := Records(ctx, f.Host, f.Parent)
	if err != nil {
		return false, err
	}
	own := false
	for _, r := range records {
		switch {
		case r.ID != f.ID && r.State == StateOpen:
			return false, &executor.Refusal{
				Reason: fmt.Sprintf("run %s of %s from %s, begun %s, is open on %s", r.ID, r.By, r.From, r.Started.UTC().Format("2006-01-02 15:04 MST"), f.Host.Name()),
				Remedy: "finish it with `restorectl apply` or undo it with `restorectl revert` there where its journal lies",
			}
		case r.ID == f.ID && r.State != StateOpen:
			return false, &executor.Refusal{
				Reason: fmt.Sprintf("run %s was closed on %s already: %s", r.ID, f.Host.Name(), r.State),
				Remedy: "make a new plan",
			}
		case r.ID == f.ID:
			own = true
		}
	}
	return own, nil
}

// Close writes into the record how the run ended: StateReverted, StateRolledBack, StateRebuilt, StateRejoined or StateUnlocked. Closed again in the same way it changes
// nothing, and where the run has no record there is nothing to close.
func (f *Folder) Close(ctx context.Context, state string) error {
	if !slices.Contains([]string{StateReverted, StateRolledBack, StateRebuilt, StateRejoined, StateUnlocked}, state) {
		return fmt.Errorf("a run can't be closed as %q", state)
	}
	record, there, err := f.Record(ctx)
	switch {
	case err != nil || !there || record.State == state:
		return err
	case state == StateUnlocked && record.State != StateOpen:
		return nil
	case record.State != StateOpen && record.State != StateUnlocked:
		return &executor.Refusal{Reason: fmt.Sprintf("run %s was closed on %s already: %s", f.ID, f.Host.Name(), record.State)}
	}
	record.State = state
	return f.write(ctx, record)
}

// Reopen opens the record of a run again that was unlocked. Any other record stays as it is.
func (f *Folder) Reopen(ctx context.Context) error {
	record, there, err := f.Record(ctx)
	if err != nil || !there || record.State != StateUnlocked {
		return err
	}
	record.State = StateOpen
	return f.write(ctx, record)
}

// Record reads the run's record; false says that there is none.
func (f *Folder) Record(ctx context.Context) (planner.RunRecord, bool, error) {
	r, err := readRecord(ctx, f.Host, f.Path("run.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return r, false, nil
	}
	return r, err == nil, err
}

func (f *Folder) write(ctx context.Context, record planner.RunRecord) error {
	return writeJSON(ctx, f.Host, f.Path("run.json"), recordFile{recordFormat, record})
}

// Records reads the records of all runs whose folders lie in parent, oldest first. A folder without a record is one that was
// cut off while it was made, and is left out.
func Records(ctx context.Context, h host.Host, parent string) ([]planner.RunRecord, error) {
	entries, err := host.ReadDir(ctx, h, parent)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var records []planner.RunRecord
	for _, e := range entries {
		if !e.Mode.IsDir() {
			continue
		}
		r, err := readRecord(ctx, h, path.Join(e.Path, "run.json"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		records = append(records, r)
	}
	slices.SortStableFunc(records, func(a, b planner.RunRecord) int {
		if c := a.Started.Compare(b.Started); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return records, nil
}

func readRecord(ctx context.Context, h host.Host, file string) (planner.RunRecord, error) {
	var r recordFile
	if err := readJSON(ctx, h, file, &r); err != nil {
		return planner.RunRecord{}, err
	}
	if r.Format != recordFormat {
		return planner.RunRecord{}, fmt.Errorf("%s on %s has format %d, this restorectl knows %d; use the release that began that run", file, h.Name(), r.Format, recordFormat)
	}
	return r.RunRecord, nil
}

func readJSON(ctx context.Context, h host.Host, file string, into any) error {
	text, _, err := host.ReadFile(ctx, h, file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s on %s can't be understood: %w", file, h.Name(), err)
	}
	return nil
}

func writeJSON(ctx context.Context, h host.Host, file string, what any) error {
	text, err := json.MarshalIndent(what, "", "  ")
	if err != nil {
		return err
	}
	return host.WriteFile(ctx, h, file, append(text, '\n'), host.FileInfo{Mode: 0o600})
}
