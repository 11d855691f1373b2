package scheduler

import (
	"context"
	"net"
	"strings"
	"syscall"

	"github.com/restorectl/restorectl/providers/host"
)

// elsewhere is a host on which nothing listens on localhost.
type elsewhere struct{ host.Host }

func (e *elsewhere) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	if strings.HasPrefix(address, "localhost:") {
		return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
	}
	return e.Host.Dial(ctx, network, address)
}
