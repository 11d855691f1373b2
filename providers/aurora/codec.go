package aurora

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/apache/thrift/lib/go/thrift"
)

// maxDepth bounds how deep structs may nest in what is read; Aurora's deepest is about ten.
const maxDepth = 32

// ErrTrailing says that bytes are left behind a struct that should have filled its input.
var ErrTrailing = errors.New("bytes are left behind the end of the struct")

// DecodeError says where in a binary input decoding failed.
type DecodeError struct {
	// Offset counts bytes from the beginning of the input to where reading stopped, Size is the input's length.
	Offset, Size int64
	Err          error
}

// Error gives the place and the cause.
func (e *DecodeError) Error() string {
	return fmt.Sprintf("at byte %d of %d: %v", e.Offset, e.Size, e.Err)
}

// Unwrap gives the cause.
func (e *DecodeError) Unwrap() error { return e.Err }

// Unmarshal decodes the struct that fills data, in the binary protocol, into v, a pointer to a struct. Its errors are
// *DecodeError; ErrTrailing where the struct ends before data does. A length in data that the rest of data can't hold is refused.
func Unmarshal(data []byte, v any) error {
	in := &input{Reader: bytes.NewReader(data)}
	err := Decode(context.Background(), thrift.NewTBinaryProtocolConf(in, strict()), v)
	if err == nil && in.Len() > 0 {
		err = ErrTrailing
	}
	if err != nil {
		return &DecodeError{Offset: int64(len(data) - in.Len()), Size: int64(len(data)), Err: err}
	}
	return nil
}

// Marshal encodes v, a pointer to a struct, in the binary protocol.
func Marshal(v any) ([]byte, error) {
	buf := thrift.NewTMemoryBuffer()
	p := thrift.NewTBinaryProtocolConf(buf, strict())
	if err := Encode(context.Background(), p, v); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// strict lets a message be as large as a transport can be. The library checks each length against RemainingBytes of the transport.
func strict() *thrift.TConfiguration {
	return &thrift.TConfiguration{MaxMessageSize: 1 << 31 >> 1, TBinaryStrictRead: new(true), TBinaryStrictWrite: new(true)}
}

// input is a transport that reads from memory and knows how much is left.
type input struct{ *bytes.Reader }

func (*input) Open() error                 { return nil }
func (*input) Close() error                { return nil }
func (*input) IsOpen() bool                { return true }
func (*input) Flush(context.Context) error { return nil }
func (*input) Write([]byte) (int, error)   { return 0, errors.New("a decoder's input can't be written") }
func (in *input) RemainingBytes() uint64   { return uint64(in.Len()) } //nolint:gosec // A length is not negative.

// Decode reads a struct into v, a pointer to a struct, from any of the Thrift library's protocols. Lengths are bounded by what the
// protocol's transport says is left; a protocol that reads ahead, as TJSON does, needs a transport that always says the whole size.
func Decode(ctx context.Context, p thrift.TProtocol, v any) error {
	d := decoder{ctx: ctx, p: p}
	return d.run(v)
}

type decoder struct {
	ctx context.Context
	p   thrift.TProtocol
}

func (d *decoder) run(v any) error {
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Pointer || rv.Elem().Kind() != reflect.Struct {
		return fmt.Errorf("%T is not a pointer to a struct", v)
	}
	return d.structure(rv.Elem(), 0)
}

func (d *decoder) structure(v reflect.Value, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("structs are nested more than %d deep", maxDepth)
	}
	fields := describe(v.Type())
	if _, err := d.p.ReadStructBegin(d.ctx); err != nil {
		return err
	}
	for {
		_, typ, id, err := d.p.ReadFieldBegin(d.ctx)
		if err != nil {
			return err
		}
		if typ == thrift.STOP {
			return d.p.ReadStructEnd(d.ctx)
		}
		if f, ok := fields.byID[id]; ok && f.wire == typ {
			err = d.value(v.Field(f.index), f.wire, depth)
		} else {
			err = d.skip(typ, depth)
		}
		if err != nil {
			return fmt.Errorf("%s, field %d: %w", v.Type().Name(), id, err)
		}
		if err := d.p.ReadFieldEnd(d.ctx); err != nil {
			return err
		}
	}
}

func (d *decoder) value(v reflect.Value, wire thrift.TType, depth int) error {
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	switch wire {
	case thrift.BOOL:
		b, err := d.p.ReadBool(d.ctx)
		v.SetBool(b)
		return err
	case thrift.I32:
		n, err := d.p.ReadI32(d.ctx)
		v.SetInt(int64(n))
		return err
	case thrift.I64:
		n, err := d.p.ReadI64(d.ctx)
		v.SetInt(n)
		return err
	case thrift.DOUBLE:
		f, err := d.p.ReadDouble(d.ctx)
		v.SetFloat(f)
		return err
	case thrift.STRING:
		return d.text(v)
	case thrift.STRUCT:
		return d.structure(v, depth+1)
	case thrift.LIST, thrift.SET:
		return d.sequence(v, wire, depth)
	case thrift.MAP:
		return d.mapping(v, depth)
	default:
		return fmt.Errorf("type %v is not one of Aurora's", wire)
	}
}

func (d *decoder) text(v reflect.Value) error {
	if v.Kind() == reflect.Slice {
		b, err := d.p.ReadBinary(d.ctx)
		if b == nil {
			b = []byte{}
		}
		v.SetBytes(b)
		return err
	}
	s, err := d.p.ReadString(d.ctx)
	v.SetString(s)
	return err
}

func (d *decoder) sequence(v reflect.Value, wire thrift.TType, depth int) error {
	begin, end := d.p.ReadListBegin, d.p.ReadListEnd
	if wire == thrift.SET {
		begin, end = d.p.ReadSetBegin, d.p.ReadSetEnd
	}
	elem, n, err := begin(d.ctx)
	if err != nil {
		return err
	}
	t := v.Type().Elem()
	want := wireOf(t)
	// No room is made ahead of what is read: a length costs a hostile file nothing.
	out := reflect.MakeSlice(v.Type(), 0, 0)
	for range n {
		if elem != want {
			if err := d.skip(elem, depth); err != nil {
				return err
			}
			continue
		}
		e := reflect.New(t).Elem()
		if err := d.value(e, want, depth); err != nil {
			return err
		}
		out = reflect.Append(out, e)
	}
	v.Set(out)
	return end(d.ctx)
}

func (d *decoder) mapping(v reflect.Value, depth int) error {
	kt, vt, n, err := d.p.ReadMapBegin(d.ctx)
	if err != nil {
		return err
	}
	wantKey, wantValue := wireOf(v.Type().Key()), wireOf(v.Type().Elem())
	v.Set(reflect.MakeMap(v.Type()))
	for range n {
		if kt != wantKey || vt != wantValue {
			if err := errors.Join(d.skip(kt, depth), d.skip(vt, depth)); err != nil {
				return err
			}
			continue
		}
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		if err := d.value(key, kt, depth); err != nil {
			return err
		}
		if err := d.value(value, vt, depth); err != nil {
			return err
		}
		v.SetMapIndex(key, value)
	}
	return d.p.ReadMapEnd(d.ctx)
}

func (d *decoder) skip(t thrift.TType, depth int) error {
	return thrift.Skip(d.ctx, d.p, t, maxDepth-depth)
}
