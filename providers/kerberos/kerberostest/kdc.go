// Package kerberostest gives tests a realm of their own: a real MIT KDC on loopback, with its database in the test's folder. It needs no
// root.
package kerberostest

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Realm is the name of the realm.
const Realm = "EXAMPLE.COM"

// KDC is a running one.
type KDC struct {
	// Config is the krb5.conf that leads to it.
	Config string
	dir    string
	env    []string
}

// Start starts a KDC, which ends with the test. Where its programs are not installed the test is skipped, and says so.
func Start(t testing.TB) *KDC {
	t.Helper()
	for _, name := range []string{"krb5kdc", "kdb5_util", "kadmin.local", "kinit"} {
		if program(name) == "" {
			t.Skipf("%s is not installed (apt-get install krb5-kdc krb5-admin-server krb5-user), so nothing was tried with a real KDC", name)
		}
	}
	k := &KDC{dir: t.TempDir()}
	k.Config = filepath.Join(k.dir, "krb5.conf")
	port := freePort(t)
	k.write(t, "krb5.conf", fmt.Sprintf("[libdefaults]\n default_realm = %[1]s\n dns_lookup_kdc = false\n dns_lookup_realm = false\n rdns = false\n"+
		"[realms]\n %[1]s = {\n  kdc = 127.0.0.1:%[2]d\n }\n[domain_realm]\n .example.com = %[1]s\n", Realm, port))
	k.write(t, "kdc.conf", fmt.Sprintf("[kdcdefaults]\n kdc_listen = 127.0.0.1:%[2]d\n kdc_tcp_listen = 127.0.0.1:%[2]d\n"+
		"[realms]\n %[1]s = {\n  database_name = %[3]s/principal\n  key_stash_file = %[3]s/stash\n  acl_file = %[3]s/kadm5.acl\n }\n"+
		"[logging]\n kdc = FILE:%[3]s/kdc.log\n", Realm, port, k.dir))
	k.env = append(os.Environ(), "KRB5_CONFIG="+k.Config, "KRB5_KDC_PROFILE="+filepath.Join(k.dir, "kdc.conf"))
	k.run(t, "", "kdb5_util", "create", "-s", "-r", Realm, "-P", "master of the test")
	server := exec.CommandContext(t.Context(), program("krb5kdc"), "-n", "-r", Realm)
	server.Env = k.env
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill() // It may have ended.
		_ = server.Wait()
	})
	await(t, fmt.Sprintf("127.0.0.1:%d", port))
	return k
}

// Keytab makes a principal, name or service/host, with a new key, and gives the keytab that holds it.
func (k *KDC) Keytab(t testing.TB, principal string) string {
	t.Helper()
	file := filepath.Join(k.dir, strings.ReplaceAll(principal, "/", "_")+".keytab")
	k.run(t, "", "kadmin.local", "-r", Realm, "addprinc", "-randkey", principal)
	k.run(t, "", "kadmin.local", "-r", Realm, "ktadd", "-k", file, principal)
	return file
}

// Cache gives a credential cache that kinit has filled for the principal of a keytab.
func (k *KDC) Cache(t testing.TB, principal, keytab string) string {
	t.Helper()
	file := filepath.Join(k.dir, principal+".ccache")
	k.run(t, "", "kinit", "-c", file, "-k", "-t", keytab, principal)
	return file
}

func (k *KDC) write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(k.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (k *KDC) run(t testing.TB, stdin, name string, args ...string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), program(name), args...)
	c.Env, c.Stdin = k.env, strings.NewReader(stdin)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out.String())
	}
}

// program finds a program where Debian puts those for administrators, too.
func program(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	path, err := exec.LookPath(filepath.Join("/usr/sbin", name))
	if err != nil {
		return ""
	}
	return path
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }() // Only its number is wanted.
	return l.Addr().(*net.TCPAddr).Port
}

// await waits until something listens.
func await(t testing.TB, address string) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			_ = conn.Close() // Nothing was said.
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the KDC does not listen: %v", err)
		}
	}
}
