//go:build linux

package lab

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/restorectl/restorectl/providers/backup"
	"github.com/restorectl/restorectl/providers/sandbox"
	"github.com/restorectl/restorectl/providers/sandbox/master"
)

// The packages' unit waits so long before it restarts a scheduler.
const restartSec = 20 * time.Second

// clusterPatience is how long a cluster may take to come up, with a JVM on each host, on a busy machine.
const clusterPatience = 3 * time.Minute

// Options describe a cluster.
type Options struct {
	// Backup is a backup file: its state is in the logs, and its tasks run. Empty is a cluster without tasks.
	Backup string
	// Layout is how the schedulers are installed; empty is as the Debian packages do it.
	Layout sandbox.Layout
	// Damage is on how many hosts, from the first, the log is damaged, so that their schedulers don't stay up.
	Damage int
	// Odd makes the hosts unusual: paths with blanks for log and backups, ZooKeeper's nodes written with a password, and for who logs in
	// a umask of 077, another language on the first two hosts, and on the last a clock that is behind by Late.
	Odd bool
	// Firewalld makes firewalld the hosts' packet filter, which lets everything in at first.
	Firewalld bool
	// Kerberos makes the first host a KDC, and the schedulers ask for Kerberos.
	Kerberos bool
}

// Cluster is an Aurora cluster on a lab's hosts: the sandbox's schedulers, installed as the packages install them, with a real
// ZooKeeper on the hosts and the sandbox's Mesos master beside them.
type Cluster struct {
	*Lab
	// Master is the simulated Mesos master.
	Master *master.Server

	options Options
}

// NewCluster boots three hosts with an Aurora cluster, and returns when it is as the options want it.
func NewCluster(t testing.TB, o Options) *Cluster {
	t.Helper()
	c := &Cluster{Lab: New(t, 3), options: o}
	if err := c.install(); err != nil {
		t.Fatal(err)
	}
	c.Boot(t)
	begun := time.Now()
	t.Cleanup(func() {
		if c.Master != nil {
			_ = c.Master.Close() // It is only in memory.
		}
	})
	if err := c.startMaster(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.await(t.Context()); err != nil {
		t.Fatalf("the cluster does not come up: %v", err)
	}
	t.Logf("the cluster up after another %s", time.Since(begun).Round(time.Millisecond))
	return c
}

// install writes everything to the hosts, which are off.
func (c *Cluster) install() error {
	if err := c.installZooKeeper(); err != nil {
		return fmt.Errorf("ZooKeeper: %w", err)
	}
	if c.options.Kerberos {
		if err := c.installKerberos(); err != nil {
			return fmt.Errorf("the KDC: %w", err)
		}
	}
	b, err := readBackup(c.options.Backup)
	if err != nil {
		return err
	}
	for i, h := range c.Hosts {
		disk := sandbox.Disk{Backup: b, File: c.options.Backup, Entries: c.options.Damage > 0, Damaged: i < c.options.Damage}
		if err := c.installScheduler(h, &disk); err != nil {
			return fmt.Errorf("the scheduler of %s: %w", h.Name, err)
		}
	}
	return nil
}

func (c *Cluster) installScheduler(h *Host, disk *sandbox.Disk) error {
	i := sandbox.Installation{
		Layout: c.options.Layout, Address: h.Address, Schedulers: len(c.Hosts), ClusterName: "west", ZooKeeper: c.zooKeepers(func(h *Host) string { return h.Name }),
		User: "aurora", RestartSec: restartSec,
		Arguments: "-reconciliation_initial_delay=2secs -reconciliation_schedule_spread=1secs -native_log_write_timeout=30secs",
	}
	if c.options.Kerberos {
		i.Arguments += kerberosFlags
	}
	if c.options.Odd {
		i.Arguments += " -zk_digest_credentials=aurora:" + ZooKeeperPassword
	}
	files, err := i.Files()
	if err != nil {
		return err
	}
	paths := strings.NewReplacer()
	if c.options.Odd {
		paths = strings.NewReplacer("/scheduler/db", "/scheduler/the log", "/scheduler/backups", "/scheduler/the backups")
		if err := c.oddLogins(h); err != nil {
			return err
		}
	}
	for _, f := range files {
		if err := h.Write(f.Name, paths.Replace(f.Text), f.Mode); err != nil {
			return err
		}
	}
	log, backups := h.Path(paths.Replace(i.Log())), h.Path(paths.Replace(i.Backups()))
	for _, dir := range []string{log, backups} {
		if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // As the packages make them.
			return err
		}
	}
	if err := disk.Write(log, backups); err != nil {
		return err
	}
	if i.Layout != sandbox.ExecStart {
		if _, err := h.offline("chown", "-R", "aurora:aurora", "/var/lib/aurora"); err != nil {
			return err
		}
	}
	if c.options.Firewalld {
		if _, err := h.offline("firewall-offline-cmd", "--set-default-zone=trusted"); err != nil {
			return err
		}
		if _, err := h.offline("systemctl", "enable", "firewalld"); err != nil {
			return err
		}
	}
	_, err = h.offline("systemctl", "enable", sandbox.Unit)
	return err
}

