package netfilter

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const blocked = `table inet restorectl
delete table inet restorectl
table inet restorectl {
	chain input {
		type filter hook input priority -175; policy accept;
		iif "lo" accept
		ip saddr 10.0.0.0/8 accept
		ip saddr 192.0.2.7 accept
		ip6 saddr 2001:db8::/32 accept
		tcp dport 8081 reject with tcp reset
	}
}
`

// host is a packet filter with its own state file.
type host struct {
	t    *testing.T
	file string
}

func newHost(t *testing.T) host {
	t.Helper()
	return host{t, filepath.Join(t.TempDir(), "netfilter.json")}
}

func (h host) nft(stdin string, args ...string) (code int, stdout, stderr string) {
	h.t.Helper()
	var out, errs bytes.Buffer
	code = Main(args, h.file, strings.NewReader(stdin), &out, &errs)
	return code, out.String(), errs.String()
}

func (h host) must(stdin string, args ...string) string {
	h.t.Helper()
	code, out, errs := h.nft(stdin, args...)
	if code != 0 {
		h.t.Fatalf("nft %v ended with %d: %s", args, code, errs)
	}
	return out
}

func TestListsAsNftablesDoes(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	for range 2 { // The script makes the same of whatever was there.
		h.must(blocked, "-f", "-")
	}
	want, err := os.ReadFile("testdata/nftables-1.0.6.txt")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), h.must("", "list", "table", "inet", "restorectl")); d != "" {
		t.Error(d)
	}
	if got := h.must("", "list", "tables"); got != "table inet restorectl\n" {
		t.Errorf("list tables: %q", got)
	}
	h.must("", "delete", "table", "inet", "restorectl")
	if got := h.must("", "list", "ruleset"); got != "" {
		t.Errorf("left: %q", got)
	}
}

func TestListsWhatItRead(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	h.must(`add table inet a
add chain inet a in { type filter hook input priority filter + 5; policy drop; }
add rule inet a in tcp dport {443, 80} counter accept comment "web"
insert rule inet a in ct state established,related accept
add rule inet a in ip saddr != { 10.1.2.3/8, 192.0.2.1 } iifname "eth0" drop
`, "-f", "-")
	want := `table inet a {
	chain in {
		type filter hook input priority filter + 5; policy drop;
		ct state established,related accept
		tcp dport { 80, 443 } counter packets 0 bytes 0 accept comment "web"
		ip saddr != { 10.0.0.0/8, 192.0.2.1 } iifname "eth0" drop
	}
}
`
	got := h.must("", "list", "ruleset")
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	other := newHost(t)
	other.must(got, "-f", "-")
	if d := cmp.Diff(want, other.must("", "list", "ruleset")); d != "" {
		t.Errorf("its own listing is read as something else: %s", d)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		stdin string
		args  []string
		want  string
	}{
		"list of an absent table":     {"", []string{"list", "table", "inet", "gone"}, "Error: No such file or directory\nlist table inet gone\n                ^^^^\n"},
		"deletion of an absent table": {"", []string{"delete", "table", "inet", "gone"}, "Error: Could not process rule: No such file or directory\ndelete table inet gone\n                  ^^^^\n"},
		"unknown word":                {"table inet b {\n\tchain c {\n\t\tip daddr 10.0.0.1 accept\n\t}\n}\n", []string{"-f", "-"}, "/dev/stdin:3:6-10: Error: syntax error, unexpected daddr\n\t\tip daddr 10.0.0.1 accept\n     ^^^^^\n"},
		"address of another family":   {"add rule inet restorectl input ip6 saddr 10.0.0.1 accept", []string{"-f", "-"}, "/dev/stdin:1:42-49: Error: Could not resolve hostname: Name or service not known"},
		"missing chain":               {"add rule inet restorectl output accept", []string{"-f", "-"}, "Could not process rule: No such file or directory"},
		"last line wrong":             {"delete table inet restorectl\nnonsense\n", []string{"-f", "-"}, "unexpected nonsense"},
		"unclosed":                    {"table inet b {\n", []string{"-f", "-"}, "unexpected end of file"},
		"other family":                {"", []string{"list", "table", "ip", "filter"}, "no family but inet"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t)
			h.must(blocked, "-f", "-")
			before := h.must("", "list", "ruleset")
			code, out, errs := h.nft(tc.stdin, tc.args...)
			if code != 1 || out != "" || !strings.Contains(errs, tc.want) {
				t.Errorf("exit %d, stdout %q, stderr %q; want %q", code, out, errs, tc.want)
			}
			if d := cmp.Diff(before, h.must("", "list", "ruleset")); d != "" {
				t.Errorf("a refused script changed something: %s", d)
			}
		})
	}
}

func TestCheckChangesNothing(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	h.must(blocked, "--check", "-f", "-")
	if got := h.must("", "list", "tables"); got != "" {
		t.Errorf("--check left %q", got)
	}
}

