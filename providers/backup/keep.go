package backup

import "encoding/binary"

// structure says which fields of a struct are kept, by their ids.
type structure []field

// field is a field that is kept: that it was there, its value where that is a text or an I32, and of a struct what inside says.
type field struct {
	typ    byte
	slot   slot
	inside structure
}

// slot is where a field is kept.
type slot uint8

// maxSlots bounds how many fields are kept of one value.
const maxSlots = 32

// kept is what was kept of a value.
type kept struct {
	seen uint32
	// values are valid where seen says so, and until the wire is used again.
	values [maxSlots][]byte
	// copies are of those values that did not come in one piece with the others.
	copies [maxSlots][]byte
}

func (k *kept) has(s slot) bool { return k.seen&(1<<s) != 0 }

// text gives a text, empty where it is not there.
func (k *kept) text(s slot) []byte {
	if !k.has(s) {
		return nil
	}
	return k.values[s]
}

// i32 gives a number, 0 where it is not there.
func (k *kept) i32(s slot) int32 {
	v := k.text(s)
	if len(v) != 4 {
		return 0
	}
	return int32(v[0])<<24 | int32(v[1])<<16 | int32(v[2])<<8 | int32(v[3])
}

// keep reads a struct and keeps of it what want says.
func (w *wire) keep(depth int, want structure, got *kept) {
	got.seen = 0
	if i := keepIn(w.buf, w.at, depth, want, got); i > 0 {
		w.at = i
		return
	}
	got.seen = 0
	w.keepSlowly(depth, want, got)
}

// keepIn reads a struct at b[i:] and gives the index behind it, or 0 where it is not whole there, or makes no sense.
func keepIn(b []byte, i, depth int, want structure, got *kept) int {
	if depth > maxDepth {
		return 0
	}
	for i+4 <= len(b) {
		head := binary.BigEndian.Uint32(b[i:])
		typ, id := byte(head>>24), int(head>>8&0xffff)
		if typ == typeStop {
			return i + 1
		}
		i += 3
		switch {
		case id < len(want) && want[id].typ == typ:
			i = keepFieldIn(b, i, depth+1, &want[id], got)
		case typ == typeString:
			i = textIn(b, i)
		case typ < byte(len(fixedSize)) && fixedSize[typ] > 0:
			i += fixedSize[typ]
		default:
			i = skipIn(b, i, typ, depth+1)
		}
		if i == 0 {
			return 0
		}
	}
	if i < len(b) && b[i] == typeStop {
		return i + 1
	}
	return 0
}

// keepFieldIn keeps a field whose value is at b[i:], as keepIn does.
func keepFieldIn(b []byte, i, depth int, f *field, got *kept) int {
	got.seen |= 1 << f.slot
	if f.typ == typeStruct {
		return keepIn(b, i, depth, f.inside, got)
	}
	end := skipIn(b, i, f.typ, depth)
	if end == 0 {
		return 0
	}
	if f.typ == typeString {
		if i += 4; end-i > maxText {
			return 0
		}
	}
	got.values[f.slot] = b[i:end]
	return end
}

// keepSlowly reads a struct that the buffer does not hold as a whole.
func (w *wire) keepSlowly(depth int, want structure, got *kept) {
	if depth > maxDepth {
		w.fail(errNested)
		return
	}
	for {
		typ, id, ok := w.field()
		if !ok {
			return
		}
		if id < 0 || int(id) >= len(want) || want[id].typ != typ {
			w.skip(typ, depth+1)
			continue
		}
		f := &want[id]
		got.seen |= 1 << f.slot
		switch typ {
		case typeStruct:
			w.keepSlowly(depth+1, f.inside, got)
		case typeString:
			got.copy(f.slot, w.text())
		case typeI32:
			got.copy(f.slot, w.piece(4))
		default:
			w.skip(typ, depth+1)
		}
	}
}

// copy keeps a copy of a value.
func (k *kept) copy(s slot, value []byte) {
	k.copies[s] = append(k.copies[s][:0], value...)
	k.values[s] = k.copies[s]
}
