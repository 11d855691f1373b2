package netfilter

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Load reads the rules in force from a host's state file. A file that is not there holds no rules.
func Load(stateFile string) (*Ruleset, error) {
	text, err := os.ReadFile(stateFile)
	if errors.Is(err, fs.ErrNotExist) {
		return &Ruleset{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the packet filter's state can't be read: %w", err)
	}
	r := &Ruleset{}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("the packet filter's state %s is damaged: %w", stateFile, err)
	}
	return r, nil
}

// save replaces the state file in a single step.
func (r *Ruleset) save(stateFile string) error {
	text, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return fmt.Errorf("the packet filter's state can't be written: %w", err)
	}
	temp := stateFile + ".new"
	if err := os.WriteFile(temp, append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("the packet filter's state can't be written: %w", err)
	}
	return os.Rename(temp, stateFile)
}

// lock keeps other runs of nft from changing the state; the function that it gives lets them again.
func lock(stateFile string) (func(), error) {
	f, err := os.OpenFile(filepath.Clean(stateFile+".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the packet filter's state can't be locked: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("the packet filter's state can't be locked: %w", err), f.Close())
	}
	return func() { _ = f.Close() }, nil // Closing lets go of the lock.
}
