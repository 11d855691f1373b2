package sandbox

import (
	"bytes"
	"compress/zlib"
	"crypto/md5" //nolint:gosec // Aurora's frames carry MD5 checksums.
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/syndtr/goleveldb/leveldb"
	"github.com/syndtr/goleveldb/leveldb/opt"
	"github.com/syndtr/goleveldb/leveldb/util"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/restorectl/restorectl/providers/aurora"
	"github.com/restorectl/restorectl/providers/log/replica"
)

// maxEntry is the default of -dlog_max_entry_size, in bytes; larger entries are cut into frames.
const maxEntry = 512 << 10

// filler is how many entries a log gets that has no state to hold, so that there is something to damage.
const filler = 20

// seedLog writes a replica as a scheduler left it: voting, with everything learned. Without a snapshot, and with nothing to damage
// it is as mesos-log initialize leaves it.
func seedLog(dir string, snapshot *aurora.Snapshot, entries bool) (err error) {
	db, err := leveldb.OpenFile(dir, &opt.Options{ErrorIfExist: true})
	if err != nil {
		return fmt.Errorf("the log %s can't be made: %w", dir, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var payloads [][]byte
	switch {
	case snapshot != nil:
		payloads, err = snapshotEntries(snapshot)
	case entries:
		for range filler {
			noop, err := aurora.Marshal(&aurora.LogEntry{Noop: new(bool)})
			if err != nil {
				return err
			}
			payloads = append(payloads, noop)
		}
	}
	if err != nil {
		return fmt.Errorf("the log %s can't be made: %w", dir, err)
	}
	promised := uint64(0)
	batch := new(leveldb.Batch)
	if len(payloads) > 0 {
		promised = 1
		// A new log's first writer begins with a NOP.
		batch.Put(positionKey(0), actionRecord(0, replica.Nop, nil))
		for i, p := range payloads {
			position := uint64(i) + 1 //nolint:gosec // A count.
			batch.Put(positionKey(position), actionRecord(position, replica.Append, p))
		}
	}
	batch.Put([]byte("0000000000"), metadataRecord(replica.Voting, promised))
	if err := db.Write(batch, &opt.WriteOptions{Sync: true}); err != nil {
		return fmt.Errorf("the log %s can't be written: %w", dir, err)
	}
	// The real library compacts whenever it opens a log.
	return db.CompactRange(util.Range{})
}

// snapshotEntries are the payloads in which a scheduler writes a snapshot: deflated, and framed where it is large.
func snapshotEntries(s *aurora.Snapshot) ([][]byte, error) {
	plain, err := aurora.Marshal(&aurora.LogEntry{Snapshot: s})
	if err != nil {
		return nil, err
	}
	var deflated bytes.Buffer
	z := zlib.NewWriter(&deflated)
	if _, err := z.Write(plain); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	entry, err := aurora.Marshal(&aurora.LogEntry{DeflatedEntry: deflated.Bytes()})
	if err != nil || len(entry) <= maxEntry {
		return [][]byte{entry}, err
	}
	sum := md5.Sum(entry) //nolint:gosec // Aurora's frames carry MD5 checksums.
	chunks := (len(entry) + maxEntry - 1) / maxEntry
	frames := []aurora.Frame{{Header: &aurora.FrameHeader{ChunkCount: int32(chunks), Checksum: sum[:]}}} //nolint:gosec // Far below.
	for i := range chunks {
		frames = append(frames, aurora.Frame{Chunk: &aurora.FrameChunk{Data: entry[i*maxEntry : min(len(entry), (i+1)*maxEntry)]}})
	}
	var payloads [][]byte
	for i := range frames {
		p, err := aurora.Marshal(&aurora.LogEntry{Frame: &frames[i]})
		if err != nil {
			return nil, err
		}
		payloads = append(payloads, p)
	}
	return payloads, nil
}

func positionKey(position uint64) []byte { return fmt.Appendf(nil, "%010d", position+1) }

func number(b []byte, field protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), v)
}

func message(b []byte, field protowire.Number, m []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), m)
}

// metadataRecord and actionRecord are the values of the database (Mesos src/messages/log.proto).
func metadataRecord(s replica.Status, promised uint64) []byte {
	return message(number(nil, 1, 3), 4, number(number(nil, 1, uint64(s)), 2, promised))
}

func actionRecord(position uint64, kind replica.ActionType, payload []byte) []byte {
	a := number(number(number(nil, 1, position), 2, 1), 3, 1)
	a = number(number(a, 4, 1), 5, uint64(kind))
	switch kind {
	case replica.Nop:
		a = message(a, 6, nil)
	case replica.Append:
		a = message(a, 7, message(nil, 1, payload))
	case replica.Truncate:
	}
	return message(number(nil, 1, 2), 3, a)
}

// damage is how many bytes of a log's table are changed.
const damage = 300

// damageLog turns over bytes in the middle of a log's largest table.
func damageLog(dir string) error {
	tables, err := filepath.Glob(filepath.Join(dir, "*.ldb"))
	if err != nil {
		return err
	}
	largest, size := "", int64(0)
	for _, t := range tables {
		info, err := os.Stat(t)
		if err != nil {
			return err
		}
		if info.Size() > size {
			largest, size = t, info.Size()
		}
	}
	if largest == "" {
		return fmt.Errorf("the log %s has no table to damage", dir)
	}
	text, err := os.ReadFile(largest) //nolint:gosec // Of the sandbox's own log.
	if err != nil {
		return err
	}
	// The end of a table holds what leads to its blocks: a log without that could not even be opened.
	from := max(0, min(len(text)*2/3, len(text)-damage-200))
	for i := from; i < min(from+damage, len(text)-100); i++ {
		text[i] ^= 0xff
	}
	return os.WriteFile(largest, text, 0o644) //nolint:gosec // The mode of such files.
}
