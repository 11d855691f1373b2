package disk

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// State is what is wrong with a host's disk. The zero value is a sound one.
type State struct {
	// Full says that no content can be written.
	Full bool `json:"full,omitempty"`
	// ReadOnly are folders in which nothing can be changed.
	ReadOnly []string `json:"read_only,omitempty"`
	// Immutable are files that can't be changed, replaced or removed, as after chattr +i.
	Immutable []string `json:"immutable,omitempty"`
	// Corrupt says that one byte of the next file that is written arrives wrong.
	Corrupt bool `json:"corrupt,omitempty"`
}

// Sound says that nothing is wrong.
func (s *State) Sound() bool {
	return !s.Full && !s.Corrupt && len(s.ReadOnly) == 0 && len(s.Immutable) == 0
}

// readOnly says whether a path lies in a folder that is read-only.
func (s *State) readOnly(path string) bool {
	for _, folder := range s.ReadOnly {
		if path == folder || strings.HasPrefix(path, folder+"/") {
			return true
		}
	}
	return false
}

// Load reads the state of a host's disk. A file that is not there stands for a sound one.
func Load(file string) (State, error) {
	var s State
	text, err := os.ReadFile(file) //nolint:gosec // The sandbox names the file.
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("the disk's state can't be read: %w", err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("the disk's state %s is damaged: %w", file, err)
	}
	return s, nil
}

// Set gives a host's disk a state: file holds it, and bin is the folder at the head of the host's PATH, which gets stand-ins, links to
// program, for as long as the disk is not sound.
func Set(file, bin, program string, s State) error {
	if s.Sound() {
		for _, name := range Names() {
			if err := remove(filepath.Join(bin, name)); err != nil {
				return err
			}
		}
		return remove(file)
	}
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(file+".new", text, 0o600); err != nil {
		return err
	}
	if err := os.Rename(file+".new", file); err != nil {
		return err
	}
	for _, name := range Names() {
		if err := os.Symlink(program, filepath.Join(bin, name)); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}

func remove(file string) error {
	err := os.Remove(file) //nolint:gosec // The sandbox names the file.
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Room is the error of a program of the sandbox that writes content: ENOSPC where the disk whose state lies in the file is full.
func Room(file string) error {
	s, err := Load(file)
	if err == nil && s.Full {
		return syscall.ENOSPC
	}
	return err
}
