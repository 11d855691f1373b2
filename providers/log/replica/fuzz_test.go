package replica

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/syndtr/goleveldb/leveldb/iterator"

	"github.com/restorectl/restorectl/providers/log/replica/replicatest"
)

// FuzzDecodeRecord gives the decoder records that no replica wrote. What it takes as an action must come out the same when it is
// encoded and decoded again.
func FuzzDecodeRecord(f *testing.F) {
	performed := uint64(3)
	f.Add(EncodeMetadata(Voting, 7))
	f.Add([]byte{0x08, 0x03, 0x22, 0x04, 0x08, 0x01, 0x10, 0x00})
	f.Add([]byte{0x08, 0x02, 0x1a, 0x02, 0x08, 0x01})
	for _, a := range []Action{
		{Position: 1, Promised: 2, Performed: &performed, Learned: true, Type: Append, Bytes: []byte("entry")},
		{Position: 2, Type: Nop, Tombstone: true}, {Position: 3, Type: Truncate, To: 2}, {Position: 4},
	} {
		f.Add(EncodeAction(a))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := decodeRecord(data)
		if err == nil && (r.kind < recordPromise || r.kind > recordMetadata) {
			t.Errorf("kind %d is taken", r.kind)
		}
		if err != nil || r.kind != recordAction {
			return
		}
		again, err := decodeRecord(EncodeAction(r.action))
		if err != nil || again.action.Position != r.action.Position || again.action.Type != r.action.Type ||
			r.action.Type == Append && !bytes.Equal(again.action.Bytes, r.action.Bytes) {
			t.Errorf("%+v became %+v, error %v", r.action, again.action, err)
		}
	})
}

// FuzzScan gives a replica's database two records that no replica wrote: a key and a value each, as LevelDB gives them. Whatever they
// say, positions are counted in order and without much work.
func FuzzScan(f *testing.F) {
	performed := uint64(3)
	entry := EncodeAction(Action{Position: 1, Promised: 2, Performed: &performed, Learned: true, Type: Append, Bytes: []byte("entry")})
	cut := EncodeAction(Action{Position: 1 << 40, Learned: true, Type: Truncate, To: 1 << 63})
	f.Add([]byte(MetadataKey), EncodeMetadata(Voting, 7), Key(1), entry)
	f.Add(Key(1), entry, Key(1<<40), cut)
	f.Add([]byte("A18446744073709551615"), EncodeAction(Action{Position: 1<<64 - 2, Type: Nop, Tombstone: true, Learned: true}), Key(1), entry)
	f.Add([]byte("key"), []byte{0x08, 0x02}, []byte{}, []byte{0x1a, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, key1, value1, key2, value2 []byte) {
		given := 0
		s, err := Scan(iterator.NewArrayIterator(records{{key1, value1}, {key2, value2}}), func(Action) error { given++; return nil })
		if err != nil && !errors.Is(err, ErrDamaged) {
			t.Errorf("an error of no known kind: %v", err)
		}
		if s.Actions != given || s.Unlearned > uint64(given) || len(s.Spans) > given {
			t.Errorf("%d actions were given: %+v", given, s)
		}
		for _, span := range s.Spans {
			if span.First < s.Begin || span.Last < span.First || span.Last > s.End {
				t.Errorf("positions outside of the log, or backwards: %+v", s)
			}
		}
	})
}

// records are what a database holds, as they are.
type records [][2][]byte

func (r records) Len() int                        { return len(r) }
func (r records) Search([]byte) int               { return 0 }
func (r records) Index(i int) (key, value []byte) { return r[i][0], r[i][1] }

// FuzzRead puts other bytes into one of the files of a replica's database: they must be read or refused, and left as they are.
func FuzzRead(f *testing.F) {
	root := f.TempDir()
	if err := replicatest.Unpack("entries", root); err != nil {
		f.Fatal(err)
	}
	sound := files(f, filepath.Join(root, "entries"))
	names := slices.Sorted(maps.Keys(sound))
	for i, name := range names {
		f.Add(uint8(i), []byte(sound[name]))
		f.Add(uint8(i), []byte(sound[name])[:len(sound[name])/2])
	}
	f.Fuzz(func(t *testing.T, which uint8, content []byte) {
		dir := t.TempDir()
		want := maps.Clone(sound)
		want[names[int(which)%len(names)]] = string(content)
		for name, data := range want {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Read(dir, nil); err != nil && !errors.Is(err, ErrDamaged) {
			t.Errorf("an error of no known kind: %v", err)
		}
		if diff := cmp.Diff(want, files(t, dir)); diff != "" {
			t.Errorf("reading changed the files:\n%s", diff)
		}
	})
}

// FuzzEndOfRecords looks for the end of journals that nobody wrote: it is within them, and what is left ends there.
func FuzzEndOfRecords(f *testing.F) {
	f.Add([]byte{})
	f.Add(first("a record that goes on"))
	f.Add(append(first("a record that goes on"), make([]byte, 2*headerSize)...))
	f.Add(bytes.Repeat([]byte{0, 0, 0, 0, 1, 0, fullChunk, 0xff}, 3))
	f.Add([]byte{0, 0, 0, 0, 0xff, 0x7f, lastChunk})
	f.Fuzz(func(t *testing.T, data []byte) {
		end, err := endOfRecords(journal{bytes.NewReader(data)})
		if err != nil || end < 0 || end > int64(len(data)) {
			t.Fatalf("%d of %d, error %v", end, len(data), err)
		}
		if again, err := endOfRecords(journal{bytes.NewReader(data[:end])}); err != nil || end < int64(len(data)) && again != end {
			t.Errorf("%d of %d, and then %d, error %v", end, len(data), again, err)
		}
	})
}

// journal is one in memory.
type journal struct{ *bytes.Reader }

func (journal) Close() error { return nil }
