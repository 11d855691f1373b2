package replica

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// Status is what a replica says of itself.
type Status uint64

// The statuses of a replica.
const (
	Voting     Status = 1
	Recovering Status = 2
	Starting   Status = 3
	Empty      Status = 4
)

// String gives the name in log.proto.
func (s Status) String() string {
	names := map[Status]string{Voting: "VOTING", Recovering: "RECOVERING", Starting: "STARTING", Empty: "EMPTY"}
	if n, ok := names[s]; ok {
		return n
	}
	return strconv.FormatUint(uint64(s), 10)
}

// ActionType is what an action does.
type ActionType uint64

// The types of actions.
const (
	Nop      ActionType = 1
	Append   ActionType = 2
	Truncate ActionType = 3
)

// Action is what a replica knows of one position.
type Action struct {
	Position  uint64
	Promised  uint64
	Performed *uint64
	Learned   bool
	// Type is 0 where nothing was performed.
	Type ActionType
	// Tombstone says that a NOP stands for a position that was truncated away.
	Tombstone bool
	// Bytes are what an APPEND holds, To where a TRUNCATE cuts: everything before it is gone.
	Bytes []byte
	To    uint64
}

// record is one value of the database.
type record struct {
	kind     uint64
	status   Status
	promised uint64
	action   Action
}

// The kinds of records.
const (
	recordPromise  = 1
	recordAction   = 2
	recordMetadata = 3
)

var errRecord = errors.New("it is not a record of a replicated log")

// walk calls f for each field of a protobuf message. f gets a varint or the bytes, by the field's type; others are skipped.
func walk(msg []byte, f func(num protowire.Number, v uint64, b []byte) error) error {
	for len(msg) > 0 {
		num, typ, n := protowire.ConsumeTag(msg)
		if n < 0 {
			return fmt.Errorf("%w: %w", errRecord, protowire.ParseError(n))
		}
		msg = msg[n:]
		var v uint64
		var b []byte
		switch typ {
		case protowire.VarintType:
			v, n = protowire.ConsumeVarint(msg)
		case protowire.BytesType:
			b, n = protowire.ConsumeBytes(msg)
		default:
			n = protowire.ConsumeFieldValue(num, typ, msg)
		}
		if n < 0 {
			return fmt.Errorf("%w: %w", errRecord, protowire.ParseError(n))
		}
		msg = msg[n:]
		if err := f(num, v, b); err != nil {
			return err
		}
	}
	return nil
}

func decodeRecord(value []byte) (record, error) {
	r := record{status: Empty}
	err := walk(value, func(num protowire.Number, v uint64, b []byte) error {
		switch num {
		case 1:
			r.kind = v
		case 2: // The old format: a replica with a promise counts as VOTING.
			r.status = Voting
			return walk(b, func(num protowire.Number, v uint64, _ []byte) error {
				if num == 1 {
					r.promised = v
				}
				return nil
			})
		case 3:
			return decodeAction(b, &r.action)
		case 4:
			return walk(b, func(num protowire.Number, v uint64, _ []byte) error {
				switch num {
				case 1:
					r.status = Status(v)
				case 2:
					r.promised = v
				}
				return nil
			})
		}
		return nil
	})
	if err == nil && (r.kind < recordPromise || r.kind > recordMetadata) {
		err = fmt.Errorf("%w: it is of kind %d", errRecord, r.kind)
	}
	return r, err
}

func decodeAction(msg []byte, a *Action) error {
	return walk(msg, func(num protowire.Number, v uint64, b []byte) error {
		switch num {
		case 1:
			a.Position = v
		case 2:
			a.Promised = v
		case 3:
			a.Performed = &v
		case 4:
			a.Learned = v != 0
		case 5:
			a.Type = ActionType(v)
		case 6, 7, 8:
			return walk(b, func(inner protowire.Number, v uint64, b []byte) error {
				switch {
				case num == 6 && inner == 1:
					a.Tombstone = v != 0
				case num == 7 && inner == 1:
					a.Bytes = append([]byte{}, b...)
				case num == 8 && inner == 1:
					a.To = v
				}
				return nil
			})
		}
		return nil
	})
}

// position reads a key: ten digits, or A and twenty, of the position + 1; 0 is the metadata record.
func position(key []byte) (pos uint64, metadata bool, err error) {
	n, err := strconv.ParseUint(strings.TrimPrefix(string(key), "A"), 10, 64)
	if err != nil {
		return 0, false, fmt.Errorf("the key %q is not one of a replicated log", key)
	}
	if n == 0 {
		return 0, true, nil
	}
	return n - 1, false, nil
}
