package sandbox

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"

	"github.com/restorectl/restorectl/providers/backup"
	"github.com/restorectl/restorectl/providers/sandbox/hostsim"
	"github.com/restorectl/restorectl/providers/sandbox/master"
	"github.com/restorectl/restorectl/providers/sandbox/zkserver"
)

// Cluster is a sandbox that is up. Its methods may be called from any goroutine.
type Cluster struct {
	options Options
	network network
	info    Info
	key     ssh.Signer
	keyText []byte
	hosts   []*hostsim.Host
	layouts []*hostLayout
	zk      *zkserver.Server
	master  *master.Server
	// deaf ends the listening for Switch; nil where nobody listens.
	deaf func()

	closing sync.Once
	closed  error
}

// Up makes a sandbox within this process and returns when it is in the state that the options ask for: the schedulers active under
// one leader, as far as a quorum of logs is sound, and those with a damaged log failing again and again. Close ends it. Where Up fails
// nothing is left running.
func Up(ctx context.Context, o Options) (*Cluster, error) { return up(ctx, o, false) }

func up(ctx context.Context, o Options, daemon bool) (*Cluster, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	b, err := o.readBackup()
	if err != nil {
		return nil, err
	}
	if err := o.emptyFolder(); err != nil {
		return nil, err
	}
	c := &Cluster{options: o, info: Info{Daemon: daemon}}
	if err := c.bring(ctx, b); err != nil {
		return nil, errors.Join(fmt.Errorf("the sandbox did not come up: %w", err), c.Close())
	}
	return c, nil
}

// bring makes everything, from the bottom up.
func (c *Cluster) bring(ctx context.Context, b *backup.Backup) error {
	o := &c.options
	for _, name := range o.NoSudo {
		if !slices.Contains(c.names(), name) {
			return fmt.Errorf("there is no host %q to take sudo from", name)
		}
	}
	var err error
	if c.key, c.keyText, err = NewKey("restorectl sandbox"); err != nil {
		return err
	}
	c.network, err = pickNetwork(ctx, o.Schedulers, func(n network) error {
		c.zk, err = zkserver.Listen(n.zooKeeper(), zkserver.Options{})
		return err
	})
	if err != nil {
		return err
	}
	c.master, err = master.Listen(c.network.master(), master.Options{ZooKeeper: c.network.mesos(), Agents: Agents(b)})
	if err != nil {
		return err
	}
	if b != nil {
		b = later(b, o.NewerTasks)
		if err := SeedMaster(c.master, b); err != nil {
			return err
		}
	}
	program := filepath.Join(o.Dir, "bin", "sandbox")
	if err := placeProgram(o.Binary, program); err != nil {
		return fmt.Errorf("the program for the hosts' commands: %w", err)
	}
	c.info = newInfo(o, c.network, c.info.Daemon)
	for i := 1; i <= o.Schedulers; i++ {
		if err := c.addHost(ctx, layoutOf(o, c.network, i, b), program); err != nil {
			return err
		}
	}
	if err := c.writeFiles(); err != nil {
		return err
	}
	if err := c.await(ctx); err != nil {
		return err
	}
	if c.info.Daemon {
		if c.deaf, err = c.serveControl(context.WithoutCancel(ctx)); err != nil {
			return err
		}
	}
	return c.info.write()
}

// addHost makes a host's files and boots it.
func (c *Cluster) addHost(ctx context.Context, l *hostLayout, program string) error {
	if err := l.write(program); err != nil {
		return fmt.Errorf("the files of %s: %w", l.Name, err)
	}
	if err := l.disk.Write(filepath.Join(l.Root, logPath), filepath.Join(l.Root, backupsPath)); err != nil {
		return err
	}
	key, _, err := NewKey("restorectl sandbox")
	if err != nil {
		return err
	}
	peers := map[string]string{}
	for _, h := range l.Hosts {
		peers[h.Name] = h.Address
	}
	env := []string{"SANDBOX_DIR=" + l.options.Dir}
	if slices.Contains(l.options.NoSudo, l.Name) {
		env = append(env, noSudo+"=1")
	}
	h, err := hostsim.Start(ctx, hostsim.Options{
		Name: l.Name, Address: l.Address, Root: l.Root, Peers: peers, HostKey: key, ClientKey: c.key.PublicKey(), Env: env,
	})
	if err != nil {
		return err
	}
	c.hosts, c.layouts = append(c.hosts, h), append(c.layouts, l)
	c.info.Hosts = append(c.info.Hosts, HostInfo{Name: l.Name, Address: l.Address, Root: l.Root, HostKey: strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key.PublicKey())))})
	return nil
}

// names are the names of the hosts.
func (c *Cluster) names() []string {
	names := make([]string, 0, c.options.Schedulers)
	for i := 1; i <= c.options.Schedulers; i++ {
		names = append(names, hostName(i))
	}
	return names
}

// Close ends everything that runs in the sandbox, and returns when nothing of it is left. Its files stay.
func (c *Cluster) Close() error {
	c.closing.Do(func() {
		if c.deaf != nil {
			c.deaf()
		}
		// First the hosts, so that no scheduler finds itself without ZooKeeper.
		var wait sync.WaitGroup
		for _, h := range c.hosts {
			wait.Go(h.Close)
		}
		wait.Wait()
		var errs []error
		if c.master != nil {
			errs = append(errs, c.master.Close())
		}
		if c.zk != nil {
			errs = append(errs, c.zk.Close())
		}
		errs = append(errs, c.info.remove())
		if err := errors.Join(errs...); err != nil {
			c.closed = fmt.Errorf("the sandbox did not end cleanly: %w", err)
		}
	})
	return c.closed
}

// Info tells where everything is.
func (c *Cluster) Info() Info { return c.info }

// Master is the simulated Mesos master.
func (c *Cluster) Master() *master.Server { return c.master }

// ZooKeeper is the ZooKeeper server.
func (c *Cluster) ZooKeeper() *zkserver.Server { return c.zk }

// Host finds a host by its name.
func (c *Cluster) Host(name string) (*hostsim.Host, error) {
	i, err := c.index(name)
	if err != nil {
		return nil, err
	}
	return c.hosts[i], nil
}

// index is the place of a host among the others.
func (c *Cluster) index(name string) (int, error) {
	i := slices.IndexFunc(c.layouts, func(l *hostLayout) bool { return l.Name == name })
	if i < 0 {
		return 0, fmt.Errorf("the sandbox has no host %q; it has %s", name, strings.Join(c.names(), ", "))
	}
	return i, nil
}
