//go:build linux

package lab

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// The realm of a cluster with Kerberos, its schedulers' principal with its host name, and who may make every call.
const (
	Realm           = "LAB.TEST"
	KerberosHost    = "aurora.lab"
	KerberosService = "HTTP/" + KerberosHost
	Admin           = "admin@" + Realm
)

const (
	schedulerKeytab = "/etc/aurora/scheduler.keytab"
	shiroPath       = "/etc/aurora/kerberos.ini"
	adminKeytab     = "/etc/aurora/admin.keytab"
)

// kerberosFlags make schedulers ask for Kerberos.
const kerberosFlags = " -http_authentication_mechanism=NEGOTIATE -kerberos_server_keytab=" + schedulerKeytab +
	" -kerberos_server_principal=" + KerberosService + "@" + Realm + " -shiro_ini_path=" + shiroPath

// installKerberos makes the first host a KDC, which starts with it, gives every scheduler the key of their principal, and puts
// admin.keytab and krb5.conf into the lab's folder.
func (l *Lab) installKerberos() error {
	kdc := l.Hosts[0]
	conf := fmt.Sprintf("[libdefaults]\n default_realm = %[1]s\n dns_lookup_kdc = false\n dns_lookup_realm = false\n rdns = false\n"+
		"[realms]\n %[1]s = {\n  kdc = %[2]s\n }\n[domain_realm]\n %[3]s = %[1]s\n", Realm, kdc.Address, KerberosHost)
	for name, text := range map[string]string{
		"/etc/krb5.conf":        conf,
		"/etc/krb5kdc/kdc.conf": fmt.Sprintf("[realms]\n %s = {\n  database_name = /var/lib/krb5kdc/principal\n  key_stash_file = /etc/krb5kdc/stash\n }\n", Realm),
	} {
		if err := kdc.Write(name, text, 0o644); err != nil {
			return err
		}
	}
	for _, command := range [][]string{
		{"mkdir", "-p", "/etc/aurora"},
		{"kdb5_util", "create", "-s", "-r", Realm, "-P", "master of the lab"},
		{"kadmin.local", "addprinc", "-randkey", KerberosService},
		{"kadmin.local", "ktadd", "-k", schedulerKeytab, KerberosService},
		{"kadmin.local", "addprinc", "-randkey", Admin},
		{"kadmin.local", "ktadd", "-k", adminKeytab, Admin},
		{"systemctl", "enable", "krb5-kdc"},
	} {
		if _, err := kdc.offline(command...); err != nil {
			return err
		}
	}
	keys, err := os.ReadFile(kdc.Path(schedulerKeytab))
	if err != nil {
		return err
	}
	for _, h := range l.Hosts {
		if err := h.Write(shiroPath, "[users]\n"+Admin+" = none, admin\n[roles]\nadmin = *\n", 0o644); err != nil {
			return err
		}
		if err := h.Write(schedulerKeytab, string(keys), 0o640); err != nil {
			return err
		}
		if _, err := h.offline("chgrp", "aurora", schedulerKeytab); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(l.Dir, "krb5.conf"), []byte(conf), 0o644); err != nil { //nolint:gosec // Nothing secret.
		return err
	}
	admin, err := os.ReadFile(kdc.Path(adminKeytab))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(l.Dir, "admin.keytab"), admin, 0o600) //nolint:gosec // The lab's own folder.
}

// Kinit gets a ticket for the administrator from the KDC, with Kerberos' own program, and gives the path of the credential cache.
func (l *Lab) Kinit(ctx context.Context) (string, error) {
	const cache = "/var/lib/admin.ccache"
	_, err := l.Hosts[0].Run(ctx, "kinit", "-k", "-t", adminKeytab, "-c", cache, Admin)
	return l.Hosts[0].Path(cache), err
}
