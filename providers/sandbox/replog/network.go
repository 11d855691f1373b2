package replog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"
)

const (
	// patience is how long one message and its answer may take.
	patience = time.Second
	// retry is the time between two attempts at something that no quorum answered.
	retry = 50 * time.Millisecond
	// largest is the size of the largest message, in bytes: far above the largest entry.
	largest = 64 << 20
)

// serve answers the other replicas until the listener is closed.
func (r *Replica) serve() {
	for {
		conn, err := r.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(retry) // Such as too many open files.
			continue
		}
		if !r.spawn(func() { r.converse(conn) }) {
			_ = conn.Close() // The other side sees that nobody is here.
		}
	}
}

// converse answers the one request of a connection. Where that fails, the other side asks again.
func (r *Replica) converse(conn net.Conn) {
	defer func() { _ = conn.Close() }() // The answer was sent or it was not.
	var q request
	if conn.SetDeadline(time.Now().Add(patience)) != nil || json.NewDecoder(io.LimitReader(conn, largest)).Decode(&q) != nil {
		return
	}
	_ = json.NewEncoder(conn).Encode(r.handle(q)) // As above.
}

// call sends a request to another replica. Of one that does not answer in time the answer is empty. A message outlives the
// caller's context: what a quorum was enough for is still news to the others.
func (r *Replica) call(ctx context.Context, address string, q request) (a answer) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	var dialer net.Dialer
	if own, ok := r.listener.Addr().(*net.TCPAddr); ok {
		dialer.LocalAddr = &net.TCPAddr{IP: own.IP} // By which packet filters know this host.
	}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return answer{}
	}
	defer func() { _ = conn.Close() }() // The answer is here or it is not.
	if deadline, ok := ctx.Deadline(); ok && conn.SetDeadline(deadline) != nil {
		return answer{}
	}
	if json.NewEncoder(conn).Encode(q) != nil || json.NewDecoder(io.LimitReader(conn, largest)).Decode(&a) != nil {
		return answer{}
	}
	return a
}

// others gives the addresses of the other replicas.
func (r *Replica) others(ctx context.Context) ([]string, error) {
	all, err := r.o.Members(ctx)
	if err != nil {
		return nil, fmt.Errorf("the other replicas are not known: %w", err)
	}
	all = slices.Clone(all)
	slices.Sort(all)
	own := r.listener.Addr().String()
	return slices.DeleteFunc(slices.Compact(all), func(a string) bool { return a == r.o.Listen || a == own }), nil
}

// ask sends a request to all replicas, this one first of all, and gives their answers as soon as they are enough, or when all have
// answered or failed to.
func (r *Replica) ask(ctx context.Context, q request, enough func([]answer) bool) ([]answer, error) {
	if r.isClosed() {
		return nil, errClosed
	}
	others, err := r.others(ctx)
	if err != nil {
		return nil, err
	}
	answers := make(chan answer, len(others))
	for _, address := range others {
		if !r.spawn(func() { answers <- r.call(ctx, address, q) }) {
			return nil, errClosed
		}
	}
	got := []answer{r.handle(q)}
	for range others {
		if enough(got) {
			break
		}
		select {
		case a := <-answers:
			if a.Verdict != "" && !slices.ContainsFunc(got, func(b answer) bool { return a.From == b.From }) {
				got = append(got, a)
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return got, nil
}

// pause waits before the next attempt. It gives an error where there must be none: the context ended, or the replica is closed.
func (r *Replica) pause(ctx context.Context, last error) error {
	if errors.Is(last, errClosed) {
		return last
	}
	select {
	case <-ctx.Done():
		if last != nil && !errors.Is(last, ctx.Err()) {
			return fmt.Errorf("%w: %w", ctx.Err(), last)
		}
		return ctx.Err()
	case <-time.After(retry):
		return nil
	}
}
