package zkserver

import (
	"encoding/binary"
	"errors"
)

// maxFrame is the largest request that is read, in bytes: the real server's jute.maxbuffer.
const maxFrame = 0xfffff

var errMalformed = errors.New("malformed request")

// encoder appends values in jute, ZooKeeper's encoding: big-endian numbers, and strings and buffers after their length.
type encoder struct{ buf []byte }

func (e *encoder) int32(v int32)   { e.buf = binary.BigEndian.AppendUint32(e.buf, uint32(v)) }
func (e *encoder) int64(v int64)   { e.buf = binary.BigEndian.AppendUint64(e.buf, uint64(v)) }
func (e *encoder) string(v string) { e.int32(int32(len(v))); e.buf = append(e.buf, v...) }

func (e *encoder) bool(v bool) {
	var b byte
	if v {
		b = 1
	}
	e.buf = append(e.buf, b)
}

// buffer writes nil as a length of -1, which is how the protocol tells "no data" from "empty data".
func (e *encoder) buffer(v []byte) {
	if v == nil {
		e.int32(-1)
		return
	}
	e.int32(int32(len(v)))
	e.buf = append(e.buf, v...)
}

func (e *encoder) strings(v []string) {
	e.int32(int32(len(v)))
	for _, s := range v {
		e.string(s)
	}
}

func (e *encoder) acls(v []acl) {
	e.int32(int32(len(v)))
	for _, a := range v {
		e.int32(a.perms)
		e.string(a.scheme)
		e.string(a.id)
	}
}

// frame is what was encoded, behind its length.
func (e *encoder) frame() []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(e.buf))), e.buf...)
}

// decoder reads values from one frame. After the first value that is not there, err is set and every value is zero.
type decoder struct {
	buf []byte
	err error
}

func (d *decoder) take(n int) []byte {
	if d.err != nil || n < 0 || n > len(d.buf) {
		d.err = errMalformed
		return nil
	}
	v := d.buf[:n]
	d.buf = d.buf[n:]
	return v
}

func (d *decoder) int32() int32 {
	b := d.take(4)
	if b == nil {
		return 0
	}
	return int32(binary.BigEndian.Uint32(b))
}

func (d *decoder) int64() int64 {
	b := d.take(8)
	if b == nil {
		return 0
	}
	return int64(binary.BigEndian.Uint64(b))
}

func (d *decoder) bool() bool {
	b := d.take(1)
	return b != nil && b[0] != 0
}

func (d *decoder) buffer() []byte {
	n := d.int32()
	if d.err != nil || n == -1 {
		return nil
	}
	return append([]byte{}, d.take(int(n))...)
}

func (d *decoder) string() string { return string(d.buffer()) }

func (d *decoder) strings() []string {
	var v []string
	for n := d.int32(); n > 0 && d.err == nil; n-- {
		v = append(v, d.string())
	}
	return v
}

func (d *decoder) acls() []acl {
	var v []acl
	for n := d.int32(); n > 0 && d.err == nil; n-- {
		v = append(v, acl{perms: d.int32(), scheme: d.string(), id: d.string()})
	}
	return v
}
