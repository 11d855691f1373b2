package backup

import (
	"context"

	"github.com/apache/thrift/lib/go/thrift"
)

// The baseline of the benchmarks: structs that are read as the code does that the Thrift compiler writes for Go, a switch over the
// fields' ids for each struct, every field read into the struct by one call of the library's protocol for each value. Fields that the
// generated tasks do not have are skipped, as the compiler's code skips what it does not know.

type baseTask struct {
	Assigned *baseAssigned
	Status   int32
	Failures int32
	Events   []*baseEvent
	Ancestor *string
}

type baseAssigned struct {
	TaskID, SlaveID, SlaveHost string
	Task                       *baseConfig
	Ports                      map[string]int32
	Instance                   int32
}

type baseConfig struct {
	IsService   bool
	Priority    int32
	MaxFailures int32
	Owner       *baseIdentity
	Production  *bool
	Constraints []*baseConstraint
	Links       map[string]string
	Email       *string
	Executor    *basePair
	Metadata    []*basePair
	Job         *baseKey
	Tier        *string
	Resources   []*baseResource
}

type baseEvent struct {
	Timestamp          int64
	Status             int32
	Message, Scheduler *string
}

type (
	baseIdentity   struct{ User string }
	baseConstraint struct {
		Name  string
		Limit *int32
	}
	basePair     struct{ Key, Value string }
	baseKey      struct{ Role, Environment, Name string }
	baseResource struct {
		CPUs      *float64
		RAM, Disk *int64
		Port      *string
	}
)

// fields reads a struct: read gets each field and says false for one that it does not know.
func fields(ctx context.Context, p thrift.TProtocol, read func(id int16, typ thrift.TType) (bool, error)) error {
	if _, err := p.ReadStructBegin(ctx); err != nil {
		return err
	}
	for {
		_, typ, id, err := p.ReadFieldBegin(ctx)
		if err != nil {
			return err
		}
		if typ == thrift.STOP {
			return p.ReadStructEnd(ctx)
		}
		known, err := read(id, typ)
		if err == nil && !known {
			err = p.Skip(ctx, typ)
		}
		if err != nil {
			return err
		}
		if err := p.ReadFieldEnd(ctx); err != nil {
			return err
		}
	}
}

func list[T any](ctx context.Context, p thrift.TProtocol, set bool, read func(*T) error) ([]*T, error) {
	begin, end := p.ReadListBegin, p.ReadListEnd
	if set {
		begin, end = p.ReadSetBegin, p.ReadSetEnd
	}
	_, n, err := begin(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]*T, 0, n)
	for range n {
		v := new(T)
		if err := read(v); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, end(ctx)
}

func str(ctx context.Context, p thrift.TProtocol, into *string) (known bool, err error) {
	*into, err = p.ReadString(ctx)
	return true, err
}

func num(ctx context.Context, p thrift.TProtocol, into *int32) (known bool, err error) {
	*into, err = p.ReadI32(ctx)
	return true, err
}

// baseline decodes a backup and gives its tasks.
func baseline(ctx context.Context, p thrift.TProtocol) (tasks []*baseTask, err error) {
	err = fields(ctx, p, func(id int16, _ thrift.TType) (bool, error) {
		if id != 4 {
			return false, nil
		}
		tasks, err = list(ctx, p, true, func(t *baseTask) error { return t.read(ctx, p) })
		return true, err
	})
	return tasks, err
}

func (t *baseTask) read(ctx context.Context, p thrift.TProtocol) error {
	return fields(ctx, p, func(id int16, _ thrift.TType) (bool, error) {
		switch id {
		case 1:
			t.Assigned = &baseAssigned{}
			return true, t.Assigned.read(ctx, p)
		case 2:
			return num(ctx, p, &t.Status)
		case 3:
			return num(ctx, p, &t.Failures)
		case 4:
			var err error
			t.Events, err = list(ctx, p, false, func(e *baseEvent) error { return e.read(ctx, p) })
			return true, err
		case 5:
			t.Ancestor = new(string)
			return str(ctx, p, t.Ancestor)
		}
		return false, nil
	})
}

func (e *baseEvent) read(ctx context.Context, p thrift.TProtocol) error {
	return fields(ctx, p, func(id int16, _ thrift.TType) (known bool, err error) {
		switch id {
		case 1:
			e.Timestamp, err = p.ReadI64(ctx)
			return true, err
		case 2:
			return num(ctx, p, &e.Status)
		case 3:
			e.Message = new(string)
			return str(ctx, p, e.Message)
		case 4:
			e.Scheduler = new(string)
			return str(ctx, p, e.Scheduler)
		}
		return false, nil
	})
}

