//go:build linux

package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/restorectl/restorectl/providers/lab"
)

// TestLabOddHosts runs the whole job where much is unusual: root logs in and there is no sudo, with a umask of 077; log
// and backups have blanks in their paths; the schedulers' nodes in ZooKeeper are theirs alone to write; one host is reached by IPv6, the
// others over lines that are slow; one speaks German, one Turkish, and the clock of one is ten minutes behind.
func TestLabOddHosts(t *testing.T) {
	c := lab.NewCluster(t, lab.Options{Backup: labBackup, Damage: 3, Odd: true})
	for _, h := range c.Hosts {
		if said, err := h.Run(t.Context(), "rm", "/usr/bin/sudo"); err != nil {
			t.Fatal(err, said)
		}
	}
	oddSSHConfig(t, c)
	demandOdd(t, c)
	file := labChanged(t, c, `connection "ssh" {`, "connection \"ssh\" {\n    user   = \"root\"\n    become = \"none\"", "var.lab}/ssh_config", "var.lab}/odd_ssh_config")
	plan, before := filepath.Join(c.Dir, "restore.plan"), labFiles(t, c)
	text := labPlan(t, c, file, plan)
	if late := regexp.MustCompile(`its clock is -(9m5\d|10m\d+)s off`); !late.MatchString(text) {
		t.Error("the plan does not say that a clock is late")
	}
	text += labRun(t, "apply", plan) + labRun(t, "revert", plan)
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

// demandOdd demands of the hosts that they are as a test wants them, as OpenSSH's own client sees them.
func demandOdd(t *testing.T, c *lab.Cluster) {
	t.Helper()
	for i, want := range []string{"Datei oder Verzeichnis nicht gefunden", "Böyle bir dosya ya da dizin yok", "No such file or directory"} {
		said, err := exec.CommandContext(t.Context(), "ssh", "-F", filepath.Join(c.Dir, "odd_ssh_config"), "root@"+c.Hosts[i].Name,
			"umask; id -un; date +%s; ls /nowhere 2>&1 || :").CombinedOutput()
		lines := strings.Split(string(said), "\n")
		if err != nil || len(lines) < 4 || lines[0] != "0077" || lines[1] != "root" || !strings.Contains(lines[3], want) {
			t.Fatalf("%s is not odd: %v\n%s", c.Hosts[i].Name, err, said)
		}
		clock, err := strconv.ParseInt(lines[2], 10, 64)
		if late := time.Since(time.Unix(clock, 0)) > lab.Late/2; err != nil || late != (i == 2) {
			t.Fatalf("the clock of %s is at %s: %v", c.Hosts[i].Name, time.Unix(clock, 0), err)
		}
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
