package replica

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/syndtr/goleveldb/leveldb"
	"github.com/syndtr/goleveldb/leveldb/util"
)

// edit changes the only file of a folder that the pattern names.
func edit(t *testing.T, dir, pattern string, change func([]byte) []byte) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(names) != 1 {
		t.Fatalf("%s: %v, error %v", pattern, names, err)
	}
	data, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(names[0], change(data), 0o600); err != nil {
		t.Fatal(err)
	}
}

// preallocated is what LevelDB 1.4 leaves of a region that it did not fill.
func preallocated(b []byte) []byte { return append(b, make([]byte, 64<<10)...) }

// TestReadWhatALivingSchedulerLeaves gives the replica of a running scheduler the ends that files have which nobody closed.
func TestReadWhatALivingSchedulerLeaves(t *testing.T) {
	want, err := Read(unpack(t, "live", "replica-1"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		file   string
		change func([]byte) []byte
	}{
		"zeros behind the journal":          {"*.log", preallocated},
		"zeros behind the manifest":         {"MANIFEST-*", preallocated},
		"a few zeros":                       {"*.log", func(b []byte) []byte { return append(b, 0, 0, 0) }},
		"a header and no more":              {"*.log", func(b []byte) []byte { return append(b, 1, 2, 3, 4, 0xff, 0, fullChunk) }},
		"a part of a record":                {"*.log", func(b []byte) []byte { return append(b, b[:200]...) }},
		"a part of a record, then zeros":    {"*.log", func(b []byte) []byte { return preallocated(append(b, first("cut off here")...)) }},
		"the first chunk of a record alone": {"*.log", func(b []byte) []byte { return append(b, first("cut off here")...) }},
	} {
		t.Run(name, func(t *testing.T) {
			dir := unpack(t, "live", "replica-1")
			edit(t, dir, tt.file, tt.change)
			got, err := Read(dir, nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("state (-want +got):\n%s", diff)
			}
		})
	}
}

// first is a whole first chunk, whose record goes on in others.
func first(content string) []byte {
	const firstChunk = 2
	b := append(make([]byte, headerSize-1), firstChunk)
	b = append(b, content...)
	binary.LittleEndian.PutUint32(b, util.NewCRC(b[headerSize-1:]).Value())
	binary.LittleEndian.PutUint16(b[4:], uint16(len(content)))
	return b
}

// TestReadADyingHostsLastRecord cuts a journal of several blocks off within its last record.
func TestReadADyingHostsLastRecord(t *testing.T) {
	for name, tail := range map[string]func([]byte) []byte{
		"cut off":             func(b []byte) []byte { return b[:8*blockSize] },
		"zeros":               func(b []byte) []byte { return preallocated(b[:8*blockSize]) },
		"last page unwritten": func(b []byte) []byte { clear(b[(len(b)-1)&^(pageSize-1):]); return preallocated(b) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			db, err := leveldb.OpenFile(dir, nil)
			if err != nil {
				t.Fatal(err)
			}
			large := bytes.Repeat([]byte("x"), 5*blockSize)
			for _, r := range []struct{ key, value []byte }{
				{[]byte(MetadataKey), EncodeMetadata(Voting, 1)},
				{Key(0), EncodeAction(Action{Promised: 1, Learned: true, Type: Append, Bytes: large})},
				{Key(1), EncodeAction(Action{Position: 1, Promised: 1, Learned: true, Type: Append, Bytes: large})},
			} {
				if err := db.Put(r.key, r.value, nil); err != nil {
					t.Fatal(err)
				}
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			edit(t, dir, "*.log", tail)
			got, err := Read(dir, nil)
			if err != nil || got.Actions != 1 || got.Status != Voting || got.Promised != 1 {
				t.Errorf("%+v, error %v", got, err)
			}
		})
	}
}

// TestReadFindsDamageBeforeTheEnd damages a journal in ways that look like an end.
func TestReadFindsDamageBeforeTheEnd(t *testing.T) {
	for name, change := range map[string]func([]byte) []byte{
		"a length that leads behind the end":     func(b []byte) []byte { b[5] = 0xff; return b },
		"zeros in the middle":                    func(b []byte) []byte { clear(b[len(b)/3 : len(b)/2]); return b },
		"zeros, and something behind them":       func(b []byte) []byte { return append(preallocated(b), 1) },
		"a record with another checksum":         func(b []byte) []byte { b[len(b)-1]++; return preallocated(b) },
		"a page of zeros, and records behind it": func(b []byte) []byte { clear(b[pageSize : 2*pageSize]); return b },
	} {
		t.Run(name, func(t *testing.T) {
			dir := unpack(t, "live", "replica-1")
			edit(t, dir, "*.log", change)
			if got, err := Read(dir, nil); !errors.Is(err, ErrDamaged) {
				t.Errorf("%+v, error %v", got, err)
			}
		})
	}
}

// TestRebuildUpToWhatWasBeingWritten takes back that the last position was learned, as a leader leaves it that died in the middle, and then
// that the one before was.
func TestRebuildUpToWhatWasBeingWritten(t *testing.T) {
	dir := unpack(t, "live", "replica-1")
	whole, err := Rebuild(dir)
	if err != nil {
		t.Fatal(err)
	}
	last := whole.State.End
	unlearn(t, dir, last)
	got, err := Rebuild(dir)
	if err != nil || !got.Unfinished || got.Missing != nil || got.State.End != last || got.Transactions != whole.Transactions-1 {
		t.Errorf("without the last position: %+v, error %v", got, err)
	}
	unlearn(t, dir, last-1)
	got, err = Rebuild(dir)
	if err != nil || got.Unfinished || !cmp.Equal(got.Missing, []Span{{last - 1, last}}) {
		t.Errorf("without the last two positions: %+v, error %v", got, err)
	}
}

// unlearn takes back that a position was learned.
func unlearn(t *testing.T, dir string, position uint64) {
	t.Helper()
	db, err := leveldb.OpenFile(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	value, err := db.Get(Key(position), nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := decodeRecord(value)
	if err != nil {
		t.Fatal(err)
	}
	r.action.Learned = false
	if err := errors.Join(db.Put(Key(position), EncodeAction(r.action), nil), db.Close()); err != nil {
		t.Fatal(err)
	}
}
