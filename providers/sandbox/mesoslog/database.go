package mesoslog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/syndtr/goleveldb/leveldb"
	"github.com/syndtr/goleveldb/leveldb/opt"
	"github.com/syndtr/goleveldb/leveldb/storage"
	"github.com/syndtr/goleveldb/leveldb/util"
	"google.golang.org/protobuf/encoding/protowire"
)

// metadataKey is the key of the record that says the replica's status.
const metadataKey = "0000000000"

// The statuses of a replica that the tool tells apart (log.proto).
const (
	statusVoting = 1
	statusEmpty  = 4
)

// entry is an action's place in the log and its encoded message.
type entry struct {
	position uint64
	message  []byte
	learned  bool
}

// database is an open log, as the real tool knows it after its recovery.
type database struct {
	db         *leveldb.DB
	store      storage.Storage
	status     uint64
	begin, end uint64
	entries    []entry
}

// recoveryError is the message with which the tool gives up on a log.
func recoveryError(why string) error {
	return fmt.Errorf("EXIT with status 1: Failed to recover the log: %s", why)
}

// open opens a log as the real tool does: for writing, making one where there is none, compacting all of it.
func (t *tool) open(dir string) (*database, error) {
	lock := filepath.Join(dir, "LOCK")
	if _, err := os.Stat(filepath.Dir(filepath.Clean(dir))); errors.Is(err, fs.ErrNotExist) {
		return nil, recoveryError("NotFound: " + lock + ": No such file or directory")
	}
	store, err := storage.OpenFile(dir, false)
	switch {
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, storage.ErrLocked):
		return nil, recoveryError("IO error: lock " + lock + ": Resource temporarily unavailable")
	case errors.Is(err, fs.ErrPermission):
		return nil, recoveryError("IO error: " + lock + ": Permission denied")
	case err != nil:
		return nil, recoveryError("IO error: " + err.Error())
	}
	d := &database{store: store, status: statusEmpty}
	if err := errors.Join(wipe(dir), d.recover()); err != nil {
		return nil, errors.Join(recoveryError(err.Error()), d.close())
	}
	t.log("replica.cpp:320", "%s", d.recovered())
	return d, nil
}

// wipe does what LevelDB does where CURRENT is missing: whatever else is there belongs to nobody and goes.
func wipe(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "CURRENT")); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	entries, err := os.ReadDir(dir)
	errs := []error{err}
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, "MANIFEST-") || slices.Contains([]string{".log", ".ldb", ".sst"}, filepath.Ext(name)) {
			errs = append(errs, os.Remove(filepath.Join(dir, name)))
		}
	}
	return errors.Join(errs...)
}

// recover reads the whole log once. What a checksum refuses is passed over.
func (d *database) recover() error {
	var err error
	if d.db, err = leveldb.Open(d.store, &opt.Options{Strict: opt.NoStrict}); err != nil {
		return fmt.Errorf("Corruption: %w", err)
	}
	if err := d.db.CompactRange(util.Range{}); err != nil {
		return fmt.Errorf("Corruption: %w", err)
	}
	it := d.db.NewIterator(nil, nil)
	defer it.Release()
	for it.Next() {
		if err := d.take(string(it.Key()), it.Value()); err != nil {
			return err
		}
	}
	return nil // An error of the iterator is one of the things that the tool passes over.
}

var errRecord = errors.New("Failed to deserialize record")

func (d *database) take(key string, value []byte) error {
	record, err := fields(value)
	if err != nil {
		return errRecord
	}
	const promise, action, metadata = 2, 3, 4
	switch {
	case key == metadataKey && record.bytes[promise] != nil:
		d.status = statusVoting
	case key == metadataKey:
		m, err := fields(record.bytes[metadata])
		if err != nil {
			return errRecord
		}
		if status, ok := m.numbers[1]; ok {
			d.status = status
		}
	default:
		return d.add(record.bytes[action])
	}
	return nil
}

