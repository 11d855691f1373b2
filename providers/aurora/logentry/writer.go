package logentry

import (
	"bytes"
	"compress/zlib"
	"crypto/md5" //nolint:gosec // Aurora's frames carry MD5 checksums against damage, not against people.
	"errors"
	"fmt"

	"github.com/restorectl/restorectl/providers/aurora"
)

// DefaultMaxEntry is the default of -dlog_max_entry_size, in bytes.
const DefaultMaxEntry = 512 << 10

// Snapshot gives the payloads in which a scheduler writes a snapshot: deduplicated, deflated, and framed where that is larger than
// maxEntry bytes.
func Snapshot(s *aurora.Snapshot, maxEntry int) ([][]byte, error) {
	shared, err := Deduplicate(s)
	if err != nil {
		return nil, err
	}
	plain, err := aurora.Marshal(&aurora.LogEntry{DeduplicatedSnapshot: shared})
	if err != nil {
		return nil, err
	}
	var deflated bytes.Buffer
	z := zlib.NewWriter(&deflated)
	_, err = z.Write(plain)
	if err := errors.Join(err, z.Close()); err != nil {
		return nil, err
	}
	return frame(&aurora.LogEntry{DeflatedEntry: deflated.Bytes()}, maxEntry)
}

// Transaction gives the payloads in which a scheduler writes operations that belong together.
func Transaction(ops []aurora.Op, maxEntry int) ([][]byte, error) {
	version := int32(1)
	return frame(&aurora.LogEntry{Transaction: &aurora.Transaction{Ops: ops, SchemaVersion: &version}}, maxEntry)
}

// Noop gives the payload that says nothing.
func Noop() ([]byte, error) { return aurora.Marshal(&aurora.LogEntry{Noop: new(bool)}) }

// frame cuts an entry that is too large for one write.
func frame(e *aurora.LogEntry, maxEntry int) ([][]byte, error) {
	whole, err := aurora.Marshal(e)
	if err != nil || len(whole) <= maxEntry {
		return [][]byte{whole}, err
	}
	sum := md5.Sum(whole) //nolint:gosec // See the import.
	chunks := (len(whole) + maxEntry - 1) / maxEntry
	frames := []aurora.Frame{{Header: &aurora.FrameHeader{ChunkCount: int32(chunks), Checksum: sum[:]}}} //nolint:gosec // Far below.
	for at := 0; at < len(whole); at += maxEntry {
		frames = append(frames, aurora.Frame{Chunk: &aurora.FrameChunk{Data: whole[at:min(len(whole), at+maxEntry)]}})
	}
	payloads := make([][]byte, 0, len(frames))
	for i := range frames {
		p, err := aurora.Marshal(&aurora.LogEntry{Frame: &frames[i]})
		if err != nil {
			return nil, err
		}
		payloads = append(payloads, p)
	}
	return payloads, nil
}

// Deduplicate lets the tasks of a snapshot share their configurations. Reduplicate undoes it.
func Deduplicate(s *aurora.Snapshot) (*aurora.DeduplicatedSnapshot, error) {
	partial := *s
	partial.Tasks = nil
	d := &aurora.DeduplicatedSnapshot{PartialSnapshot: &partial}
	known := map[string]int32{}
	for i := range s.Tasks {
		t := s.Tasks[i]
		if t.AssignedTask == nil || t.AssignedTask.Task == nil {
			return nil, fmt.Errorf("task number %d has no configuration", i+1)
		}
		key, err := aurora.Marshal(t.AssignedTask.Task)
		if err != nil {
			return nil, err
		}
		id, ok := known[string(key)]
		if !ok {
			id = int32(len(d.TaskConfigs)) //nolint:gosec // Fewer than tasks.
			known[string(key)] = id
			d.TaskConfigs = append(d.TaskConfigs, *t.AssignedTask.Task)
		}
		assigned := *t.AssignedTask
		assigned.Task = nil
		t.AssignedTask = &assigned
		d.PartialTasks = append(d.PartialTasks, aurora.DeduplicatedScheduledTask{PartialScheduledTask: &t, TaskConfigID: id})
	}
	return d, nil
}
