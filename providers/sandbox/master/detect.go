package master

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path"
	"strings"
	"time"

	"github.com/go-zookeeper/zk"
)

// Detect finds the leading master from the value of -mesos_master_address: host:port is that master, and zk://servers/path is
// asked until a master is advertised there. It returns the master's host:port. It waits as long as the context allows, as a
// scheduler does whose master is nowhere, and fails at once only when the address is malformed.
func Detect(ctx context.Context, address string) (string, error) {
	if !strings.HasPrefix(address, "zk://") {
		if _, _, err := net.SplitHostPort(address); err != nil {
			return "", fmt.Errorf("the master's address is neither host:port nor zk://: %w", err)
		}
		return address, nil
	}
	parsed, err := parseZKAddress(address)
	if err != nil {
		return "", err
	}
	conn, events, err := parsed.connect()
	if err != nil {
		return "", fmt.Errorf("find the Mesos master: %w", err)
	}
	abort := context.AfterFunc(ctx, conn.Close)
	defer func() {
		if abort() {
			conn.Close()
		}
	}()
	seen := errors.New("ZooKeeper was not reached")
	ticker := time.NewTicker(lookAgain)
	defer ticker.Stop()
	for authenticated := false; ; {
		if conn.State() == zk.StateHasSession {
			if !authenticated {
				authenticated = parsed.authenticate(conn) == nil
			}
			var found string
			if found, seen = leadingMaster(conn, parsed.path); seen == nil {
				return found, nil
			}
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("find the Mesos master at zk://%s%s: %w, and then %w",
				strings.Join(parsed.servers, ","), parsed.path, seen, ctx.Err())
		case <-ticker.C:
		case _, open := <-events:
			if !open {
				events = nil // the context has ended: its case is next
			}
		}
	}
}

// leadingMaster reads the address of the master with the lowest sequence number.
func leadingMaster(conn *zk.Conn, folder string) (string, error) {
	names, _, err := conn.Children(folder)
	if err != nil {
		return "", err
	}
	leader := ""
	for _, name := range names {
		// Sequence numbers have ten digits, so that with one prefix the order of names is that of numbers.
		if strings.HasPrefix(name, nodePrefix) && (leader == "" || name < leader) {
			leader = name
		}
	}
	if leader == "" {
		return "", errors.New("no master is advertised")
	}
	data, _, err := conn.Get(path.Join(folder, leader))
	if err != nil {
		return "", err
	}
	return parseMasterInfo(data)
}
