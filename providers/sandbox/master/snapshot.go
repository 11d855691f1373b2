package master

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// snapshotVersion is the version of the file's format.
const snapshotVersion = 1

// snapshot is the file that Snapshot writes.
type snapshot struct {
	Version    int                 `json:"version"`
	Agents     []Agent             `json:"agents"`
	Frameworks []snapshotFramework `json:"frameworks"`
	Events     []Event             `json:"events"`
}

type snapshotFramework struct {
	Framework
	Tasks []Task `json:"tasks"`
	Ended []Task `json:"ended"`
}

// Snapshot writes what the master knows to a JSON file, replacing one that is there in a single step. It may be called after
// Close.
func (s *Server) Snapshot(file string) error {
	var saved snapshot
	s.with(func(l *ledger, _ time.Time) { saved = l.snapshot() })
	data, err := json.MarshalIndent(saved, "", "  ")
	if err != nil {
		return fmt.Errorf("save the simulated master: %w", err)
	}
	if err := replaceFile(file, append(data, '\n')); err != nil {
		return fmt.Errorf("save the simulated master: %w", err)
	}
	return nil
}

// Restore replaces what the master knows by a snapshot. All frameworks have lost their drivers: one that was connected when the
// snapshot was made counts as disconnected since now. Restore fails when the file can't be read, and while a driver is
// connected.
func (s *Server) Restore(file string) error {
	data, err := os.ReadFile(file) // #nosec G304 -- the caller chooses the file
	if err != nil {
		return fmt.Errorf("restore the simulated master: %w", err)
	}
	var saved snapshot
	if err := json.Unmarshal(data, &saved); err != nil {
		return fmt.Errorf("restore the simulated master: %s: %w", file, err)
	}
	if saved.Version != snapshotVersion {
		return fmt.Errorf("restore the simulated master: %s has format version %d, want %d", file, saved.Version, snapshotVersion)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.streams) > 0 {
		return errors.New("restore the simulated master: a driver is connected")
	}
	s.ledger.restore(saved, s.now())
	return nil
}

func (l *ledger) snapshot() snapshot {
	saved := snapshot{Version: snapshotVersion, Agents: append([]Agent{}, l.agents...), Events: append([]Event{}, l.events...)}
	for _, f := range l.frameworks {
		one := snapshotFramework{Framework: f.Framework, Tasks: []Task{}, Ended: append([]Task{}, f.ended...)}
		for _, t := range f.tasks {
			one.Tasks = append(one.Tasks, *t)
		}
		saved.Frameworks = append(saved.Frameworks, one)
	}
	return saved
}

func (l *ledger) restore(saved snapshot, now time.Time) {
	l.agents, l.events, l.frameworks = saved.Agents, saved.Events, nil
	for _, one := range saved.Frameworks {
		f := &framework{Framework: one.Framework, ended: one.Ended}
		for _, t := range one.Tasks {
			f.add(t)
		}
		if !f.Completed {
			f.Recovered = true
		}
		if f.Connected {
			f.Connected, f.Unregistered = false, now
		}
		l.frameworks = append(l.frameworks, f)
	}
}

// replaceFile writes a file beside the old one and renames it over, so that a reader sees one of the two whole.
func replaceFile(file string, data []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*")
	if err != nil {
		return err
	}
	_, err = temporary.Write(data)
	if closeErr := temporary.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(temporary.Name(), file)
	}
	if err != nil {
		_ = os.Remove(temporary.Name())
	}
	return err
}