// add takes an action into account.
func (d *database) add(message []byte) error {
	const position, learned, kind, nop, truncate = 1, 4, 5, 6, 8
	const isNop, isTruncate = 1, 3
	a, err := fields(message)
	if err != nil {
		return errRecord
	}
	e := entry{position: a.numbers[position], learned: a.numbers[learned] != 0, message: append([]byte{}, message...)}
	d.end = max(d.end, e.position)
	d.entries = append(d.entries, e)
	if !e.learned {
		return nil
	}
	inner, err := fields(a.bytes[map[uint64]protowire.Number{isNop: nop, isTruncate: truncate}[a.numbers[kind]]])
	switch {
	case err != nil:
		return errRecord
	case a.numbers[kind] == isTruncate:
		d.begin = max(d.begin, inner.numbers[1])
	case a.numbers[kind] == isNop && inner.numbers[1] != 0:
		d.begin = max(d.begin, e.position+1)
	}
	return nil
}

// recovered is the line that a replica logs about itself.
func (d *database) recovered() string {
	there, unlearned := uint64(0), 0
	for _, e := range d.entries {
		if e.position < d.begin {
			continue
		}
		there++
		if !e.learned {
			unlearned++
		}
	}
	holes := uint64(0)
	if len(d.entries) > 0 && d.end >= d.begin {
		holes = d.end - d.begin + 1 - there
	}
	return fmt.Sprintf("Replica recovered with log positions %d -> %d with %d holes and %d unlearned", d.begin, d.end, holes, unlearned)
}

func (d *database) close() error {
	var err error
	if d.db != nil {
		err = d.db.Close()
	}
	return errors.Join(err, d.store.Close())
}

// message is a decoded protobuf message: its varints and its bytes, by field number.
type message struct {
	numbers map[protowire.Number]uint64
	bytes   map[protowire.Number][]byte
}

func fields(b []byte) (message, error) {
	m := message{map[protowire.Number]uint64{}, map[protowire.Number][]byte{}}
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return m, protowire.ParseError(n)
		}
		b = b[n:]
		switch typ {
		case protowire.VarintType:
			m.numbers[num], n = protowire.ConsumeVarint(b)
		case protowire.BytesType:
			m.bytes[num], n = protowire.ConsumeBytes(b)
		default:
			n = protowire.ConsumeFieldValue(num, typ, b)
		}
		if n < 0 {
			return m, protowire.ParseError(n)
		}
		b = b[n:]
	}
	return m, nil
}

// text writes an action in protobuf's text format.
func text(action []byte) string {
	a, err := fields(action)
	if err != nil {
		return ""
	}
	var s strings.Builder
	number := func(num protowire.Number, name string) {
		if v, ok := a.numbers[num]; ok {
			s.WriteString(name + ": " + strconv.FormatUint(v, 10) + "\n")
		}
	}
	number(1, "position")
	number(2, "promised")
	number(3, "performed")
	if v, ok := a.numbers[4]; ok {
		s.WriteString("learned: " + strconv.FormatBool(v != 0) + "\n")
	}
	if v, ok := a.numbers[5]; ok {
		s.WriteString("type: " + map[uint64]string{1: "NOP", 2: "APPEND", 3: "TRUNCATE"}[v] + "\n")
	}
	block := func(num protowire.Number, name string, line func(inner message) string) {
		if b, ok := a.bytes[num]; ok {
			inner, _ := fields(b) // It was decoded at recovery.
			s.WriteString(name + " {\n" + line(inner) + "}\n")
		}
	}
	block(6, "nop", func(inner message) string {
		if v, ok := inner.numbers[1]; ok {
			return "  tombstone: " + strconv.FormatBool(v != 0) + "\n"
		}
		return ""
	})
	block(7, "append", func(inner message) string {
		line := `  bytes: "` + escape(inner.bytes[1]) + "\"\n"
		if sum, ok := inner.bytes[2]; ok {
			line += `  cksum: "` + escape(sum) + "\"\n"
		}
		return line
	})
	block(8, "truncate", func(inner message) string { return "  to: " + strconv.FormatUint(inner.numbers[1], 10) + "\n" })
	return s.String()
}

// escape writes bytes as protobuf's text format does: other than printable ASCII in three octal digits.
func escape(b []byte) string {
	var s strings.Builder
	named := map[byte]string{'\n': `\n`, '\r': `\r`, '\t': `\t`, '"': `\"`, '\'': `\'`, '\\': `\\`}
	for _, c := range b {
		switch word, ok := named[c]; {
		case ok:
			s.WriteString(word)
		case c < ' ' || c > '~':
			_, _ = fmt.Fprintf(&s, `\%03o`, c) // It can't fail.
		default:
			s.WriteByte(c)
		}
	}
	return s.String()
}
