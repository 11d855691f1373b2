package aurora

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/apache/thrift/lib/go/thrift"
)

// field is one tagged field of a struct.
type field struct {
	index int
	id    int16
	name  string
	wire  thrift.TType
	// omit leaves the field out while it is zero: nil in the schedulers that write it.
	omit bool
}

// fields describes a struct type: its fields in the order of the source, and by id.
type fields struct {
	ordered []field
	byID    map[int16]field
}

// descriptions caches what describe found out, by reflect.Type. It only ever holds what the types themselves say.
var descriptions sync.Map

func describe(t reflect.Type) *fields {
	if d, ok := descriptions.Load(t); ok {
		return d.(*fields)
	}
	d := &fields{byID: map[int16]field{}}
	for i := range t.NumField() {
		tag, ok := t.Field(i).Tag.Lookup("thrift")
		if !ok {
			continue
		}
		number, kind, _ := strings.Cut(tag, ",")
		id, err := strconv.ParseInt(number, 10, 16)
		if err != nil {
			panic(fmt.Sprintf("%s.%s: tag %q has no field id", t.Name(), t.Field(i).Name, tag))
		}
		f := field{index: i, id: int16(id), name: t.Field(i).Name, wire: wireOf(t.Field(i).Type), omit: kind == "opt"}
		if kind == "set" {
			f.wire = thrift.SET
		}
		d.ordered = append(d.ordered, f)
		d.byID[f.id] = f
	}
	descriptions.Store(t, d)
	return d
}

// wireOf gives the Thrift type of a Go type; a slice is a list unless its tag says set. It panics on a type that Thrift does not have:
// only this package's own structs get here, and the first test that touches one would show it.
func wireOf(t reflect.Type) thrift.TType {
	switch t.Kind() {
	case reflect.Pointer:
		return wireOf(t.Elem())
	case reflect.Bool:
		return thrift.BOOL
	case reflect.Int32:
		return thrift.I32
	case reflect.Int64:
		return thrift.I64
	case reflect.Float64:
		return thrift.DOUBLE
	case reflect.String:
		return thrift.STRING
	case reflect.Struct:
		return thrift.STRUCT
	case reflect.Map:
		return thrift.MAP
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return thrift.STRING
		}
		return thrift.LIST
	default:
		panic("no Thrift type for " + t.String())
	}
}

// Encode writes v, a pointer to a struct, through any of the Thrift library's protocols: the fields that are present, in the
// order of the source; sets and lists in the order that they have, maps by key.
func Encode(ctx context.Context, p thrift.TProtocol, v any) error {
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Pointer || rv.Elem().Kind() != reflect.Struct {
		return fmt.Errorf("%T is not a pointer to a struct", v)
	}
	e := encoder{ctx: ctx, p: p}
	e.structure(rv.Elem())
	e.do(func() error { return p.Flush(ctx) })
	return e.err
}

// encoder writes until something fails.
type encoder struct {
	ctx context.Context
	p   thrift.TProtocol
	err error
}

func (e *encoder) do(f func() error) {
	if e.err == nil {
		e.err = f()
	}
}

func (e *encoder) structure(v reflect.Value) {
	e.do(func() error { return e.p.WriteStructBegin(e.ctx, v.Type().Name()) })
	for _, f := range describe(v.Type()).ordered {
		fv := v.Field(f.index)
		if k := fv.Kind(); f.omit && fv.IsZero() || (k == reflect.Pointer || k == reflect.Slice || k == reflect.Map) && fv.IsNil() {
			continue
		}
		e.do(func() error { return e.p.WriteFieldBegin(e.ctx, f.name, f.wire, f.id) })
		e.value(fv, f.wire)
		e.do(func() error { return e.p.WriteFieldEnd(e.ctx) })
	}
	e.do(func() error { return e.p.WriteFieldStop(e.ctx) })
	e.do(func() error { return e.p.WriteStructEnd(e.ctx) })
}

func (e *encoder) value(v reflect.Value, wire thrift.TType) {
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch wire {
	case thrift.BOOL:
		e.do(func() error { return e.p.WriteBool(e.ctx, v.Bool()) })
	case thrift.I32:
		e.do(func() error { return e.p.WriteI32(e.ctx, int32(v.Int())) }) //nolint:gosec // The Go type has 32 bits.
	case thrift.I64:
		e.do(func() error { return e.p.WriteI64(e.ctx, v.Int()) })
	case thrift.DOUBLE:
		e.do(func() error { return e.p.WriteDouble(e.ctx, v.Float()) })
	case thrift.STRING:
		if v.Kind() == reflect.Slice {
			e.do(func() error { return e.p.WriteBinary(e.ctx, v.Bytes()) })
			return
		}
		e.do(func() error { return e.p.WriteString(e.ctx, v.String()) })
	case thrift.STRUCT:
		e.structure(v)
	case thrift.LIST, thrift.SET:
		e.sequence(v, wire)
	case thrift.MAP:
		e.mapping(v)
	default:
		e.do(func() error { return fmt.Errorf("type %v is not one of Aurora's", wire) })
	}
}

func (e *encoder) sequence(v reflect.Value, wire thrift.TType) {
	begin, end := e.p.WriteListBegin, e.p.WriteListEnd
	if wire == thrift.SET {
		begin, end = e.p.WriteSetBegin, e.p.WriteSetEnd
	}
	elem := wireOf(v.Type().Elem())
	e.do(func() error { return begin(e.ctx, elem, v.Len()) })
	for i := range v.Len() {
		e.value(v.Index(i), elem)
	}
	e.do(func() error { return end(e.ctx) })
}

func (e *encoder) mapping(v reflect.Value) {
	kt, vt := wireOf(v.Type().Key()), wireOf(v.Type().Elem())
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return cmp.Compare(a.String(), b.String()) })
	e.do(func() error { return e.p.WriteMapBegin(e.ctx, kt, vt, len(keys)) })
	for _, k := range keys {
		e.value(k, kt)
		e.value(v.MapIndex(k), vt)
	}
	e.do(func() error { return e.p.WriteMapEnd(e.ctx) })
}
