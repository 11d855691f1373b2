package firewall

import (
	"os"
	"strings"
	"testing"
)

const script = `table inet restorectl
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

var allowed = []string{"10.1.2.3/8", "192.0.2.7", " 2001:DB8::/32", "192.0.2.7/32"}

func TestScript(t *testing.T) {
	r, err := newRuleset(8081, allowed)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.script(); got != script {
		t.Errorf("got\n%s", got)
	}
}

func TestInForce(t *testing.T) {
	recorded, err := os.ReadFile("testdata/nftables-1.0.6.txt")
	if err != nil {
		t.Fatal(err)
	}
	text := string(recorded)
	r, err := newRuleset(8081, allowed)
	if err != nil {
		t.Fatal(err)
	}
	open, err := newRuleset(8081, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		r       *ruleset
		listing string
		want    bool
		blocks  bool
	}{
		{"as recorded", r, text, true, true},
		{"other spacing and quotes", r, strings.NewReplacer("\t", "    ", `"`, "", "; policy accept;", ";policy accept;").Replace(text), true, true},
		{"handles", r, strings.Replace(text, "accept\n", "accept # handle 2\n", 1), true, true},
		{"other addresses", open, text, false, true},
		{"one rule more", r, strings.Replace(text, "\t\ttcp", "\t\tip saddr 1.2.3.4 accept\n\t\ttcp", 1), false, true},
		{"one chain more", r, strings.TrimSuffix(text, "}\n") + "\tchain other {\n\t}\n}\n", false, true},
		{"another port", r, strings.Replace(text, "8081", "8082", 1), false, false},
		{"drop in place of reset", r, strings.Replace(text, "reject with tcp reset", "drop", 1), false, false},
		{"no hook", r, strings.Replace(text, "type filter hook input priority -175; policy accept;", "", 1), false, false},
		{"empty", r, "table inet restorectl {\n}\n", false, false},
	} {
		if got := listing(c.listing).inForce(c.r); got != c.want {
			t.Errorf("%s: in force is %t", c.name, got)
		}
		if got := listing(c.listing).blocks(8081); got != c.blocks {
			t.Errorf("%s: blocks is %t", c.name, got)
		}
	}
}

func TestRulesetRefuses(t *testing.T) {
	for _, c := range []struct {
		port  int
		allow string
	}{{0, "10.0.0.1"}, {65536, "10.0.0.1"}, {8081, "10.0.0.0/33"}, {8081, "host.example.org"}, {8081, "0.0.0.0/0"}, {8081, "::/0"}, {8081, "fe80::1%eth0"}, {8081, ""}, {8081, "1.2.3.4 accept\n"}} {
		if r, err := newRuleset(c.port, []string{c.allow}); err == nil {
			t.Errorf("newRuleset(%d, %q) = %+v; want an error", c.port, c.allow, r)
		}
	}
}
