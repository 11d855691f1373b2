// Package zookeeper reads what a cluster's schedulers keep in ZooKeeper: who is a candidate in the election and who leads it,
// who is advertised in the serverset, and which log replicas have registered. It sets no watch, and writes nothing but the nodes of the
// lock (Session).
package zookeeper

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path"
	"strings"
	"time"

	"github.com/go-zookeeper/zk"
)

const (
	// attemptTimeout bounds the talk with one server where the context allows more.
	attemptTimeout = 10 * time.Second
	// sessionTimeout is asked for; the session is closed right after the reading, so it matters only when that fails.
	sessionTimeout = 10 * time.Second
)

// ErrDenied is wrapped by errors about nodes that ZooKeeper does not let everybody read.
var ErrDenied = errors.New("ZooKeeper does not allow reading it without credentials")

// Ensemble is a cluster's ZooKeeper, as the flags of its schedulers name it.
type Ensemble struct {
	// Endpoints are the servers, host:port. They are tried in order until one answers. Names are not resolved here but
	// given to Dial as they are, since they may mean something only on the scheduler's side of a tunnel.
	Endpoints []string
	// Chroot is -zk_chroot_path, put before the serverset path; empty for none.
	Chroot string
	// Dial opens a connection to an endpoint; nil means directly from this machine.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// ParseEndpoints splits the value of -zk_endpoints. It fails when there is no endpoint or one is not host:port.
func ParseEndpoints(flag string) ([]string, error) {
	var endpoints []string
	for _, e := range strings.Split(flag, ",") {
		e = strings.TrimSpace(e)
		host, port, err := net.SplitHostPort(e)
		if err != nil || host == "" || port == "" {
			return nil, fmt.Errorf("-zk_endpoints %q: %q is not host:port", flag, e)
		}
		endpoints = append(endpoints, e)
	}
	return endpoints, nil
}

// UnreachableError says that no server of the ensemble gave an answer.
type UnreachableError struct {
	// Failures holds one error for each endpoint that was tried, in order; each names its endpoint.
	Failures []error
}

// Error lists what was seen of each endpoint.
func (e *UnreachableError) Error() string {
	seen := make([]string, len(e.Failures))
	for i, failure := range e.Failures {
		seen[i] = failure.Error()
	}
	return "ZooKeeper gave no answer: " + strings.Join(seen, "; ")
}

// Unwrap gives the failures to errors.Is and errors.As.
func (e *UnreachableError) Unwrap() []error { return e.Failures }

// read calls look with a session on the first server that answers. When a server fails in the middle, look runs anew on the
// next one. It returns when the context ends, whatever the servers do.
func (e Ensemble) read(ctx context.Context, look func(*zk.Conn) error) error {
	if len(e.Endpoints) == 0 {
		return errors.New("read ZooKeeper: no endpoints are known")
	}
	unreachable := &UnreachableError{}
	for i, endpoint := range e.Endpoints {
		limit := attemptTimeout
		if deadline, ok := ctx.Deadline(); ok {
			limit = min(limit, time.Until(deadline)/time.Duration(len(e.Endpoints)-i))
		}
		attempt, cancel := context.WithTimeout(ctx, limit)
		err := e.readFrom(attempt, endpoint, look)
		cancel()
		if err == nil || errors.Is(err, ErrDenied) {
			return err
		}
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("no answer within %v: %w", limit.Round(time.Millisecond), err)
		}
		unreachable.Failures = append(unreachable.Failures, fmt.Errorf("%s: %w", endpoint, err))
		if ctx.Err() != nil {
			break
		}
	}
	return unreachable
}

// readFrom calls look with a session on one server.
func (e Ensemble) readFrom(ctx context.Context, endpoint string, look func(*zk.Conn) error) error {
	link := newLink(ctx, e.Dial)
	conn, events, err := zk.Connect([]string{endpoint}, sessionTimeout,
		zk.WithDialer(link.dial), zk.WithHostProvider(&oneServer{address: endpoint}),
		zk.WithLogger(silent{}), zk.WithLogInfo(false), zk.WithMaxBufferSize(maxMessage))
	if err != nil {
		return err
	}
	if err := awaitSession(ctx, events, link); err != nil {
		link.close()
		go conn.Close() // can take a second, for nothing: there is no session to close
		return err
	}
	abort := context.AfterFunc(ctx, func() {
		link.close()
		conn.Close()
	})
	err = look(conn)
	if abort() {
		conn.Close()
		link.close()
	}
	if cause := ctx.Err(); err != nil && cause != nil {
		return cause
	}
	if cause := link.failure(); err != nil && cause != nil {
		return cause
	}
	return err
}

func awaitSession(ctx context.Context, events <-chan zk.Event, link *link) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-link.failed:
			return link.failure()
		case ev := <-events:
			if ev.State == zk.StateHasSession {
				return nil
			}
		}
	}
}

// record is one child of a folder.
type record struct {
	name, data string
}

// readFolder reads the children of a folder that keep says yes to, with their data. A folder that does not exist has none, and
// a child that disappears meanwhile never was there.
func (e Ensemble) readFolder(ctx context.Context, folder string, keep func(name string) bool) ([]record, error) {
	if !strings.HasPrefix(folder, "/") {
		return nil, fmt.Errorf("read ZooKeeper: %q is not a path that begins with /", folder)
	}
	folder = path.Clean(folder)
	var records []record
	err := e.read(ctx, func(conn *zk.Conn) error {
		records = nil
		names, _, err := conn.Children(folder)
		if errors.Is(err, zk.ErrNoNode) {
			return nil
		}
		if err != nil {
			return explain(err)
		}
		for _, name := range names {
			if !keep(name) {
				continue
			}
			data, _, err := conn.Get(path.Join(folder, name))
			if errors.Is(err, zk.ErrNoNode) {
				continue
			}
			if err != nil {
				return explain(err)
			}
			records = append(records, record{name: name, data: string(data)})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", folder, err)
	}
	return records, nil
}

func explain(err error) error {
	if errors.Is(err, zk.ErrNoAuth) {
		return fmt.Errorf("%w: %w", ErrDenied, err)
	}
	return err
}
