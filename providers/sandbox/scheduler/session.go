package scheduler

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/go-zookeeper/zk"
)

// session is a session with ZooKeeper. When it expires its nodes are gone and over is closed.
type session struct {
	conn *zk.Conn
	acl  []zk.ACL
	over chan struct{}
	once sync.Once
}

// quiet keeps the client's log lines away from a scheduler's.
type quiet struct{}

func (quiet) Printf(string, ...any) {}

// lookAgain is how often a session looks for what it gets no notice of.
const lookAgain = 50 * time.Millisecond

// connect opens a session, and waits until ZooKeeper answers or ctx ends.
func connect(ctx context.Context, endpoints []string, timeout time.Duration, credentials string) (*session, error) {
	if len(endpoints) == 0 {
		return nil, errors.New("-zk_endpoints names no ZooKeeper")
	}
	dial := func(network, address string, patience time.Duration) (net.Conn, error) {
		d := net.Dialer{Timeout: patience}
		return d.DialContext(ctx, network, address)
	}
	conn, events, err := zk.Connect(endpoints, timeout, zk.WithLogger(quiet{}), zk.WithDialer(dial))
	if err != nil {
		return nil, err
	}
	s := &session{conn: conn, acl: zk.WorldACL(zk.PermAll), over: make(chan struct{})}
	for conn.State() != zk.StateHasSession {
		select {
		case <-ctx.Done():
			conn.Close()
			return nil, ctx.Err()
		case <-time.After(lookAgain):
		}
	}
	if credentials != "" {
		if err := conn.AddAuth("digest", []byte(credentials)); err != nil {
			conn.Close()
			return nil, fmt.Errorf("ZooKeeper did not take the credentials: %w", err)
		}
		user, password, _ := strings.Cut(credentials, ":")
		s.acl = append(zk.DigestACL(zk.PermAll, user, password), zk.WorldACL(zk.PermRead)...)
	}
	go s.watch(events, conn.SessionID())
	return s, nil
}

// watch waits for the end of the session.
func (s *session) watch(events <-chan zk.Event, id int64) {
	ticker := time.NewTicker(lookAgain)
	defer ticker.Stop()
	for {
		select {
		case e, open := <-events:
			if !open || e.State == zk.StateExpired {
				s.end()
				return
			}
		case <-ticker.C:
			if s.conn.State() == zk.StateHasSession && s.conn.SessionID() != id {
				s.end()
				return
			}
		}
	}
}

func (s *session) end() { s.once.Do(func() { close(s.over) }) }

// close gives up the session and its nodes.
func (s *session) close() { s.conn.Close() }

// join makes a node of this session in a folder, which is made where it is missing. The node's name ends in a number that
// ZooKeeper gives.
func (s *session) join(folder, name string, data []byte) (string, error) {
	for at := "/"; at != folder; {
		rest := strings.TrimPrefix(strings.TrimPrefix(folder, at), "/")
		next, _, _ := strings.Cut(rest, "/")
		at = path.Join(at, next)
		if _, err := s.conn.Create(at, nil, 0, s.acl); err != nil && !errors.Is(err, zk.ErrNodeExists) {
			return "", fmt.Errorf("%s in ZooKeeper: %w", at, err)
		}
	}
	node, err := s.conn.Create(folder+"/"+name, data, zk.FlagEphemeralSequential, s.acl)
	if err != nil {
		return "", fmt.Errorf("a node in %s in ZooKeeper: %w", folder, err)
	}
	return path.Base(node), nil
}
