package zkserver_test

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/restorectl/restorectl/providers/sandbox/zkserver"
)

func TestKilledClientKeepsItsNodesUntilItsSessionEnds(t *testing.T) {
	time0 := newClock()
	s := listen(t, zkserver.Options{Now: time0.Now, MinSessionTimeout: 10 * time.Second})
	observer, victim := connect(t, s), connect(t, s)
	victim.create(t, "/lock", "", zk.FlagEphemeral)
	victim.offline.Store(true)
	s.DropConnections()
	observer.await(t, zk.StateHasSession)
	time0.advance(9 * time.Second)
	if !observer.exists(t, "/lock") { // also lets the server hear the observer at this time
		t.Fatal("the node went before its session ended")
	}
	time0.advance(1 * time.Second)
	eventually(t, "the dead client's node is gone", func() bool { return !observer.exists(t, "/lock") })
	if sessions := s.Sessions(); len(sessions) != 1 || sessions[0].ID != observer.SessionID() {
		t.Errorf("sessions %+v", sessions)
	}
}

func TestCloseEndsTheSessionAtOnce(t *testing.T) {
	s := listen(t, zkserver.Options{Now: newClock().Now})
	observer, leaving := connect(t, s), connect(t, s)
	leaving.create(t, "/lock", "", zk.FlagEphemeral)
	leaving.Close()
	eventually(t, "the node is gone", func() bool { return !observer.exists(t, "/lock") })
}

func TestReconnectKeepsTheSessionAndItsWatches(t *testing.T) {
	s := listen(t, zkserver.Options{Now: newClock().Now})
	c, other := connect(t, s), connect(t, s)
	c.create(t, "/mine", "", zk.FlagEphemeral)
	c.create(t, "/watched", "", 0)
	c.create(t, "/later", "", 0)
	_, _, missed, err := c.GetW("/watched")
	if err != nil {
		t.Fatal(err)
	}
	_, _, later, err := c.ChildrenW("/later")
	if err != nil {
		t.Fatal(err)
	}
	id := c.SessionID()
	c.offline.Store(true)
	s.DropConnections()
	other.await(t, zk.StateHasSession)
	if _, err := other.Set("/watched", []byte("changed meanwhile"), -1); err != nil {
		t.Fatal(err)
	}
	c.offline.Store(false)
	if ev := receive(t, missed); ev.Type != zk.EventNodeDataChanged {
		t.Errorf("event %+v", ev)
	}
	if !c.exists(t, "/mine") || c.SessionID() != id {
		t.Errorf("session %x became %x", id, c.SessionID())
	}
	other.create(t, "/later/child", "", 0)
	if ev := receive(t, later); ev.Type != zk.EventNodeChildrenChanged {
		t.Errorf("event %+v", ev)
	}
}

func TestExpiredClientGetsANewSession(t *testing.T) {
	s := listen(t, zkserver.Options{Now: newClock().Now})
	c := connect(t, s)
	id := c.SessionID()
	c.create(t, "/lock", "", zk.FlagEphemeral)
	if !s.Expire(id) {
		t.Fatal("Expire did not know the session")
	}
	if s.Expire(id) {
		t.Error("a session expired twice")
	}
	c.await(t, zk.StateExpired)
	c.await(t, zk.StateHasSession)
	if c.SessionID() == id || c.exists(t, "/lock") {
		t.Errorf("session %x, was %x; the node of the old one: %v", c.SessionID(), id, c.exists(t, "/lock"))
	}
}

func TestRestartedServerKnowsNobody(t *testing.T) {
	s := listen(t, zkserver.Options{})
	c := connect(t, s)
	c.create(t, "/node", "", 0)
	addr := s.Addr()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	time1 := newClock()
	time1.now = time.Now().Add(time.Minute)
	again, err := zkserver.Listen(addr, zkserver.Options{Now: time1.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = again.Close() }()
	c.await(t, zk.StateExpired)
	c.await(t, zk.StateHasSession)
	if c.exists(t, "/node") {
		t.Error("the node survived")
	}
}

// dialRaw speaks the protocol by hand: it sends a connect request and returns the answer's body.
func dialRaw(t *testing.T, addr string, request []byte) (net.Conn, []byte) {
	t.Helper()
	nc, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	if err := nc.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	sendRaw(t, nc, request)
	return nc, receiveRaw(t, nc)
}

func sendRaw(t *testing.T, nc net.Conn, body []byte) {
	t.Helper()
	if _, err := nc.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...)); err != nil {
		t.Fatal(err)
	}
}

