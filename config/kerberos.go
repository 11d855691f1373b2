package config

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// kerberos decodes how the operator proves who they are.
func (d *decoder) kerberos(b *hcl.Block, k *Kerberos) {
	a, _ := d.content(b.Body, []string{"principal", "keytab", "ccache", "config", "service"})
	k.Config = "/etc/krb5.conf"
	for _, file := range []struct {
		name   string
		target *string
	}{{"keytab", &k.Keytab}, {"ccache", &k.CCache}, {"config", &k.Config}} {
		if d.value(a, file.name, file.target) {
			*file.target = d.local(strings.TrimPrefix(*file.target, "FILE:"))
		}
	}
	d.value(a, "principal", &k.Principal)
	d.value(a, "service", &k.Service)
	switch {
	case (a["keytab"] == nil) == (a["ccache"] == nil):
		d.fail(b.DefRange, "Impossible combination", "Name the operator's keytab and principal, or the credential cache that kinit has filled (ccache). Keep one of them.")
	case a["keytab"] != nil && !realm(k.Principal):
		d.fail(b.DefRange, "No principal", "A keytab can hold the keys of many. Write whose is meant: principal = \"name@REALM\".")
	case a["ccache"] != nil && a["principal"] != nil:
		d.fail(a["principal"].Range, "Impossible combination", "A credential cache says itself whose it is. Take principal out.")
	}
	if a["service"] != nil && !strings.Contains(k.Service, "/") {
		d.fail(a["service"].Expr.Range(), "Not a service", "%q is not the principal of a service. Write it as HTTP/host.", k.Service)
	}
}

// realm says that a principal has a name and a realm.
func realm(principal string) bool {
	name, realm, ok := strings.Cut(principal, "@")
	return ok && name != "" && realm != "" && !strings.Contains(realm, "@")
}
