package zkserver_test

import (
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"
	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/providers/sandbox/zkserver"
)

// patience is how long a test waits for what must happen; it only matters when it does not.
const patience = 20 * time.Second

type quiet struct{}

func (quiet) Printf(string, ...any) {}

// clock is a time that the test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)} }

func listen(t *testing.T, options zkserver.Options) *zkserver.Server {
	t.Helper()
	s, err := zkserver.Listen("127.0.0.1:0", options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// client is a connection of the real client library, with the session states that it went through.
type client struct {
	*zk.Conn
	events <-chan zk.Event
	// offline keeps the client from connecting, as a killed process would be.
	offline *atomic.Bool
}

func connect(t *testing.T, s *zkserver.Server) client {
	t.Helper()
	offline := &atomic.Bool{}
	dial := func(network, address string, timeout time.Duration) (net.Conn, error) {
		if offline.Load() {
			return nil, errors.New("offline")
		}
		return net.DialTimeout(network, address, timeout)
	}
	conn, events, err := zk.Connect([]string{s.Addr()}, 10*time.Second, zk.WithDialer(dial), zk.WithLogger(quiet{}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	c := client{conn, events, offline}
	c.await(t, zk.StateHasSession)
	return c
}

func (c client) await(t *testing.T, want zk.State) {
	t.Helper()
	limit := time.After(patience)
	for {
		select {
		case ev := <-c.events:
			if ev.Type == zk.EventSession && ev.State == want {
				return
			}
		case <-limit:
			t.Fatalf("the session never became %v", want)
		}
	}
}

func (c client) create(t *testing.T, path, data string, flags int32) string {
	t.Helper()
	made, err := c.Create(path, []byte(data), flags, zk.WorldACL(zk.PermAll))
	if err != nil {
		t.Fatalf("create %s: %v", path, err)
	}
	return made
}

func (c client) children(t *testing.T, path string) []string {
	t.Helper()
	names, _, err := c.Children(path)
	if err != nil {
		t.Fatalf("children of %s: %v", path, err)
	}
	slices.Sort(names)
	return names
}

func (c client) exists(t *testing.T, path string) bool {
	t.Helper()
	found, _, err := c.Exists(path)
	if err != nil {
		t.Fatalf("exists %s: %v", path, err)
	}
	return found
}

// eventually polls until holds says yes.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for limit := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("never so: %s", what)
		}
	}
}

func receive(t *testing.T, events <-chan zk.Event) zk.Event {
	t.Helper()
	select {
	case ev := <-events:
		return ev
	case <-time.After(patience):
		t.Fatal("no event came")
		return zk.Event{}
	}
}

func TestNodesKeepDataAndStat(t *testing.T) {
	c := connect(t, listen(t, zkserver.Options{}))
	c.create(t, "/a", "one", 0)
	c.create(t, "/a/b", "", 0)
	c.create(t, "/a/c", "", zk.FlagEphemeral)
	if err := c.Delete("/a/b", -1); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Set("/a", []byte("three"), 0); err != nil {
		t.Fatal(err)
	}
	data, stat, err := c.Get("/a")
	if err != nil {
		t.Fatal(err)
	}
	type view struct {
		Data                                  string
		Version, Cversion, Length, ChildCount int32
	}
	got := view{string(data), stat.Version, stat.Cversion, stat.DataLength, stat.NumChildren}
	if diff := cmp.Diff(view{"three", 1, 3, 5, 1}, got); diff != "" {
		t.Error(diff)
	}
	if stat.Mzxid <= stat.Czxid || stat.Pzxid <= stat.Czxid || stat.Mtime == 0 || stat.EphemeralOwner != 0 {
		t.Errorf("stat %+v", stat)
	}
	if _, stat, err = c.Exists("/a/c"); err != nil || stat.EphemeralOwner != c.SessionID() {
		t.Errorf("owner of the ephemeral node: %+v, %v", stat, err)
	}
	if diff := cmp.Diff([]string{"a", "zookeeper"}, c.children(t, "/")); diff != "" {
		t.Error(diff)
	}
	if path, err := c.Sync("/a"); err != nil || path != "/a" {
		t.Errorf("sync: %q, %v", path, err)
	}
}

func TestRefusals(t *testing.T) {
	c := connect(t, listen(t, zkserver.Options{}))
	c.create(t, "/p", "", 0)
	c.create(t, "/p/child", "", 0)
	c.create(t, "/e", "", zk.FlagEphemeral)
	open := zk.WorldACL(zk.PermAll)
	create := func(path string, acl []zk.ACL) func() error {
		return func() error {
			_, err := c.Create(path, nil, 0, acl)
			return err
		}
	}
	tests := []struct {
		name string
		do   func() error
		want error
	}{
		{"parent is missing", create("/no/child", open), zk.ErrNoNode},
		{"node is there already", create("/p", open), zk.ErrNodeExists},
		{"parent is ephemeral", create("/e/child", open), zk.ErrNoChildrenForEphemerals},
		{"nobody may use it", create("/x", nil), zk.ErrInvalidACL},
		{"unknown scheme", create("/x", []zk.ACL{{Perms: 31, Scheme: "nope", ID: "x"}}), zk.ErrInvalidACL},
		{"scheme auth without an identity", create("/x", zk.AuthACL(zk.PermAll)), zk.ErrInvalidACL},
		{"delete a missing node", func() error { return c.Delete("/x", -1) }, zk.ErrNoNode},
		{"delete a parent", func() error { return c.Delete("/p", -1) }, zk.ErrNotEmpty},
		{"delete another version", func() error { return c.Delete("/e", 7) }, zk.ErrBadVersion},
		{"delete the root", func() error { return c.Delete("/", -1) }, zk.ErrBadArguments},
		{"set another version", func() error { _, err := c.Set("/p", nil, 7); return err }, zk.ErrBadVersion},
		{"set a missing node", func() error { _, err := c.Set("/x", nil, -1); return err }, zk.ErrNoNode},
		{"get a missing node", func() error { _, _, err := c.Get("/x"); return err }, zk.ErrNoNode},
		{"children of a missing node", func() error { _, _, err := c.Children("/x"); return err }, zk.ErrNoNode},
		{"set another version of the ACL", func() error { _, err := c.SetACL("/p", open, 7); return err }, zk.ErrBadVersion},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.do(); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestSequentialNumbersNeverGoBack(t *testing.T) {
	c := connect(t, listen(t, zkserver.Options{}))
	c.create(t, "/q", "", 0)
	got := []string{c.create(t, "/q/member_", "", zk.FlagSequence), c.create(t, "/q/plain", "", 0)}
	if err := c.Delete(got[0], -1); err != nil {
		t.Fatal(err)
	}
	got = append(got, c.create(t, "/q/member_", "", zk.FlagEphemeralSequential), c.create(t, "/q/", "", zk.FlagSequence))
	want := []string{"/q/member_0000000000", "/q/plain", "/q/member_0000000002", "/q/0000000003"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestElectionPassesOn(t *testing.T) {
	s := listen(t, zkserver.Options{})
	observer := connect(t, s)
	observer.create(t, "/election", "", 0)
	var clients []client
	for _, host := range []string{"alpha", "beta", "gamma"} {
		c := connect(t, s)
		if _, err := c.CreateProtectedEphemeralSequential("/election/lock-", []byte(host), zk.WorldACL(zk.PermAll)); err != nil {
			t.Fatal(err)
		}
		clients = append(clients, c)
	}
	leader := func() string {
		names := observer.children(t, "/election")
		if len(names) == 0 {
			return ""
		}
		first := slices.MinFunc(names, func(a, b string) int { return strings.Compare(a[len(a)-10:], b[len(b)-10:]) })
		data, _, err := observer.Get("/election/" + first)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	for i, want := range []string{"alpha", "beta", "gamma", ""} {
		eventually(t, "leader is "+want, func() bool { return leader() == want })
		if i < len(clients) {
			clients[i].Close()
		}
	}
}

func TestWatchesAreDeliveredOnce(t *testing.T) {
	s := listen(t, zkserver.Options{})
	watching, acting := connect(t, s), connect(t, s)
	acting.create(t, "/w", "", 0)
	remove := func(path string) {
		if err := acting.Delete(path, -1); err != nil {
			t.Fatal(err)
		}
	}
	set := func(path string) {
		if _, err := acting.Set(path, []byte("x"), -1); err != nil {
			t.Fatal(err)
		}
	}
	_, _, created, err := watching.ExistsW("/w/n")
	if err != nil {
		t.Fatal(err)
	}
	_, _, grown, err := watching.ChildrenW("/w")
	if err != nil {
		t.Fatal(err)
	}
	acting.create(t, "/w/n", "", 0)
	if ev := receive(t, created); ev.Type != zk.EventNodeCreated || ev.Path != "/w/n" {
		t.Errorf("event %+v", ev)
	}
	if ev := receive(t, grown); ev.Type != zk.EventNodeChildrenChanged || ev.Path != "/w" {
		t.Errorf("event %+v", ev)
	}
	_, _, changed, err := watching.GetW("/w/n")
	if err != nil {
		t.Fatal(err)
	}
	set("/w/n")
	set("/w/n")
	if ev := receive(t, changed); ev.Type != zk.EventNodeDataChanged {
		t.Errorf("event %+v", ev)
	}
	if _, more := <-changed; more {
		t.Error("a watch was delivered twice")
	}
	_, _, gone, err := watching.GetW("/w/n")
	if err != nil {
		t.Fatal(err)
	}
	_, _, goneToo, err := watching.ChildrenW("/w/n")
	if err != nil {
		t.Fatal(err)
	}
	remove("/w/n")
	for _, events := range []<-chan zk.Event{gone, goneToo} {
		if ev := receive(t, events); ev.Type != zk.EventNodeDeleted {
			t.Errorf("event %+v", ev)
		}
	}
}
