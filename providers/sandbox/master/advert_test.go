package master_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"
	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/providers/sandbox/master"
	"github.com/restorectl/restorectl/providers/sandbox/zkserver"
)

type quiet struct{}

func (quiet) Printf(string, ...any) {}

func zookeeper(t *testing.T) (*zkserver.Server, *zk.Conn) {
	t.Helper()
	s, err := zkserver.Listen("127.0.0.1:0", zkserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	conn, _, err := zk.Connect([]string{s.Addr()}, 10*time.Second, zk.WithLogger(quiet{}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return s, conn
}

func nodes(t *testing.T, conn *zk.Conn) []string {
	t.Helper()
	names, _, err := conn.Children("/mesos/sandbox")
	if err != nil && !errors.Is(err, zk.ErrNoNode) {
		t.Fatal(err)
	}
	return names
}

func TestMasterIsAdvertised(t *testing.T) {
	zks, conn := zookeeper(t)
	address := "zk://" + zks.Addr() + "/mesos/sandbox"
	s := listen(t, master.Options{ZooKeeper: address})
	found, err := master.Detect(bounded(t), address)
	if err != nil || found != s.Addr() {
		t.Fatalf("found %q, %v, want %s", found, err, s.Addr())
	}
	first := nodes(t, conn)
	if diff := cmp.Diff([]string{"json.info_0000000000"}, first); diff != "" {
		t.Fatal(diff)
	}
	data, stat, err := conn.Get("/mesos/sandbox/" + first[0])
	if err != nil {
		t.Fatal(err)
	}
	var info map[string]any
	if err := json.Unmarshal(data, &info); err != nil {
		t.Fatal(err)
	}
	_, portText, _ := net.SplitHostPort(s.Addr())
	port, err := strconv.ParseFloat(portText, 64)
	if err != nil {
		t.Fatal(err)
	}
	delete(info, "id")
	delete(info, "version")
	want := map[string]any{"address": map[string]any{"hostname": "127.0.0.1", "ip": "127.0.0.1", "port": port}, "hostname": "127.0.0.1",
		"ip": 16777343.0, "pid": "master@" + s.Addr(), "port": port}
	if diff := cmp.Diff(want, info); diff != "" {
		t.Error(diff)
	}

	zks.Expire(stat.EphemeralOwner)
	eventually(t, "the master is advertised anew", func() bool {
		names := nodes(t, conn)
		return len(names) == 1 && names[0] == "json.info_0000000001"
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if left := nodes(t, conn); len(left) != 0 {
		t.Errorf("a closed master is still advertised: %v", left)
	}
}

func TestDetect(t *testing.T) {
	zks, conn := zookeeper(t)
	tests := []struct {
		name, address, want, wantErr string
		waits                        bool
	}{
		{name: "a master", address: "192.0.2.1:5050", want: "192.0.2.1:5050"},
		{name: "no port", address: "somewhere", wantErr: "neither host:port nor zk://"},
		{name: "no path", address: "zk://" + zks.Addr(), wantErr: "not zk://host:port,host:port/path"},
		{name: "no port in ZooKeeper's", address: "zk://host/mesos", wantErr: "not host:port"},
		{name: "nobody advertised", address: "zk://user:secret@" + zks.Addr() + "/mesos", wantErr: "node does not exist", waits: true},
		{name: "nowhere", address: "zk://127.0.0.1:1/mesos/master", wantErr: "ZooKeeper was not reached", waits: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.wantErr == "" {
				if got, err := master.Detect(bounded(t), tt.address); err != nil || got != tt.want {
					t.Errorf("got %q, %v", got, err)
				}
				return
			}
			// Polled, since a short context may also end before ZooKeeper was reached.
			eventually(t, "the error says "+tt.wantErr, func() bool {
				ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
				defer cancel()
				_, err := master.Detect(ctx, tt.address)
				if err == nil || strings.Contains(err.Error(), "secret") || errors.Is(err, context.DeadlineExceeded) != tt.waits {
					t.Fatalf("got %v", err)
				}
				return strings.Contains(err.Error(), tt.wantErr)
			})
		})
	}
	t.Run("the lowest number leads", func(t *testing.T) {
		for _, node := range []struct{ path, data string }{{"/mesos", ""}, {"/mesos/log_replicas", ""},
			{"/mesos/json.info_0000000012", `{"address":{"ip":"192.0.2.12","port":5050}}`},
			{"/mesos/json.info_0000000009", `{"address":{"ip":"192.0.2.9","port":5050}}`}} {
			if _, err := conn.Create(node.path, []byte(node.data), 0, zk.WorldACL(zk.PermAll)); err != nil {
				t.Fatal(err)
			}
		}
		got, err := master.Detect(bounded(t), "zk://"+zks.Addr()+"/mesos")
		if err != nil || got != "192.0.2.9:5050" {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

func TestRegistrationEndsWithItsContext(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		cancel()
		_, _ = io.Copy(io.Discard, conn) // never answers
	}()
	if _, err := master.Connect(ctx, l.Addr().String(), aurora("")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestBadOptionsAreRefused(t *testing.T) {
	if _, err := master.Listen("127.0.0.1:0", master.Options{ZooKeeper: "127.0.0.1:2181"}); err == nil {
		t.Error("a ZooKeeper address without zk:// was accepted")
	}
	s := listen(t, master.Options{})
	if _, err := master.Listen(s.Addr(), master.Options{}); err == nil {
		t.Error("two masters on one address")
	}
}
