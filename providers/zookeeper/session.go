package zookeeper

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

// HoldTimeout is the session timeout that Hold asks for: the nodes of a session whose client has gone without a word last so long.
const HoldTimeout = 10 * time.Second

// stateLook is how often a session that has no connection is looked at again.
const stateLook = 50 * time.Millisecond

// ErrExists says that a node that was to be made is there already.
var ErrExists = errors.New("the node exists")

// Session is a session with ZooKeeper that lasts: it is connected again where its connection is lost, and where it has expired another
// one takes its place, without the nodes of the first. ID tells one from the other.
type Session struct {
	conn *zk.Conn
	acl  []zk.ACL
	stop context.CancelFunc
}

// Hold opens a session that lasts until Close, and waits until a server answers or ctx ends. Credentials, user:password as in
// -zk_digest_credentials, may be empty; with them, the session's nodes can be read by all and changed by those who have them, as
// Aurora's own, else by all.
func (e Ensemble) Hold(ctx context.Context, credentials string) (*Session, error) {
	if len(e.Endpoints) == 0 {
		return nil, errors.New("hold a session with ZooKeeper: no endpoints are known")
	}
	life, stop := context.WithCancel(context.WithoutCancel(ctx))
	why := &lastError{}
	conn, _, err := zk.Connect(e.Endpoints, HoldTimeout, zk.WithDialer(e.dialer(life, why)), zk.WithHostProvider(&inTurn{servers: e.Endpoints}),
		zk.WithLogger(silent{}), zk.WithLogInfo(false), zk.WithMaxBufferSize(maxMessage))
	if err != nil {
		stop()
		return nil, err
	}
	s := &Session{conn: conn, acl: zk.WorldACL(zk.PermAll), stop: stop}
	if err := s.await(ctx); err != nil {
		go s.Close() // It can take a second, for nothing: there is no session to close.
		return nil, &UnreachableError{Failures: []error{errors.Join(why.get(), err)}}
	}
	if credentials != "" {
		if err := s.authenticate(ctx, credentials); err != nil {
			go s.Close()
			return nil, err
		}
	}
	return s, nil
}

func (s *Session) authenticate(ctx context.Context, credentials string) error {
	if _, err := do(ctx, func() (string, error) { return "", s.conn.AddAuth("digest", []byte(credentials)) }); err != nil {
		return fmt.Errorf("ZooKeeper did not take the credentials of -zk_digest_credentials: %w", err)
	}
	user, password, _ := strings.Cut(credentials, ":")
	s.acl = append(zk.DigestACL(zk.PermAll, user, password), zk.WorldACL(zk.PermRead)...)
	return nil
}

// dialer opens connections for as long as life lasts.
func (e Ensemble) dialer(life context.Context, why *lastError) zk.Dialer {
	return func(network, address string, _ time.Duration) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(life, HoldTimeout)
		defer cancel()
		conn, err := newLink(ctx, e.Dial).dial(network, address, 0)
		if err != nil {
			why.set(fmt.Errorf("%s: %w", address, err))
		}
		return conn, err
	}
}

// ID is the session's number, 0 while there is none with a connection.
func (s *Session) ID() int64 {
	if s.conn.State() != zk.StateHasSession {
		return 0
	}
	return s.conn.SessionID()
}

// await waits until the session has a connection.
func (s *Session) await(ctx context.Context) error {
	for s.ID() == 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(stateLook):
		}
	}
	return nil
}

// Close ends the session, and its ephemeral nodes with it.
func (s *Session) Close() {
	s.conn.Close()
	s.stop()
}

// Create makes a node, and the folders above it where they are missing. An ephemeral one lasts as long as the session. ErrExists
// says that it is there already.
func (s *Session) Create(ctx context.Context, node string, data []byte, ephemeral bool) error {
	flags := int32(0)
	if ephemeral {
		flags = zk.FlagEphemeral
	}
	err := s.create(ctx, node, data, flags)
	if !errors.Is(err, zk.ErrNoNode) {
		return err
	}
	parts := strings.Split(strings.Trim(path.Dir(node), "/"), "/")
	for i := range parts {
		folder := "/" + strings.Join(parts[:i+1], "/")
		if err := s.create(ctx, folder, nil, 0); err != nil && !errors.Is(err, ErrExists) {
			return err
		}
	}
	return s.create(ctx, node, data, flags)
}

func (s *Session) create(ctx context.Context, node string, data []byte, flags int32) error {
	_, err := do(ctx, func() (string, error) { return s.conn.Create(node, data, flags, s.acl) })
	switch {
	case errors.Is(err, zk.ErrNodeExists):
		return fmt.Errorf("%s: %w", node, ErrExists)
	case err != nil:
		return fmt.Errorf("make %s in ZooKeeper: %w", node, explain(err))
	}
	return nil
}

// Node is what a node holds.
type Node struct {
	Data []byte
	// Owner is the number of the session that an ephemeral node belongs to, 0 for a node that lasts.
	Owner int64
}

// Read reads a node; found is false where there is no such node.
func (s *Session) Read(ctx context.Context, node string) (n Node, found bool, err error) {
	n, err = do(ctx, func() (Node, error) {
		data, stat, err := s.conn.Get(node)
		if err != nil {
			return Node{}, err
		}
		return Node{data, stat.EphemeralOwner}, nil
	})
	if errors.Is(err, zk.ErrNoNode) {
		return n, false, nil
	}
	if err != nil {
		return n, false, fmt.Errorf("read %s in ZooKeeper: %w", node, explain(err))
	}
	return n, true, nil
}

// Delete removes a node. One that is gone, or has children, is left as it is.
func (s *Session) Delete(ctx context.Context, node string) error {
	_, err := do(ctx, func() (string, error) { return "", s.conn.Delete(node, -1) })
	if err == nil || errors.Is(err, zk.ErrNoNode) || errors.Is(err, zk.ErrNotEmpty) {
		return nil
	}
	return fmt.Errorf("delete %s in ZooKeeper: %w", node, explain(err))
}

// do makes a call, or gives up with ctx: the library waits for as long as no server answers.
func do[T any](ctx context.Context, call func() (T, error)) (T, error) {
	type reply struct {
		value T
		err   error
	}
	answer := make(chan reply, 1)
	go func() {
		v, err := call()
		answer <- reply{v, err}
	}()
	select {
	case a := <-answer:
		return a.value, a.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// inTurn goes through the servers, whose names are not resolved on this machine.
type inTurn struct {
	servers []string
	next    int
	tried   int // since a connection was made
}

func (t *inTurn) Init([]string) error { return nil }
func (t *inTurn) Len() int            { return len(t.servers) }
func (t *inTurn) Connected()          { t.tried = 0 }

func (t *inTurn) Next() (string, bool) {
	server, pause := t.servers[t.next], t.tried > 0 && t.tried%len(t.servers) == 0
	t.next = (t.next + 1) % len(t.servers)
	t.tried++
	return server, pause
}

// lastError is what failed last.
type lastError struct {
	mu  sync.Mutex
	err error
}

func (l *lastError) set(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = err
}

func (l *lastError) get() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}
