package providers

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/zookeeper"
)

// electionPatience bounds one reading of the election.
const electionPatience = 30 * time.Second

// throughPatience bounds the opening of a connection through one of several hosts.
const throughPatience = 4 * time.Second

// election reads the election of the plan's cluster.
func (c *Cluster) election(ctx context.Context) (planner.Election, error) {
	e := c.readElection(ctx, c.plan.Observation.Hosts)
	return e, ctx.Err()
}

// readElection reads the election in the cluster's ZooKeeper, from a scheduler's host, where the names in the flags mean what the
// schedulers take them for. Hosts are tried in order; Problem says why none could read it.
func (c *Cluster) readElection(ctx context.Context, hosts []planner.Host) planner.Election {
	var seen planner.Election
	problem := c.fromZooKeeper(ctx, hosts, func(ctx context.Context, _ *planner.Host, ensemble zookeeper.Ensemble, path string) error {
		e, err := ensemble.ReadElection(ctx, path)
		seen = elected(e)
		return err
	})
	if problem != "" {
		return planner.Election{Problem: problem}
	}
	return seen
}

// fromZooKeeper calls read with the cluster's ZooKeeper, as seen from one host after the other, until one can read it. The text says why
// none could.
func (c *Cluster) fromZooKeeper(ctx context.Context, hosts []planner.Host, read func(context.Context, *planner.Host, zookeeper.Ensemble, string) error) string {
	ctx, cancel := context.WithTimeout(ctx, electionPatience)
	defer cancel()
	problem := "no scheduler's flags name a ZooKeeper"
	for i := range hosts {
		endpoints, path := hosts[i].ElectionPath()
		if hosts[i].Problem != "" || len(endpoints) == 0 {
			continue
		}
		err := read(ctx, &hosts[i], zookeeper.Ensemble{Endpoints: endpoints, Dial: c.from(hosts[i].Name)}, path)
		if err == nil {
			return ""
		}
		problem = err.Error()
		if unreachable := (*zookeeper.UnreachableError)(nil); !errors.As(err, &unreachable) {
			break
		}
	}
	return problem
}

func elected(e zookeeper.Election) planner.Election {
	seen := planner.Election{Candidates: len(e.Candidates)}
	if leader, ok := e.Leader(); ok {
		seen.Leader = leader.Host
	}
	return seen
}

// throughAny gives a way to open connections as if from one of the schedulers' hosts: the one through which the last connection was opened,
// else the first that can.
func (c *Cluster) throughAny(hosts []planner.Host) func(ctx context.Context, network, address string) (net.Conn, error) {
	var mu sync.Mutex
	first := 0
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		mu.Lock()
		defer mu.Unlock()
		var errs []error
		for i := range hosts {
			n := (first + i) % len(hosts)
			try, cancel := context.WithTimeout(ctx, throughPatience)
			conn, err := c.from(hosts[n].Name)(try, network, address)
			cancel()
			if err == nil {
				first = n
				return conn, nil
			}
			errs = append(errs, err)
		}
		return nil, errors.Join(errs...)
	}
}

// from gives a way to open connections as if from a scheduler's host.
func (c *Cluster) from(name string) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		h, err := c.machines.Host(ctx, name)
		if err != nil {
			return nil, err
		}
		return h.Dial(ctx, network, address)
	}
}
