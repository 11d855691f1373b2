package host_test

import (
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/host/hosttest"
)

func TestPool(t *testing.T) {
	a, b := hosttest.Serve(t), hosttest.Serve(t)
	c := connection(a)
	c.IdentityFiles = append(c.IdentityFiles, filepath.Join(b.Dir, "id"))
	c.KnownHosts = append(c.KnownHosts, filepath.Join(b.Dir, "known_hosts"))
	pool := host.NewPool(config.Cluster{Connection: c, Schedulers: []config.Scheduler{
		{Name: "one", Address: a.Addr}, {Name: "two", Address: b.Addr}, {Name: "gone", Address: "127.0.0.1:1"}}}, surroundings(a))
	if a.Dials()+b.Dials() != 0 {
		t.Error("connected before anybody asked")
	}
	var wg sync.WaitGroup
	for range 8 {
		for _, name := range []string{"one", "two"} {
			wg.Go(func() {
				h, err := pool.Host(t.Context(), name)
				if err != nil {
					t.Error(err)
					return
				}
				if h.Name() != name {
					t.Errorf("%s is called %s", name, h.Name())
				}
				if _, err := h.Run(t.Context(), host.Command{Args: []string{"true"}}); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	if a.Dials() != 1 || b.Dials() != 1 {
		t.Errorf("%d and %d connections, want one each", a.Dials(), b.Dials())
	}
	if _, err := pool.Host(t.Context(), "gone"); !errors.Is(err, host.ErrUnreachable) {
		t.Errorf("gone: %v", err)
	}
	if _, err := pool.Host(t.Context(), "stranger"); err == nil {
		t.Error("a name that is not configured must be an error")
	}
	h, err := pool.Host(t.Context(), "one")
	if err != nil {
		t.Fatal(err)
	}
	if err := pool.Close(); err != nil {
		t.Error(err)
	}
	if _, err := h.Run(t.Context(), host.Command{Args: []string{"true"}}); !errors.Is(err, host.ErrUnreachable) {
		t.Errorf("after Close: %v", err)
	}
	if _, err := pool.Host(t.Context(), "one"); err == nil {
		t.Error("a closed pool gives no hosts")
	}
}

func TestPoolLocal(t *testing.T) {
	pool := host.NewPool(config.Cluster{Connection: config.Connection{Kind: "local", Become: "none"}, Schedulers: []config.Scheduler{{Name: "one"}}}, host.Options{})
	h, err := pool.Host(t.Context(), "one")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Run(t.Context(), host.Command{Args: []string{"true"}}); err != nil {
		t.Error(err)
	}
	odd := host.NewPool(config.Cluster{Connection: config.Connection{Kind: "telnet"}, Schedulers: []config.Scheduler{{Name: "one"}}}, host.Options{})
	if _, err := odd.Host(t.Context(), "one"); err == nil {
		t.Error("an unknown kind must be an error")
	}
}