func TestEvaluate(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		rules  string
		packet Packet
		want   Verdict
	}{
		"nothing":               {"", Packet{Port: 8081}, Accept},
		"outside":               {blocked, Packet{Port: 8081}, Reject},
		"itself":                {blocked, Packet{Port: 8081, Loopback: true}, Accept},
		"allowed network":       {blocked, Packet{Source: netip.MustParseAddr("10.9.9.9"), Port: 8081}, Accept},
		"allowed address":       {blocked, Packet{Source: netip.MustParseAddr("192.0.2.7"), Port: 8081}, Accept},
		"allowed, mapped":       {blocked, Packet{Source: netip.MustParseAddr("::ffff:192.0.2.7"), Port: 8081}, Accept},
		"allowed, version 6":    {blocked, Packet{Source: netip.MustParseAddr("2001:db8::1"), Port: 8081}, Accept},
		"not allowed":           {blocked, Packet{Source: netip.MustParseAddr("192.0.2.8"), Port: 8081}, Reject},
		"established":           {blocked, Packet{Port: 8081, Established: true}, Reject},
		"other port":            {blocked, Packet{Port: 8083}, Accept},
		"policy":                {"table inet a { chain c { type filter hook input priority 0; policy drop; tcp dport {22, 80} accept; }; }", Packet{Port: 81}, Drop},
		"set":                   {"table inet a { chain c { type filter hook input priority 0; policy drop; tcp dport {22, 80} accept; }; }", Packet{Port: 80}, Accept},
		"state":                 {"table inet a { chain c { type filter hook input priority 0; ct state established,related accept; drop; }; }", Packet{Established: true}, Accept},
		"new":                   {"table inet a { chain c { type filter hook input priority 0; ct state established,related accept; drop; }; }", Packet{}, Drop},
		"neither new nor old":   {"table inet a { chain c { type filter hook input priority 0; ct state { invalid, related } drop; }; }", Packet{}, Accept},
		"not":                   {"table inet a { chain c { type filter hook input priority 0; iifname != \"lo\" drop; }; }", Packet{}, Drop},
		"every chain must":      {"table inet a { chain c { type filter hook input priority 5; drop; }; chain d { type filter hook input priority 1; accept; }; }", Packet{}, Drop},
		"lowest priority first": {"table inet a { chain c { type filter hook input priority 5; drop; }; chain d { type filter hook input priority 1; reject; }; }", Packet{}, Reject},
		"no hook":               {"table inet a { chain c { drop; }; }", Packet{}, Accept},
		"output":                {"table inet a { chain c { type filter hook output priority 0; drop; }; }", Packet{}, Accept},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t)
			h.must(tc.rules, "-f", "-")
			rules, err := Load(h.file)
			if err != nil {
				t.Fatal(err)
			}
			if !tc.packet.Source.IsValid() {
				tc.packet.Source = netip.MustParseAddr("203.0.113.9")
			}
			if got := rules.Evaluate(tc.packet); got != tc.want {
				t.Errorf("verdict %s, want %s", got, tc.want)
			}
		})
	}
}

// echo serves a wrapped listener that gives back what it reads.
func echo(t *testing.T, h host) (addr string) {
	t.Helper()
	var lc net.ListenConfig
	plain, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := Wrap(plain, h.file)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				_, _ = io.Copy(c, c) // Until its client ends it.
				_ = c.Close()
			}()
		}
	}()
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		<-done
	})
	return plain.Addr().String()
}

// from connects with a source address.
func from(source, addr string) (net.Conn, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(source)}}
	return d.DialContext(context.Background(), "tcp", addr)
}

// talk connects, and says something.
func talk(source, addr string, wait time.Duration) error {
	c, err := from(source, addr)
	if err != nil {
		return err
	}
	return errors.Join(say(c, wait), c.Close())
}

func say(c net.Conn, wait time.Duration) error {
	if err := c.SetDeadline(time.Now().Add(wait)); err != nil {
		return err
	}
	if _, err := c.Write([]byte("x")); err != nil {
		return err
	}
	_, err := io.ReadFull(c, make([]byte, 1))
	return err
}

func TestConnections(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	addr := echo(t, h)
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	old, err := from("127.9.9.9", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = old.Close() }() // It was reset.
	if err := say(old, 10*time.Second); err != nil {
		t.Fatalf("without rules: %v", err)
	}
	block := func(verdict string) {
		h.must(`table inet r
delete table inet r
table inet r {
	chain input {
		type filter hook input priority -175; policy accept;
		iif "lo" accept
		ip saddr 127.8.0.0/16 accept
		tcp dport `+port+" "+verdict+"\n\t}\n}\n", "-f", "-")
	}
	block("reject with tcp reset")
	for source, want := range map[string]error{"127.0.0.1": nil, "127.8.1.1": nil, "127.9.9.9": syscall.ECONNRESET} {
		if err := talk(source, addr, 10*time.Second); !errors.Is(err, want) && !(want != nil && errors.Is(err, syscall.EPIPE)) {
			t.Errorf("from %s: %v, want %v", source, err, want)
		}
	}
	if err := say(old, 10*time.Second); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("a connection from before the rules: %v, want a reset", err)
	}
	block("drop")
	if err := talk("127.9.9.9", addr, 100*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("dropped: %v, want no answer", err)
	}
	h.must("", "delete", "table", "inet", "r")
	if err := talk("127.9.9.9", addr, 10*time.Second); err != nil {
		t.Errorf("without rules again: %v", err)
	}
}

func TestUnreadableRulesLetNothingIn(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	addr := echo(t, h)
	if err := os.WriteFile(h.file, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := talk("127.0.0.1", addr, 10*time.Second); err == nil {
		t.Error("it answered")
	}
}
