package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/restorectl/restorectl/providers/sandbox/hostsim"
)

// controlName is the socket, in the sandbox's folder, by which its daemon is asked to do something to a host.
const controlName = "sandbox.sock"

// Power is what can be done to a host of a sandbox from outside.
type Power string

// What can be done.
const (
	// PowerOff takes the host's power away: everything on it ends at once.
	PowerOff Power = "down"
	// PowerOn gives it back: its packet filter is empty, and its enabled services start.
	PowerOn Power = "up"
	// PowerCycle does one after the other.
	PowerCycle Power = "reboot"
)

type powerRequest struct {
	Do   Power  `json:"do"`
	Host string `json:"host"`
}

type powerAnswer struct {
	Error string `json:"error,omitempty"`
}

// SwitchHost does something to a host of a sandbox that is up.
func (c *Cluster) SwitchHost(ctx context.Context, host string, do Power) error {
	h, err := c.Host(host)
	if err != nil {
		return err
	}
	if do == PowerOff || do == PowerCycle {
		h.PowerOff()
	}
	if do == PowerOn || do == PowerCycle {
		return h.Boot(ctx)
	}
	return nil
}

// Switch asks the daemon of the sandbox in a folder to do something to a host.
func Switch(ctx context.Context, dir, host string, do Power) error {
	i, err := Load(dir)
	if err != nil {
		return err
	}
	if !i.Daemon {
		return fmt.Errorf("the sandbox in %s is part of process %d, which has to do that itself", i.Dir, i.PID)
	}
	name, done, err := hostsim.Short(i.Dir, controlName)
	if err != nil {
		return err
	}
	defer done()
	ctx, cancel := context.WithTimeout(ctx, powerTime)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", name)
	if err != nil {
		return fmt.Errorf("the sandbox's daemon can't be asked: %w", err)
	}
	defer func() { _ = conn.Close() }() // The answer is here or it is not.
	deadline, _ := ctx.Deadline()
	var a powerAnswer
	if err := errors.Join(conn.SetDeadline(deadline), json.NewEncoder(conn).Encode(powerRequest{do, host})); err != nil {
		return fmt.Errorf("the sandbox's daemon can't be asked: %w", err)
	}
	if err := json.NewDecoder(conn).Decode(&a); err != nil {
		return fmt.Errorf("the sandbox's daemon gave no answer: %w", err)
	}
	if a.Error != "" {
		return errors.New(a.Error)
	}
	return nil
}

// powerTime bounds how long a host may take to go or to come.
const powerTime = time.Minute

// serveControl answers Switch until the listener is closed; the function that it returns closes it and waits.
func (c *Cluster) serveControl(ctx context.Context) (stop func(), err error) {
	name, done, err := hostsim.Short(c.options.Dir, controlName)
	if err != nil {
		return nil, err
	}
	defer done()
	path := filepath.Join(c.options.Dir, controlName)
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: name, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("the sandbox's control: %w", err)
	}
	l.SetUnlinkOnClose(false) // By then the name is another file's.
	var wait sync.WaitGroup
	wait.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wait.Go(func() { c.control(ctx, conn) })
		}
	})
	return func() {
		_ = l.Close() // It ends the waiting for more.
		wait.Wait()
		_ = os.Remove(path) // The next sandbox in the folder does it too.
	}, nil
}

func (c *Cluster) control(ctx context.Context, conn net.Conn) {
	defer func() { _ = conn.Close() }()
	var q powerRequest
	if conn.SetDeadline(time.Now().Add(powerTime)) != nil || json.NewDecoder(conn).Decode(&q) != nil {
		return
	}
	var a powerAnswer
	if err := c.SwitchHost(ctx, q.Host, q.Do); err != nil {
		a.Error = err.Error()
	}
	_ = json.NewEncoder(conn).Encode(a) // Whoever asked may have gone.
}
