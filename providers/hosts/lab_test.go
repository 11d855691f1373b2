//go:build linux

package hosts_test

import (
	"os"
	"testing"

	"github.com/restorectl/restorectl/providers/hosts/hoststest"
	"github.com/restorectl/restorectl/providers/lab"
)

func TestMain(m *testing.M) {
	if code, ended := lab.Enter(); ended {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// TestLabContract runs the suite on a real host's own hosts file, over SSH and sudo.
func TestLabContract(t *testing.T) {
	l := lab.New(t, 1)
	l.Boot(t)
	hoststest.Run(t, hoststest.Subject{Host: l.Connect(t, l.Hosts[0]), Path: "/etc/hosts", Parent: "/var/lib/aurora/.restorectl", Stride: 23})
}
