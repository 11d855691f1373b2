package backup

import (
	"encoding/binary"
	"fmt"
	"io"
)

// The types of the Thrift binary protocol.
const (
	typeStop   = 0
	typeBool   = 2
	typeByte   = 3
	typeDouble = 4
	typeI16    = 6
	typeI32    = 8
	typeI64    = 10
	typeString = 11
	typeStruct = 12
	typeMap    = 13
	typeSet    = 14
	typeList   = 15
)

const (
	// maxText bounds the texts that are kept, which are names and ids, in bytes.
	maxText = 64 << 10
	// maxDepth bounds how deep structs and lists may be nested.
	maxDepth = 64
)

var errNested = fmt.Errorf("values are nested more than %d deep", maxDepth)

// fixedSize is the size of a value of a type in bytes, 0 where it varies.
var fixedSize = [16]int{typeBool: 1, typeByte: 1, typeDouble: 8, typeI16: 2, typeI32: 4, typeI64: 8}

// wire reads the binary protocol from a stream, a block at a time. The first error stays; whoever reads on gets zeros, so that the
// callers need not look at every step. What a length says costs nothing before that many bytes have come.
type wire struct {
	in *blocks
	// buf[at:] is what was read of the stream and not yet used, start where in the stream buf begins; it may be below 0.
	buf   []byte
	at    int
	start int64
	err   error
	// malformed says that the bytes are to blame for err, not the stream.
	malformed bool
}

func newWire(in io.Reader) *wire { return &wire{in: newBlocks(in)} }

// offset is how many bytes were used.
func (w *wire) offset() int64 { return w.start + int64(w.at) }

// fail says that the bytes make no sense.
func (w *wire) fail(err error) {
	if w.err == nil {
		w.err, w.malformed = err, true
	}
}

// fill makes at least n bytes available, which are at most maxText. It says false at the end of the stream.
func (w *wire) fill(n int) bool {
	for w.err == nil {
		if len(w.buf)-w.at >= n {
			return true
		}
		buf, at, err := w.in.next(w.buf[w.at:])
		if err != nil {
			w.err = err
			return false
		}
		w.start += int64(w.at - at)
		w.buf, w.at = buf, at
	}
	return false
}

// ended says that the stream ended and more was asked for. An error that wraps io.EOF is that of a lost connection.
func (w *wire) ended() bool { return w.err == io.EOF } //nolint:errorlint // As a reader says it.

func (w *wire) u8() byte {
	if w.at == len(w.buf) && !w.fill(1) {
		return 0
	}
	b := w.buf[w.at]
	w.at++
	return b
}

func (w *wire) i16() int16 {
	if !w.fill(2) {
		return 0
	}
	v := binary.BigEndian.Uint16(w.buf[w.at:])
	w.at += 2
	return int16(v) //nolint:gosec // The wire's form of it.
}

func (w *wire) i32() int32 {
	if !w.fill(4) {
		return 0
	}
	v := binary.BigEndian.Uint32(w.buf[w.at:])
	w.at += 4
	return int32(v) //nolint:gosec // The wire's form of it.
}

func (w *wire) i64() int64 {
	if !w.fill(8) {
		return 0
	}
	v := binary.BigEndian.Uint64(w.buf[w.at:])
	w.at += 8
	return int64(v) //nolint:gosec // The wire's form of it.
}

// length reads the length of a text or a container.
func (w *wire) length() int {
	n := w.i32()
	if n < 0 {
		w.fail(fmt.Errorf("a length is %d", n))
		return 0
	}
	return int(n)
}

// text reads a text that is kept. It is valid until the wire is used again.
func (w *wire) text() []byte {
	n := w.length()
	if n > maxText {
		w.fail(fmt.Errorf("a name is %d bytes long", n))
		return nil
	}
	return w.piece(n)
}

// piece reads n bytes, at most maxText, that are valid until the wire is used again; none at the end of the stream.
func (w *wire) piece(n int) []byte {
	if !w.fill(n) {
		return nil
	}
	b := w.buf[w.at : w.at+n]
	w.at += n
	return b
}

// discard passes over n bytes.
func (w *wire) discard(n int) {
	for n > 0 && w.err == nil {
		if have := len(w.buf) - w.at; have > 0 {
			step := min(have, n)
			w.at += step
			n -= step
			continue
		}
		w.fill(1)
	}
}

// field reads the head of a field; false at the end of the struct.
func (w *wire) field() (typ byte, id int16, ok bool) {
	if b := w.buf[w.at:]; len(b) >= 3 && b[0] != typeStop {
		w.at += 3
		return b[0], int16(b[1])<<8 | int16(b[2]), true
	}
	if typ = w.u8(); typ == typeStop || w.err != nil {
		return 0, 0, false
	}
	return typ, w.i16(), true
}

// each reads a struct and calls known for each of its fields; known says false for a field that it did not read.
func (w *wire) each(depth int, known func(typ byte, id int16) bool) {
	for {
		typ, id, ok := w.field()
		if !ok {
			return
		}
		if !known(typ, id) {
			w.skip(typ, depth)
		}
	}
}

// structs reads a list or set of structs, calling element for each; containers of something else are passed over.
func (w *wire) structs(depth int, element func()) (count int) {
	elem := w.u8()
	n := w.length()
	for i := 0; i < n && w.err == nil; i++ {
		if elem == typeStruct {
			element()
		} else {
			w.skip(elem, depth)
		}
	}
	if elem != typeStruct {
		return 0
	}
	return n
}
