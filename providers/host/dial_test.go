package host

import (
	"errors"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/crypto/ssh"
)

// TestNotOpened takes only what a machine says of a port for an answer about the port.
func TestNotOpened(t *testing.T) {
	for _, tt := range []struct {
		reason  ssh.RejectionReason
		message string
		refused bool
		want    string
	}{
		{ssh.ConnectionFailed, "Connection refused", true, "a1 can't connect to localhost:8081"},
		{ssh.ConnectionFailed, "", true, "a1 can't connect to localhost:8081"}, // Some servers don't say why.
		{ssh.ConnectionFailed, "Connection timed out", false, "timed out"},
		{ssh.ConnectionFailed, "Name or service not known", false, "not known"},
		{ssh.Prohibited, "open failed", false, "set AllowTcpForwarding yes"},
		{ssh.UnknownChannelType, "unsupported channel type", false, "a1 opens no connection through SSH"},
		{ssh.ResourceShortage, "", false, "a1 opens no connection through SSH"},
	} {
		err := notOpened("a1", "localhost:8081", &ssh.OpenChannelError{Reason: tt.reason, Message: tt.message})
		if errors.Is(err, syscall.ECONNREFUSED) != tt.refused || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v %q: %v", tt.reason, tt.message, err)
		}
	}
}
