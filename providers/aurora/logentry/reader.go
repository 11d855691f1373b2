// Package logentry turns what the replicated log holds into the entries that a scheduler sees: frames are put together, deflated
// entries inflated, and deduplicated snapshots filled up again, exactly as a scheduler does it at its start.
package logentry

import (
	"bytes"
	"compress/zlib"
	"crypto/md5" //nolint:gosec // Aurora's frames carry MD5 checksums against damage, not against people.
	"errors"
	"fmt"
	"io"

	"github.com/restorectl/restorectl/providers/aurora"
)

// MaxInflated bounds the size of an inflated entry, in bytes.
const MaxInflated = 4 << 30

// ErrChecksum says that a complete frame does not have the checksum that its header announces. A scheduler does not start on it.
var ErrChecksum = errors.New("a framed entry has another checksum than its header says")

// Counts says what a Reader met.
type Counts struct {
	Snapshots    int `json:"snapshots"`
	Transactions int `json:"transactions"`
	Noops        int `json:"noops"`
	// AbortedFrames were begun and interrupted by another entry; StrayChunks have no header.
	AbortedFrames int `json:"aborted_frames"`
	StrayChunks   int `json:"stray_chunks"`
}

// Reader rebuilds a scheduler's state from the payloads of its log, in order.
type Reader struct {
	Store  *aurora.Store
	Counts Counts

	header *aurora.FrameHeader
	chunks [][]byte
}

// NewReader starts with an empty state.
func NewReader() *Reader { return &Reader{Store: aurora.NewStore()} }

// Read takes the payload of one APPEND. Its errors are those that keep a scheduler from starting; the state is then that before
// the payload.
func (r *Reader) Read(payload []byte) error {
	var e aurora.LogEntry
	if err := aurora.Unmarshal(payload, &e); err != nil {
		return fmt.Errorf("decode log entry: %w", err)
	}
	return r.entry(&e)
}

// Close says that the log ends here: a frame that lacks chunks was aborted.
func (r *Reader) Close() { r.abort() }

func (r *Reader) entry(e *aurora.LogEntry) error {
	if e.Frame != nil {
		return r.frame(e.Frame)
	}
	r.abort()
	switch {
	case e.DeflatedEntry != nil:
		return r.inflate(e.DeflatedEntry)
	case e.DeduplicatedSnapshot != nil:
		snap, err := Reduplicate(e.DeduplicatedSnapshot)
		if err != nil {
			return err
		}
		r.Counts.Snapshots++
		r.Store.Load(snap)
	case e.Snapshot != nil:
		r.Counts.Snapshots++
		r.Store.Load(e.Snapshot)
	case e.Transaction != nil:
		r.Counts.Transactions++
		for i := range e.Transaction.Ops {
			r.Store.Apply(&e.Transaction.Ops[i])
		}
	case e.Noop != nil:
		r.Counts.Noops++
	default:
		return errors.New("a log entry is of no known kind")
	}
	return nil
}

func (r *Reader) abort() {
	if r.header != nil {
		r.Counts.AbortedFrames++
	}
	r.header, r.chunks = nil, nil
}

func (r *Reader) frame(f *aurora.Frame) error {
	switch {
	case f.Header != nil:
		r.abort()
		r.header = f.Header
		return nil
	case f.Chunk == nil:
		return errors.New("a frame is neither header nor chunk")
	case r.header == nil:
		r.Counts.StrayChunks++
		return nil
	}
	r.chunks = append(r.chunks, f.Chunk.Data)
	if len(r.chunks) < int(r.header.ChunkCount) {
		return nil
	}
	whole, header := bytes.Join(r.chunks, nil), r.header
	r.header, r.chunks = nil, nil
	if sum := md5.Sum(whole); !bytes.Equal(sum[:], header.Checksum) { //nolint:gosec // See the import.
		return ErrChecksum
	}
	return r.Read(whole)
}

func (r *Reader) inflate(deflated []byte) error {
	z, err := zlib.NewReader(bytes.NewReader(deflated))
	if err != nil {
		return fmt.Errorf("inflate log entry: %w", err)
	}
	data, err := io.ReadAll(io.LimitReader(z, MaxInflated+1))
	if err != nil {
		return fmt.Errorf("inflate log entry: %w", err)
	}
	if len(data) > MaxInflated {
		return fmt.Errorf("an inflated log entry is larger than %d GiB", int64(MaxInflated)>>30)
	}
	var e aurora.LogEntry
	if err := aurora.Unmarshal(data, &e); err != nil {
		return fmt.Errorf("decode inflated log entry: %w", err)
	}
	if e.Frame != nil || e.DeflatedEntry != nil {
		return errors.New("a deflated entry holds a frame or another deflated entry, which no scheduler writes")
	}
	return r.entry(&e)
}

// Reduplicate gives each task of a deduplicated snapshot its configuration back.
func Reduplicate(d *aurora.DeduplicatedSnapshot) (*aurora.Snapshot, error) {
	if d.PartialSnapshot == nil {
		return nil, errors.New("a deduplicated snapshot lacks its snapshot")
	}
	snap := *d.PartialSnapshot
	snap.Tasks = make([]aurora.ScheduledTask, 0, len(d.PartialTasks))
	for i, p := range d.PartialTasks {
		switch {
		case p.PartialScheduledTask == nil || p.PartialScheduledTask.AssignedTask == nil:
			return nil, fmt.Errorf("task number %d of a deduplicated snapshot is empty", i+1)
		case p.TaskConfigID < 0 || int(p.TaskConfigID) >= len(d.TaskConfigs):
			return nil, fmt.Errorf("task number %d of a deduplicated snapshot has the configuration %d of %d", i+1, p.TaskConfigID, len(d.TaskConfigs))
		}
		t, assigned := *p.PartialScheduledTask, *p.PartialScheduledTask.AssignedTask
		assigned.Task = &d.TaskConfigs[p.TaskConfigID]
		t.AssignedTask = &assigned
		snap.Tasks = append(snap.Tasks, t)
	}
	return &snap, nil
}
