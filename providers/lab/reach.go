//go:build linux

package lab

import (
	"context"
	"fmt"
	"time"
)

// reachPatience bounds an attempt to connect, in seconds: nobody waits so long where a port is refused.
const reachPatience = 10

// Reaches says whether a program on the host can connect to a port of another address.
func (h *Host) Reaches(ctx context.Context, address string, port int) bool {
	ctx, cancel := context.WithTimeout(ctx, 3*reachPatience*time.Second)
	defer cancel()
	_, err := h.Run(ctx, "timeout", fmt.Sprint(reachPatience), "bash", "-c", fmt.Sprintf(": </dev/tcp/%s/%d", address, port))
	return err == nil
}
