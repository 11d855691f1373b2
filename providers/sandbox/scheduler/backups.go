package scheduler

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/restorectl/restorectl/providers/aurora"
	"github.com/restorectl/restorectl/providers/backup"
)

// backupPrefix begins the names of finished backups; the rest is the local time.
const backupPrefix = "scheduler-backup-"

// backup writes the present state into backup_dir and deletes the oldest of too many. Only the log and a gauge tell where that fails: as from
// the real scheduler, the answer is OK.
func (p *process) backup() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ready {
		return errNotReady
	}
	if err := p.writeBackup(); err != nil {
		p.out.say('E', "qtp", "StorageBackup$StorageBackupImpl", "Failed to prepare backup: %v", err)
		p.counts.backupFailures++
		return nil
	}
	p.counts.backups++
	return nil
}

func (p *process) writeBackup() error {
	data, err := aurora.Marshal(p.now())
	if err != nil {
		return err
	}
	if err := p.room(); err != nil {
		return err
	}
	dir := p.flags.text("backup_dir")
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // As the real scheduler makes it.
		return err
	}
	name := backupPrefix + time.Now().Format("2006-01-02-15-04")
	temp := filepath.Join(dir, "temp_"+name)
	if err := os.WriteFile(temp, data, 0o644); err != nil { //nolint:gosec // As the real scheduler writes it.
		return err
	}
	if err := os.Rename(temp, filepath.Join(dir, name)); err != nil {
		return err
	}
	names, err := backupNames(dir)
	if err != nil {
		return err
	}
	names = slices.DeleteFunc(names, func(n string) bool { return !strings.HasPrefix(n, backupPrefix) })
	for len(names) > p.flags.number("max_saved_backups") {
		if err := os.Remove(filepath.Join(dir, names[0])); err != nil {
			return err
		}
		names = names[1:]
	}
	return nil
}

// backupNames are the names of all files in backup_dir, sorted.
func backupNames(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	names := []string{}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, nil
}

// The answers to recovery calls.
var (
	errNoBackup = errors.New("No backup loaded.")
	errLoaded   = errors.New("Another backup is already loaded.")
	errNoText   = errors.New("") // A refused cron job has no message.
	errQuota    = errors.New(`Cannot invoke "java.util.Set.size()" because "<local4>" is null`)
)

// stage loads a backup into memory, on any scheduler.
func (p *process) stage(name string) error {
	file := p.flags.text("backup_dir") + "/" + name
	missing := fmt.Errorf("Backup %s does not exist.", file)
	if strings.Contains(name, "/") {
		return missing
	}
	data, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return missing
	case err != nil:
		return fmt.Errorf("Failed to read backup java.io.FileNotFoundException: %w", err)
	}
	var snap aurora.Snapshot
	if err := aurora.Unmarshal(data, &snap); err != nil && !errors.Is(err, aurora.ErrTrailing) {
		return undecodable(err)
	}
	b := backup.Backup{Snapshot: snap}
	switch {
	case len(b.Refusals()) > 0:
		return errNoText
	case len(b.LaterRefusals()) > 0:
		return errQuota
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.staged != nil {
		return errLoaded
	}
	p.staged = aurora.NewStore()
	p.staged.Load(&snap)
	return nil
}

// undecodable says what a scheduler says of a file that is no backup. What is told of its bytes is in this decoder's words.
func undecodable(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("Failed to decode backup org.apache.thrift.transport.TTransportException: Socket is closed by peer.")
	}
	return fmt.Errorf("Failed to decode backup org.apache.thrift.protocol.TProtocolException: %w", err)
}

// loaded calls f with what is staged.
func (p *process) loaded(f func(*aurora.Store)) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.staged == nil {
		return errNoBackup
	}
	f(p.staged)
	return nil
}

// unload drops what is staged.
func (p *process) unload() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.staged = nil
}

// commit makes what is staged the state of the cluster, and ends this scheduler.
func (p *process) commit() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.staged == nil:
		return errNoBackup
	case !p.ready:
		return errNotReady
	}
	if err := p.snapshot(p.staged.Snapshot()); err != nil {
		return err
	}
	p.staged, p.ready = nil, false
	p.out.info("main", "Lifecycle", "Shutting down application")
	p.background(func() { p.shutdown("") })
	return nil
}
