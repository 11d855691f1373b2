package replica

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/syndtr/goleveldb/leveldb"
	"github.com/syndtr/goleveldb/leveldb/opt"
)

// rawRecords gives a database's keys and values.
func rawRecords(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	db, err := leveldb.OpenFile(dir, &opt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	it := db.NewIterator(nil, nil)
	defer it.Release()
	out := map[string][]byte{}
	for it.Next() {
		out[string(it.Key())] = bytes.Clone(it.Value())
	}
	if err := it.Error(); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestEncodeIsDecodedAgain(t *testing.T) {
	performed := uint64(3)
	for name, a := range map[string]Action{
		"promised only": {Position: 7, Promised: 4},
		"nop":           {Promised: 3, Performed: &performed, Learned: true, Type: Nop},
		"tombstone":     {Position: 1, Promised: 3, Performed: &performed, Learned: true, Type: Nop, Tombstone: true},
		"append":        {Position: 2, Promised: 3, Performed: &performed, Type: Append, Bytes: []byte("entry")},
		"truncate":      {Position: 9999999999, Promised: 5, Performed: &performed, Learned: true, Type: Truncate, To: 42},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := decodeRecord(EncodeAction(a))
			if err != nil || r.kind != recordAction {
				t.Fatalf("kind %d, error %v", r.kind, err)
			}
			if diff := cmp.Diff(a, r.action); diff != "" {
				t.Errorf("(-in +out):\n%s", diff)
			}
			if pos, metadata, err := position(Key(a.Position)); pos != a.Position || metadata || err != nil {
				t.Errorf("key %q is position %d, metadata %v, error %v", Key(a.Position), pos, metadata, err)
			}
		})
	}
	// What mesos-log initialize writes.
	if got := EncodeMetadata(Voting, 0); !bytes.Equal(got, []byte{0x08, 0x03, 0x22, 0x04, 0x08, 0x01, 0x10, 0x00}) {
		t.Errorf("metadata % x", got)
	}
}

// TestEncodeWritesWhatMesosWrote encodes every action of a log of the real library, and wants its bytes.
func TestEncodeWritesWhatMesosWrote(t *testing.T) {
	for _, fixture := range []string{"entries", "truncated"} {
		raw := rawRecords(t, unpack(t, fixture, fixture))
		if len(raw) < 13 {
			t.Fatalf("%s: %d records", fixture, len(raw))
		}
		for key, value := range raw {
			r, err := decodeRecord(value)
			if err != nil {
				t.Fatal(err)
			}
			want := EncodeAction(r.action)
			if r.kind == recordMetadata {
				want = EncodeMetadata(r.status, r.promised)
			} else if !bytes.Equal(Key(r.action.Position), []byte(key)) {
				t.Errorf("%s: key %q for position %d", fixture, key, r.action.Position)
			}
			if !bytes.Equal(want, value) {
				t.Errorf("%s: key %s: % x, want % x", fixture, key, want, value)
			}
		}
	}
}
