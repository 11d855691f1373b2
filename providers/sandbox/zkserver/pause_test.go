package zkserver_test

import (
	"testing"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/restorectl/restorectl/providers/sandbox/zkserver"
)

// TestPause checks that nobody is served meanwhile, that no session expires however long it lasts, and that clients come back.
func TestPause(t *testing.T) {
	time0 := newClock()
	s := listen(t, zkserver.Options{Now: time0.Now, MinSessionTimeout: 10 * time.Second})
	c := connect(t, s)
	c.create(t, "/folder", "", 0)
	c.create(t, "/folder/mine", "data", zk.FlagEphemeral)
	id := c.SessionID()
	if err := s.Pause(); err != nil {
		t.Fatal(err)
	}
	time0.advance(time.Minute)
	eventually(t, "the client is without a session", func() bool { return c.State() != zk.StateHasSession })
	if err := s.Pause(); err != nil {
		t.Errorf("paused again: %v", err)
	}
	if err := s.Resume(); err != nil {
		t.Fatal(err)
	}
	c.await(t, zk.StateHasSession)
	if c.SessionID() != id || !c.exists(t, "/folder/mine") {
		t.Errorf("session %x became %x", id, c.SessionID())
	}
	holders := s.Holders("/folder")
	if len(holders) != 1 || holders[0].Name != "mine" || string(holders[0].Data) != "data" || holders[0].Session != id {
		t.Errorf("holders %+v", holders)
	}
	if !s.Expire(holders[0].Session) || len(s.Holders("/folder")) != 0 || len(s.Holders("/nothing")) != 0 {
		t.Error("an expired session still holds its node")
	}
}
