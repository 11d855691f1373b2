package sandbox

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"

	"github.com/restorectl/restorectl/providers/sandbox/hostsim"
)

// The ports of a sandbox.
const (
	HTTPPort      = 8081
	ReplicaPort   = 8083
	SSHPort       = hostsim.SSHPort
	ZooKeeperPort = 2181
	MasterPort    = 5050
)

// network is a sandbox's part of loopback, such as 127.30.200.
type network string

func (n network) host(i int) string { return string(n) + "." + strconv.Itoa(i) }
func (n network) zooKeeper() string {
	return net.JoinHostPort(n.host(200), strconv.Itoa(ZooKeeperPort))
}

// mesos is where the master is found, as -mesos_master_address has it.
func (n network) mesos() string { return "zk://" + n.zooKeeper() + "/mesos" }

func (n network) master() string { return net.JoinHostPort(n.host(201), strconv.Itoa(MasterPort)) }

// networkTries is how many networks are tried before it is said that there is none.
const networkTries = 20

// pickNetwork finds a network whose ports are free, and calls take with it, which listens on the first of them. When that is taken
// after all, by another sandbox that was faster, it looks on.
func pickNetwork(ctx context.Context, schedulers int, take func(network) error) (network, error) {
	var last error
	for range networkTries {
		b := make([]byte, 2)
		if _, err := rand.Read(b); err != nil {
			return "", fmt.Errorf("no network can be chosen: %w", err)
		}
		// 127.0 and 127.1 are in use for other things here and there.
		n := network(fmt.Sprintf("127.%d.%d", 2+int(b[0])%253, b[1]))
		if last = n.free(ctx, schedulers); last == nil {
			last = take(n)
		}
		if last == nil {
			return n, nil
		}
		if !errors.Is(last, syscall.EADDRINUSE) {
			return "", last
		}
	}
	return "", fmt.Errorf("no network of loopback has the sandbox's ports free; another program may listen on one of them on all addresses: %w", last)
}

// free checks that everything can be listened on.
func (n network) free(ctx context.Context, schedulers int) error {
	addresses := []string{n.zooKeeper(), n.master()}
	for i := 1; i <= schedulers; i++ {
		for _, port := range []int{HTTPPort, ReplicaPort, SSHPort} {
			addresses = append(addresses, net.JoinHostPort(n.host(i), strconv.Itoa(port)))
		}
	}
	var lc net.ListenConfig
	for _, a := range addresses {
		l, err := lc.Listen(ctx, "tcp", a)
		if err != nil {
			return err
		}
		if err := l.Close(); err != nil {
			return err
		}
	}
	return nil
}
