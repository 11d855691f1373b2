package sandbox

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/restorectl/restorectl/providers/sandbox/zkserver"
)

// MoveLeadership ends the ZooKeeper session of the scheduler that leads, so that another one's turn comes, and says whether there was
// one. The old leader lives on with its port closed.
func (c *Cluster) MoveLeadership() bool {
	var first *zkserver.Holder
	for _, h := range c.zk.Holders(serversetAt) {
		_, number, candidate := strings.Cut(h.Name, "-lock-")
		if candidate && (first == nil || number < first.Name[strings.LastIndexByte(first.Name, '-')+1:]) {
			first = &h
		}
	}
	return first != nil && c.zk.Expire(first.Session)
}

// HalveScheduler makes the scheduler of a host end in the way that leaves its process running with its port closed, which its
// supervisor takes for well. It fails where nothing listens on the port.
func (c *Cluster) HalveScheduler(ctx context.Context, host string) error {
	return c.post(ctx, host, "/quitquitquit", "")
}

// Stage stages a backup of a host's backup_dir on the scheduler of that host, whoever leads, as a colleague might who takes it for the
// leader. What the scheduler answers is not looked at.
func (c *Cluster) Stage(ctx context.Context, host, backup string) error {
	return c.post(ctx, host, "/api", fmt.Sprintf(`[1,"stageRecovery",1,0,{"1":{"str":%q}}]`, backup))
}

// post asks a host's scheduler for something, from the host itself, and waits for the end of its answer.
func (c *Cluster) post(ctx context.Context, host, path, body string) error {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	i, err := c.index(host)
	if err != nil {
		return err
	}
	address := c.layouts[i].Address
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+net.JoinHostPort(address, strconv.Itoa(HTTPPort))+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	q.Header.Set("Content-Type", "application/x-thrift")
	q.Header.Set("Bypass-Leader-Redirect", "true")
	a, err := clientFrom(address).Do(q)
	if err != nil {
		return err
	}
	defer func() { _ = a.Body.Close() }() // Read, or given up.
	_, err = io.Copy(io.Discard, a.Body)
	return err
}
