package zookeeper_test

import (
	"context"
	_ "embed"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"
	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/providers/sandbox/zkserver"
	"github.com/restorectl/restorectl/providers/zookeeper"
)

const patience = 20 * time.Second

//go:embed testdata/member.json
var memberJSON string

type quiet struct{}

func (quiet) Printf(string, ...any) {}

func server(t *testing.T) *zkserver.Server {
	t.Helper()
	s, err := zkserver.Listen("127.0.0.1:0", zkserver.Options{})
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

func client(t *testing.T, s *zkserver.Server) *zk.Conn {
	t.Helper()
	conn, _, err := zk.Connect([]string{s.Addr()}, 10*time.Second, zk.WithLogger(quiet{}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn
}

type node struct{ path, data string }

// write makes plain nodes, numbers and all, so that a test chooses the sequence numbers.
func write(t *testing.T, conn *zk.Conn, acl []zk.ACL, nodes ...node) {
	t.Helper()
	for _, n := range nodes {
		if _, err := conn.Create(n.path, []byte(n.data), 0, acl); err != nil {
			t.Fatalf("create %s: %v", n.path, err)
		}
	}
}

func bounded(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

func TestReadElection(t *testing.T) {
	const folder = "/aurora/scheduler"
	endpoint := zookeeper.Endpoint{Host: "192.0.2.11", Port: 8081}
	member := zookeeper.Member{Node: "member_0000000007", Sequence: 7, Service: endpoint,
		Additional: map[string]zookeeper.Endpoint{"http": endpoint}, Status: "ALIVE"}
	curator := func(name string, n int64, host string) zookeeper.Candidate {
		return zookeeper.Candidate{Node: name, Sequence: n, Generation: zookeeper.Curator, Host: host}
	}
	commons := func(name string, n int64, host string) zookeeper.Candidate {
		return zookeeper.Candidate{Node: name, Sequence: n, Generation: zookeeper.Commons, Host: host}
	}
	tests := []struct {
		name       string
		nodes      []node
		want       zookeeper.Election
		wantLeader string
		wantMixed  bool
	}{
		{name: "folder does not exist"},
		{name: "nobody is there", nodes: []node{{"/aurora", ""}, {folder, ""}}},
		{
			name: "Curator, ordered by number and not by name",
			nodes: []node{{"/aurora", ""}, {folder, ""},
				{folder + "/_c_ffff-lock-0000000002", "192.0.2.12"},
				{folder + "/_c_0000-lock-0000000012", "192.0.2.13"},
				{folder + "/_c_8888-lock-0000000003", "192.0.2.11\n"},
				{folder + "/member_0000000007", memberJSON},
				{folder + "/something-else", "x"}},
			want: zookeeper.Election{
				Candidates: []zookeeper.Candidate{
					curator("_c_ffff-lock-0000000002", 2, "192.0.2.12"),
					curator("_c_8888-lock-0000000003", 3, "192.0.2.11"),
					curator("_c_0000-lock-0000000012", 12, "192.0.2.13")},
				Members: []zookeeper.Member{member}},
			wantLeader: "192.0.2.12",
		},
		{
			name: "before Curator",
			nodes: []node{{"/aurora", ""}, {folder, ""},
				{folder + "/singleton_candidate_0000000041", "b"}, {folder + "/singleton_candidate_0000000040", "a"}},
			want: zookeeper.Election{Candidates: []zookeeper.Candidate{
				commons("singleton_candidate_0000000040", 40, "a"), commons("singleton_candidate_0000000041", 41, "b")}},
			wantLeader: "a",
		},
		{
			name: "both generations have no common leader",
			nodes: []node{{"/aurora", ""}, {folder, ""},
				{folder + "/singleton_candidate_0000000001", "a"}, {folder + "/_c_0-lock-0000000000", "b"}},
			want: zookeeper.Election{Candidates: []zookeeper.Candidate{
				curator("_c_0-lock-0000000000", 0, "b"), commons("singleton_candidate_0000000001", 1, "a")}},
			wantMixed: true,
		},
		{
			name: "a member that is not understood hides nothing",
			nodes: []node{{"/aurora", ""}, {folder, ""}, {folder + "/_c_0-lock-0000000000", "b"},
				{folder + "/member_0000000001", "binary"}, {folder + "/member_0000000002", "{}"}},
			want: zookeeper.Election{
				Candidates: []zookeeper.Candidate{curator("_c_0-lock-0000000000", 0, "b")},
				Members: []zookeeper.Member{
					{Node: "member_0000000001", Sequence: 1,
						Problem: "its data is not the JSON of a serverset member: invalid character 'b' looking for beginning of value"},
					{Node: "member_0000000002", Sequence: 2, Problem: "its data has no serviceEndpoint"}}},
			wantLeader: "b",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := server(t)
			write(t, client(t, s), zk.WorldACL(zk.PermAll), tt.nodes...)
			got, err := zookeeper.Ensemble{Endpoints: []string{s.Addr()}}.ReadElection(bounded(t), folder)
			if err != nil {
				t.Fatal(err)
			}
			tt.want.Path = folder
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			leader, ok := got.Leader()
			if leader.Host != tt.wantLeader || ok != (tt.wantLeader != "") || got.Mixed() != tt.wantMixed {
				t.Errorf("leader %q, %v; mixed %v", leader.Host, ok, got.Mixed())
			}
		})
	}
}

func TestReadElectionUnderAChroot(t *testing.T) {
	s := server(t)
	write(t, client(t, s), zk.WorldACL(zk.PermAll), node{"/chroot", ""}, node{"/chroot/aurora", ""},
		node{"/chroot/aurora/_c_0-lock-0000000000", "b"}, node{"/log", ""}, node{"/log/0000000001", "log-replica(1)@127.0.0.1:8182"})
	e := zookeeper.Ensemble{Endpoints: []string{s.Addr()}, Chroot: "/chroot/"}
	election, err := e.ReadElection(bounded(t), "/aurora")
	if err != nil || len(election.Candidates) != 1 || election.Path != "/chroot/aurora" {
		t.Errorf("election %+v, %v", election, err)
	}
	replicas, err := e.ReadReplicas(bounded(t), "/log")
	if err != nil || len(replicas) != 1 {
		t.Errorf("the chroot must not apply to the log's group: %+v, %v", replicas, err)
	}
}

func TestReadReplicas(t *testing.T) {
	s := server(t)
	write(t, client(t, s), zk.WorldACL(zk.PermAll), node{"/log", ""},
		node{"/log/0000000010", "log-replica(1)@127.0.0.1:8181"},
		node{"/log/0000000009", "log-replica(1)@127.0.0.1:8182"},
		node{"/log/0000000011", "nonsense"}, node{"/log/other", "x"})
	e := zookeeper.Ensemble{Endpoints: []string{s.Addr()}}
	got, err := e.ReadReplicas(bounded(t), "/log")
	if err != nil {
		t.Fatal(err)
	}
	want := []zookeeper.Replica{
		{Node: "0000000009", Sequence: 9, PID: "log-replica(1)@127.0.0.1:8182"},
		{Node: "0000000010", Sequence: 10, PID: "log-replica(1)@127.0.0.1:8181"},
		{Node: "0000000011", Sequence: 11, PID: "nonsense"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got, err := e.ReadReplicas(bounded(t), "/absent"); err != nil || len(got) != 0 {
		t.Errorf("group that does not exist: %+v, %v", got, err)
	}
}

func TestReadingLeavesNoSessionBehind(t *testing.T) {
	s := server(t)
	if _, err := (zookeeper.Ensemble{Endpoints: []string{s.Addr()}}).ReadElection(bounded(t), "/aurora"); err != nil {
		t.Fatal(err)
	}
	if left := s.Sessions(); len(left) != 0 {
		t.Errorf("sessions left: %+v", left)
	}
}

func TestDeniedIsSaid(t *testing.T) {
	s := server(t)
	write(t, client(t, s), zk.DigestACL(zk.PermAll, "aurora", "secret"), node{"/closed", ""})
	write(t, client(t, s), zk.WorldACL(zk.PermAll), node{"/open", ""})
	write(t, client(t, s), zk.DigestACL(zk.PermAll, "aurora", "secret"), node{"/open/_c_0-lock-0000000000", ""})
	for _, folder := range []string{"/closed", "/open"} {
		_, err := zookeeper.Ensemble{Endpoints: []string{s.Addr()}}.ReadElection(bounded(t), folder)
		if !errors.Is(err, zookeeper.ErrDenied) || !strings.Contains(err.Error(), folder) {
			t.Errorf("%s: %v", folder, err)
		}
	}
}

// speaker listens on loopback and does with each connection what talk says.
func speaker(t *testing.T, talk func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go talk(c)
		}
	}()
	return l.Addr().String()
}

func refused(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return addr
}

func mute(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

func TestUnreachableSaysWhy(t *testing.T) {
	tests := []struct {
		name     string
		endpoint string
		want     string
	}{
		{"nothing listens", refused(t), "connection refused"},
		{"closes at once", speaker(t, func(c net.Conn) { _ = c.Close() }), "without an answer"},
		{"never answers", speaker(t, mute), "no answer within"},
		{"another kind of server", speaker(t, func(c net.Conn) { _, _ = io.WriteString(c, "SSH-2.0-OpenSSH_9.2\r\n"); mute(c) }),
			`what answers there is not ZooKeeper: it began a message with "SSH-"`},
		{"header too short", speaker(t, func(c net.Conn) { _, _ = c.Write([]byte{0, 0, 0, 3, 1, 2, 3}); mute(c) }), "not ZooKeeper"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			_, err := zookeeper.Ensemble{Endpoints: []string{tt.endpoint}}.ReadElection(ctx, "/aurora")
			var unreachable *zookeeper.UnreachableError
			if !errors.As(err, &unreachable) || len(unreachable.Failures) != 1 {
				t.Fatalf("got %v", err)
			}
			for _, part := range []string{tt.want, tt.endpoint, "/aurora"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
}

func TestNextEndpointIsTried(t *testing.T) {
	s := server(t)
	write(t, client(t, s), zk.WorldACL(zk.PermAll), node{"/aurora", ""}, node{"/aurora/_c_0-lock-0000000000", "b"})
	e := zookeeper.Ensemble{Endpoints: []string{refused(t), speaker(t, func(c net.Conn) { _ = c.Close() }), s.Addr()}}
	election, err := e.ReadElection(bounded(t), "/aurora")
	if err != nil || len(election.Candidates) != 1 {
		t.Errorf("election %+v, %v", election, err)
	}
}

func TestServerThatFailsInTheMiddleIsReplaced(t *testing.T) {
	s := server(t)
	write(t, client(t, s), zk.WorldACL(zk.PermAll), node{"/aurora", ""}, node{"/aurora/_c_0-lock-0000000000", "b"})
	var dialed atomic.Int32
	e := zookeeper.Ensemble{Endpoints: []string{"zk1.invalid:2181", "zk2.invalid:2181"},
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, s.Addr())
			if dialed.Add(1) == 1 {
				conn = &shortLived{Conn: conn, left: 60} // the greeting and part of the first reply
			}
			return conn, err
		}}
	election, err := e.ReadElection(bounded(t), "/aurora")
	if err != nil || len(election.Candidates) != 1 || dialed.Load() != 2 {
		t.Errorf("election %+v, %v, %d connections", election, err, dialed.Load())
	}
}

// shortLived is a connection that breaks after so many bytes were read.
type shortLived struct {
	net.Conn
	left int
}

func (s *shortLived) Read(p []byte) (int, error) {
	if s.left == 0 {
		return 0, errors.New("connection reset by peer")
	}
	n, err := s.Conn.Read(p[:min(len(p), s.left)])
	s.left -= n
	return n, err
}

func TestNamesAreGivenToDialUnresolved(t *testing.T) {
	s := server(t)
	var asked atomic.Value
	e := zookeeper.Ensemble{Endpoints: []string{"zk.only-behind-the-tunnel.invalid:2181"},
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			asked.Store(address)
			return (&net.Dialer{}).DialContext(ctx, network, s.Addr())
		}}
	if _, err := e.ReadElection(bounded(t), "/aurora"); err != nil {
		t.Fatal(err)
	}
	if asked.Load() != "zk.only-behind-the-tunnel.invalid:2181" {
		t.Errorf("dialed %v", asked.Load())
	}
}

func TestEndsWithTheContextEvenIfDialDoesNot(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	ctx, cancel := context.WithCancel(t.Context())
	e := zookeeper.Ensemble{Endpoints: []string{"a:1", "b:2"},
		Dial: func(context.Context, string, string) (net.Conn, error) {
			cancel()
			<-release
			return nil, errors.New("too late")
		}}
	if _, err := e.ReadElection(ctx, "/aurora"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestBadInputIsRefused(t *testing.T) {
	ctx := bounded(t)
	if _, err := (zookeeper.Ensemble{}).ReadElection(ctx, "/aurora"); err == nil || !strings.Contains(err.Error(), "no endpoints") {
		t.Errorf("no endpoints: %v", err)
	}
	if _, err := (zookeeper.Ensemble{Endpoints: []string{"a:1"}}).ReadElection(ctx, ""); err == nil {
		t.Error("an empty serverset path was accepted")
	}
	if _, err := (zookeeper.Ensemble{Endpoints: []string{"a:1"}}).ReadReplicas(ctx, "log"); err == nil {
		t.Error("a relative group path was accepted")
	}
}

func TestParseEndpoints(t *testing.T) {
	tests := []struct {
		flag string
		want []string // nil for a refusal
	}{
		{"zk1:2181, zk2:2182,[2001:db8::1]:2181", []string{"zk1:2181", "zk2:2182", "[2001:db8::1]:2181"}},
		{"", nil},
		{"zk1", nil},
		{"zk1:2181,", nil},
		{":2181", nil},
	}
	for _, tt := range tests {
		got, err := zookeeper.ParseEndpoints(tt.flag)
		if diff := cmp.Diff(tt.want, got); diff != "" || (err == nil) != (tt.want != nil) {
			t.Errorf("%q: %v %s", tt.flag, err, diff)
		}
	}
}