// startMaster starts the Mesos master, on this side of the network, and returns when ZooKeeper, which takes some time to come up, leads to it.
func (c *Cluster) startMaster(ctx context.Context) error {
	b, err := readBackup(c.options.Backup)
	if err != nil {
		return err
	}
	zk := "zk://" + c.zooKeepers(func(h *Host) string { return h.Address }) + "/mesos"
	c.Master, err = master.Listen(net.JoinHostPort(Gateway, strconv.Itoa(sandbox.MasterPort)), master.Options{ZooKeeper: zk, Agents: sandbox.Agents(b)})
	if err != nil {
		return err
	}
	if b != nil {
		if err := sandbox.SeedMaster(c.Master, b); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, clusterPatience)
	defer cancel()
	_, err = master.Detect(ctx, zk)
	return err
}

// readBackup reads a backup whole; nil where there is none.
func readBackup(name string) (*backup.Backup, error) {
	if name == "" {
		return nil, nil //nolint:nilnil // Documented.
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // Only read.
	return backup.Read(f)
}

// await waits until the schedulers with a sound log are active under one leader, as far as they are a quorum, and those with a damaged
// one have failed.
func (c *Cluster) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, clusterPatience)
	defer cancel()
	for {
		err := c.failing(ctx)
		if err == nil && len(c.Hosts)-c.options.Damage > len(c.Hosts)/2 {
			err = c.Active(ctx)
		}
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w; %w", ctx.Err(), err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// failing says why not all schedulers with a damaged log have failed already.
func (c *Cluster) failing(ctx context.Context) error {
	for _, h := range c.Hosts[:c.options.Damage] {
		state, err := h.Run(ctx, "systemctl", "show", "--value", "-p", "SubState", sandbox.Unit)
		if err != nil {
			return err
		}
		if strings.TrimSpace(state) != "auto-restart" {
			return fmt.Errorf("the scheduler of %s is %s", h.Name, strings.TrimSpace(state))
		}
	}
	return nil
}

// Active says why the schedulers with a sound log are not active under one leader.
func (c *Cluster) Active(ctx context.Context) error {
	_, err := c.leader(ctx, c.Hosts[c.options.Damage:])
	return err
}

// Leader gives what the leader says of itself, where all schedulers are up under one.
func (c *Cluster) Leader(ctx context.Context) (sandbox.SchedulerState, error) {
	return c.leader(ctx, c.Hosts)
}

func (c *Cluster) leader(ctx context.Context, hosts []*Host) (leader sandbox.SchedulerState, err error) {
	leaders := 0
	for _, h := range hosts {
		s := sandbox.LookAt(ctx, h.Name, h.Address, "")
		switch {
		case s.Problem != "":
			return leader, fmt.Errorf("%s: %s", h.Name, s.Problem)
		case s.Lifecycle == "ACTIVE" && s.Registered:
			leader = s
			leaders++
		case s.Lifecycle != "STORAGE_PREPARED":
			return leader, fmt.Errorf("%s is in %s", h.Name, s.Lifecycle)
		}
	}
	if leaders != 1 {
		return leader, fmt.Errorf("%d schedulers lead", leaders)
	}
	return leader, nil
}
