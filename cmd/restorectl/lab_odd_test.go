//go:build linux

package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/restorectl/restorectl/providers/lab"
)

// TestLabOddHosts runs the whole job where much is unusual: root logs in and there is no sudo, with a umask of 077; log
// and backups have blanks in their paths; the schedulers' nodes in ZooKeeper are theirs alone to write; one host is reached by IPv6, the
// others over lines that are slow.
func TestLabOddHosts(t *testing.T) {
	c := lab.NewCluster(t, lab.Options{Backup: labBackup, Damage: 3, Odd: true})
	for _, h := range c.Hosts {
		if said, err := h.Run(t.Context(), "rm", "/usr/bin/sudo"); err != nil {
			t.Fatal(err, said)
		}
	}
	oddSSHConfig(t, c)
	said, err := exec.CommandContext(t.Context(), "ssh", "-F", filepath.Join(c.Dir, "odd_ssh_config"), "root@"+c.Hosts[1].Name, "umask; id -un").CombinedOutput()
	if err != nil || string(said) != "0077\nroot\n" {
		t.Fatalf("the hosts are not odd: %v\n%s", err, said)
	}
	config := strings.NewReplacer(`connection "ssh" {`, "connection \"ssh\" {\n    user   = \"root\"\n    become = \"none\"", "var.lab}/ssh_config", "var.lab}/odd_ssh_config")
	example, err := os.ReadFile("../../examples/lab/debian.hcl")
	if err != nil {
		t.Fatal(err)
	}
	file, plan := filepath.Join(c.Dir, "odd.hcl"), filepath.Join(c.Dir, "restore.plan")
	if err := os.WriteFile(file, []byte(config.Replace(string(example))), 0o600); err != nil {
		t.Fatal(err)
	}
	before := labFiles(t, c)
	if out, err := tool(t, "plan", file, "--var", "lab="+c.Dir, "--out", plan).CombinedOutput(); err != nil {
		t.Fatalf("plan: %v\n%s", err, out)
	}
	text := labRun(t, "apply", plan) + labRun(t, "revert", plan)
	demandNormalService(t, c, before)
	for _, name := range append(written(t, c.Dir, "*.journal"), plan) {
		if content, err := os.ReadFile(name); err != nil || strings.Contains(string(content), lab.ZooKeeperPassword) {
			t.Errorf("%s holds ZooKeeper's password: %v", name, err)
		}
	}
	if strings.Contains(text, lab.ZooKeeperPassword) {
		t.Error("ZooKeeper's password was said")
	}
	if t.Failed() {
		t.Log(text)
	}
}

// written are the files of a folder that match a pattern; there must be some.
func written(t *testing.T, dir, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(names) == 0 {
		t.Fatalf("there is no %s: %v", pattern, err)
	}
	return names
}

// oddSSHConfig writes an ssh_config that leads to the first host by IPv6 and to the others through relays.
func oddSSHConfig(t *testing.T, c *lab.Cluster) {
	t.Helper()
	usual, err := os.ReadFile(c.SSHConfig())
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for i, h := range c.Hosts {
		address, port := h.Address6, 22
		if i > 0 {
			address, port = "127.0.0.1", relay(t, net.JoinHostPort(h.Address6, "22"))
		}
		fmt.Fprintf(&text, "Host %s\n  HostName %s\n  Port %d\n  HostKeyAlias %s\n\n", h.Name, address, port, h.Name)
	}
	// What is said first of a host holds.
	if err := os.WriteFile(filepath.Join(c.Dir, "odd_ssh_config"), append([]byte(text.String()), usual...), 0o600); err != nil {
		t.Fatal(err)
	}
}

// delay is how long a relay keeps what it is given, each way.
const delay = 50 * time.Millisecond

// relay listens on loopback and passes every connection on to an address, slowly, until the test ends. It gives its port.
func relay(t *testing.T, address string) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return // The test has ended.
			}
			go func() {
				far, err := net.Dial("tcp", address)
				if err != nil {
					_ = near.Close() // The client sees that nobody is there.
					return
				}
				go slowly(near, far)
				slowly(far, near)
			}()
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

// slowly copies what it reads, each piece after the delay, however much is under way meanwhile.
func slowly(to, from net.Conn) {
	type piece struct {
		bytes []byte
		due   time.Time
	}
	pieces := make(chan piece, 1024)
	go func() {
		defer close(pieces)
		for {
			b := make([]byte, 32<<10)
			n, err := from.Read(b)
			if n > 0 {
				pieces <- piece{b[:n], time.Now().Add(delay)}
			}
			if err != nil {
				return // The connection has ended, in this direction at least.
			}
		}
	}()
	for p := range pieces {
		time.Sleep(time.Until(p.due))
		if _, err := to.Write(p.bytes); err != nil {
			break
		}
	}
	_ = to.Close()
	_ = from.Close()
	for range pieces {
		// Whoever still reads must not wait for a place.
	}
}
