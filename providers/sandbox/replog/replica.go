package replog

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"

	"github.com/syndtr/goleveldb/leveldb"
	"github.com/syndtr/goleveldb/leveldb/storage"

	"github.com/restorectl/restorectl/providers/log/replica"
)

// Options configure a replica.
type Options struct {
	// Path is the log's folder (a LevelDB database). It is made where it is missing; its parent is not.
	Path string
	// Listen is the host:port on which the other replicas reach this one.
	Listen string
	// Quorum is how many replicas must agree.
	Quorum int
	// Members gives the addresses (host:port) of the replicas known now. Whether this one is among them makes no difference.
	Members func(ctx context.Context) ([]string, error)
	// Logf logs a line as Mesos would write it to standard error. It may be nil.
	Logf func(format string, args ...any)
	// Room gives the error of whoever writes to the disk now. It may be nil: there is always room then.
	Room func() error
	// Wrap puts the host's packet filter before the listener. It may be nil: there is none then.
	Wrap func(net.Listener) net.Listener
}

// Replica is an open replica of the log.
type Replica struct {
	o        Options
	id       string // Tells replicas apart where one is known by two addresses.
	listener net.Listener
	store    storage.Storage
	db       *leveldb.DB

	work   sync.WaitGroup // Connections and messages under way.
	mu     sync.Mutex     // Guards what follows, and the order of what is written to the database.
	closed bool
	status replica.Status
	// promised is the highest proposal promised for all positions; an action may have promised a higher one.
	promised   uint64
	begin, end uint64
	actions    map[uint64]replica.Action
}

var errClosed = errors.New("the replica is closed")

// Open opens a replica's database and serves the other replicas. What it says of a log that can't be used is what Mesos says:
// "Failed to recover the log: ...". A damaged write-ahead log is no error: the replica starts with what can be read.
func Open(o Options) (*Replica, error) {
	if o.Logf == nil {
		o.Logf = func(string, ...any) {}
	}
	if o.Room == nil {
		o.Room = func() error { return nil }
	}
	if o.Quorum < 1 {
		return nil, fmt.Errorf("a quorum of %d replicas can't be had; it must be at least 1", o.Quorum)
	}
	r := &Replica{o: o, id: rand.Text(), actions: map[uint64]replica.Action{}}
	if err := r.recoverLog(); err != nil {
		return nil, fmt.Errorf("Failed to recover the log: %w", err)
	}
	var listen net.ListenConfig
	var err error
	if r.listener, err = listen.Listen(context.Background(), "tcp", o.Listen); err != nil {
		return nil, errors.Join(fmt.Errorf("the replica can't serve the others: %w", err), r.closeLog())
	}
	if o.Wrap != nil {
		r.listener = o.Wrap(r.listener)
	}
	r.spawn(r.serve)
	return r, nil
}

// spawn runs f unless the replica is closed. Close waits for it.
func (r *Replica) spawn(f func()) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.work.Go(f)
	}
	return !r.closed
}

// Close waits for the messages under way, for as long as one may take at most, and closes the database. Elections, recoveries and
// writers of a closed replica end with an error.
func (r *Replica) Close() error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	r.closed = true
	r.mu.Unlock()
	err := r.listener.Close()
	r.work.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	return errors.Join(err, r.closeLog())
}

func (r *Replica) isClosed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closed
}

// Status gives the replica's status: VOTING, RECOVERING, STARTING or EMPTY.
func (r *Replica) Status() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status.String()
}

// Begin gives the first position that was not truncated away.
func (r *Replica) Begin() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.begin
}

// End gives the highest position that this replica knows of.
func (r *Replica) End() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.end
}

// Entry is what was appended at a position.
type Entry struct {
	Position uint64
	Bytes    []byte
}

// Entries gives the appended entries from begin to end, in order, as this replica has learned them: after Elect, all of them.
func (r *Replica) Entries() ([]Entry, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, errClosed
	}
	var out []Entry
	for p, a := range r.actions {
		if p >= r.begin && a.Learned && a.Type == replica.Append {
			out = append(out, Entry{Position: p, Bytes: bytes.Clone(a.Bytes)})
		}
	}
	slices.SortFunc(out, func(a, b Entry) int {
		if a.Position < b.Position {
			return -1
		}
		return 1
	})
	return out, nil
}

// learned says whether the replica knows what was agreed on at a position, or that it was truncated away.
func (r *Replica) learned(position uint64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return position < r.begin || r.actions[position].Learned
}
