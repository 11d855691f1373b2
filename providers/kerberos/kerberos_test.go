package kerberos_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jcmturner/goidentity/v6"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/service"
	"github.com/jcmturner/gokrb5/v8/spnego"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/providers/kerberos"
	"github.com/restorectl/restorectl/providers/kerberos/kerberostest"
)

const scheduler = "HTTP/aurora.example.com"

// guarded is a server that answers with the name of who calls, where they bring a ticket for it.
func guarded(t *testing.T, file string) *httptest.Server {
	t.Helper()
	keys, err := keytab.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	inner := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := goidentity.FromHTTPRequestContext(r)
		_, _ = w.Write([]byte(who.UserName() + "@" + who.Domain())) // The test reads it.
	})
	s := httptest.NewServer(spnego.SPNEGOKRB5Authenticate(inner, keys, service.KeytabPrincipal(scheduler), service.DecodePAC(false)))
	t.Cleanup(s.Close)
	return s
}

func TestTheKDCVouches(t *testing.T) {
	kdc := kerberostest.Start(t)
	server := guarded(t, kdc.Keytab(t, scheduler))
	own := kdc.Keytab(t, "alice")
	for name, k := range map[string]config.Kerberos{
		"keytab":              {Config: kdc.Config, Keytab: own, Principal: "alice@" + kerberostest.Realm},
		"credential cache":    {Config: kdc.Config, CCache: kdc.Cache(t, "alice", own)},
		"a service by itself": {Config: kdc.Config, Keytab: own, Principal: "alice@" + kerberostest.Realm, Service: scheduler},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := kerberos.Open(k)
			if err != nil {
				t.Fatal(err)
			}
			asked := scheduler
			if k.Service != "" {
				asked = "HTTP/other.example.com"
			}
			// A proof is good for one call, so that each call needs its own.
			for range 2 {
				req := httptest.NewRequest(http.MethodGet, server.URL, http.NoBody)
				req.RequestURI = ""
				if err := c.Authorize(req, asked); err != nil {
					t.Fatal(err)
				}
				resp, err := server.Client().Do(req)
				if err != nil {
					t.Fatal(err)
				}
				who := make([]byte, 100)
				n, _ := resp.Body.Read(who) // It is short.
				if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusOK || string(who[:n]) != "alice@"+kerberostest.Realm {
					t.Errorf("status %d, %q, error %v", resp.StatusCode, who[:n], err)
				}
			}
		})
	}
	t.Run("files cut off anywhere", func(t *testing.T) {
		cache := kdc.Cache(t, "alice", own)
		for _, file := range []string{own, cache} {
			whole, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			part := filepath.Join(t.TempDir(), "part")
			for cut := 0; cut < len(whole); cut += 3 {
				if err := os.WriteFile(part, whole[:cut], 0o600); err != nil {
					t.Fatal(err)
				}
				k := config.Kerberos{Config: kdc.Config, CCache: part}
				if file == own {
					k = config.Kerberos{Config: kdc.Config, Keytab: part, Principal: "alice@" + kerberostest.Realm}
				}
				// What was cut off between two entries is whole.
				if c, err := kerberos.Open(k); err == nil && c == nil {
					t.Errorf("%d bytes of %s: neither credentials nor an error", cut, file)
				}
			}
		}
	})
	t.Run("an unknown service", func(t *testing.T) {
		c, err := kerberos.Open(config.Kerberos{Config: kdc.Config, Keytab: own, Principal: "alice@" + kerberostest.Realm})
		if err != nil {
			t.Fatal(err)
		}
		req := httptest.NewRequest(http.MethodGet, server.URL, http.NoBody)
		if err := c.Authorize(req, "HTTP/nowhere.example.com"); err == nil || !strings.Contains(err.Error(), "no Kerberos ticket for HTTP/nowhere.example.com with "+own) {
			t.Errorf("error %v", err)
		}
		if err := c.Authorize(req, ""); err == nil || !strings.Contains(err.Error(), "admin.kerberos.service") {
			t.Errorf("error %v", err)
		}
	})
}

func TestFilesThatAreOfNoUse(t *testing.T) {
	dir := t.TempDir()
	conf, junk := filepath.Join(dir, "krb5.conf"), filepath.Join(dir, "junk")
	for file, text := range map[string]string{conf: "[libdefaults]\n default_realm = EXAMPLE.COM\n", junk: "junk"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, tt := range map[string]struct {
		k    config.Kerberos
		want string
	}{
		"no configuration": {config.Kerberos{Config: filepath.Join(dir, "none")}, "can't be understood"},
		"no keytab":        {config.Kerberos{Config: conf, Keytab: filepath.Join(dir, "none"), Principal: "a@B"}, "the keytab"},
		"a broken keytab":  {config.Kerberos{Config: conf, Keytab: junk, Principal: "a@B"}, "the keytab"},
		"no cache":         {config.Kerberos{Config: conf, CCache: filepath.Join(dir, "none")}, "run kinit -c"},
		"a broken cache":   {config.Kerberos{Config: conf, CCache: junk}, "run kinit -c"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := kerberos.Open(tt.k); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v", err)
			}
		})
	}
}
