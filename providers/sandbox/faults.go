package sandbox

import (
	"context"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/restorectl/restorectl/providers/sandbox/disk"
	"github.com/restorectl/restorectl/providers/sandbox/hostsim"
)

// KillScheduler sends a signal to the scheduler process of a host. Its supervisor knows nothing of that and restarts it.
func (c *Cluster) KillScheduler(host string, sig syscall.Signal) error {
	h, err := c.Host(host)
	if err != nil {
		return err
	}
	return h.Signal(Unit, sig)
}

// FreezeScheduler stops the scheduler process of a host in its tracks; ThawScheduler lets it go on.
func (c *Cluster) FreezeScheduler(host string) error { return c.KillScheduler(host, syscall.SIGSTOP) }

// ThawScheduler lets a frozen scheduler go on.
func (c *Cluster) ThawScheduler(host string) error { return c.KillScheduler(host, syscall.SIGCONT) }

// CutConnections ends all SSH connections to a host; what runs on the host goes on.
func (c *Cluster) CutConnections(host string) error {
	h, err := c.Host(host)
	if err != nil {
		return err
	}
	h.CutConnections()
	return nil
}

// RebootHost takes a host's power away and gives it back: everything on it ends at once, its packet filter is empty again, and its
// enabled services start.
func (c *Cluster) RebootHost(ctx context.Context, host string) error {
	return c.SwitchHost(ctx, host, PowerCycle)
}

// Slow delays whatever is sent to a host over SSH; 0 ends that.
func (c *Cluster) Slow(host string, d time.Duration) error {
	h, err := c.Host(host)
	if err != nil {
		return err
	}
	return h.Slow(d)
}

// LoseAnswer waits, on every host, for a call of the scheduler with the name. When its answer is on its way f is called, and the
// connections to that host are cut: the call was carried out, and nobody learns so. An empty name gives it up.
func (c *Cluster) LoseAnswer(call string, f func(host string)) error {
	for i, h := range c.hosts {
		if err := h.LoseAnswer(call, func() { f(c.layouts[i].Name) }); err != nil {
			return err
		}
	}
	return nil
}

// SetDisk gives a host's disk a fault, or makes it sound with the zero value. Paths are below the host's folder.
func (c *Cluster) SetDisk(host string, s disk.State) error {
	i, err := c.index(host)
	if err != nil {
		return err
	}
	root := c.layouts[i].Root
	below := func(paths []string) []string {
		paths = slices.Clone(paths)
		for i, p := range paths {
			paths[i] = filepath.Join(root, p)
		}
		return paths
	}
	s.ReadOnly, s.Immutable = below(s.ReadOnly), below(s.Immutable)
	return disk.Set(hostsim.DiskFile(root), filepath.Join(root, "bin"), filepath.Join(c.options.Dir, "bin", "sandbox"), s)
}
