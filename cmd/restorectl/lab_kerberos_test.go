//go:build linux

package main

import (
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/providers/kerberos"
	"github.com/restorectl/restorectl/providers/lab"
	"github.com/restorectl/restorectl/providers/sandbox"
)

// demandNoKerberos demands that the schedulers answer without a ticket, and that each host takes their principal's host name for itself.
func demandNoKerberos(t *testing.T, c *lab.Cluster) {
	t.Helper()
	for _, h := range c.Hosts {
		if got, err := h.Run(t.Context(), "getent", "ahostsv4", lab.KerberosHost); err != nil || !strings.HasPrefix(got, "127.0.0.1 ") {
			t.Errorf("%s takes %s for %q, %v", h.Name, lab.KerberosHost, got, err)
		}
		if status, _ := called(t, h, nil); status == http.StatusUnauthorized {
			t.Errorf("%s asks for a ticket", h.Name)
		}
	}
}

// demandKerberos demands that the schedulers ask for a ticket, and that no host takes their principal's host name for itself.
func demandKerberos(t *testing.T, c *lab.Cluster) {
	t.Helper()
	for _, h := range c.Hosts {
		if got, err := h.Run(t.Context(), "getent", "ahostsv4", lab.KerberosHost); err == nil {
			t.Errorf("%s takes %s for %q", h.Name, lab.KerberosHost, got)
		}
		if status, asks := called(t, h, nil); status != http.StatusUnauthorized || asks != "Negotiate" {
			t.Errorf("%s answers a call without a ticket with %d, %q", h.Name, status, asks)
		}
	}
}

// demandCredentials demands Kerberos, of which the keytab is not the only key: what kinit got from the KDC opens the schedulers, too.
func demandCredentials(t *testing.T, c *lab.Cluster) {
	t.Helper()
	demandKerberos(t, c)
	cache, err := c.Kinit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	credentials, err := kerberos.Open(config.Kerberos{Config: filepath.Join(c.Dir, "krb5.conf"), CCache: cache})
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range c.Hosts {
		if status, _ := called(t, h, credentials); status == http.StatusUnauthorized {
			t.Errorf("%s does not let in what kinit got", h.Name)
		}
	}
}

// called calls a scheduler's API, with a ticket where there are credentials, and gives the status and what the scheduler asks for.
func called(t *testing.T, h *lab.Host, credentials *kerberos.Credentials) (status int, asks string) {
	t.Helper()
	call, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+net.JoinHostPort(h.Address, strconv.Itoa(sandbox.HTTPPort))+"/api", nil)
	if err != nil {
		t.Fatal(err)
	}
	call.Header.Set("Bypass-Leader-Redirect", "true")
	if credentials != nil {
		if err := credentials.Authorize(call, lab.KerberosService); err != nil {
			t.Fatal(err)
		}
	}
	a, err := http.DefaultClient.Do(call)
	if err != nil {
		t.Fatal(err)
	}
	_ = a.Body.Close() // Only the header matters.
	return a.StatusCode, a.Header.Get("WWW-Authenticate")
}
