package config

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// withKerberos is the sound configuration with something in the place of the user and the password.
func withKerberos(text string) string {
	return strings.Replace(sound, "  user = \"root\"\n  password_file = \"password\"\n", text+"\n", 1)
}

func TestKerberos(t *testing.T) {
	r, said := load(t, withKerberos(`kerberos {
		keytab    = "op.keytab"
		principal = "op@EXAMPLE.COM"
	}`))
	if r == nil {
		t.Fatal(said)
	}
	want := Kerberos{Keytab: filepath.Join(filepath.Dir(r.Path), "op.keytab"), Principal: "op@EXAMPLE.COM", Config: "/etc/krb5.conf"}
	if diff := cmp.Diff(want, r.Admin.Kerberos); diff != "" {
		t.Error(diff)
	}
	r, said = load(t, withKerberos(`kerberos {
		ccache  = "FILE:/tmp/krb5cc_1000"
		config  = "~/krb5.conf"
		service = "HTTP/aurora.example.com"
	}`))
	if r == nil {
		t.Fatal(said)
	}
	want = Kerberos{CCache: "/tmp/krb5cc_1000", Config: "/home/op/krb5.conf", Service: "HTTP/aurora.example.com"}
	if diff := cmp.Diff(want, r.Admin.Kerberos); diff != "" {
		t.Error(diff)
	}
}

func TestKerberosMistakes(t *testing.T) {
	for text, want := range map[string]string{
		withKerberos(`kerberos {}`):                                                                "Name the operator's keytab and principal",
		withKerberos(`kerberos { keytab = "a" }`):                                                  "No principal",
		withKerberos("kerberos {\nccache = \"a\"\nkeytab = \"b\"\nprincipal = \"c@D\"\n}"):         "Keep one of them",
		withKerberos("kerberos {\nccache = \"a\"\nprincipal = \"c@D\"\n}"):                         "Take principal out",
		withKerberos("kerberos {\nccache = \"a\"\nservice = \"aurora\"\n}"):                        "Not a service",
		strings.Replace(sound, `user = "root"`, "user = \"root\"\nkerberos { ccache = \"a\" }", 1): "either for a user and a password or for Kerberos",
		strings.Replace(withKerberos(`kerberos { ccache = "a" }`), `"keep"`, `"off"`, 1):           "of no use while authentication is off",
	} {
		if _, said := load(t, text); !strings.Contains(said, want) {
			t.Errorf("want %q, got\n%s", want, said)
		}
	}
}
