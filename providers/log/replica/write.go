package replica

import (
	"fmt"

	"github.com/syndtr/goleveldb/leveldb/iterator"
	"google.golang.org/protobuf/encoding/protowire"
)

// MetadataKey is the key of the record that holds a replica's status and its promise.
const MetadataKey = "0000000000"

// Key is the key of a position's record.
func Key(position uint64) []byte {
	const widest = 9999999999 // In ten digits; newer versions of Mesos write larger ones in another way.
	n := position + 1
	if n > widest {
		return fmt.Appendf(nil, "A%020d", n)
	}
	return fmt.Appendf(nil, "%010d", n)
}

// EncodeMetadata gives the record of a replica's status and of the highest proposal that it promised.
func EncodeMetadata(s Status, promised uint64) []byte {
	return appendMessage(appendNumber(nil, 1, recordMetadata), 4, appendNumber(appendNumber(nil, 1, uint64(s)), 2, promised))
}

// EncodeAction gives the record of an action.
func EncodeAction(a Action) []byte {
	m := appendNumber(appendNumber(nil, 1, a.Position), 2, a.Promised)
	if a.Performed != nil {
		m = appendNumber(m, 3, *a.Performed)
	}
	if a.Learned {
		m = appendNumber(m, 4, 1)
	}
	if a.Type != 0 {
		m = appendNumber(m, 5, uint64(a.Type))
	}
	switch a.Type {
	case Nop:
		var nop []byte
		if a.Tombstone {
			nop = appendNumber(nil, 1, 1)
		}
		m = appendMessage(m, 6, nop)
	case Append:
		m = appendMessage(m, 7, appendMessage(nil, 1, a.Bytes))
	case Truncate:
		m = appendMessage(m, 8, appendNumber(nil, 1, a.To))
	}
	return appendMessage(appendNumber(nil, 1, recordAction), 3, m)
}

func appendNumber(b []byte, field protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), v)
}

func appendMessage(b []byte, field protowire.Number, m []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), m)
}

// Scan reads a replica's records from a database that its caller has open, as Read does from a folder. Errors wrap ErrDamaged; the
// state covers what was read before them.
func Scan(it iterator.Iterator, each func(Action) error) (*State, error) {
	c := counter{state: State{Status: Empty}}
	for it.Next() {
		if err := c.take(it.Key(), it.Value(), each); err != nil {
			return c.finish(), err
		}
	}
	if err := it.Error(); err != nil {
		return c.finish(), classify(err)
	}
	return c.finish(), nil
}
