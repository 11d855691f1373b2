package scheduler

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/providers/aurora"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/kerberos"
	"github.com/restorectl/restorectl/providers/kerberos/kerberostest"
	caller "github.com/restorectl/restorectl/providers/scheduler"
)

// TestKerberosIsKept makes recovery calls to schedulers that ask for Kerberos: without a ticket, with one, and with one of a user who may
// not.
func TestKerberosIsKept(t *testing.T) {
	t.Parallel()
	kdc := kerberostest.Start(t)
	const service = "HTTP/aurora.example.com"
	shiro := filepath.Join(t.TempDir(), "shiro.ini")
	users := "[users]\nadmin@" + kerberostest.Realm + " = none, admin\n[roles]\nadmin = *\n"
	if err := os.WriteFile(shiro, []byte(users), 0o600); err != nil {
		t.Fatal(err)
	}
	c := newCluster(t, "-http_authentication_mechanism=NEGOTIATE", "-kerberos_server_principal="+service+"@"+kerberostest.Realm,
		"-kerberos_server_keytab="+kdc.Keytab(t, service), "-shiro_ini_path="+shiro)
	c.put(t, filepath.Join(recordings, recorded), recorded)
	leader, _ := c.up(t, c.half(), awaitingRegistration)
	client := &caller.Client{Host: host.NewLocal("leader", "none", nil), Port: 8081, IP: c.host(leader)}

	var status *caller.StatusError
	if err := client.Stage(t.Context(), recorded); !errors.As(err, &status) || status.Status != 401 || status.Challenge != "Negotiate" {
		t.Errorf("without a ticket: %v", err)
	}
	for name, allowed := range map[string]bool{"admin": true, "reader": false} {
		credentials, err := kerberos.Open(config.Kerberos{Config: kdc.Config, Keytab: kdc.Keytab(t, name), Principal: name + "@" + kerberostest.Realm})
		if err != nil {
			t.Fatal(err)
		}
		client.Credentials, client.Service = credentials, service
		err = client.Stage(t.Context(), recorded)
		var answer *caller.ResponseError
		switch {
		case allowed && err != nil:
			t.Errorf("%s: %v", name, err)
		case !allowed && (!errors.As(err, &answer) || answer.Code != aurora.AuthFailed):
			t.Errorf("%s: %v", name, err)
		}
		if allowed {
			if tasks, err := client.Query(t.Context(), caller.TaskQuery{}); err != nil || len(tasks) == 0 {
				t.Errorf("%d tasks are staged, error %v", len(tasks), err)
			}
		}
	}
}
