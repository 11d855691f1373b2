package replica

import (
	"bytes"
	"testing"
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