func receiveRaw(t *testing.T, nc net.Conn) []byte {
	t.Helper()
	var head [4]byte
	if _, err := io.ReadFull(nc, head[:]); err != nil {
		t.Fatal(err)
	}
	body := make([]byte, binary.BigEndian.Uint32(head[:]))
	if _, err := io.ReadFull(nc, body); err != nil {
		t.Fatal(err)
	}
	return body
}

func connectRequest(timeout int32, session uint64, password []byte) []byte {
	b := make([]byte, 12) // protocol version, last transaction seen
	b = binary.BigEndian.AppendUint32(b, uint32(timeout))
	b = binary.BigEndian.AppendUint64(b, session)
	b = binary.BigEndian.AppendUint32(b, uint32(len(password)))
	return append(b, password...)
}

func TestHandshake(t *testing.T) {
	s := listen(t, zkserver.Options{MinSessionTimeout: 2 * time.Second, MaxSessionTimeout: 8 * time.Second})
	_, first := dialRaw(t, s.Addr(), connectRequest(5000, 0, make([]byte, 16)))
	id, password := binary.BigEndian.Uint64(first[8:]), first[20:36]
	wrong := append([]byte{}, password...)
	wrong[3] ^= 1
	tests := []struct {
		name        string
		request     []byte
		wantTimeout uint32
		wantSession bool
		wantLength  int
	}{
		{"timeout as asked", connectRequest(5000, 0, make([]byte, 16)), 5000, true, 36},
		{"too short a timeout", connectRequest(1, 0, make([]byte, 16)), 2000, true, 36},
		{"too long a timeout", connectRequest(90000, 0, make([]byte, 16)), 8000, true, 36},
		{"client that knows read-only servers", append(connectRequest(5000, 0, make([]byte, 16)), 0), 5000, true, 37},
		{"wrong password", connectRequest(5000, id, wrong), 0, false, 36},
		{"unknown session", connectRequest(5000, id+1, password), 0, false, 36},
		{"known session", connectRequest(5000, id, password), 5000, true, 36},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, answer := dialRaw(t, s.Addr(), tt.request)
			if len(answer) != tt.wantLength {
				t.Fatalf("answer of %d bytes, want %d", len(answer), tt.wantLength)
			}
			if got := binary.BigEndian.Uint32(answer[4:]); got != tt.wantTimeout {
				t.Errorf("timeout %d ms, want %d", got, tt.wantTimeout)
			}
			if got := binary.BigEndian.Uint64(answer[8:]) != 0; got != tt.wantSession {
				t.Errorf("got a session: %v", got)
			}
		})
	}
}

func TestMalformedInputEndsOnlyItsOwnConnection(t *testing.T) {
	s := listen(t, zkserver.Options{})
	healthy := connect(t, s)
	hello := connectRequest(5000, 0, make([]byte, 16))
	tests := []struct {
		name string
		body []byte
	}{
		{"empty request", nil},
		{"create cut short", []byte{0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9, '/', 'x'}},
		{"string of negative length", []byte{0, 0, 0, 1, 0, 0, 0, 4, 0x80, 0, 0, 0, 0}},
		{"a billion watches", []byte{0, 0, 0, 1, 0, 0, 0, 101, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			nc, _ := dialRaw(t, s.Addr(), hello)
			sendRaw(t, nc, tt.body)
			_, err := io.Copy(io.Discard, nc)
			var timeout net.Error
			if errors.As(err, &timeout) && timeout.Timeout() {
				t.Error("the connection stayed open")
			}
			if healthy.exists(t, "/x") {
				t.Error("a malformed request changed something")
			}
		})
	}
	nc, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = nc.Close() }()
	if _, err := io.WriteString(nc, "GET / HTTP/1.1\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if answer, _ := io.ReadAll(nc); len(answer) != 0 {
		t.Errorf("a web browser was answered %q", answer)
	}
}

func TestUnknownOperationIsRefusedAndTheConnectionLives(t *testing.T) {
	s := listen(t, zkserver.Options{})
	nc, _ := dialRaw(t, s.Addr(), connectRequest(5000, 0, make([]byte, 16)))
	sendRaw(t, nc, []byte{0, 0, 0, 1, 0, 0, 0, 14}) // multi
	if got := int32(binary.BigEndian.Uint32(receiveRaw(t, nc)[12:])); got != -6 {
		t.Errorf("code %d, want -6, unimplemented", got)
	}
	sendRaw(t, nc, []byte{0xff, 0xff, 0xff, 0xfe, 0, 0, 0, 11}) // ping
	if pong := receiveRaw(t, nc); int32(binary.BigEndian.Uint32(pong)) != -2 || len(pong) != 16 {
		t.Errorf("answer to a ping: %v", pong)
	}
}
