package backup

import (
	"encoding/binary"
	"errors"
	"fmt"
)

var errType = errors.New("a value is of no known type")

// skip passes over a value. Most values are in the buffer as a whole and need no look at its end for each of their parts.
func (w *wire) skip(typ byte, depth int) {
	if i := skipIn(w.buf, w.at, typ, depth); i > 0 {
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
	case typeString:
		return textIn(b, i)
	case typeStruct:
		return keepIn(b, i, depth, nil, nil)
	case typeMap:
		if i+2 > len(b) {
			return 0
		}
		key, value := b[i], b[i+1]
		n, i := lengthIn(b, i+2)
		for ; n > 0 && i > 0; n-- {
			if i = skipIn(b, i, key, depth+1); i > 0 {
				i = skipIn(b, i, value, depth+1)
			}
		}
		return i
	case typeSet, typeList:
		if i >= len(b) {
			return 0
		}
		elem := b[i]
		n, i := lengthIn(b, i+1)
		if elem == typeStruct {
			for ; n > 0 && i > 0; n-- {
				i = keepIn(b, i, depth+1, nil, nil)
			}
			return i
		}
		for ; n > 0 && i > 0; n-- {
			i = skipIn(b, i, elem, depth+1)
		}
		return i
	}
	if typ < byte(len(fixedSize)) && fixedSize[typ] > 0 {
		return within(b, i+fixedSize[typ])
	}
	return 0
}

// textIn is skipIn for a text.
func textIn(b []byte, i int) int {
	n, i := lengthIn(b, i)
	if i == 0 {
		return 0
	}
	return within(b, i+n)
}

// within gives i, or 0 where that is behind the end of b.
func within(b []byte, i int) int {
	if i > len(b) {
		return 0
	}
	return i
}

// lengthIn gives the length that stands at b[i:], and the index behind it, which is 0 where so many bytes can't follow in b.
func lengthIn(b []byte, i int) (n, behind int) {
	if i+4 > len(b) {
		return 0, 0
	}
	length := binary.BigEndian.Uint32(b[i:])
	if uint64(length) > uint64(len(b)) {
		return 0, 0
	}
	return int(length), i + 4
}

// skipSlowly passes over a value that the buffer does not hold as a whole.
func (w *wire) skipSlowly(typ byte, depth int) {
	if int(typ) < len(fixedSize) && fixedSize[typ] > 0 {
		w.discard(fixedSize[typ])
		return
	}
	if depth > maxDepth {
		w.fail(errNested)
		return
	}
	switch typ {
	case typeString:
		w.discard(w.length())
	case typeStruct:
		w.keepSlowly(depth, nil, nil)
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