func (a *baseAssigned) read(ctx context.Context, p thrift.TProtocol) error {
	return fields(ctx, p, func(id int16, _ thrift.TType) (bool, error) {
		switch id {
		case 1:
			return str(ctx, p, &a.TaskID)
		case 2:
			return str(ctx, p, &a.SlaveID)
		case 3:
			return str(ctx, p, &a.SlaveHost)
		case 4:
			a.Task = &baseConfig{}
			return true, a.Task.read(ctx, p)
		case 5:
			_, _, n, err := p.ReadMapBegin(ctx)
			a.Ports = make(map[string]int32, n)
			for range n {
				var k string
				var v int32
				if k, err = p.ReadString(ctx); err == nil {
					v, err = p.ReadI32(ctx)
				}
				if err != nil {
					return true, err
				}
				a.Ports[k] = v
			}
			return true, err
		case 6:
			return num(ctx, p, &a.Instance)
		}
		return false, nil
	})
}

func (c *baseConfig) read(ctx context.Context, p thrift.TProtocol) error {
	return fields(ctx, p, func(id int16, _ thrift.TType) (known bool, err error) {
		pair := func(v *basePair) error {
			return fields(ctx, p, func(id int16, _ thrift.TType) (bool, error) {
				if id == 1 {
					return str(ctx, p, &v.Key)
				}
				return str(ctx, p, &v.Value)
			})
		}
		switch id {
		case 7:
			c.IsService, err = p.ReadBool(ctx)
		case 11:
			return num(ctx, p, &c.Priority)
		case 13:
			return num(ctx, p, &c.MaxFailures)
		case 17:
			c.Owner = &baseIdentity{}
			err = fields(ctx, p, func(int16, thrift.TType) (bool, error) { return str(ctx, p, &c.Owner.User) })
		case 18:
			c.Production = new(bool)
			*c.Production, err = p.ReadBool(ctx)
		case 20:
			c.Constraints, err = list(ctx, p, true, func(v *baseConstraint) error {
				return fields(ctx, p, func(id int16, _ thrift.TType) (bool, error) {
					if id == 1 {
						return str(ctx, p, &v.Name)
					}
					return true, fields(ctx, p, func(int16, thrift.TType) (bool, error) {
						return true, fields(ctx, p, func(int16, thrift.TType) (bool, error) {
							v.Limit = new(int32)
							return num(ctx, p, v.Limit)
						})
					})
				})
			})
		case 22:
			_, _, n, err := p.ReadMapBegin(ctx)
			c.Links = make(map[string]string, n)
			for range n {
				var k, v string
				if k, err = p.ReadString(ctx); err == nil {
					v, err = p.ReadString(ctx)
				}
				if err != nil {
					return true, err
				}
				c.Links[k] = v
			}
			return true, err
		case 23:
			c.Email = new(string)
			return str(ctx, p, c.Email)
		case 25:
			c.Executor = &basePair{}
			err = pair(c.Executor)
		case 27:
			c.Metadata, err = list(ctx, p, true, pair)
		case 28:
			c.Job = &baseKey{}
			err = fields(ctx, p, func(id int16, _ thrift.TType) (bool, error) {
				return str(ctx, p, []*string{&c.Job.Role, &c.Job.Environment, &c.Job.Name}[id-1])
			})
		case 30:
			c.Tier = new(string)
			return str(ctx, p, c.Tier)
		case 32:
			c.Resources, err = list(ctx, p, true, func(r *baseResource) error { return r.read(ctx, p) })
		default:
			return false, nil
		}
		return true, err
	})
}

func (r *baseResource) read(ctx context.Context, p thrift.TProtocol) error {
	return fields(ctx, p, func(id int16, _ thrift.TType) (known bool, err error) {
		switch id {
		case 1:
			r.CPUs = new(float64)
			*r.CPUs, err = p.ReadDouble(ctx)
		case 2:
			r.RAM = new(int64)
			*r.RAM, err = p.ReadI64(ctx)
		case 3:
			r.Disk = new(int64)
			*r.Disk, err = p.ReadI64(ctx)
		default:
			r.Port = new(string)
			return str(ctx, p, r.Port)
		}
		return true, err
	})
}
