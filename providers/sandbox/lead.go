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
	_, err := c.post(ctx, host, "/quitquitquit", "")
	return err
}

// Stage stages a backup of a host's backup_dir on the scheduler of that host, whoever leads, as a colleague might who takes it for the
// leader. What the scheduler answers is not looked at.
func (c *Cluster) Stage(ctx context.Context, host, backup string) error {
	_, err := c.post(ctx, host, "/api", fmt.Sprintf(`[1,"stageRecovery",1,0,{"1":{"str":%q}}]`, backup))
	return err
}

// post asks a host's scheduler for something, from the host itself.
func (c *Cluster) post(ctx context.Context, host, path, body string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	h, err := c.info.host(host)
	if err != nil {
		return "", err
	}
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(h.Address)}}
	client := http.Client{Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+net.JoinHostPort(h.Address, strconv.Itoa(HTTPPort))+path, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	q.Header.Set("Content-Type", "application/x-thrift")
	q.Header.Set("Bypass-Leader-Redirect", "true")
	a, err := client.Do(q)
	if err != nil {
		return "", err
	}
	defer func() { _ = a.Body.Close() }() // Read, or given up.
	text, err := io.ReadAll(a.Body)
	return string(text), err
}

// host finds a host by its name.
func (i *Info) host(name string) (*HostInfo, error) {
	for n := range i.Hosts {
		if i.Hosts[n].Name == name {
			return &i.Hosts[n], nil
		}
	}
	return nil, fmt.Errorf("the sandbox has no host %q", name)
}
