package backup

import (
	"encoding/binary"
	"errors"
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
	// bufferSize is how much is read at once, in bytes; maxText bounds the texts that are kept, which are names and ids.
	bufferSize = 512 << 10
	maxText    = 64 << 10
	// maxDepth bounds how deep structs and lists may be nested.
	maxDepth = 64
)

// fixedSize is the size of a value of a type in bytes, 0 where it varies.
var fixedSize = [16]int{typeBool: 1, typeByte: 1, typeDouble: 8, typeI16: 2, typeI32: 4, typeI64: 8}

var errType = errors.New("a value is of no known type")

// wire reads the binary protocol from a stream through one buffer. The first error stays; whoever reads on gets zeros, so that the
// callers need not look at every step. What a length says costs nothing before that many bytes have come.
type wire struct {
	in       io.Reader
	buf      []byte
	at, end  int
	consumed int64
	err      error
	// malformed says that the bytes are to blame for err, not the stream.
	malformed bool
}

func newWire(in io.Reader) *wire { return &wire{in: in, buf: make([]byte, bufferSize)} }

// offset is how many bytes were read.
func (w *wire) offset() int64 { return w.consumed + int64(w.at) }

// fail says that the bytes make no sense.
func (w *wire) fail(err error) {
	if w.err == nil {
		w.err, w.malformed = err, true
	}
}

// fill makes at least n bytes available, which the buffer must be able to hold. It says false at the end of the stream.
func (w *wire) fill(n int) bool {
	if w.err != nil {
		return false
	}
	if w.end-w.at >= n {
		return true
	}
	w.consumed += int64(w.at)
	copy(w.buf, w.buf[w.at:w.end])
	w.end -= w.at
	w.at = 0
	for w.end < n {
		got, err := w.in.Read(w.buf[w.end:])
		w.end += got
		if w.end >= n {
			break
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			w.err = err
			return false
		}
	}
	return true
}

func (w *wire) u8() byte {
	if w.end == w.at && !w.fill(1) {
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

// text reads a text that is kept. It is valid until the next call.
func (w *wire) text() []byte {
	n := w.length()
	if n > maxText {
		w.fail(fmt.Errorf("a name is %d bytes long", n))
		return nil
	}
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
		if have := w.end - w.at; have > 0 {
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
	if b := w.buf[w.at:w.end]; len(b) >= 3 && b[0] != typeStop {
		w.at += 3
		return b[0], int16(b[1])<<8 | int16(b[2]), true
	}
	if typ = w.u8(); typ == typeStop || w.err != nil {
		return 0, 0, false
	}
	return typ, w.i16(), true
}

// skip passes over a value. Most values are in the buffer as a whole and need no look at its end for each of their parts.
func (w *wire) skip(typ byte, depth int) {
	if i := skipIn(w.buf[:w.end], w.at, typ, depth); i > 0 {
		w.at = i
		return
	}
	w.skipSlowly(typ, depth)
}

// skipIn gives the index behind the value of a type at b[i:], or 0 where the value is not whole there, or makes no sense.
func skipIn(b []byte, i int, typ byte, depth int) int {
	if depth > maxDepth {
		return 0
	}
	switch typ {
	case typeBool, typeByte:
		i++
	case typeI16:
		i += 2
	case typeI32:
		i += 4
	case typeI64, typeDouble:
		i += 8
	case typeString:
		if i+4 > len(b) {
			return 0
		}
		n := binary.BigEndian.Uint32(b[i:])
		if uint64(n) > uint64(len(b)) {
			return 0
		}
		i += 4 + int(n)
	case typeStruct:
		for {
			if i+3 > len(b) {
				if i < len(b) && b[i] == typeStop {
					return i + 1
				}
				return 0
			}
			t := b[i]
			if t == typeStop {
				return i + 1
			}
			if i = skipIn(b, i+3, t, depth+1); i == 0 {
				return 0
			}
		}
	case typeMap:
		if i+6 > len(b) {
			return 0
		}
		key, value, n := b[i], b[i+1], binary.BigEndian.Uint32(b[i+2:])
		for i += 6; n > 0; n-- {
			if i = skipIn(b, i, key, depth+1); i == 0 {
				return 0
			}
			if i = skipIn(b, i, value, depth+1); i == 0 {
				return 0
			}
		}
	case typeSet, typeList:
		if i+5 > len(b) {
			return 0
		}
		elem, n := b[i], binary.BigEndian.Uint32(b[i+1:])
		for i += 5; n > 0; n-- {
			if i = skipIn(b, i, elem, depth+1); i == 0 {
				return 0
			}
		}
	default:
		return 0
	}
	if i > len(b) {
		return 0
	}
	return i
}

// skipSlowly passes over a value that the buffer does not hold as a whole.
func (w *wire) skipSlowly(typ byte, depth int) {
	if int(typ) < len(fixedSize) && fixedSize[typ] > 0 {
		w.discard(fixedSize[typ])
		return
	}
	if depth > maxDepth {
		w.fail(fmt.Errorf("values are nested more than %d deep", maxDepth))
		return
	}
	switch typ {
	case typeString:
		w.discard(w.length())
	case typeStruct:
		for {
			t, _, ok := w.field()
			if !ok {
				return
			}
			w.skip(t, depth+1)
		}
	case typeMap:
		key, value := w.u8(), w.u8()
		for n := w.length(); n > 0 && w.err == nil; n-- {
			w.skip(key, depth+1)
			w.skip(value, depth+1)
		}
	case typeSet, typeList:
		elem := w.u8()
		n := w.length()
		if int(elem) < len(fixedSize) && fixedSize[elem] > 0 {
			w.discard(n * fixedSize[elem])
			return
		}
		for ; n > 0 && w.err == nil; n-- {
			w.skip(elem, depth+1)
		}
	default:
		w.fail(fmt.Errorf("%w: %d", errType, typ))
	}
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
