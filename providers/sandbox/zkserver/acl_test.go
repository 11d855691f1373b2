package zkserver_test

import (
	"errors"
	"testing"

	"github.com/go-zookeeper/zk"
	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/providers/sandbox/zkserver"
)

// readableByAll is what Aurora sets with -zk_digest_credentials: everybody reads, the creator does the rest.
func readableByAll() []zk.ACL {
	return append(zk.AuthACL(zk.PermAll), zk.WorldACL(zk.PermRead)...)
}

func authenticated(t *testing.T, s *zkserver.Server, credentials string) client {
	t.Helper()
	c := connect(t, s)
	if err := c.AddAuth("digest", []byte(credentials)); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDigestACLIsEnforced(t *testing.T) {
	s := listen(t, zkserver.Options{})
	owner := authenticated(t, s, "aurora:secret")
	stranger := connect(t, s)
	impostor := authenticated(t, s, "aurora:guess")
	for _, path := range []string{"/aurora", "/aurora/scheduler"} {
		if _, err := owner.Create(path, []byte("x"), 0, readableByAll()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := owner.Create("/secret", []byte("x"), 0, zk.DigestACL(zk.PermAll, "aurora", "secret")); err != nil {
		t.Fatal(err)
	}
	operations := []struct {
		name string
		do   func(c client) error
		open bool // to everybody
	}{
		{"create", func(c client) error {
			_, err := c.Create("/aurora/new", nil, zk.FlagEphemeralSequential, zk.WorldACL(zk.PermAll))
			return err
		}, false},
		{"write", func(c client) error { _, err := c.Set("/aurora/scheduler", nil, -1); return err }, false},
		{"set the ACL", func(c client) error { _, err := c.SetACL("/aurora", readableByAll(), -1); return err }, false},
		{"read", func(c client) error { _, _, err := c.Get("/aurora/scheduler"); return err }, true},
		{"list", func(c client) error { _, _, err := c.Children("/aurora"); return err }, true},
		{"see that it exists", func(c client) error { _, _, err := c.Exists("/secret"); return err }, true},
		{"read what is closed", func(c client) error { _, _, err := c.Get("/secret"); return err }, false},
		{"list what is closed", func(c client) error { _, _, err := c.Children("/secret"); return err }, false},
		{"delete", func(c client) error { return c.Delete("/aurora/scheduler", -1) }, false},
	}
	for _, op := range operations {
		t.Run(op.name, func(t *testing.T) {
			for who, c := range map[string]client{"stranger": stranger, "impostor": impostor} {
				switch err := op.do(c); {
				case op.open && err != nil:
					t.Errorf("the %s was refused: %v", who, err)
				case !op.open && !errors.Is(err, zk.ErrNoAuth):
					t.Errorf("the %s got %v, want a refusal", who, err)
				}
			}
			if err := op.do(owner); err != nil {
				t.Errorf("the owner was refused: %v", err)
			}
		})
	}
}

func TestSchemeAuthBecomesTheCreator(t *testing.T) {
	owner := authenticated(t, listen(t, zkserver.Options{}), "aurora:secret")
	if _, err := owner.Create("/n", nil, 0, readableByAll()); err != nil {
		t.Fatal(err)
	}
	got, _, err := owner.GetACL("/n")
	if err != nil {
		t.Fatal(err)
	}
	want := append(zk.DigestACL(zk.PermAll, "aurora", "secret"), zk.WorldACL(zk.PermRead)...)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestBadCredentialsAreRefused(t *testing.T) {
	s := listen(t, zkserver.Options{})
	for _, tt := range []struct{ scheme, credentials string }{{"digest", "no colon"}, {"kerberos", "a:b"}} {
		if err := connect(t, s).AddAuth(tt.scheme, []byte(tt.credentials)); err == nil {
			t.Errorf("%s %q was accepted", tt.scheme, tt.credentials)
		}
	}
}

func TestIdentitySurvivesAReconnect(t *testing.T) {
	s := listen(t, zkserver.Options{})
	owner := authenticated(t, s, "aurora:secret")
	if _, err := owner.Create("/n", nil, 0, readableByAll()); err != nil {
		t.Fatal(err)
	}
	s.DropConnections()
	owner.await(t, zk.StateHasSession)
	eventually(t, "the owner may write", func() bool { _, err := owner.Set("/n", nil, -1); return err == nil })
}
