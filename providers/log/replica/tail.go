package replica

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/syndtr/goleveldb/leveldb/storage"
	"github.com/syndtr/goleveldb/leveldb/util"
)

// LevelDB's journals and manifests (doc/log_format.md) are blocks of chunks: a checksum, a length and a kind before what the chunk holds. A
// record is one full chunk, or a first one, any number of others, and a last one.
const (
	blockSize  = 32 << 10
	headerSize = 7
	// pageSize is how much of a mapped region is written to the disk at once, or not at all.
	pageSize = 4 << 10

	fullChunk = 1
	lastChunk = 4
)

// trimmed is a database's storage whose journals and manifests end behind their last whole record, as LevelDB itself reads them. What
// may follow is no damage. LevelDB before 1.15, as Mesos had it in the days of Aurora 0.12, writes both through mapped regions of zeros and
// cuts off what is left of them when it closes the database, which a scheduler never does. And of the record that was being written
// when a process or a host died, there may be a part.
type trimmed struct{ storage.Storage }

// Open gives a file to read.
func (t trimmed) Open(fd storage.FileDesc) (storage.Reader, error) {
	r, err := t.Storage.Open(fd)
	if err != nil || fd.Type != storage.TypeJournal && fd.Type != storage.TypeManifest {
		return r, err
	}
	end, err := endOfRecords(r)
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return struct {
		*io.SectionReader
		io.Closer
	}{io.NewSectionReader(r, 0, end), r}, nil
}

// endOfRecords gives where the last whole record ends if nothing but zeros or a part of one record follows it, and the file's size
// otherwise: then whoever reads it finds what is wrong.
func endOfRecords(r storage.Reader) (int64, error) {
	size, err := r.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, err
	}
	end := int64(0)
	block := make([]byte, blockSize)
	for base := int64(0); base < size; base += blockSize {
		b := block[:min(blockSize, size-base)]
		if _, err := r.ReadAt(b, base); err != nil {
			return 0, err
		}
		for at := 0; at+headerSize <= len(b); {
			kind, next := chunkAt(b, at)
			switch {
			case kind == 0 && next == at+headerSize:
				return endBefore(r, base+int64(at), size, end)
			case next > len(b) && (len(b) == blockSize || holdsChunk(b[at+1:])):
				return size, nil
			case next > len(b):
				return end, nil
			case kind != fullChunk && kind != lastChunk:
			case unwritten(b, at, next):
				return endBefore(r, base+int64(next), size, end)
			default:
				end = base + int64(next)
			}
			at = next
		}
	}
	return end, nil
}

// endBefore gives end where all from a place on is zeros, and the size otherwise.
func endBefore(r io.ReaderAt, from, size, end int64) (int64, error) {
	block := make([]byte, blockSize)
	for ; from < size; from += blockSize {
		b := block[:min(blockSize, size-from)]
		if _, err := r.ReadAt(b, from); err != nil {
			return 0, err
		}
		if !blank(b) {
			return size, nil
		}
	}
	return end, nil
}

// chunkAt gives the kind of the chunk whose header is at b[at:], and the index behind the chunk, which may be behind the end of b.
func chunkAt(b []byte, at int) (kind byte, next int) {
	return b[at+6], at + headerSize + int(binary.LittleEndian.Uint16(b[at+4:]))
}

// unwritten says that the last page of the chunk at b[at:next] never came to the disk: it is zeros, and the checksum is not.
func unwritten(b []byte, at, next int) bool {
	page := (next - 1) &^ (pageSize - 1)
	const few = 64 // A record may well end in a few zeros.
	return page > at+headerSize && next-page > few && blank(b[page:next]) && !intact(b, at, next)
}

// intact says that the chunk at b[at:next] has its checksum.
func intact(b []byte, at, next int) bool {
	return binary.LittleEndian.Uint32(b[at:]) == util.NewCRC(b[at+headerSize-1:next]).Value()
}

func blank(b []byte) bool { return len(bytes.TrimLeft(b, "\x00")) == 0 }

// holdsChunk says that a whole chunk is somewhere in b, so that what is before it can't be where the writing ended.
func holdsChunk(b []byte) bool {
	for at := range max(0, len(b)-headerSize) {
		kind, next := chunkAt(b, at)
		if kind >= fullChunk && kind <= lastChunk && next <= len(b) && intact(b, at, next) {
			return true
		}
	}
	return false
}
